"""An address in ~/.aws/config counts as one in the environment does; botocore itself is the measure."""

from pathlib import Path

import botocore.session
import pytest

from drs_desktop.aws.configured_endpoint import configured_endpoint

CONFIG = """
[default]
region = eu-west-1

[profile whole]
region = eu-west-1
endpoint_url = http://127.0.0.1:5001

[profile single]
region = eu-west-1
endpoint_url = http://127.0.0.1:5001
services = corp

[profile ignoring]
region = eu-west-1
endpoint_url = http://127.0.0.1:5001
ignore_configured_endpoint_urls = true

[profile dangling]
region = eu-west-1
services = nothing-of-that-name

[services corp]
drs =
  endpoint_url = http://127.0.0.1:5002
"""


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config"
    path.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    return path


def used_by_botocore(service: str) -> str:
    session = botocore.session.Session()
    client = session.create_client(service, aws_access_key_id="a", aws_secret_access_key="b")
    return str(client.meta.endpoint_url)


@pytest.mark.parametrize("service", ["drs", "sts"])
@pytest.mark.parametrize("profile", ["default", "whole", "single", "ignoring"])
def test_it_is_the_address_that_botocore_uses(
    profile: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", profile)
    used = used_by_botocore(service)
    assert configured_endpoint(service) == (None if used.endswith(".amazonaws.com") else used)


def test_environment_can_say_that_it_is_to_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "whole")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert configured_endpoint() is None


@pytest.mark.parametrize("profile", ["nobody", "dangling"])
def test_profile_that_cannot_be_used_has_none(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", profile)
    assert configured_endpoint() is None


def test_configuration_that_cannot_be_read_has_none(configuration: Path) -> None:
    configuration.write_text("[broken\n", encoding="utf-8")
    assert configured_endpoint() is None

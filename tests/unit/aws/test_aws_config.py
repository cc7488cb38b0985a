"""The AWS configuration as the CLI reads it."""

from pathlib import Path

import pytest

from drs_desktop.aws.aws_config import AwsConfig, read_aws_config
from drs_desktop.domain.errors import ValidationFailed

CONFIG = """\
# a comment
[default]
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, codewhisperer:completions

[sso-session half]
sso_region = eu-central-1

[profile hub]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = DRSOperator
region = eu-west-1

[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Admin

[profile lost]
sso_session = nowhere

[profile incomplete]
sso_session = half

[profile quarrel]
sso_session = corp
sso_region = us-east-1

[profile roleless]
sso_session = corp
sso_account_id = 111122223333

[profile keys]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
"""


def read(tmp_path: Path, text: str = CONFIG, **variables: str) -> AwsConfig:
    path = tmp_path / "config"
    path.write_text(text, encoding="utf-8")
    return read_aws_config({"AWS_CONFIG_FILE": str(path), **variables})


def test_named_session_is_read_with_its_scopes(tmp_path: Path) -> None:
    session = read(tmp_path).sessions[0]
    assert (session.name, session.region) == ("corp", "eu-central-1")
    assert session.scopes == ("sso:account:access", "codewhisperer:completions")


def test_profile_of_the_older_form_is_a_session_without_a_name(tmp_path: Path) -> None:
    session = read(tmp_path).sessions[1]
    assert (session.name, session.title) == ("", "https://old.awsapps.com/start")


def test_profile_knows_its_account_and_role(tmp_path: Path) -> None:
    profile = read(tmp_path).profile("hub")
    assert profile is not None
    assert (profile.account_id, profile.role_name, profile.problem) == ("111122223333", "DRSOperator", "")


def test_profile_with_keys_is_none_of_ours(tmp_path: Path) -> None:
    assert read(tmp_path).profile("keys") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lost", "names the sso-session nowhere"),
        ("incomplete", "needs both sso_start_url and sso_region"),
        ("quarrel", "do not agree on sso_region"),
        ("roleless", "needs both sso_account_id and sso_role_name"),
    ],
)
def test_profile_that_cannot_be_used_says_why(tmp_path: Path, name: str, words: str) -> None:
    profile = read(tmp_path).profile(name)
    assert profile is not None
    assert words in profile.problem


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({}, ("default", "")),
        ({"AWS_PROFILE": "hub"}, ("hub", "AWS_PROFILE")),
        ({"AWS_PROFILE": "hub", "AWS_DEFAULT_PROFILE": "old"}, ("old", "AWS_DEFAULT_PROFILE")),
    ],
)
def test_chosen_profile_is_the_one_botocore_takes(
    tmp_path: Path, variables: dict[str, str], chosen: tuple[str, str]
) -> None:
    config = read(tmp_path, **variables)
    assert (config.chosen_profile, config.chosen_by) == chosen


def test_missing_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert read_aws_config({"AWS_CONFIG_FILE": str(tmp_path / "nothing")}).sessions == ()


def test_broken_file_is_named_without_its_lines(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="config cannot be read") as caught:
        read(tmp_path, "aws_secret_access_key = hidden\n")
    assert "hidden" not in str(caught.value)


def test_reading_changes_no_byte(tmp_path: Path) -> None:
    read(tmp_path)
    assert (tmp_path / "config").read_text(encoding="utf-8") == CONFIG

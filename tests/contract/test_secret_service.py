"""Our secret store on a real Secret Service."""

from pathlib import Path

import pytest

from tests.helpers.secret_service import SecretServiceSession, skip_without_secret_service

pytestmark = pytest.mark.process

OPEN = """
import json
from drs_desktop.aws.keyring_store import open_secret_store
from drs_desktop.aws.secret_store import Secret
store, problem = open_secret_store(seconds=60)
def told(**members):
    print(json.dumps({"title": store.title, "problem": problem and problem.condition.name, **members}))
"""


@pytest.fixture
def service(tmp_path: Path) -> SecretServiceSession:
    """A D-Bus session with an empty keyring; skipped where the system's packages are missing."""
    skip_without_secret_service()
    return SecretServiceSession(tmp_path)


def test_unlocked_service_stands_the_trial(service: SecretServiceSession) -> None:
    assert service.run(OPEN + "told()") == {
        "title": "the system's keyring (SecretService)",
        "problem": None,
    }


def test_secret_outlives_the_session(service: SecretServiceSession) -> None:
    service.run(OPEN + "store.write('name', Secret('ä' * 20_000)); told()")
    told = service.run(OPEN + "told(is_same=store.read('name') == Secret('ä' * 20_000))")
    assert told["is_same"] is True


def test_deleted_secret_is_gone(service: SecretServiceSession) -> None:
    service.run(OPEN + "store.write('name', Secret('text')); told()")
    told = service.run(OPEN + "told(deleted=store.delete('name'), there=store.read('name') is not None)")
    assert (told["deleted"], told["there"]) == (True, False)


def test_service_that_nobody_can_unlock_leaves_memory(service: SecretServiceSession) -> None:
    told = service.run(OPEN + "told()", password=None)
    assert told["title"].startswith("memory only")
    assert told["problem"] in {"LOCKED", "DENIED"}


def test_wrong_password_leaves_memory(service: SecretServiceSession) -> None:
    service.run(OPEN + "store.write('name', Secret('text')); told()")
    told = service.run(OPEN + "told()", password="another")
    assert told["title"].startswith("memory only")
    assert told["problem"] in {"LOCKED", "DENIED"}


def test_no_secret_stands_in_any_file_as_plain_text(service: SecretServiceSession) -> None:
    service.run(OPEN + "store.write('name', Secret('canary-of-the-keyring')); told()")
    files = [path for path in service.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(b"canary-of-the-keyring" in path.read_bytes() for path in files)

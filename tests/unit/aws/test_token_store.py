"""Tokens: their form, the files they share with the AWS CLI, and which one is taken."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.aws.secret_store import MemoryStore, Secret
from drs_desktop.aws.sso_token import SsoToken, token_from_json, token_key, token_to_json
from drs_desktop.aws.token_cache import SharedTokenCache
from drs_desktop.aws.token_store import TokenStore
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ids import Region
from drs_desktop.domain.sign_in import SsoSession

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
SESSION = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))


def a_token(text: str = "token", *, minutes: float = 60, renewable: bool = True, **changes: Any) -> SsoToken:
    renewal: dict[str, Any] = {
        "refresh_token": Secret(f"refresh-{text}"),
        "client_id": "client",
        "client_secret": Secret("client-secret"),
        "registration_expires_at": NOW + timedelta(days=90),
    }
    return SsoToken(
        **{
            "start_url": SESSION.start_url,
            "region": SESSION.region,
            "access_token": Secret(text),
            "expires_at": NOW + timedelta(minutes=minutes),
            **(renewal if renewable else {}),
            **changes,
        }
    )


@pytest.fixture
def cache(tmp_path: Path) -> SharedTokenCache:
    """An empty folder in place of the CLI's."""
    return SharedTokenCache(tmp_path / "cache")


@pytest.fixture
def secrets() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def tokens(secrets: MemoryStore, cache: SharedTokenCache) -> TokenStore:
    return TokenStore(secrets, cache, lambda: NOW)


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "cache" / f"{token_key(SESSION)}.json"


# ---- the form


def test_token_survives_being_written() -> None:
    assert token_from_json(token_to_json(a_token())) == a_token()


def test_token_is_written_as_the_cli_writes_it() -> None:
    assert json.loads(token_to_json(a_token())) == {
        "startUrl": SESSION.start_url,
        "region": "eu-west-1",
        "accessToken": "token",
        "expiresAt": "2026-03-23T10:00:00Z",
        "clientId": "client",
        "clientSecret": "client-secret",
        "registrationExpiresAt": "2026-06-21T09:00:00Z",
        "refreshToken": "refresh-token",
    }


def test_file_is_named_as_the_cli_names_it() -> None:
    assert token_key(SESSION) == "ee0bfd2552fbd840c02cc48b6e823320543c450f"  # SHA-1 of the session's name


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"accessToken": 1}', "[" * 100_000])
def test_torn_text_is_no_token(text: str) -> None:
    assert token_from_json(text) is None


def test_token_shows_no_secret() -> None:
    assert not any(word in repr(a_token("canary")) for word in ("canary", "client-secret"))


# ---- the shared files


def test_missing_file_is_no_token(cache: SharedTokenCache) -> None:
    assert cache.read(SESSION) is None


def test_torn_file_is_no_token(cache: SharedTokenCache, tmp_path: Path) -> None:
    cache.write(SESSION, a_token())
    file_of(tmp_path).write_text(file_of(tmp_path).read_text()[:40])
    assert cache.read(SESSION) is None


def test_file_of_another_portal_is_no_token(cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token(start_url="https://other.awsapps.com/start"))
    assert cache.read(SESSION) is None


def test_shared_file_is_for_its_owner_only(cache: SharedTokenCache, tmp_path: Path) -> None:
    cache.write(SESSION, a_token())
    assert os.stat(file_of(tmp_path)).st_mode & 0o777 == 0o600


def test_newer_file_is_not_overwritten(cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token("newer", minutes=61))
    assert cache.write(SESSION, a_token("older")) is False
    assert cache.read(SESSION) == a_token("newer", minutes=61)


def test_writers_at_the_same_time_leave_the_newest_whole(cache: SharedTokenCache, tmp_path: Path) -> None:
    written = [a_token(f"token-{n}", minutes=n) for n in range(1, 9)]
    threads = [threading.Thread(target=cache.write, args=(SESSION, token)) for token in written]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.read(SESSION) == written[-1]
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith(".")]


def test_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="could not be shared with the AWS CLI"):
        SharedTokenCache(tmp_path / "cache").write(SESSION, a_token())


# ---- which one is taken


def test_nobody_has_a_token_at_first(tokens: TokenStore) -> None:
    assert tokens.find(SESSION) is None


def test_own_token_is_kept_in_the_secret_store(tokens: TokenStore, cache: SharedTokenCache) -> None:
    tokens.save(SESSION, a_token())
    found = tokens.find(SESSION)
    assert found is not None
    assert (found.token, found.is_ours) == (a_token(), True)
    assert cache.read(SESSION) is None


def test_valid_token_of_the_cli_is_accepted(tokens: TokenStore, cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token("theirs"))
    found = tokens.find(SESSION)
    assert found is not None
    assert (found.token, found.is_ours) == (a_token("theirs"), False)


def test_ended_token_of_the_cli_is_not(tokens: TokenStore, cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token("theirs", minutes=-1, renewable=False))
    assert tokens.find(SESSION) is None


def test_renewed_token_of_the_cli_goes_back_to_its_file(
    tokens: TokenStore, cache: SharedTokenCache, secrets: MemoryStore
) -> None:
    cache.write(SESSION, a_token("theirs", minutes=-1))
    found = tokens.find(SESSION)
    assert found is not None
    tokens.save_renewed(SESSION, found, a_token("renewed"))
    assert cache.read(SESSION) == a_token("renewed")
    assert secrets.read(f"sign-in/{token_key(SESSION)}") is None


def test_own_token_that_can_be_renewed_goes_first(tokens: TokenStore, cache: SharedTokenCache) -> None:
    tokens.save(SESSION, a_token(minutes=-1))
    cache.write(SESSION, a_token("theirs"))
    found = tokens.find(SESSION)
    assert found is not None
    assert found.is_ours


def test_own_token_that_is_over_gives_way(tokens: TokenStore, cache: SharedTokenCache) -> None:
    tokens.save(SESSION, a_token(minutes=-1, renewable=False))
    cache.write(SESSION, a_token("theirs"))
    found = tokens.find(SESSION)
    assert found is not None
    assert not found.is_ours


def test_sharing_is_a_choice_that_lasts(tokens: TokenStore, cache: SharedTokenCache) -> None:
    tokens.save(SESSION, a_token("first"), share=True)
    tokens.save(SESSION, a_token("renewed", minutes=90))
    assert cache.read(SESSION) == a_token("renewed", minutes=90)


def test_sign_in_of_the_cli_is_never_replaced(tokens: TokenStore, cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token("theirs"))
    tokens.save(SESSION, a_token("ours", minutes=90))
    assert cache.read(SESSION) == a_token("theirs")


def test_forgetting_takes_our_shared_copy_along(tokens: TokenStore, cache: SharedTokenCache) -> None:
    tokens.save(SESSION, a_token(), share=True)
    assert tokens.forget(SESSION) == a_token()
    assert (tokens.find(SESSION), cache.read(SESSION)) == (None, None)


def test_forgetting_leaves_the_clis_own_sign_in(tokens: TokenStore, cache: SharedTokenCache) -> None:
    cache.write(SESSION, a_token("theirs"))
    tokens.save(SESSION, a_token("ours"))
    tokens.forget(SESSION)
    assert cache.read(SESSION) == a_token("theirs")

"""Secrets in a keyring: which backends are taken, what their failures mean, parts for small entries."""

import threading
from collections.abc import Iterator
from typing import Any

import keyring
import keyring.errors
import pytest

from drs_desktop.aws.keyring_calls import (
    KeyringCondition,
    KeyringUnusable,
    allowed_backend,
    classified,
    limited,
)
from drs_desktop.aws.keyring_store import KeyringStore, open_secret_store
from drs_desktop.aws.secret_store import MemoryStore, Secret


class ShelfBackend:
    """A backend in memory that takes entries of a largest size, and can fail from a given write on."""

    def __init__(self, largest: int = 10_000) -> None:
        self.entries: dict[str, str] = {}
        self.largest = largest
        self.writes_left = 10_000

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > self.largest or self.writes_left == 0:
            raise keyring.errors.PasswordSetError("the stub received bad data")
        self.writes_left -= 1
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[username]


def backend_of(module: str, **members: Any) -> Any:
    """Return a backend whose class says that it comes from a module."""
    return type("Keyring", (ShelfBackend,), {"__module__": module, **members})()


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let keyring choose a backend of the test."""

    def choose(backend: Any) -> Any:
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
        return backend

    return choose


# ---- which backends


@pytest.mark.parametrize("name", ["SecretService", "libsecret", "kwallet", "Windows", "macOS"])
def test_backend_of_the_system_is_taken(chosen: Any, name: str) -> None:
    backend = chosen(backend_of(f"keyring.backends.{name}"))
    assert allowed_backend() is backend


@pytest.mark.parametrize(
    ("module", "condition"),
    [
        ("keyring.backends.fail", KeyringCondition.NONE),
        ("keyring.backends.null", KeyringCondition.NONE),
        ("keyrings.alt.file", KeyringCondition.NOT_ALLOWED),
        ("keyrings.cryptfile.cryptfile", KeyringCondition.NOT_ALLOWED),
    ],
)
def test_other_backend_is_refused(chosen: Any, module: str, condition: KeyringCondition) -> None:
    chosen(backend_of(module))
    with pytest.raises(KeyringUnusable) as caught:
        allowed_backend()
    assert caught.value.condition is condition


def test_backend_of_the_system_is_found_behind_a_stronger_stranger(chosen: Any) -> None:
    stranger, system = backend_of("keyrings.alt.file"), backend_of("keyring.backends.SecretService")
    chosen(backend_of("keyring.backends.chainer", backends=[stranger, system]))
    assert allowed_backend() is system


# ---- failures


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (keyring.errors.NoKeyringError("none"), KeyringCondition.NONE),
        (keyring.errors.KeyringLocked("Failed to unlock the collection!"), KeyringCondition.LOCKED),
        (
            keyring.errors.InitError("Failed to create the collection: Prompt dismissed."),
            KeyringCondition.DENIED,
        ),
        (keyring.errors.InitError("no service"), KeyringCondition.LOCKED),
        (keyring.errors.KeyringError("User cancelled the operation"), KeyringCondition.DENIED),
        (RuntimeError("anything"), KeyringCondition.BROKEN),
    ],
)
def test_failure_is_classified(error: Exception, condition: KeyringCondition) -> None:
    assert classified(error).condition is condition


def test_what_a_backend_says_is_not_repeated() -> None:
    assert "canary" not in str(classified(RuntimeError("canary")))


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What a hanging call waits for; it is let go when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_hanging_call_is_given_up(released: threading.Event) -> None:
    with pytest.raises(KeyringUnusable) as caught:
        limited(released.wait, seconds=0.05)
    assert caught.value.condition is KeyringCondition.HANGING


def test_keyring_that_hangs_leaves_memory_and_the_reason(released: threading.Event) -> None:
    store, problem = open_secret_store(lambda: released.wait() and ShelfBackend(), seconds=0.05)
    assert isinstance(store, MemoryStore)
    assert problem is not None
    assert problem.condition is KeyringCondition.HANGING


def test_person_has_time_to_unlock_the_keyring() -> None:
    class Locked(ShelfBackend):
        is_unlocked = False

        def set_password(self, service: str, username: str, password: str) -> None:
            if not self.is_unlocked:
                threading.Event().wait(0.3)  # a person types the password
                self.is_unlocked = True
            super().set_password(service, username, password)

    _, problem = open_secret_store(Locked, seconds=0.1, unlock_seconds=60)
    assert problem is None


def test_keyring_that_forgets_leaves_memory() -> None:
    class Forgetful(ShelfBackend):
        def get_password(self, service: str, username: str) -> str | None:
            return None

    store, problem = open_secret_store(Forgetful)
    assert isinstance(store, MemoryStore)
    assert problem is not None
    assert problem.condition is KeyringCondition.BROKEN


def test_keyring_that_stands_the_trial_is_used_and_left_clean() -> None:
    backend = ShelfBackend()
    store, problem = open_secret_store(lambda: backend)
    assert isinstance(store, KeyringStore)
    assert (problem, backend.entries) == (None, {})


# ---- entries


def test_short_secret_is_one_entry() -> None:
    backend = ShelfBackend()
    store = KeyringStore(backend)
    store.write("name", Secret("ä short one"))
    assert (store.read("name"), list(backend.entries)) == (Secret("ä short one"), ["name"])


def test_long_secret_is_kept_in_parts() -> None:
    backend = ShelfBackend(largest=100)
    store = KeyringStore(backend, largest=100)
    text = "".join(chr(65 + n % 26) for n in range(950))
    store.write("name", Secret(text))
    assert store.read("name") == Secret(text)
    assert len(backend.entries) == 11


def test_parts_of_an_earlier_secret_are_removed() -> None:
    backend = ShelfBackend(largest=100)
    store = KeyringStore(backend, largest=100)
    store.write("name", Secret("a" * 950))
    store.write("name", Secret("short"))
    assert backend.entries == {"name": "short"}


def test_deleting_leaves_no_part() -> None:
    backend = ShelfBackend(largest=100)
    store = KeyringStore(backend, largest=100)
    store.write("name", Secret("a" * 950))
    assert store.delete("name")
    assert backend.entries == {}


@pytest.mark.parametrize("writes", range(4))
def test_write_that_is_cut_off_leaves_the_earlier_secret(writes: int) -> None:
    backend = ShelfBackend(largest=100)
    store = KeyringStore(backend, largest=100)
    store.write("name", Secret("earlier " * 40))
    backend.writes_left = writes
    with pytest.raises(KeyringUnusable):
        store.write("name", Secret("later " * 60))
    assert store.read("name") == Secret("earlier " * 40)


def test_secret_with_a_part_missing_is_none() -> None:
    backend = ShelfBackend(largest=100)
    store = KeyringStore(backend, largest=100)
    store.write("name", Secret("a" * 250 + "b" * 100))
    del backend.entries[next(name for name in backend.entries if name.endswith("/1"))]
    assert store.read("name") is None

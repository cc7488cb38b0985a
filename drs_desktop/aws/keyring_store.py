"""Secrets in the system's keyring, in parts where one entry would be too small, and the choice of a store."""

import hashlib
import re
import secrets
from collections.abc import Callable

from drs_desktop.aws.keyring_calls import (
    CALL_SECONDS,
    Backend,
    KeyringCondition,
    KeyringUnusable,
    allowed_backend,
    limited,
)
from drs_desktop.aws.secret_store import MemoryStore, Secret, SecretStore

SERVICE = "drs-desktop"
_PROBE = "probe"
_WINDOWS_CHARACTERS = 1_200
"""A credential of Windows holds 2,560 bytes of UTF-16."""
_LARGEST_ENTRY = 64_000
_HEADER = re.compile(r"drs-desktop-parts:(\d{1,3}):([0-9a-f]{64})")


class KeyringStore:
    """Keeps secrets in a backend of the system.

    A secret that is too long for one entry is written as parts under names of their own. The header that
    names them is written last, so that a reader sees the old secret whole or the new one whole.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        service: str = SERVICE,
        largest: int | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """Use this backend; `largest` is how many characters one entry takes."""
        self._backend = backend
        self._service = service
        self._largest = largest or _largest_entry(backend)
        self._seconds = seconds
        self.title = f"the system's keyring ({type(backend).__module__.rpartition('.')[2]})"

    def read(self, name: str) -> Secret | None:
        """Return the secret, or None when there is none that is whole.

        Raises:
            KeyringUnusable: the keyring did not answer.
        """
        text = self._get(name)
        header = _HEADER.fullmatch(text) if text else None
        if header is None:
            return Secret(text) if text else None
        parts = [self._get(part) for part in _part_names(name, header)]
        whole = "".join(part or "" for part in parts)
        return Secret(whole) if _digest(whole) == header.group(2) else None

    def write(self, name: str, secret: Secret) -> None:
        """Keep a secret in place of an earlier one.

        Raises:
            KeyringUnusable: the keyring did not take it; the earlier one is still there.
        """
        earlier = self._parts_of(name)
        text = secret.reveal()
        if len(text) <= self._largest:
            self._set(name, text)
        else:
            pieces = [text[at : at + self._largest] for at in range(0, len(text), self._largest)]
            header = f"drs-desktop-parts:{len(pieces)}:{_digest(text)}"
            for part, piece in zip(_part_names(name, _matched(header)), pieces, strict=True):
                self._set(part, piece)
            self._set(name, header)
        for part in set(earlier) - set(self._parts_of(name)):
            self._remove(part)

    def delete(self, name: str) -> bool:
        """Forget a secret; return whether there was one.

        Raises:
            KeyringUnusable: the keyring did not answer.
        """
        if self._get(name) is None:
            return False
        for part in [name, *self._parts_of(name)]:
            self._remove(part)
        return True

    def _parts_of(self, name: str) -> list[str]:
        header = _HEADER.fullmatch(self._get(name) or "")
        return _part_names(name, header) if header else []

    def _get(self, name: str) -> str | None:
        return limited(lambda: self._backend.get_password(self._service, name), self._seconds)

    def _set(self, name: str, text: str) -> None:
        limited(lambda: self._backend.set_password(self._service, name, text), self._seconds)

    def _remove(self, name: str) -> None:
        if self._get(name) is not None:
            limited(lambda: self._backend.delete_password(self._service, name), self._seconds)


def open_secret_store(
    find: Callable[[], Backend] = allowed_backend,
    *,
    seconds: float = CALL_SECONDS,
    unlock_seconds: float | None = None,
) -> tuple[SecretStore, KeyringUnusable | None]:
    """Return the keyring when it stands a trial, else memory and why; never plain text, never an error.

    The trial writes, reads and deletes an entry of its own. Blocks until it is over.

    Args:
        find: finds the backend.
        seconds: how long a call may take.
        unlock_seconds: how long a call of the trial may take, where a person may be asked for a password.
    """
    patience = unlock_seconds or seconds
    try:
        backend = limited(find, patience)
        _try_out(KeyringStore(backend, seconds=patience))
    except KeyringUnusable as problem:
        return MemoryStore(), problem
    return KeyringStore(backend, seconds=seconds), None


def _try_out(store: KeyringStore) -> None:
    name, secret = f"{_PROBE}-{secrets.token_hex(8)}", Secret(secrets.token_hex(8))
    store.write(name, secret)
    is_same = store.read(name) == secret
    store.delete(name)
    if not is_same:
        raise KeyringUnusable(KeyringCondition.BROKEN, "it did not give back what it was given")


def _largest_entry(backend: Backend) -> int:
    is_windows = type(backend).__module__ == "keyring.backends.Windows"
    return _WINDOWS_CHARACTERS if is_windows else _LARGEST_ENTRY


def _matched(header: str) -> re.Match[str]:
    found = _HEADER.fullmatch(header)
    assert found is not None
    return found


def _part_names(name: str, header: re.Match[str]) -> list[str]:
    return [f"{name}/{header.group(2)[:16]}/{number}" for number in range(int(header.group(1)))]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

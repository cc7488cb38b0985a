"""Where secrets are kept: the wrapper that never shows one, the port, and the store that forgets."""

import hmac
import threading
from typing import Final, NoReturn, Protocol


class Secret:
    """A text that no log, traceback, debugger view or pickle shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap the text."""
        self._text: Final = text

    def reveal(self) -> str:
        """Return the text, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, specification: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is never written down by pickling.")


class SecretStore(Protocol):
    """Keeps secrets by name. Every method blocks.

    Attributes:
        title: where this is, for a person.
    """

    title: str

    def read(self, name: str) -> Secret | None:
        """Return the secret, or None when there is none that is whole."""

    def write(self, name: str, secret: Secret) -> None:
        """Keep a secret in place of an earlier one."""

    def delete(self, name: str) -> bool:
        """Forget a secret; return whether there was one."""


class MemoryStore:
    """Keeps secrets until the process ends: where there is no keyring, and in tests."""

    title = "memory only, until the program ends"

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._secrets: dict[str, Secret] = {}

    def read(self, name: str) -> Secret | None:
        """Return the secret, if there is one."""
        with self._lock:
            return self._secrets.get(name)

    def write(self, name: str, secret: Secret) -> None:
        """Keep a secret in place of an earlier one."""
        with self._lock:
            self._secrets[name] = secret

    def delete(self, name: str) -> bool:
        """Forget a secret; return whether there was one."""
        with self._lock:
            return self._secrets.pop(name, None) is not None

"""Calls to the system's keyring: which backend may be used, how long it may take, what its failures mean."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeVar

from drs_desktop.domain.errors import DrsDesktopError

T = TypeVar("T")

CALL_SECONDS = 5.0
UNLOCK_SECONDS = 60.0
"""Where a desktop can ask a person to unlock the keyring."""
_ALLOWED = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "Windows", "macOS")
)
"""Every other backend may keep secrets in plain text, or asks for a password where nobody sees it."""
_NONE = frozenset({"keyring.backends.fail", "keyring.backends.null"})
_CHAINER = "keyring.backends.chainer"
_REFUSED_WORDS = ("denied", "dismissed", "cancel")


class KeyringCondition(StrEnum):
    """What a keyring is good for just now."""

    READY = "ready"
    NONE = "there is none"
    NOT_ALLOWED = "it is of a kind that is not safe enough"
    LOCKED = "it is locked"
    DENIED = "the request was refused"
    HANGING = "it does not answer"
    BROKEN = "it does not work"


class KeyringUnusable(DrsDesktopError):
    """The keyring did not do what was asked; nothing was written in its place."""

    def __init__(self, condition: KeyringCondition, detail: str = "") -> None:
        """Compose the sentence; `detail` never holds what a backend said, which could be a secret."""
        more = f" ({detail})" if detail else ""
        super().__init__(f"The system's keyring cannot be used: {condition}{more}. {_WAY_ON[condition]}")
        self.condition = condition


_UNLOCK = "Unlock it and sign in again to keep the sign-in longer than this program runs."
_WAY_ON = {
    KeyringCondition.READY: "",
    KeyringCondition.NONE: "Sign-ins are kept in memory until the program ends.",
    KeyringCondition.NOT_ALLOWED: "Sign-ins are kept in memory until the program ends.",
    KeyringCondition.LOCKED: _UNLOCK,
    KeyringCondition.DENIED: _UNLOCK,
    KeyringCondition.HANGING: _UNLOCK,
    KeyringCondition.BROKEN: "Sign-ins are kept in memory until the program ends.",
}


class Backend(Protocol):
    """What we use of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def allowed_backend() -> Backend:
    """Return the backend in force when it is one of the system's own; a chain is looked into.

    Raises:
        KeyringUnusable: there is none, or only others.
    """
    import keyring

    chosen = keyring.get_keyring()
    module = type(chosen).__module__
    candidates = list(getattr(chosen, "backends", ())) if module == _CHAINER else [chosen]
    for backend in candidates:
        if type(backend).__module__ in _ALLOWED:
            return backend
    real = [one for one in candidates if type(one).__module__ not in _NONE]
    if not real:
        raise KeyringUnusable(KeyringCondition.NONE)
    raise KeyringUnusable(KeyringCondition.NOT_ALLOWED, type(real[0]).__module__)


def limited(call: Callable[[], T], seconds: float = CALL_SECONDS) -> T:
    """Return what a call to a keyring returns, waiting no longer than `seconds`.

    The call has a daemon thread of its own: some systems never answer, and the thread of a pool would then
    keep the process from ending.

    Raises:
        KeyringUnusable: it failed, or did not answer in time.
    """
    outcome: list[tuple[T | None, BaseException | None]] = []

    def work() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001  # backends raise whatever they like
            outcome.append((None, error))

    thread = threading.Thread(target=work, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise KeyringUnusable(KeyringCondition.HANGING, f"{seconds:g} s")
    result, error = outcome[0]
    if error is not None:
        raise classified(error) from None
    return result  # type: ignore[return-value]  # None only where T allows it


def classified(error: BaseException) -> KeyringUnusable:
    """Return what a backend's error means."""
    if isinstance(error, KeyringUnusable):
        return error
    import keyring.errors

    name = type(error).__name__
    text = str(error).lower()
    if isinstance(error, keyring.errors.NoKeyringError):
        return KeyringUnusable(KeyringCondition.NONE)
    if any(word in text for word in _REFUSED_WORDS):
        return KeyringUnusable(KeyringCondition.DENIED, name)
    if isinstance(error, keyring.errors.KeyringLocked | keyring.errors.InitError):
        return KeyringUnusable(KeyringCondition.LOCKED, name)
    return KeyringUnusable(KeyringCondition.BROKEN, name)

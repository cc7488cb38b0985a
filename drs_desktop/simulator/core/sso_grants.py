"""What a sign-in is made of: registered clients, requests that wait for a person, and sessions."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from drs_desktop.simulator.core.sso_directory import SsoUser
from drs_desktop.simulator.core.sso_errors import OidcError

_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, so that no user code is ever a word."""


class Decision(StrEnum):
    """What became of a request to sign in."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(frozen=True, kw_only=True)
class Client:
    """A program that registered itself."""

    client_id: str
    secret: str = field(repr=False)
    name: str
    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    expires_at: datetime

    def may_return_to(self, redirect_uri: str) -> bool:
        """Return whether the address was registered; on the loopback address the port is free."""
        wanted = _without_port(redirect_uri)
        return wanted is not None and wanted in {_without_port(one) for one in self.redirect_uris}


@dataclass(kw_only=True)
class SignInRequest:
    """A client's wish to be signed in, which a person approves or denies on a page.

    Attributes:
        challenge: of the authorization code flow; None for a device.
        polled_at: when a device last asked.
    """

    request_id: str
    client: Client
    expires_at: datetime
    code: str = field(default="", repr=False)
    """What is exchanged for a token: the device code, or the authorization code once approved."""
    user_code: str | None = None
    redirect_uri: str = ""
    state: str = field(default="", repr=False)
    challenge: str | None = None
    decision: Decision = Decision.PENDING
    user: SsoUser | None = None
    polled_at: datetime | None = None

    @property
    def is_device(self) -> bool:
        """Return whether a device waits, and not a browser that will be sent back."""
        return self.challenge is None

    def check_verifier(self, verifier: str) -> None:
        """Refuse a client that does not know what the challenge was made of."""
        digest = hashlib.sha256(verifier.encode()).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not 43 <= len(verifier) <= 128 or not hmac.compare_digest(made, self.challenge or ""):
            raise OidcError("invalid_grant", "The code verifier does not fit the challenge.")


@dataclass(kw_only=True)
class PortalSession:
    """One sign-in of a person: what its tokens stand for until it ends or is revoked."""

    user: SsoUser
    client_id: str
    ends_at: datetime
    is_revoked: bool = False

    def is_over(self, now: datetime) -> bool:
        """Return whether no token of it is worth anything any more."""
        return self.is_revoked or now >= self.ends_at


def new_secret() -> str:
    """Return a code or token that nobody can guess."""
    return secrets.token_urlsafe(32)


def new_user_code() -> str:
    """Return a code that a person can read out and type, such as BCDF-GHJK."""
    letters = [secrets.choice(_CODE_LETTERS) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def _without_port(uri: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(uri)
        is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        is_local = parts.scheme == "http" and parts.hostname == "127.0.0.1"
        return ("127.0.0.1", parts.path) if is_plain and is_local else None
    except ValueError:
        return None

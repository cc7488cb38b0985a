"""The tokens of a sign-in, and the form in which the AWS CLI and every SDK read them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_desktop.aws.iso_times import parse_time
from drs_desktop.aws.secret_store import Secret
from drs_desktop.domain.sign_in import SsoSession

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class SsoToken:
    """What Identity Center gave, with the registration that can renew it."""

    start_url: str
    region: str
    access_token: Secret
    expires_at: datetime
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    registration_expires_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether it is still accepted, unless it was revoked."""
        return now < self.expires_at

    def can_renew(self, now: datetime) -> bool:
        """Return whether a new one can be asked for without a person."""
        has_all = bool(self.refresh_token and self.client_secret and self.client_id)
        return has_all and self.registration_expires_at is not None and now < self.registration_expires_at

    def belongs_to(self, session: SsoSession) -> bool:
        """Return whether it was given by this session's Identity Center."""
        return (self.start_url, self.region) == (session.start_url, session.region)


def token_key(session: SsoSession) -> str:
    """Return the name of the session's token file, by which the AWS CLI and the SDKs find it too."""
    return hashlib.sha1((session.name or session.start_url).encode(), usedforsecurity=False).hexdigest()


def token_to_json(token: SsoToken) -> str:
    """Return the token as the CLI writes it; the text is a secret."""
    members = {
        "startUrl": token.start_url,
        "region": token.region,
        "accessToken": token.access_token.reveal(),
        "expiresAt": token.expires_at.astimezone(UTC).strftime(_TIME),
        "clientId": token.client_id or None,
        "clientSecret": token.client_secret.reveal() if token.client_secret else None,
        "registrationExpiresAt": _written(token.registration_expires_at),
        "refreshToken": token.refresh_token.reveal() if token.refresh_token else None,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


def token_from_json(text: str) -> SsoToken | None:
    """Return the token, or None for a text that is torn or is none."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _token(members) if isinstance(members, dict) else None


def token_from_answer(
    answer: Mapping[str, Any], session: SsoSession, registration: "Registration", now: datetime
) -> SsoToken:
    """Return the token that CreateToken gave.

    Raises:
        KeyError: the answer is not one.
    """
    refresh_token = answer.get("refreshToken")
    return SsoToken(
        start_url=session.start_url,
        region=session.region,
        access_token=Secret(str(answer["accessToken"])),
        expires_at=now.replace(microsecond=0) + timedelta(seconds=int(answer["expiresIn"])),
        refresh_token=Secret(str(refresh_token)) if refresh_token else None,
        client_id=registration.client_id,
        client_secret=registration.client_secret,
        registration_expires_at=registration.expires_at,
    )


@dataclass(frozen=True, kw_only=True)
class Registration:
    """This program as Identity Center knows it."""

    client_id: str
    client_secret: Secret
    expires_at: datetime


def _token(members: Mapping[str, Any]) -> SsoToken | None:
    expires_at = parse_time(members.get("expiresAt"))
    needed = [members.get(name) for name in ("accessToken", "startUrl", "region")]
    if expires_at is None or not all(isinstance(one, str) and one for one in needed):
        return None
    return SsoToken(
        access_token=Secret(str(needed[0])),
        start_url=str(needed[1]),
        region=str(needed[2]),
        expires_at=expires_at,
        refresh_token=_secret(members.get("refreshToken")),
        client_id=str(members.get("clientId") or ""),
        client_secret=_secret(members.get("clientSecret")),
        registration_expires_at=parse_time(members.get("registrationExpiresAt")),
    )


def _secret(value: Any) -> Secret | None:
    return Secret(value) if isinstance(value, str) and value else None


def _written(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime(_TIME) if at else None

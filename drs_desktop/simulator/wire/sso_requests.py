"""Which requests belong to Identity Center: they are not signed, so their paths tell."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from drs_desktop.simulator.wire.requests import Environ, WireCall, read_body

SIGN_IN_PAGE = "/sign-in"
PAGE = "SignInPage"
SERVICES = frozenset({"sso", "sso-oidc"})
BEARER = "HTTP_X_AMZ_SSO_BEARER_TOKEN"
_PLACES = {
    ("POST", "/client/register"): ("sso-oidc", "RegisterClient"),
    ("POST", "/device_authorization"): ("sso-oidc", "StartDeviceAuthorization"),
    ("POST", "/token"): ("sso-oidc", "CreateToken"),
    ("GET", "/authorize"): ("sso-oidc", "Authorize"),
    ("GET", SIGN_IN_PAGE): ("sso-oidc", PAGE),
    ("POST", SIGN_IN_PAGE): ("sso-oidc", PAGE),
    ("GET", "/assignment/accounts"): ("sso", "ListAccounts"),
    ("GET", "/assignment/roles"): ("sso", "ListAccountRoles"),
    ("GET", "/federation/credentials"): ("sso", "GetRoleCredentials"),
    ("POST", "/logout"): ("sso", "Logout"),
}
_LOGGED = frozenset({"clientName", "grantType", "startUrl", "account_id", "role_name", "decision", "user"})
"""What the call log may show; everything else could be a secret."""


def read_sso_call(environ: Environ) -> WireCall | None:
    """Return the call if it is one of Identity Center's; what may be a secret is left out of it."""
    place = _PLACES.get((str(environ["REQUEST_METHOD"]), str(environ.get("PATH_INFO", ""))))
    if place is None or environ.get("HTTP_AUTHORIZATION"):
        return None
    service, operation = place
    return WireCall(
        service=service,
        region="us-east-1",
        operation=operation,
        access_key_id=None,
        signed_at=None,
        members={name: value for name, value in sso_members(environ).items() if name in _LOGGED},
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        is_json=True,
        path=str(environ["PATH_INFO"]),
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
    )


def sso_members(environ: Environ) -> dict[str, Any]:
    """Return every member of the request: query, form or JSON."""
    members: dict[str, Any] = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    body = read_body(environ)
    if "form" in str(environ.get("CONTENT_TYPE", "")):
        return {**members, **dict(parse_qsl(body.decode("utf-8", "replace")))}
    return {**members, **_json(body)}


def text_of(members: Mapping[str, Any], name: str) -> str:
    """Return a member that has to be text; anything else is as good as missing."""
    value = members.get(name)
    return value if isinstance(value, str) else ""


def texts_of(members: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a member that has to be a list of texts."""
    value = members.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

"""Which AWS is in force: AWS itself, an override, or a simulator on this machine."""

import ipaddress
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from drs_desktop.aws.iso_times import parse_time
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import AWS, Endpoint
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import Region
from drs_desktop.domain.sign_in import SsoSession

PROBE_SECONDS = 2.0
_LARGEST_ANSWER = 1_000_000
_VARIABLES = ("AWS_ENDPOINT_URL_DRS", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, kw_only=True)
class SimulatorIdentity:
    """What a simulator says of itself.

    Attributes:
        service_now: its time at the moment of the answer.
        scale: how many of its seconds pass in one of ours.
        hub_keys: the keys a client starts with; they are used on loopback only.
    """

    url: str
    instance_id: str
    scenario: str
    service_now: datetime
    scale: float
    signing_window_seconds: float
    visibility_lag_seconds: float
    hub_account_id: str
    hub_keys: HubKeys
    sign_in: SsoSession | None = None
    """Its Identity Center, if it has one."""

    @property
    def endpoint(self) -> Endpoint:
        """Return the endpoint of a workspace that talks to this simulator."""
        return Endpoint(
            fingerprint=self.instance_id,
            url=self.url,
            is_simulated=True,
            signing_window_seconds=self.signing_window_seconds,
            visibility_lag_seconds=self.visibility_lag_seconds,
        )


def endpoint_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the override that the environment names for DRS, or None for AWS itself.

    Raises:
        ValidationFailed: it is no address, or holds a password.
    """
    variables = os.environ if environment is None else environment
    if variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").strip().lower() == "true":
        return None
    for name in _VARIABLES:
        if url := variables.get(name, "").strip():
            return _checked(name, url.rstrip("/"))
    return None


def _checked(variable: str, url: str) -> str:
    """Return the URL when a client could use it; what is wrong is said without repeating the URL."""
    if any(ord(character) < 33 or ord(character) == 127 for character in url):
        raise ValidationFailed(f"{variable} holds a blank or a control character: it is no address.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValidationFailed(f"{variable} is no address: its host or port cannot be read.") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValidationFailed(f"{variable} is no address: it must look like http://127.0.0.1:5000.")
    if "@" in parts.netloc:
        raise ValidationFailed(f"{variable} holds a user name or a password: take them out of the address.")
    if parts.query or parts.fragment:
        raise ValidationFailed(f"{variable} holds more than an address: take out what follows ? or #.")
    return url


def connection_problem(url: str, seconds: float = PROBE_SECONDS) -> str:
    """Return why nothing can be reached at an address, or an empty text; blocks, and sends nothing."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=seconds).close()
    except (OSError, UnicodeError) as error:
        return f"no answer ({getattr(error, 'strerror', None) or error})"
    return ""


def find_endpoint(
    environment: Mapping[str, str] | None = None,
) -> tuple[Endpoint, SimulatorIdentity | None]:
    """Return the endpoint in force and, when a simulator answers there, what it says of itself.

    Blocks for at most two seconds, and only for an override on this machine.
    """
    url = endpoint_url(environment)
    if url is None:
        return Endpoint(fingerprint=AWS), None
    identity = probe_simulator(url)
    if identity is not None:
        return identity.endpoint, identity
    return Endpoint(fingerprint=urlsplit(url).netloc or url, url=url), None


def is_loopback(url: str) -> bool:
    """Return whether the URL is plain HTTP to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "http" or parts.username is not None:
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def probe_simulator(url: str) -> SimulatorIdentity | None:
    """Ask who answers at a loopback URL; None when it is no simulator, or not on this machine."""
    if not is_loopback(url):
        return None
    url = url.rstrip("/")
    try:
        body = _fetch(urllib.request.Request(f"{url}/sim/identity", method="GET"))
        return _identity(url, json.loads(body))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def ping(url: str) -> bool:
    """Tell a simulator that a console is still there; return whether it heard."""
    if not is_loopback(url):
        return False
    try:
        _fetch(urllib.request.Request(f"{url.rstrip('/')}/sim/ping", data=b"", method="POST"))
    except (OSError, ValueError):
        return False
    return True


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: it could lead away from this machine."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


# No proxy either, whatever the environment says: the other side is this machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def _fetch(request: urllib.request.Request) -> bytes:
    with _opener.open(request, timeout=PROBE_SECONDS) as answer:
        return bytes(answer.read(_LARGEST_ANSWER))


def _identity(url: str, said: Any) -> SimulatorIdentity:
    service_now = parse_time(said["service_now"])
    if service_now is None:
        raise ValueError("service_now is no time")
    hub = said["hub"]
    return SimulatorIdentity(
        url=url,
        instance_id=str(said["instance_id"]),
        scenario=str(said["scenario"]),
        service_now=service_now,
        scale=float(said["scale"]),
        signing_window_seconds=float(said["signing_window_seconds"]),
        visibility_lag_seconds=float(said["visibility_lag_seconds"]),
        hub_account_id=str(hub["account_id"]),
        hub_keys=HubKeys(
            access_key_id=str(hub["access_key_id"]), secret_access_key=str(hub["secret_access_key"])
        ),
        sign_in=_sign_in(said.get("sign_in")),
    )


def _sign_in(said: Any) -> SsoSession | None:
    if not said:
        return None
    return SsoSession(name="", start_url=str(said["start_url"]), region=Region(str(said["region"])))

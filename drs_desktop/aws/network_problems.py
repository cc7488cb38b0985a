"""What stands between this machine and AWS, in words and with what to do: names, proxies, certificates."""

import errno
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from botocore.parsers import ResponseParserError

_BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_NO_BUNDLE = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE", "BAD_END_LINE", "BAD_BASE64_DECODE"})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNKNOWN_PROTOCOL"})
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


@dataclass(frozen=True, kw_only=True)
class NetworkProblem:
    """Why no answer of AWS came.

    Attributes:
        what: what happened, to which address, without a full stop.
        advice: what to do about it, as sentences.
    """

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}".rstrip()


def network_problem(
    error: BaseException, environment: Mapping[str, str] | None = None
) -> NetworkProblem | None:
    """Return what an error of botocore says about the network in between; None when it says nothing.

    Nothing in it can be a secret: of addresses only host and port are named.
    """
    surroundings = _Surroundings(os.environ if environment is None else environment, _url_of(error))
    match error:
        case ProxyConnectionError():
            return _proxy_problem(error, surroundings)
        case SSLError():
            return _tls_problem(error, surroundings)
        case EndpointConnectionError():
            return _connection_problem(error, surroundings)
        case ConnectTimeoutError():
            return _problem(
                f"{surroundings.host} could not be connected in time",
                f"Something drops the connection, such as a firewall. {surroundings.proxy_advice}",
            )
        case ReadTimeoutError():
            return _problem(
                f"{surroundings.host} gave no answer in time",
                "The network may be slow or cut; look at the VPN and the proxy.",
            )
        case ConnectionClosedError() | ResponseStreamingError():
            return _problem(
                f"the connection to {surroundings.host} broke",
                "If this stays, look at the VPN, the proxy and the firewall in between.",
            )
        case ResponseParserError():
            return _problem(
                "an answer could not be read, so it did not come from AWS",
                "A proxy or the sign-in page of a network may be in between.",
            )
    return None


def is_before_any_request(error: BaseException) -> bool:
    """Return whether a TLS failure came for certain before a request was written.

    That is so when the other side's certificate was refused, or ours to compare it with could not be read.
    Any other TLS failure may come from a connection on which the request already went out.
    """
    if not isinstance(error, SSLError):
        return False
    return any(_is_about_the_certificate(one) or _is_about_the_bundle(one) for one in _causes(error))


@dataclass(frozen=True)
class _Surroundings:
    """What the environment says about the way to an address."""

    environment: Mapping[str, str]
    url: str

    @property
    def host(self) -> str:
        return host_of(self.url) or "AWS"

    @property
    def bundle(self) -> str:
        """Return the variable that names the certificates in force, with what it says; or an empty text."""
        named = [(name, self.environment.get(name, "").strip()) for name in _BUNDLE_VARIABLES]
        return next((f"{name} ({path})" for name, path in named if path), "")

    @property
    def proxy_advice(self) -> str:
        """Return what to do about a proxy, which never stands before this very machine."""
        if _is_loopback(urlsplit(self.url).hostname or ""):
            return ""
        scheme = urlsplit(self.url).scheme or "https"
        named = [f"{scheme}_proxy".upper(), f"{scheme}_proxy"]
        name = next((one for one in named if self.environment.get(one)), "")
        if not name:
            return f"If this network is left through a proxy only, name it in {scheme.upper()}_PROXY."
        through = f"{name} names the proxy {host_of(self.environment[name]) or 'in a way that is no address'}"
        return f"{through}; NO_PROXY says what goes past it."


# ---- each kind


def _proxy_problem(error: ProxyConnectionError, around: _Surroundings) -> NetworkProblem:
    proxy = f"the proxy {host_of(str(error.kwargs.get('proxy_url', ''))) or 'in force'}"
    causes = list(_causes(error))
    for cause in causes:
        if refused := _TUNNEL_REFUSED.search(str(cause)):
            return _tunnel_problem(proxy, int(refused[1]))
    if any(isinstance(one, socket.gaierror) for one in causes):
        return _problem(f"the name of {proxy} is not known", "Correct HTTPS_PROXY, or unset it.")
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return _problem(
            f"no secure connection to {proxy} could be made",
            "Most proxies are spoken to in plain: write http:// in HTTPS_PROXY instead of https://.",
        )
    what = "refuses connections" if _has_errno(causes, errno.ECONNREFUSED) else "could not be reached"
    return _problem(
        f"{proxy} {what}",
        "Start it or connect to its network, correct HTTPS_PROXY, or name in NO_PROXY what goes past it.",
    )


def _tunnel_problem(proxy: str, status: int) -> NetworkProblem:
    if status == 407:
        return _problem(
            f"{proxy} wants a user and a password (HTTP 407)",
            "Write them in HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or use a local proxy with them.",
        )
    if status in {401, 403, 405}:
        return _problem(
            f"{proxy} does not let this address through (HTTP {status})",
            "Ask whoever keeps it to allow *.amazonaws.com, or name the address in NO_PROXY.",
        )
    return _problem(
        f"{proxy} could not reach the address (HTTP {status})", "Ask whoever keeps it, or try again later."
    )


def _connection_problem(error: BaseException, around: _Surroundings) -> NetworkProblem:
    causes = list(_causes(error))
    if any(isinstance(one, socket.gaierror) for one in causes):
        return _problem(
            f"the name {around.host} could not be resolved",
            f"Look at the network, the VPN and the name server. {around.proxy_advice}",
        )
    if _has_errno(causes, errno.ECONNREFUSED):
        return _problem(
            f"{around.host} refuses the connection",
            "Nothing listens there, or a firewall refuses. Look at AWS_ENDPOINT_URL, if it is set.",
        )
    if any(isinstance(one, OSError) and one.errno in _NO_WAY for one in causes):
        return _problem(
            f"no network leads to {around.host}", f"Look at the network and the VPN. {around.proxy_advice}"
        )
    return _problem(f"{around.host} could not be connected", around.proxy_advice)


def _tls_problem(error: BaseException, around: _Surroundings) -> NetworkProblem:
    causes = list(_causes(error))
    for cause in causes:
        if _is_about_the_certificate(cause):
            return _certificate_problem(_verdict(cause), around)
        if _is_about_the_bundle(cause):
            return _bundle_problem(cause, around)
    if any(getattr(one, "reason", None) in _NO_TLS for one in causes if isinstance(one, ssl.SSLError)):
        return _problem(
            f"what answers at {around.host} speaks no TLS",
            "Look at AWS_ENDPOINT_URL: http:// may be meant. A proxy in between may be the reason too.",
        )
    return _problem(
        f"the secure connection to {around.host} failed",
        "A firewall or proxy may cut what it cannot read; ask whoever keeps the network.",
    )


def _bundle_problem(cause: BaseException, around: _Surroundings) -> NetworkProblem:
    is_read = isinstance(cause, ssl.SSLError)
    why = "no certificate is in it" if is_read else str(getattr(cause, "strerror", "") or "no such file")
    source = around.bundle or "ca_bundle in the profile"
    return _problem(
        f"the file of certificates that {source} names cannot be used ({why})",
        "Name a file of PEM certificates that this user may read, or unset it.",
    )


def _certificate_problem(code: int, around: _Surroundings) -> NetworkProblem:
    host = around.host
    if code in {_EXPIRED, _NOT_YET_VALID}:
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return _problem(
            f"the certificate of {host} {when}", "Set this machine's clock right; then ask whoever keeps it."
        )
    if code in _OTHER_NAME:
        return _problem(
            f"what answers at {host} has a certificate for another name",
            "A proxy or a wrong address in AWS_ENDPOINT_URL may be the reason.",
        )
    known = f"{around.bundle} does not have it" if around.bundle else "this machine does not know it"
    unknown = "the authority that signed it is unknown" if code in _UNKNOWN_ISSUER else "it was refused"
    return _problem(
        f"the certificate of {host} is not trusted: {unknown}, {known}",
        "If the company's proxy opens secure connections, have its authority's certificate added to the file "
        "that AWS_CA_BUNDLE names.",
    )


# ---- looking into errors


def _problem(what: str, advice: str) -> NetworkProblem:
    return NetworkProblem(what=what, advice=advice)


def _is_about_the_certificate(cause: BaseException) -> bool:
    return isinstance(cause, ssl.SSLCertVerificationError) or _is_other_name(cause)


def _is_other_name(cause: BaseException) -> bool:
    return type(cause).__module__.startswith("urllib3.") and type(cause).__name__ == "CertificateError"


def _verdict(cause: BaseException) -> int:
    """Return OpenSSL's number of what is wrong with a certificate; urllib3 compares names by itself."""
    return min(_OTHER_NAME) if _is_other_name(cause) else int(getattr(cause, "verify_code", 0) or 0)


def _is_about_the_bundle(cause: BaseException) -> bool:
    if isinstance(cause, ssl.SSLError):
        return getattr(cause, "reason", None) in _NO_BUNDLE
    return isinstance(cause, FileNotFoundError | PermissionError | IsADirectoryError)


def _has_errno(causes: list[BaseException], number: int) -> bool:
    return any(isinstance(one, OSError) and one.errno == number for one in causes)


def _url_of(error: BaseException) -> str:
    return str(getattr(error, "kwargs", {}).get("endpoint_url", ""))


def _is_loopback(host: str) -> bool:
    """Return whether a host is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return host and port of an address, never a user or a password of it; empty when it is none."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if host and port else host


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it was made of, as far as that was kept."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or cause in seen:
            continue
        seen.append(cause)
        yield cause
        wrapped = getattr(cause, "kwargs", {}).get("error")
        waiting += [cause.__cause__, cause.__context__, wrapped, getattr(cause, "reason", None), *cause.args]

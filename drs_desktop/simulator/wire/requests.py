"""What a request asks for, read before moto sees it."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

Environ = dict[str, Any]

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]+/([^/,\s]+)/([^/,\s]+)/aws4_request")
_TAG_OPERATIONS = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}
_LARGEST_BODY = 10_000_000
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half a character, perhaps: what no other service could write down."""


@dataclass(frozen=True, kw_only=True)
class WireCall:
    """An AWS call as it arrived."""

    service: str
    region: str
    operation: str
    access_key_id: str | None
    """Absent when the request is not signed."""
    signed_at: datetime | None
    members: Mapping[str, Any]
    user_agent: str
    is_json: bool
    is_readable: bool = True
    """Whether the body is what its service expects: a JSON object, or nothing."""
    path: str = "/"
    session_token: str = ""
    """What came as X-Amz-Security-Token."""
    source_ip: str = "127.0.0.1"

    @property
    def tags(self) -> Mapping[str, str]:
        """Return the tags in the request, if any."""
        tags = self.members.get("tags")
        return tags if isinstance(tags, dict) else {}


def read_call(environ: Environ) -> WireCall:
    """Read a request and leave its body in place for moto."""
    body = read_body(environ)
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    access_key_id, region, service = found.groups() if found else (None, "us-east-1", "unknown")
    is_json = service == "drs" or "json" in environ.get("CONTENT_TYPE", "")
    parsed = _json_members(body) if is_json else dict(parse_qsl(body.decode("utf-8", "replace")))
    members = parsed or {}
    return WireCall(
        service=service,
        region=region,
        operation=_operation(environ, service, members),
        access_key_id=access_key_id,
        signed_at=_signed_at(environ.get("HTTP_X_AMZ_DATE", "")),
        members=members,
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        is_json=is_json,
        is_readable=parsed is not None,
        path=str(environ.get("PATH_INFO", "/")),
        session_token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""),
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
    )


def read_body(environ: Environ) -> bytes:
    """Return the body and leave it in place for the next reader."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body: bytes = environ["wsgi.input"].read(min(length, _LARGEST_BODY)) if length > 0 else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _json_members(body: bytes) -> dict[str, Any] | None:
    """Return the members of a JSON object, or None for anything else."""
    if not body:
        return {}
    try:
        members = json.loads(body.decode())
        if _SURROGATE.search(body):
            json.dumps(members, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _operation(environ: Environ, service: str, members: Mapping[str, Any]) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if service != "drs":
        return str(members.get("Action", ""))
    path = str(environ.get("PATH_INFO", "")).lstrip("/")
    if path.startswith("tags/"):
        return _TAG_OPERATIONS.get(environ["REQUEST_METHOD"], "")
    return path


def _signed_at(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None

"""Answers of JSON 1.1 services (service-quotas, cloudtrail) and their paging."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.requests import WireCall

T = TypeVar("T")


def json_service_answer(members: Mapping[str, Any]) -> Answer:
    """Return an answer; members that are None are left out."""
    present = {name: value for name, value in members.items() if value is not None}
    headers = (("x-amzn-RequestId", str(uuid.uuid4())), ("Content-Type", "application/x-amz-json-1.1"))
    return Answer(status=200, body=json.dumps(present).encode(), headers=headers)


def paged(members: Mapping[str, Any], items: Sequence[T], *, most: int) -> tuple[Sequence[T], str | None]:
    """Return one page and the token of the next, or raise ValueError for a token or size that cannot be."""
    size = members.get("MaxResults") or most
    if not isinstance(size, int) or not 1 <= size <= most:
        raise ValueError("MaxResults")
    start = _decoded(members["NextToken"]) if members.get("NextToken") else 0
    token = _encoded(start + size) if start + size < len(items) else None
    return items[start : start + size], token


def bad_page(call: WireCall, code: str) -> Answer:
    """Return the refusal of a page that cannot be."""
    return refusal(call, code, 400, "The pagination token or the number of results is not valid.")


def _encoded(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def _decoded(token: object) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(str(token).encode()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("NextToken") from error
    if word != "from" or not number.isdecimal():
        raise ValueError("NextToken")
    return int(number)

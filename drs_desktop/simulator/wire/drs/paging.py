"""Paging with opaque tokens that stay right while new items appear."""

import base64
import binascii
import json
import uuid
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drs_desktop.simulator.core.errors import ValidationError

_DEFAULT = 200
_LARGEST = 1_000

T = TypeVar("T")


def page(
    operation: str,
    members: Mapping[str, Any],
    items: Sequence[T],
    key: Callable[[T], int],
    *,
    most: int = _LARGEST,
) -> tuple[Sequence[T], str | None]:
    """Return one page of `items` and the token of the next.

    `key` grows along the list, so that a page begins after the last item shown, whatever was added since.
    """
    size = min(members.get("maxResults") or _DEFAULT, most)
    token = members.get("nextToken")
    last = _decoded(operation, token) if token else None
    start = 0 if last is None else bisect_right(items, last, key=key)
    shown = items[start : start + size]
    more = start + size < len(items)
    return shown, _encoded(operation, key(shown[-1])) if more and shown else None


def empty_page(operation: str, token: str | None) -> dict[str, Any]:
    """Return a page without items whose token leads to where this page would have begun."""
    under = "accounts" if operation == "ListStagingAccounts" else "items"
    last = _decoded(operation, token) if token else None
    return {under: [], "nextToken": _encoded(operation, last, uuid.uuid4().hex)}


def _encoded(operation: str, last: int | None, salt: str = "") -> str:
    """Return a token; the salt tells two for the same place apart, because clients refuse one seen before."""
    return base64.urlsafe_b64encode(json.dumps([operation, last, salt]).encode()).decode()


def _decoded(operation: str, token: str) -> int | None:
    try:
        named, last, _ = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise _bad_token() from error
    if named != operation or not isinstance(last, int | None):
        raise _bad_token()
    return last


def _bad_token() -> ValidationError:
    text = "The pagination token is not valid for this operation"
    return ValidationError(text, fields=[("nextToken", text)])

"""Answers of query services (sts, iam) in their XML."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from drs_desktop.simulator.wire.answers import Answer


def query_answer(operation: str, namespace: str, result: Mapping[str, Any]) -> Answer:
    """Return the answer of an operation; lists become `member` elements, None is left out."""
    request_id = str(uuid.uuid4())
    body = (
        f'<{operation}Response xmlns="{namespace}"><{operation}Result>{_members(result)}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    headers = (("x-amzn-RequestId", request_id), ("Content-Type", "text/xml"))
    return Answer(status=200, body=body.encode(), headers=headers)


def _members(members: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_value(one)}</{name}>" for name, one in members.items() if one is not None)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _members(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(f"<member>{_value(one)}</member>" for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))

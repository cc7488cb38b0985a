"""Answers that do not come from moto: AWS errors in each service's own format, and plain pages."""

import json
import uuid
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from drs_desktop.simulator.wire.requests import WireCall


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def refusal(
    call: WireCall,
    code: str,
    status: int,
    message: str,
    *,
    retry_after: int | None = None,
    **members: str,
) -> Answer:
    """Return an AWS error as the service of this call writes it; JSON has room for further members."""
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    if call.is_json:
        headers += [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
        body = json.dumps({"__type": code, "message": message, **members})
    else:
        headers.append(("Content-Type", "text/xml"))
        body = (
            _ec2_xml(code, message, request_id)
            if call.service == "ec2"
            else _query_xml(code, message, request_id)
        )
    return Answer(status=status, body=body.encode(), headers=tuple(headers))


def json_answer(status: int, data: Any) -> Answer:
    """Return JSON, for the control endpoint."""
    return Answer(
        status=status, body=json.dumps(data).encode(), headers=(("Content-Type", "application/json"),)
    )


def html_page(status: int, title: str) -> Answer:
    """Return a page as a proxy or load balancer writes it."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status=status, body=body.encode(), headers=(("Content-Type", "text/html"),))


def _ec2_xml(code: str, message: str, request_id: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _query_xml(code: str, message: str, request_id: str) -> str:
    return (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )

"""What cloudtrail records of a call."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.wire.answers import Answer
from drs_desktop.simulator.wire.requests import WireCall

_RECORDED = frozenset({"drs", "ec2", "iam", "sts"})
_READS = ("Describe", "List", "Get", "Simulate", "Decode")
_REQUEST_ID = re.compile(rb"<[Rr]equestI[dD]>([^<]+)<")
_ERROR = re.compile(rb"<Code>([^<]+)</Code>\s*<Message>([^<]*)<")
_FAILED = 400


@dataclass(frozen=True, kw_only=True)
class TrailEvent:
    """One event, in LookupEvents' words."""

    id: str
    name: str
    source: str
    at: datetime
    username: str
    access_key_id: str
    is_read_only: bool
    resources: tuple[tuple[str, str], ...]
    """Type and name of each."""
    record: Mapping[str, Any]

    def described(self) -> dict[str, Any]:
        """Return the event as LookupEvents shows it."""
        return {
            "EventId": self.id,
            "EventName": self.name,
            "EventSource": self.source,
            "EventTime": self.at.timestamp(),
            "Username": self.username,
            "AccessKeyId": self.access_key_id,
            "ReadOnly": str(self.is_read_only).lower(),
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in self.resources],
            "CloudTrailEvent": json.dumps(self.record),
        }


def is_recorded(call: WireCall) -> bool:
    """Return whether the call changes something or gives out a session."""
    return call.service in _RECORDED and bool(call.operation) and not call.operation.startswith(_READS)


def trail_event(call: WireCall, principal: Principal, answer: Answer, at: datetime) -> TrailEvent:
    """Return the event of an answered call."""
    event_id = str(uuid.uuid4())
    source = f"{call.service}.amazonaws.com"
    is_read_only = call.operation == "AssumeRole"
    code, text = _error(call, answer)
    record = {
        "eventVersion": "1.11",
        "userIdentity": _identity(call, principal),
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": source,
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent,
        **({"errorCode": code, "errorMessage": text} if code else {}),
        "requestParameters": {
            name: value for name, value in call.members.items() if name not in ("Action", "Version")
        },
        "responseElements": None if code or not call.is_json else _json(answer.body),
        "requestID": _request_id(answer),
        "eventID": event_id,
        "readOnly": is_read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": principal.account_id,
        "eventCategory": "Management",
    }
    return TrailEvent(
        id=event_id,
        name=call.operation,
        source=source,
        at=at,
        username=principal.name,
        access_key_id=call.access_key_id or "",
        is_read_only=is_read_only,
        resources=_resources(call),
        record=record,
    )


def _identity(call: WireCall, principal: Principal) -> dict[str, Any]:
    identity: dict[str, Any] = {
        "type": "AssumedRole" if principal.session else "IAMUser",
        "arn": principal.arn,
        "accountId": principal.account_id,
        "accessKeyId": call.access_key_id,
    }
    if principal.session is None:
        return {**identity, "userName": principal.name}
    issuer = {
        "type": "Role",
        "arn": principal.identity_arn,
        "accountId": principal.account_id,
        "userName": principal.session.role.name,
    }
    context: dict[str, Any] = {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}
    if principal.session.source_identity:
        context["sourceIdentity"] = principal.session.source_identity
    return {**identity, "sessionContext": context}


def _resources(call: WireCall) -> tuple[tuple[str, str], ...]:
    if call.operation == "AssumeRole":
        return (("AWS::IAM::Role", str(call.members.get("RoleArn", ""))),)
    if call.service == "ec2":
        ids = sorted({str(one) for name, one in call.members.items() if name.startswith("InstanceId")})
        return tuple(("AWS::EC2::Instance", one) for one in ids)
    return ()


def _request_id(answer: Answer) -> str:
    for name, value in answer.headers:
        if name.lower() in ("x-amzn-requestid", "x-amz-request-id"):
            return value
    found = _REQUEST_ID.search(answer.body)
    return found[1].decode() if found else ""


def _error(call: WireCall, answer: Answer) -> tuple[str, str]:
    if answer.status < _FAILED:
        return "", ""
    if call.is_json:
        body = _json(answer.body) or {}
        headers = {name.lower(): value for name, value in answer.headers}
        code = headers.get("x-amzn-errortype") or body.get("__type") or str(answer.status)
        return str(code).partition(":")[0], str(body.get("message") or body.get("Message") or "")
    found = _ERROR.search(answer.body)
    return (found[1].decode(), found[2].decode()) if found else (str(answer.status), "")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None

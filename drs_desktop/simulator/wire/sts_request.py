"""The request of AssumeRole, checked as STS checks it before it looks at any role."""

import re
from dataclasses import dataclass
from typing import Any

from drs_desktop.simulator.core.accounts import CHAINED_SESSION_SECONDS, SHORTEST_SESSION_SECONDS
from drs_desktop.simulator.core.policy_document import Policy
from drs_desktop.simulator.core.policy_errors import PolicyError
from drs_desktop.simulator.wire.policy_text import read_policy_text
from drs_desktop.simulator.wire.query_lists import listed, listed_structures
from drs_desktop.simulator.wire.requests import WireCall

_NAME = r"[\w+=,.@-]*"
_LONGEST_SECONDS = 43_200
_LONGEST_POLICY = 2_048
_MOST_TAGS = 50
_PACKED_SPACE = 4_096
"""How many characters of session policy and tags fit; AWS does not tell (uncertain)."""


class StsError(Exception):
    """A refusal of STS.

    Attributes:
        code: The error's code.
        message: Its sentence.
        status: The HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Compose the error from code, sentence and HTTP status."""
        self.code, self.message, self.status = code, message, status
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class AssumeRole:
    """What AssumeRole was asked for."""

    role_arn: str
    session_name: str
    seconds: int
    external_id: str | None
    policy: Policy | None
    tags: dict[str, str]
    transitive_keys: frozenset[str]
    source_identity: str | None
    mfa_serial: str | None
    mfa_code: str | None
    packed_percent: int | None


def read_assume_role(call: WireCall) -> AssumeRole:
    """Return the request, or raise StsError with what STS says about it."""
    members = call.members
    tags = _tags(listed_structures(members, "Tags"))
    transitive = frozenset(listed(members, "TransitiveTagKeys"))
    if unknown := transitive - set(tags):
        raise _invalid(f"The tag key {min(unknown)} is named as transitive but is no session tag.")
    if any(name.startswith(("PolicyArns.", "ProvidedContexts.")) for name in members):
        raise _invalid("The simulator does not simulate PolicyArns and ProvidedContexts.")
    text = members.get("Policy")
    return AssumeRole(
        role_arn=_text(members, "RoleArn", least=20, most=2_048),
        session_name=_text(members, "RoleSessionName", least=2, most=64, pattern=_NAME),
        seconds=_seconds(str(members.get("DurationSeconds", CHAINED_SESSION_SECONDS))),
        external_id=_text(members, "ExternalId", least=2, most=1_224, pattern=r"[\w+=,.@:\/-]*")
        if "ExternalId" in members
        else None,
        policy=None if text is None else _policy(str(text)),
        tags=tags,
        transitive_keys=transitive,
        source_identity=_text(members, "SourceIdentity", least=2, most=64, pattern=_NAME)
        if "SourceIdentity" in members
        else None,
        mfa_serial=_text(members, "SerialNumber", least=9, most=256, pattern=r"[\w+=/:,.@-]*")
        if "SerialNumber" in members
        else None,
        mfa_code=_text(members, "TokenCode", least=6, most=6, pattern=r"[\d]*")
        if "TokenCode" in members
        else None,
        packed_percent=_packed(str(text or ""), tags),
    )


def _invalid(text: str) -> StsError:
    return StsError("ValidationError", text)


def _constraint(value: str, name: str, words: str) -> StsError:
    place = name[0].lower() + name[1:]
    return _invalid(
        f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must"
        f" {words}"
    )


def _text(members: Any, name: str, *, least: int, most: int, pattern: str | None = None) -> str:
    value = members.get(name)
    if value is None:
        raise _constraint("null", name, "not be null")
    value = str(value)
    if len(value) < least:
        raise _constraint(value, name, f"have length greater than or equal to {least}")
    if len(value) > most:
        raise _constraint(value, name, f"have length less than or equal to {most}")
    if pattern is not None and not re.fullmatch(pattern, value):
        raise _constraint(value, name, f"satisfy regular expression pattern: {pattern}")
    return value


def _seconds(text: str) -> int:
    seconds = int(text) if text.isdecimal() else 0
    if seconds < SHORTEST_SESSION_SECONDS:
        words = f"have value greater than or equal to {SHORTEST_SESSION_SECONDS}"
        raise _constraint(text, "DurationSeconds", words)
    if seconds > _LONGEST_SECONDS:
        raise _constraint(text, "DurationSeconds", f"have value less than or equal to {_LONGEST_SECONDS}")
    return seconds


def _policy(text: str) -> Policy:
    if len(text) > _LONGEST_POLICY:
        raise _constraint(text, "Policy", f"have length less than or equal to {_LONGEST_POLICY}")
    try:
        return read_policy_text(text)
    except PolicyError as error:
        raise StsError("MalformedPolicyDocument", str(error)) from None


def _tags(pairs: list[dict[str, str]]) -> dict[str, str]:
    if len(pairs) > _MOST_TAGS:
        raise _constraint("[...]", "Tags", f"have length less than or equal to {_MOST_TAGS}")
    tags: dict[str, str] = {}
    for pair in pairs:
        key, value = pair.get("Key", ""), pair.get("Value", "")
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise _constraint(key, "Tags", "have keys of 1 to 128 and values of at most 256 characters")
        if key.lower() in {known.lower() for known in tags}:
            raise StsError(
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            )
        tags[key] = value
    return tags


def _packed(policy: str, tags: dict[str, str]) -> int | None:
    """Return what part of the space policy and tags take, in percent, or None if there are none."""
    length = len(policy) + sum(len(key) + len(value) for key, value in tags.items())
    percent = -(-100 * length // _PACKED_SPACE)
    if percent > 100:
        raise StsError(
            "PackedPolicyTooLarge", f"Packed size of session tags consumes {percent}% of allotted space."
        )
    return percent or None

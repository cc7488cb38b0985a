"""Identifiers. AWS's own are opaque text; ours name what they belong to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType

AccountId = NewType("AccountId", str)
"""Twelve digits, as text: a leading zero is part of it."""
Region = NewType("Region", str)
SourceServerId = NewType("SourceServerId", str)
JobId = NewType("JobId", str)
RecoveryInstanceId = NewType("RecoveryInstanceId", str)
PlanId = NewType("PlanId", str)
GroupId = NewType("GroupId", str)
ExecutionId = NewType("ExecutionId", str)
"""`<workspace>-<ULID>`: the id alone tells which workspace holds the execution."""
IntentId = NewType("IntentId", str)
"""A ULID, fresh for each mutating call; sent in tags and user agent, so that AWS can tell us it arrived."""


@dataclass(frozen=True, kw_only=True, order=True)
class Scope:
    """One account in one Region: what a DRS call is addressed to, and what its quotas count."""

    account_id: AccountId
    region: Region

    def __str__(self) -> str:
        return f"account {self.account_id}, {self.region}"


@dataclass(frozen=True, kw_only=True, order=True)
class ServerKey:
    """What a source server is known by; an extended server has another key than its staging twin."""

    account_id: AccountId
    region: Region
    source_server_id: SourceServerId

    @property
    def scope(self) -> Scope:
        return Scope(account_id=self.account_id, region=self.region)

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}/{self.source_server_id}"


def workspace_of(execution_id: ExecutionId) -> str:
    """Return the name of the workspace that an execution id names.

    Raises:
        ValueError: the text has no `<workspace>-<ULID>` form.
    """
    workspace, _, ulid = execution_id.rpartition("-")
    if not workspace or len(ulid) != 26:
        raise ValueError(
            f"{execution_id!r} is not an execution id: it should look like demo-01J9Z3NDEKTSV4RRFFQ69G5FAV."
        )
    return workspace


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS = 10


def begun_at(execution_id: ExecutionId) -> datetime:
    """Return when an execution was begun by the clock of this world, which a simulator's may differ from.

    Raises:
        ValueError: the text has no `<workspace>-<ULID>` form.
    """
    workspace = workspace_of(execution_id)
    milliseconds = 0
    for digit in execution_id[len(workspace) + 1 :][:_TIME_DIGITS].upper():
        milliseconds = milliseconds * len(_CROCKFORD) + _CROCKFORD.index(digit)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)

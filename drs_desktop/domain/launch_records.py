"""What was seen and what was written of a server's launch settings: drift, sync state, what can be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_changes import LaunchChange, change_to
from drs_desktop.domain.launch_settings import (
    FIELD_WORDS,
    LaunchSettings,
    RightSizing,
    differing,
    said,
    set_fields,
    settings_hash,
)

ABANDONED_AFTER = timedelta(minutes=5)
"""A change that began so long ago and never ended was left by a console that is gone.

No longer, for its calls may be repeated without harm.
"""


@dataclass(frozen=True, kw_only=True)
class ObservedLaunch:
    """What stands in AWS for a server: its DRS launch configuration and its launch template's default.

    Attributes:
        settings: a field that neither of them sets is None.
    """

    key: ServerKey
    settings: LaunchSettings
    template_id: str
    template_version: int
    observed_at: datetime


class Verb(StrEnum):
    """Why something was written."""

    APPLY = "apply"
    RESTORE = "restore"


class Outcome(StrEnum):
    """How a change ended."""

    BEGUN = "begun"
    """It is under way, or the console that made it is gone."""
    DONE = "done"
    """It was read back and is in force."""
    FAILED = "failed"
    """A part of it may be in force; the problem says which."""


@dataclass(frozen=True, kw_only=True)
class LaunchRecord:
    """One change of one server, written down before the first call of it.

    Attributes:
        before: what stood in AWS before; what a restore puts back.
        after: what was read back at the end, None when nothing was.
    """

    record_id: int = 0
    key: ServerKey
    verb: Verb
    change: LaunchChange
    before: LaunchSettings
    begun_at: datetime
    begun_by: str
    outcome: Outcome = Outcome.BEGUN
    problem: str = ""
    ended_at: datetime | None = None
    after: LaunchSettings | None = None

    def is_under_way(self, now: datetime) -> bool:
        """Return whether another console may be writing this very change."""
        return self.outcome is Outcome.BEGUN and now - self.begun_at < ABANDONED_AFTER

    @property
    def after_hash(self) -> str | None:
        """Return what tells drift from none, or None when nothing was read back."""
        return None if self.after is None else _drift_hash(self.after)


def undoable(records: Sequence[LaunchRecord]) -> LaunchRecord | None:
    """Return the latest change of a server that was not undone yet.

    Args:
        records: all of one server, oldest first.
    """
    standing: list[LaunchRecord] = []
    for record in records:
        if record.verb is Verb.APPLY:
            standing.append(record)
        elif record.outcome is Outcome.DONE and standing:
            standing.pop()
    return standing[-1] if standing else None


# ---- drift


def _drift_hash(settings: LaunchSettings) -> str:
    """Return a hash that right sizing does not change: DRS writes the instance type itself then."""
    return settings_hash(_without_right_sized_type(settings))


def _without_right_sized_type(settings: LaunchSettings) -> LaunchSettings:
    is_pinned = settings.right_sizing in (None, RightSizing.NONE)
    return settings if is_pinned else replace(settings, instance_type=None)


def drift(records: Sequence[LaunchRecord], observed: LaunchSettings) -> tuple[str, ...]:
    """Return what somebody else changed since the last change that was read back, a sentence each.

    Args:
        records: all of one server, oldest first.
    """
    last = next((record for record in reversed(records) if record.after is not None), None)
    if last is None or last.after is None or last.after_hash == _drift_hash(observed):
        return ()
    was, now = _without_right_sized_type(last.after), _without_right_sized_type(observed)
    since = f"{last.ended_at or last.begun_at:%Y-%m-%d %H:%M} UTC"
    return tuple(
        f"Changed outside since {since}: the {FIELD_WORDS[name]} was {said(getattr(was, name))} "
        f"and is {said(getattr(now, name))}."
        for name in differing(was, now)
    )


# ---- sync state


class SyncState(StrEnum):
    """How what is wanted for a server stands to what is in AWS."""

    NOT_CONFIGURED = "not configured"
    UNKNOWN = "unknown"
    READY = "ready"
    PENDING = "pending"
    SYNCING = "syncing"
    DRIFTED = "changed outside"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class SyncFacts:
    """What the state of a server is told from; `observed` None was never seen."""

    wanted: LaunchSettings
    observed: LaunchSettings | None
    records: Sequence[LaunchRecord]
    now: datetime


def sync_state(facts: SyncFacts) -> SyncState:
    """Return how a server stands."""
    last = facts.records[-1] if facts.records else None
    if last is not None and last.is_under_way(facts.now):
        return SyncState.SYNCING
    if not set_fields(facts.wanted):
        return SyncState.NOT_CONFIGURED
    if facts.observed is None:
        return SyncState.UNKNOWN
    if change_to(facts.observed, facts.wanted).is_empty:
        return SyncState.READY
    if last is not None and last.outcome is not Outcome.DONE:
        return SyncState.FAILED
    return SyncState.DRIFTED if drift(facts.records, facts.observed) else SyncState.PENDING


_WORST_FIRST = (
    SyncState.FAILED,
    SyncState.SYNCING,
    SyncState.DRIFTED,
    SyncState.UNKNOWN,
    SyncState.PENDING,
    SyncState.READY,
    SyncState.NOT_CONFIGURED,
)


def worst_state(states: Iterable[SyncState]) -> SyncState:
    """Return the state that stands for a whole group: the worst of its servers'."""
    return min(states, key=_WORST_FIRST.index, default=SyncState.NOT_CONFIGURED)

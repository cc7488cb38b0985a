"""From which moment's data servers are started: the newest, one point for a server, or one near a moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from drs_desktop.domain.frozen_plan import FrozenServer
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot, SnapshotId

Wish = SnapshotId | datetime | None
"""A point by its id, the point nearest to a moment and not after it, or (None) the newest data."""


@dataclass(frozen=True, kw_only=True)
class PointChoice:
    """What an operator asks for.

    Attributes:
        for_all: what counts for every server that is not named.
        by_server: what counts for single servers, each named by its id, its name or its whole key.
    """

    for_all: datetime | None = None
    by_server: tuple[tuple[str, Wish], ...] = ()

    @property
    def is_latest(self) -> bool:
        """Return whether every server starts from its newest data."""
        return self.for_all is None and all(wish is None for _, wish in self.by_server)


LATEST = PointChoice()


@dataclass(frozen=True, kw_only=True)
class ChosenPoints:
    """The points that a choice comes to.

    Attributes:
        points: by server; one that is not here starts from its newest data.
        problems: why a choice cannot be met, a sentence each.
    """

    points: Mapping[ServerKey, RecoverySnapshot] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def usable(snapshots: Iterable[RecoverySnapshot]) -> tuple[RecoverySnapshot, ...]:
    """Return the points that can be started from, newest first; one without a time is not ready."""
    ready = [one for one in snapshots if one.taken_at is not None]
    return tuple(sorted(ready, key=lambda one: (one.taken_at, one.snapshot_id), reverse=True))


def at_or_before(snapshots: Iterable[RecoverySnapshot], moment: datetime) -> RecoverySnapshot | None:
    """Return the newest usable point whose data is not from after the moment, or None.

    A later point is never taken, however near: what the moment is to come before may be in it.
    """
    return next((one for one in usable(snapshots) if one.taken_at and one.taken_at <= moment), None)


def wanted_of(choice: PointChoice, servers: Sequence[FrozenServer]) -> dict[ServerKey, Wish]:
    """Return what is asked for each server that does not start from its newest data."""
    wishes = dict(choice.by_server)
    found = {server.key: _wish_of(server, wishes, choice.for_all) for server in servers}
    return {key: wish for key, wish in found.items() if wish is not None}


def _wish_of(server: FrozenServer, wishes: Mapping[str, Wish], for_all: datetime | None) -> Wish:
    for name in (str(server.key), server.key.source_server_id, server.name):
        if name in wishes:
            return wishes[name]
    return for_all


def choose_points(
    choice: PointChoice,
    servers: Sequence[FrozenServer],
    snapshots: Mapping[ServerKey, Sequence[RecoverySnapshot]],
) -> ChosenPoints:
    """Return the points that a choice comes to.

    Args:
        snapshots: what was read, by server; a server whose points could not be read is left out, and out of
            the answer too.
    """
    points: dict[ServerKey, RecoverySnapshot] = {}
    problems = list(_unknown_names(choice, servers))
    names = {server.key: server.name for server in servers}
    for key, wish in wanted_of(choice, servers).items():
        if key not in snapshots:
            continue
        found = _meet(wish, snapshots[key])
        if isinstance(found, RecoverySnapshot):
            points[key] = found
        else:
            problems.append(f"{names[key]} {found}")
    return ChosenPoints(points=points, problems=tuple(problems))


def _unknown_names(choice: PointChoice, servers: Sequence[FrozenServer]) -> Iterable[str]:
    names = [server.name for server in servers]
    known = {*names, *(s.key.source_server_id for s in servers), *(str(s.key) for s in servers)}
    for name, _ in choice.by_server:
        if name not in known:
            yield f"A point in time is chosen for {name}, which is no server of this plan."
        elif names.count(name) > 1:
            yield f"A point in time is chosen for {name}, and {names.count(name)} servers are called so."


def _meet(wish: Wish, snapshots: Sequence[RecoverySnapshot]) -> RecoverySnapshot | str:
    """Return the point that is wanted, or why there is none."""
    ready = usable(snapshots)
    if isinstance(wish, datetime):
        if point := at_or_before(ready, wish):
            return point
        earliest = f"; its earliest is of {said(ready[-1].taken_at)}" if ready else ""
        return f"has no point in time at or before {said(wish)}{earliest}."
    found = next((one for one in ready if one.snapshot_id == wish), None)
    return found or f"has no point in time {wish} that could be started from."


def said(moment: datetime | None) -> str:
    """Return a moment as a person reads it, in UTC."""
    return "an unknown moment" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"

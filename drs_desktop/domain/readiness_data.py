"""Is there data to start from, and how old is it? Replication, points in time, the recovery point target."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain.execution import FrozenServer, FrozenWave
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.point_in_time import ChosenPoints, usable
from drs_desktop.domain.readiness_finding import (
    Accept,
    Check,
    Level,
    ReadinessFinding,
    ScopeFacts,
    all_servers,
    moment_words,
    servers_counted,
    some,
    span_words,
)
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import (
    BLOCKING_STATES,
    DataReplicationState,
    SourceServer,
    StagingStatus,
)
from drs_desktop.domain.start_recovery import ExecutionMode

_CATCHING_UP = frozenset({DataReplicationState.BACKLOG, DataReplicationState.CREATING_SNAPSHOT})
"""Not up to date yet, and on the way there by itself."""


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """What is known of the data of a plan's servers.

    Attributes:
        servers: as read; one whose account could not be read is not here.
        snapshots: by server, where they were read.
        unread: by server: why its points in time could not be read.
    """

    now: datetime
    servers: tuple[SourceServer, ...]
    snapshots: Mapping[ServerKey, Sequence[RecoverySnapshot]]
    unread: Mapping[ServerKey, str]
    chosen: ChosenPoints

    def newest(self, server: SourceServer) -> datetime | None:
        """Return when the newest usable data of a server is from, as far as its points were read."""
        ready = usable(self.snapshots.get(server.key, ()))
        return ready[0].taken_at if ready else None


def data_facts(
    waves: Sequence[FrozenWave], facts: Sequence[ScopeFacts], chosen: ChosenPoints, now: datetime
) -> DataFacts:
    """Return what is known of the data of the servers in these waves."""
    by_key = {server.key: server for fact in facts for server in fact.servers}
    return DataFacts(
        now=now,
        servers=tuple(by_key[one.key] for one in all_servers(waves) if one.key in by_key),
        snapshots={key: found for fact in facts for key, found in fact.snapshots.items()},
        unread={key: why for fact in facts for key, why in fact.unread_snapshots.items()},
        chosen=chosen,
    )


def needs_its_points(server: SourceServer) -> bool:
    """Return whether only its points in time can say from what a server would start.

    In continuous replication DRS makes a new point at the start itself.
    """
    return server.replication_state is not DataReplicationState.CONTINUOUS


def replication_findings(facts: DataFacts, mode: ExecutionMode) -> Iterable[ReadinessFinding]:
    """Return what the replication of the servers means for a start in this mode."""
    behind = [server for server in facts.servers if needs_its_points(server)]
    if mode.is_drill:
        yield from _drill_findings(facts, behind)
    else:
        yield from _recovery_findings(facts, behind)
    yield from _extension_findings(facts)
    if facts.servers and not behind:
        yield ReadinessFinding(
            level=Level.PASSED,
            text="Every server read is in continuous replication.",
            check=Check.REPLICATION,
        )


def _extension_findings(facts: DataFacts) -> Iterable[ReadinessFinding]:
    broken = [s for s in facts.servers if s.staging_status is StagingStatus.EXTENSION_ERROR]
    if broken:
        said = next((f" DRS says: {s.staging_error}" for s in broken if s.staging_error), "")
        names = some([f"{s.name} ({s.staging_account_id})" for s in broken])
        yield ReadinessFinding(
            level=Level.WARNING,
            text=f"{servers_counted(len(broken))} no longer extended from a staging account: {names}.{said}",
            fix="Look at the staging account's role and at the key that it shares.",
            check=Check.REPLICATION,
        )


def _drill_findings(facts: DataFacts, behind: Sequence[SourceServer]) -> Iterable[ReadinessFinding]:
    blocked = [s for s in behind if s.replication_state in BLOCKING_STATES or _has_no_point(facts, s)]
    if blocked:
        yield _no_point(blocked)
    older = [s for s in behind if s not in blocked]
    if older:
        text = (
            f"{servers_counted(len(older))} with older data than continuous replication: {_states(older)}."
            f"{_ages(facts, older)}"
        )
        yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.REPLICATION)
    yield from _unread_findings(facts, older, accept=None)


def _recovery_findings(facts: DataFacts, behind: Sequence[SourceServer]) -> Iterable[ReadinessFinding]:
    """A source that died is why there is a recovery: what counts is whether there is data, and how old."""
    lost = [server for server in behind if _has_no_point(facts, server)]
    known = [server for server in behind if facts.newest(server) is not None]
    catching_up = [server for server in known if server.replication_state in _CATCHING_UP]
    stuck = [server for server in known if server.replication_state not in _CATCHING_UP]
    if lost:
        yield _no_point(lost)
    if catching_up:
        text = f"{servers_counted(len(catching_up))} still catching up: {_states(catching_up)}."
        yield ReadinessFinding(
            level=Level.WARNING, text=text + _ages(facts, catching_up), check=Check.REPLICATION
        )
    if stuck:
        yield ReadinessFinding(
            level=Level.WARNING,
            text=(
                f"{servers_counted(len(stuck))} not replicating any more: {_states(stuck)}."
                f"{_ages(facts, stuck)} What was written later is lost."
            ),
            fix="Where the source is gone, this is the normal case: accept it with a reason.",
            check=Check.REPLICATION,
            accept=Accept.OLD_DATA,
        )
    yield from _unread_findings(facts, behind, accept=Accept.UNKNOWN_DATA)


def _has_no_point(facts: DataFacts, server: SourceServer) -> bool:
    """Return whether the points of a server were read, and none can be started from."""
    return server.key in facts.snapshots and facts.newest(server) is None


def _no_point(servers: Sequence[SourceServer]) -> ReadinessFinding:
    text = f"{servers_counted(len(servers))} without a usable point in time: {_states(servers)}."
    return ReadinessFinding(
        level=Level.FAILED,
        text=text,
        fix="Mend the replication, or take them out of their groups.",
        check=Check.POINT_IN_TIME,
    )


def _unread_findings(
    facts: DataFacts, behind: Sequence[SourceServer], accept: Accept | None
) -> Iterable[ReadinessFinding]:
    unread = [server for server in behind if server.key not in facts.snapshots]
    if unread:
        reasons = list(dict.fromkeys(facts.unread.get(server.key, _NOT_READ) for server in unread))
        yield ReadinessFinding(
            level=Level.NOT_CHECKED,
            text=(
                f"The points in time of {servers_counted(len(unread))} could not be checked: "
                f"{_states(unread)}. {reasons[0]}"
            ),
            fix="Check again once they can be read.",
            check=Check.POINT_IN_TIME,
            accept=accept,
        )


_NOT_READ = "They were not read."


def _states(servers: Sequence[SourceServer]) -> str:
    return some([f"{server.name} ({server.replication_state})" for server in servers])


def _ages(facts: DataFacts, servers: Sequence[SourceServer]) -> str:
    """Return how old the newest data of these servers is, as one more sentence, or nothing."""
    found = [(at, server.name) for server in servers if (at := facts.newest(server))]
    if not found:
        return ""
    (oldest, name), newest = min(found), max(found)[0]
    span = span_words(facts.now - oldest)
    if moment_words(oldest) == moment_words(newest):
        return f" The newest point in time is of {moment_words(oldest)}, {span} old."
    return (
        f" The newest points in time are of {moment_words(oldest)} ({name}, {span} old) to "
        f"{moment_words(newest)}."
    )


# ---- the recovery point target


def target_findings(facts: DataFacts, target: timedelta | None) -> Iterable[ReadinessFinding]:
    """Compare each server's lag with the plan's recovery point target, where the plan has one."""
    if target is None:
        return
    words = f"the recovery point target of {target.total_seconds() / 60:g} minutes"
    late = [f"{s.name} ({s.lag})" for s in facts.servers if s.lag is not None and s.lag > target]
    unknown = [s.name for s in facts.servers if s.lag is None]
    if late:
        yield ReadinessFinding(
            level=Level.WARNING,
            text=f"{servers_counted(len(late))} further behind than {words}: {some(late)}.",
            fix="Look at the replication.",
            check=Check.RECOVERY_POINT,
        )
    if unknown:
        text = f"It is not known whether {words} is met: DRS tells no lag of {some(unknown)}."
        yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.RECOVERY_POINT)
    if facts.servers and not late and not unknown:
        text = f"Every server read is within {words}."
        yield ReadinessFinding(level=Level.PASSED, text=text, check=Check.RECOVERY_POINT)


# ---- chosen points


def point_findings(facts: DataFacts, wanted: Sequence[FrozenServer]) -> Iterable[ReadinessFinding]:
    """Return what the choice of points in time comes to.

    Args:
        wanted: the servers that are not to start from their newest data.
    """
    for problem in facts.chosen.problems:
        yield ReadinessFinding(
            level=Level.FAILED,
            text=problem,
            fix="Choose another point in time.",
            check=Check.POINT_IN_TIME,
        )
    unread = [server.name for server in wanted if server.key in facts.unread]
    if unread:
        text = f"The points in time of {some(unread)} could not be read, so that none can be chosen."
        yield ReadinessFinding(level=Level.NOT_CHECKED, text=text, check=Check.POINT_IN_TIME)
    moments = sorted(point.taken_at for point in facts.chosen.points.values() if point.taken_at)
    if moments:
        yield ReadinessFinding(
            level=Level.PASSED,
            text=f"{servers_counted(len(moments))} to start from {_range(moments, facts.now)}.",
            check=Check.POINT_IN_TIME,
        )


def _range(moments: Sequence[datetime], now: datetime) -> str:
    oldest, newest = moments[0], moments[-1]
    if moment_words(oldest) == moment_words(newest):
        return f"the point in time of {moment_words(oldest)}, {span_words(now - oldest)} ago"
    return (
        f"points in time between {moment_words(oldest)} and {moment_words(newest)}, "
        f"{span_words(now - oldest)} ago at most"
    )

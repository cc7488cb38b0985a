"""The six limits of DRS in one account and Region: how much is used, and how near that is to the end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.domain.ids import Scope, SourceServerId
from drs_desktop.domain.job import Job
from drs_desktop.domain.source_server import DataReplicationState, SourceServer, StagingStatus
from drs_desktop.domain.start_recovery import (
    MAX_ACTIVE_JOBS,
    MAX_SERVERS_IN_ACTIVE_JOBS,
    MAX_SERVERS_PER_JOB,
)

MAX_REPLICATING = 300
MAX_SOURCE_SERVERS = 4_000


class Band(StrEnum):
    """How near a limit is, from far to used up."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    HYPER_CRITICAL = "hyper-critical"
    NOT_CHECKED = "not checked"


BANDS = (Band.OK, Band.INFO, Band.WARNING, Band.CRITICAL, Band.HYPER_CRITICAL)


class Limit(StrEnum):
    """What DRS limits in each account and Region."""

    REPLICATING = "servers replicating"
    SOURCE_SERVERS = "source servers"
    ACTIVE_JOBS = "jobs under way"
    SERVERS_IN_JOBS = "servers in all jobs"
    LARGEST_JOB = "servers in the largest job"
    JOBS_OF_ONE_SERVER = "jobs of one server"


@dataclass(frozen=True, kw_only=True)
class LimitUse:
    """How much of one limit is used; `used` is None when it could not be read."""

    limit: Limit
    maximum: int
    used: int | None
    band: Band

    @property
    def available(self) -> int | None:
        """Return how much is left, never less than nothing."""
        return None if self.used is None else max(0, self.maximum - self.used)

    @property
    def share(self) -> float | None:
        """Return the share that is used; it may be more than 1."""
        return None if self.used is None or not self.maximum else self.used / self.maximum


_REPLICATING_STEPS = ((280, Band.HYPER_CRITICAL), (250, Band.CRITICAL), (225, Band.WARNING), (200, Band.INFO))
"""Of 300; another limit has its steps at the same shares."""


def _replicating_band(used: int, maximum: int) -> Band:
    reached = (band for least, band in _REPLICATING_STEPS if used * MAX_REPLICATING >= least * maximum)
    return next(reached, Band.OK)


def _total_band(used: int, maximum: int) -> Band:
    if used * 10 > maximum * 9:
        return Band.CRITICAL
    return Band.WARNING if used * 10 >= maximum * 8 else Band.OK


def _job_band(used: int, maximum: int) -> Band:
    if used >= maximum:
        return Band.CRITICAL
    return Band.WARNING if used * 10 >= maximum * 9 else Band.OK


def _server_band(used: int, maximum: int) -> Band:
    """One job of a server is the usual; more cannot be and would be a fault."""
    return Band.CRITICAL if used > maximum else Band.OK


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A limit: its code in Service Quotas, AWS's default, and what a use of it means."""

    code: str
    default: int
    band: Callable[[int, int], Band]


_RULES: dict[Limit, _Rule] = {
    Limit.REPLICATING: _Rule(code="L-C1D14A2B", default=MAX_REPLICATING, band=_replicating_band),
    Limit.SOURCE_SERVERS: _Rule(code="L-E28BE5E0", default=MAX_SOURCE_SERVERS, band=_total_band),
    Limit.ACTIVE_JOBS: _Rule(code="L-D88FAC3A", default=MAX_ACTIVE_JOBS, band=_job_band),
    Limit.SERVERS_IN_JOBS: _Rule(code="L-05AFA8C6", default=MAX_SERVERS_IN_ACTIVE_JOBS, band=_job_band),
    Limit.LARGEST_JOB: _Rule(code="L-B827C881", default=MAX_SERVERS_PER_JOB, band=_job_band),
    Limit.JOBS_OF_ONE_SERVER: _Rule(code="L-DD6D028C", default=1, band=_server_band),
}


@dataclass(frozen=True, kw_only=True)
class ScopeCapacity:
    """The limits of one account and Region.

    Attributes:
        problem: why some could not be read.
        are_defaults: whether AWS's defaults are shown, because the limits in force could not be read.
    """

    scope: Scope
    account_name: str
    uses: tuple[LimitUse, ...]
    problem: str = ""
    are_defaults: bool = False

    @property
    def worst(self) -> Band:
        """Return the worst band; what could not be checked counts only where nothing is worse than ok."""
        bands = [use.band for use in self.uses]
        known = [band for band in bands if band is not Band.NOT_CHECKED]
        worst = max(known, key=BANDS.index, default=Band.NOT_CHECKED)
        return Band.NOT_CHECKED if worst is Band.OK and Band.NOT_CHECKED in bands else worst


def limit_uses(
    servers: Sequence[SourceServer] | None,
    jobs: Sequence[Job] | None,
    quotas: Mapping[str, int] | None = None,
) -> tuple[LimitUse, ...]:
    """Return the use of every limit; None for servers or jobs means that they could not be read.

    Args:
        quotas: the limits in force, by their codes in Service Quotas; AWS's default counts for one not there.
    """
    used = {**_server_counts(servers), **_job_counts(jobs)}
    return tuple(_use(limit, rule, used.get(limit), quotas or {}) for limit, rule in _RULES.items())


def _use(limit: Limit, rule: _Rule, used: int | None, quotas: Mapping[str, int]) -> LimitUse:
    maximum = quotas.get(rule.code, rule.default)
    band = Band.NOT_CHECKED if used is None else rule.band(used, maximum)
    return LimitUse(limit=limit, maximum=maximum, used=used, band=band)


def _server_counts(servers: Sequence[SourceServer] | None) -> dict[Limit, int]:
    """Return the counts; an extended server replicates in its staging account, so only the total has it."""
    if servers is None:
        return {}
    replicating = [
        server
        for server in servers
        if server.staging_status is not StagingStatus.EXTENDED
        and server.replication_state not in {DataReplicationState.STOPPED, DataReplicationState.DISCONNECTED}
    ]
    return {Limit.REPLICATING: len(replicating), Limit.SOURCE_SERVERS: len({s.key for s in servers})}


def _job_counts(jobs: Sequence[Job] | None) -> dict[Limit, int]:
    if jobs is None:
        return {}
    active = [job for job in jobs if job.is_active]
    per_server: Counter[SourceServerId] = Counter(one for job in active for one in job.source_server_ids)
    return {
        Limit.ACTIVE_JOBS: len(active),
        Limit.SERVERS_IN_JOBS: sum(len(job.servers) for job in active),
        Limit.LARGEST_JOB: max((len(job.servers) for job in active), default=0),
        Limit.JOBS_OF_ONE_SERVER: max(per_server.values(), default=0),
    }

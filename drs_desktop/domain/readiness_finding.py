"""One line of a readiness report: how a check came out, what to do, and whether a start may pass it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from drs_desktop.domain.compute_facts import ComputeFacts
from drs_desktop.domain.execution import FrozenServer, FrozenWave
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.job import Job
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer


class Level(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Check(StrEnum):
    """What is checked; the values are stable, because files and scripts name them."""

    PLAN = "plan"
    REACH = "reach"
    WAVES = "waves"
    OVERLAP = "overlap"
    REPLICATION = "replication"
    POINT_IN_TIME = "point-in-time"
    RECOVERY_POINT = "recovery-point"
    BUSY = "busy"
    INSTANCES = "earlier-instances"
    DRS_QUOTAS = "drs-quotas"
    VCPUS = "vcpus"
    ADDRESSES = "addresses"
    LANDING = "landing"
    TEMPLATES = "launch-templates"
    NETWORK = "network"
    PERMISSIONS = "permissions"
    SESSION = "session"
    SIGN_IN = "sign-in"


class Accept(StrEnum):
    """What a person may accept, giving a reason; the words of `--accept`."""

    OLD_DATA = "old-data"
    UNKNOWN_DATA = "unknown-data"
    RECOVERY_NETWORK = "recovery-network"
    COPIED_ADDRESSES = "copied-addresses"
    LAUNCH_SETTINGS = "launch-settings"
    VCPUS = "vcpus"
    ADDRESSES = "addresses"


@dataclass(frozen=True, kw_only=True)
class ReadinessFinding:
    """One check, as a sentence, with what to do where something is wrong.

    Attributes:
        accept: under which word a person may accept it and start all the same; None when that cannot be, or
            need not be.
        is_essential: whether nothing starts when it could not be checked.
    """

    level: Level
    text: str
    fix: str = ""
    check: Check = Check.PLAN
    accept: Accept | None = None
    is_essential: bool = True

    def hinders(self, accepted: Collection[str] = ()) -> bool:
        """Return whether it stands against a start, given what a person has accepted."""
        if self.accept is not None:
            return self.accept not in accepted
        return self.level is Level.FAILED or (self.level is Level.NOT_CHECKED and self.is_essential)

    @property
    def sentence(self) -> str:
        """Return what was found and what to do about it."""
        return f"{self.text} {self.fix}".rstrip()


_ORDER = (Level.FAILED, Level.NOT_CHECKED, Level.WARNING, Level.PASSED)


def in_order(findings: Iterable[ReadinessFinding]) -> tuple[ReadinessFinding, ...]:
    """Return the findings, what is worst first."""
    return tuple(sorted(findings, key=lambda one: _ORDER.index(one.level)))


@dataclass(frozen=True, kw_only=True)
class ScopeFacts:
    """What was read of one account and Region for a plan.

    Attributes:
        problem: why servers, jobs or instances could not be read, so that nothing is known.
        snapshots: points in time, by server; read only where they decide something.
        unread_snapshots: by server: why its points could not be read.
        compute: what EC2 says; None where nobody asked.
    """

    scope: Scope
    servers: tuple[SourceServer, ...] = ()
    jobs: tuple[Job, ...] = ()
    instances: tuple[RecoveryInstance, ...] = ()
    snapshots: dict[ServerKey, tuple[RecoverySnapshot, ...]] = field(default_factory=dict)
    unread_snapshots: dict[ServerKey, str] = field(default_factory=dict)
    compute: ComputeFacts | None = None
    problem: str = ""


# ---- words


def all_servers(waves: Sequence[FrozenWave]) -> tuple[FrozenServer, ...]:
    """Return the servers of all waves."""
    return tuple(server for wave in waves for server in wave.servers)


def servers_counted(count: int) -> str:
    """Return `1 server` or `7 servers`."""
    return "1 server" if count == 1 else f"{count} servers"


def some(names: Sequence[str]) -> str:
    """Return at most five names, and how many more there are."""
    more = len(names) - 5
    return ", ".join(names[:5]) + (f" and {more} more" if more > 0 else "")


def span_words(span: timedelta) -> str:
    """Return a length of time in its two largest units: `3 d 4 h`, `2 h 5 min`, `40 min`, `20 s`."""
    seconds = max(0, round(span.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def moment_words(moment: datetime) -> str:
    """Return a moment as a person reads it, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"

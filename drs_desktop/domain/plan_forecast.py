"""How long a plan may take, by what launches usually take; pauses and decisions of people are not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from drs_desktop.domain.execution import FrozenWave
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import MAX_SERVERS_IN_ACTIVE_JOBS
from drs_desktop.domain.steps import TIMED_WAIT, StepSpec


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The shortest and the longest time that is usual."""

    shortest: timedelta = timedelta(0)
    longest: timedelta = timedelta(0)

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(shortest=self.shortest + other.shortest, longest=self.longest + other.longest)


LINUX = Expected(shortest=timedelta(minutes=8), longest=timedelta(minutes=15))
WINDOWS = Expected(shortest=timedelta(minutes=15), longest=timedelta(minutes=45))
"""From the start of a job to the launched server: what AWS's guide and published drills tell."""


def expected_length(waves: Sequence[FrozenWave], servers: Mapping[ServerKey, SourceServer]) -> Expected:
    """Return how long the waves may take, those side by side that wait for none of each other.

    Args:
        servers: as read; one that is missing may be of either family.
    """
    ends: dict[int, Expected] = {}
    for wave in sorted(waves, key=lambda one: one.number):
        before = [ends[number] for number in wave.depends_on if number in ends]
        begins = Expected(
            shortest=max((one.shortest for one in before), default=timedelta(0)),
            longest=max((one.longest for one in before), default=timedelta(0)),
        )
        ends[wave.number] = begins + _length(wave, servers)
    return Expected(
        shortest=max((one.shortest for one in ends.values()), default=timedelta(0)),
        longest=max((one.longest for one in ends.values()), default=timedelta(0)),
    )


def _length(wave: FrozenWave, servers: Mapping[ServerKey, SourceServer]) -> Expected:
    waits = sum((_wait(spec) for spec in (*wave.steps_before, *wave.steps_after)), timedelta(0))
    turns = _turns(wave)
    launches = [_launch(servers.get(one.key)) for one in wave.servers]
    shortest = max((one.shortest for one in launches), default=timedelta(0))
    longest = max((one.longest for one in launches), default=timedelta(0))
    return Expected(shortest=shortest * turns + waits, longest=longest * turns + waits)


def _launch(server: SourceServer | None) -> Expected:
    if server is None:
        return Expected(shortest=LINUX.shortest, longest=WINDOWS.longest)
    return WINDOWS if server.is_windows else LINUX


def _turns(wave: FrozenWave) -> int:
    """Return how often the jobs of an account and Region must end before all servers of the wave fit in."""
    counts: dict[Scope, int] = {}
    for server in wave.servers:
        counts[server.key.scope] = counts.get(server.key.scope, 0) + 1
    return ceil(max(counts.values(), default=0) / MAX_SERVERS_IN_ACTIVE_JOBS)


def _wait(spec: StepSpec) -> timedelta:
    if spec.kind != TIMED_WAIT:
        return timedelta(0)
    text = dict(spec.settings).get("seconds", "")
    return timedelta(seconds=float(text)) if text.replace(".", "", 1).isdecimal() else timedelta(0)

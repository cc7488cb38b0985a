"""How long each phase of a job takes.

The Linux figures are recorded ones (two servers, twice); the Windows, clean-up and terminate figures are
assumptions that a scenario can change. Every draw comes from a seeded stream.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from drs_desktop.simulator.core.source_server import OsFamily

Range = tuple[float, float]

TO_JOB_START = timedelta(seconds=0.4)
TO_SNAPSHOT_START = timedelta(seconds=0.8)
SNAPSHOT = timedelta(seconds=0.2)
TO_CLEANUP_START = timedelta(seconds=0.3)
TO_CONVERSION_START = timedelta(seconds=51)
TO_LAUNCH_START = timedelta(seconds=0.5)
TO_JOB_END = timedelta(seconds=2.8)
TO_JOB_END_SILENT = timedelta(seconds=0.2)
END_BEFORE_LOG = timedelta(seconds=0.05)
"""The job's endDateTime is a moment earlier than its JOB_END entry."""
PER_EXTRA_DISK = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class PhaseRanges:
    """The seconds, from and to, between which a phase's length is drawn."""

    conversion: Range
    launch: Range
    cleanup: Range = (30, 90)
    terminate: Range = (45, 120)


LINUX = PhaseRanges(conversion=(175, 200), launch=(275, 312))
WINDOWS = PhaseRanges(conversion=(420, 900), launch=(600, 1200))


@dataclass(frozen=True, kw_only=True)
class PhaseTimes:
    """The lengths drawn for one server in one job."""

    conversion: timedelta
    launch: timedelta
    cleanup: timedelta
    terminate: timedelta


@dataclass(frozen=True, kw_only=True)
class DurationTables:
    """The ranges in force, by family of operating system."""

    ranges: Mapping[OsFamily, PhaseRanges] = field(
        default_factory=lambda: {OsFamily.LINUX: LINUX, OsFamily.WINDOWS: WINDOWS}
    )

    def draw(self, family: OsFamily, disks: int, stream: random.Random) -> PhaseTimes:
        """Draw the lengths for a server with this many disks; each disk after the first adds 15 s."""
        table = self.ranges[family]
        return PhaseTimes(
            conversion=_draw(table.conversion, stream) + PER_EXTRA_DISK * max(disks - 1, 0),
            launch=_draw(table.launch, stream),
            cleanup=_draw(table.cleanup, stream),
            terminate=_draw(table.terminate, stream),
        )

    def changed(self, family: OsFamily, **ranges: Range) -> "DurationTables":
        """Return tables in which some ranges of a family are others."""
        return DurationTables(ranges={**self.ranges, family: replace(self.ranges[family], **ranges)})


def _draw(limits: Range, stream: random.Random) -> timedelta:
    return timedelta(seconds=round(stream.uniform(*limits), 6))

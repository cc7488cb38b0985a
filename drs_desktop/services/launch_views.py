"""What is shown of launch settings: rows, previews of what would be written, and what came of it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.address_checks import SettingFinding, SettingProblem
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_changes import NO_CHANGE, LaunchChange
from drs_desktop.domain.launch_records import ObservedLaunch, SyncState, Verb
from drs_desktop.domain.launch_settings import LaunchSettings, SettingOrigin, canonical, settings_hash
from drs_desktop.domain.readiness_finding import Level

Progress = Callable[[int, int], None]
"""Told, after each server, how many are done and how many there are."""


def unheard(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class LaunchSelection:
    """Which servers are meant, by names or ids; nothing at all means every server of every group."""

    groups: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One setting of a server.

    Attributes:
        wanted: what is kept for it, and `origin` where; None where AWS's value stays.
        in_aws: what stands there, as far as it was seen.
    """

    name: str
    words: str
    wanted: str | None
    origin: SettingOrigin
    in_aws: str
    is_different: bool


@dataclass(frozen=True, kw_only=True)
class ServerSettingsRow:
    """One server: what is wanted, what stands in AWS, and how the two compare.

    Attributes:
        differences: a sentence for each thing that is wanted and is not so.
        drift: a sentence for each thing that somebody else changed since the last apply.
        observed_at: when AWS was seen, None when it never was.
        problem: why AWS could not be seen now.
        last_change: how the last change of it ended, in words.
    """

    key: ServerKey
    name: str
    group_name: str
    state: SyncState
    settings: tuple[SettingRow, ...]
    differences: tuple[str, ...]
    drift: tuple[str, ...]
    observed_at: datetime | None
    problem: str
    last_change: str
    own_revision: int
    uses_group_defaults: bool


@dataclass(frozen=True, kw_only=True)
class GroupSettingsRow:
    """The defaults of a group, and the worst state among its servers."""

    group_id: str
    name: str
    defaults: LaunchSettings
    revision: int
    state: SyncState


@dataclass(frozen=True, kw_only=True)
class LaunchSettingsView:
    """Groups and servers that were asked for."""

    groups: tuple[GroupSettingsRow, ...]
    servers: tuple[ServerSettingsRow, ...]


@dataclass(frozen=True, kw_only=True)
class EditReport:
    """What an edit changes of what is kept; nothing is written to AWS by it.

    Attributes:
        differences: what is different from the version before, a phrase each.
        findings: what was found wrong, or could not be checked.
    """

    title: str
    revision: int
    differences: tuple[str, ...]
    findings: tuple[SettingFinding, ...]
    is_saved: bool


@dataclass(frozen=True, kw_only=True)
class PreviewLine:
    """What would be written for one server.

    Attributes:
        observed: what stood in AWS when this was shown; nothing is written if that changed.
        problem: why nothing can be written for it.
        undoes: the record that a restore takes back.
    """

    key: ServerKey
    name: str
    group_name: str
    verb: Verb
    wanted: LaunchSettings
    observed: ObservedLaunch | None = None
    change: LaunchChange = NO_CHANGE
    findings: tuple[SettingFinding, ...] = ()
    problem: str = ""
    undoes: int | None = None

    @property
    def hindrances(self) -> tuple[str, ...]:
        """Return why nothing may be written for it, whatever is accepted."""
        failed = [
            one.text
            for one in self.findings
            if one.level is Level.FAILED or one.problem is SettingProblem.IP_NOT_LOOKED_UP
        ]
        return (*((self.problem,) if self.problem else ()), *failed)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Return what could not be checked, and may be accepted."""
        return tuple(
            one.text
            for one in self.findings
            if one.level is Level.NOT_CHECKED and one.problem is not SettingProblem.IP_NOT_LOOKED_UP
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what would become of each setting."""
        return self.change.sentences(self.observed.settings) if self.observed else ()


@dataclass(frozen=True, kw_only=True)
class LaunchPreview:
    """What would be written, server by server; nothing was."""

    verb: Verb
    lines: tuple[PreviewLine, ...]

    @property
    def due(self) -> tuple[PreviewLine, ...]:
        """Return the lines of servers of which something would be written, or had to be and cannot."""
        return tuple(line for line in self.lines if not line.change.is_empty or line.problem)

    @property
    def fingerprint(self) -> str:
        """Return what tells this preview from another one: of other values in AWS, or of other changes."""
        parts = [
            (
                str(line.key),
                settings_hash(line.observed.settings) if line.observed else "",
                {name: canonical(line.change.values)[name] for name in line.change.names},
            )
            for line in sorted(self.lines, key=lambda line: line.key)
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class ServerOutcome:
    """What came of one server.

    Attributes:
        is_well: whether what was wanted is in force, read back from AWS.
        is_written: whether any call that changes something was made.
        text: what happened, and what to do where it is not well.
    """

    key: ServerKey
    name: str
    is_well: bool
    is_written: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class LaunchReport:
    """What came of an apply or a restore, server by server."""

    verb: Verb
    outcomes: tuple[ServerOutcome, ...]

    @property
    def failed(self) -> tuple[ServerOutcome, ...]:
        """Return the servers that are not as they should be."""
        return tuple(one for one in self.outcomes if not one.is_well)

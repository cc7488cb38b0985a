"""What people keep of launch settings: the defaults of a group, and what a server has of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.launch_records import LaunchRecord, ObservedLaunch
from drs_desktop.domain.launch_settings import (
    FIELD_WORDS,
    NEW_GROUP,
    NO_OVERRIDE,
    NOTHING_SET,
    LaunchSettings,
    ServerOverride,
    differing,
    overlaid,
    said,
)


@dataclass(frozen=True, kw_only=True)
class GroupDefaults:
    """What a group wants for all its servers; `revision` 0 was never saved."""

    group_id: GroupId
    settings: LaunchSettings = NOTHING_SET
    revision: int = 0


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """What a server has of its own; `revision` 0 was never saved."""

    key: ServerKey
    override: ServerOverride = NO_OVERRIDE
    revision: int = 0


SettingsDocument = GroupDefaults | ServerSettings


@dataclass(frozen=True, kw_only=True)
class SettingsVersion:
    """One version of a group's defaults or of a server's own settings."""

    saved_at: datetime
    saved_by: str
    document: SettingsDocument


class StaleSettings(ValidationFailed):
    """Somebody saved the settings since they were read; nothing was written.

    Attributes:
        document: what was to be saved.
        newest: what stands there now.
    """

    def __init__(self, document: SettingsDocument, newest: SettingsDocument) -> None:
        super().__init__(
            f"The launch settings of {name_of(document)} were saved as revision {newest.revision} since you "
            f"read revision {document.revision}; nothing was saved. {_between(document, newest)}Read them "
            "again."
        )
        self.document = document
        self.newest = newest


def name_of(document: SettingsDocument) -> str:
    """Return whose settings a document holds, in words."""
    if isinstance(document, GroupDefaults):
        return f"group {document.group_id}"
    return f"server {document.key.source_server_id}"


def settings_of(document: SettingsDocument) -> LaunchSettings:
    """Return what a document sets."""
    return document.settings if isinstance(document, GroupDefaults) else document.override.settings


def _between(document: SettingsDocument, newest: SettingsDocument) -> str:
    told = "; ".join(version_differences(document, newest))
    return f"Different from yours: {told}. " if told else ""


def version_differences(old: SettingsDocument, new: SettingsDocument) -> tuple[str, ...]:
    """Return what differs between two versions, a phrase each."""
    before, after = settings_of(old), settings_of(new)
    told = [
        f"{FIELD_WORDS[name]} {said(getattr(before, name))} -> {said(getattr(after, name))}"
        for name in differing(before, after)
    ]
    if isinstance(old, ServerSettings) and isinstance(new, ServerSettings):
        was, now = old.override.uses_group_defaults, new.override.uses_group_defaults
        told += [] if was == now else [f"the group's defaults {'count' if now else 'do not count'}"]
    return tuple(told)


# ---- editing


@dataclass(frozen=True, kw_only=True)
class SettingsEdit:
    """What somebody changes of kept settings.

    Attributes:
        values: what is set.
        cleared: the fields that say nothing any more.
        uses_group_defaults: for a server, whether the group's values count; None leaves that.
        is_reset: begin with nothing, before anything is set.
        based_on: the revision that was looked at before; None edits whatever stands there.
    """

    values: LaunchSettings = NOTHING_SET
    cleared: frozenset[str] = frozenset()
    uses_group_defaults: bool | None = None
    is_reset: bool = False
    based_on: int | None = None


def edited_group(kept: GroupDefaults, edit: SettingsEdit) -> GroupDefaults:
    """Return a group's defaults after an edit; those never saved begin as every new group does.

    Raises:
        ValidationFailed: it sets what only a server can have.
    """
    if edit.values.static_private_ip is not None:
        raise ValidationFailed("A static private address is one server's own; it cannot be set for a group.")
    if edit.uses_group_defaults is not None:
        raise ValidationFailed("Only a server can use the group's defaults or go without; name a server.")
    begun = NEW_GROUP if kept.revision == 0 else kept.settings
    return replace(kept, settings=_edited(NOTHING_SET if edit.is_reset else begun, edit))


def edited_server(kept: ServerSettings, edit: SettingsEdit) -> ServerSettings:
    """Return a server's own settings after an edit."""
    begun = NO_OVERRIDE if edit.is_reset else kept.override
    shares = begun.uses_group_defaults if edit.uses_group_defaults is None else edit.uses_group_defaults
    override = ServerOverride(settings=_edited(begun.settings, edit), uses_group_defaults=shares)
    return replace(kept, override=override)


def _edited(settings: LaunchSettings, edit: SettingsEdit) -> LaunchSettings:
    return replace(overlaid(settings, edit.values), **dict.fromkeys(edit.cleared))


# ---- keeping


class LaunchSettingsStore(Protocol):
    """Keeps what people want, what AWS was last seen to have, and what was written."""

    async def groups(self) -> dict[GroupId, GroupDefaults]:
        """Return the defaults of every group that ever saved any."""

    async def servers(self) -> dict[ServerKey, ServerSettings]:
        """Return the own settings of every server that ever saved any."""

    async def save(self, documents: Sequence[SettingsDocument], *, by: str) -> None:
        """Save documents as their next versions, all or nothing; `revision` is the one that was read.

        Raises:
            StaleSettings: one of them was saved by somebody else since; nothing was written.
        """

    async def versions(self, document: SettingsDocument) -> tuple[SettingsVersion, ...]:
        """Return every version of the same group's or server's settings, newest first."""

    async def observed(self) -> dict[ServerKey, ObservedLaunch]:
        """Return what AWS was last seen to have for every server."""

    async def remember(self, observed: Sequence[ObservedLaunch]) -> None:
        """Keep what AWS was just seen to have."""

    async def records(self, key: ServerKey | None = None) -> tuple[LaunchRecord, ...]:
        """Return what was written for one server, or for all, oldest first."""

    async def begin(self, record: LaunchRecord) -> LaunchRecord:
        """Write down that a change is about to be made, durably, and return it with its number.

        Raises:
            CommandRefused: another change of the same server is under way.
        """

    async def end(self, record: LaunchRecord) -> None:
        """Write down how a change ended."""

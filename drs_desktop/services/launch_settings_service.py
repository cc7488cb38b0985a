"""Launch settings: shown field by field, edited, compared with AWS, written there and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from drs_desktop.domain.address_checks import (
    LaunchedServer,
    NetworkFacts,
    SettingFinding,
    check_settings,
    doubtful_type,
)
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.launch_documents import (
    GroupDefaults,
    LaunchSettingsStore,
    ServerSettings,
    SettingsDocument,
    SettingsEdit,
    SettingsVersion,
    StaleSettings,
    edited_group,
    edited_server,
    version_differences,
)
from drs_desktop.domain.launch_records import LaunchRecord, Verb
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.readiness_finding import Level
from drs_desktop.services.launch_applier import LaunchApplier
from drs_desktop.services.launch_checker import LaunchChecker, without_type_unknown
from drs_desktop.services.launch_observer import LaunchObserver, Seen
from drs_desktop.services.launch_previewer import LaunchPreviewer
from drs_desktop.services.launch_rows import group_row, records_by_server, server_row
from drs_desktop.services.launch_shelf import LaunchShelf, Shelf, ShelfServer
from drs_desktop.services.launch_views import (
    EditReport,
    LaunchPreview,
    LaunchReport,
    LaunchSelection,
    LaunchSettingsView,
    PreviewLine,
    Progress,
    ServerOutcome,
    unheard,
)


class LaunchSettingsApi(Protocol):
    """Launch settings; showing and editing work without AWS, on what was seen last."""

    async def show(self, selection: LaunchSelection, *, ask_aws: bool = True) -> LaunchSettingsView:
        """Return servers with each setting, where it comes from, and what stands in AWS.

        Args:
            ask_aws: whether AWS is asked now; otherwise what was seen last is shown, with its time.

        Raises:
            NotFound: a group, server or plan of that name does not exist.
        """

    async def edit_group(
        self, name: str, edit: SettingsEdit, *, is_dry: bool = False, ask_aws: bool = True
    ) -> EditReport:
        """Change what a group wants for its servers; AWS stays as it is until somebody applies it.

        Raises:
            ValidationFailed: something is wrong with it; nothing was saved.
            StaleSettings: it is based on an earlier version than stands there; nothing was saved.
        """

    async def edit_server(
        self, name: str, edit: SettingsEdit, *, is_dry: bool = False, ask_aws: bool = True
    ) -> EditReport:
        """Change what a server has of its own; AWS stays as it is until somebody applies it.

        Raises:
            ValidationFailed: something is wrong with it; nothing was saved.
            StaleSettings: it is based on an earlier version than stands there; nothing was saved.
        """

    async def preview(self, selection: LaunchSelection) -> LaunchPreview:
        """Return what an apply would write, server by server, read from AWS just now; nothing is written."""

    async def apply(
        self, preview: LaunchPreview, *, accept_unchecked: bool = False, progress: Progress = unheard
    ) -> LaunchReport:
        """Write what a preview showed, as long as AWS and what is kept are as it was shown.

        Args:
            accept_unchecked: write though something could not be checked; never where an address is in doubt.

        Raises:
            RefusedByRole: whoever is signed in may not; nothing was written.
        """

    async def preview_restore(self, selection: LaunchSelection) -> LaunchPreview:
        """Return what a restore would put back: the values before the latest change that still stands."""

    async def restore(
        self, preview: LaunchPreview, *, is_forced: bool = False, progress: Progress = unheard
    ) -> LaunchReport:
        """Put back what a preview showed.

        Args:
            is_forced: put it back though somebody else changed it since.

        Raises:
            RefusedByRole: whoever is signed in may not; nothing was written.
        """

    async def records(self, name: str) -> tuple[LaunchRecord, ...]:
        """Return what was written for a server, oldest first."""

    async def versions(self, *, group: str = "", server: str = "") -> tuple[SettingsVersion, ...]:
        """Return every version of what is kept for a group or a server, newest first."""

    async def choices(self, scope: Scope) -> NetworkFacts:
        """Return the subnets, security groups and profiles there are; None where it could not be read."""


@dataclass(frozen=True, kw_only=True)
class LaunchSettingsParts:
    """What the service is made of."""

    shelf: LaunchShelf
    store: LaunchSettingsStore
    observer: LaunchObserver
    checker: LaunchChecker
    applier: LaunchApplier
    clock: Clock
    operator: str


class LaunchSettingsService:
    """Implements `LaunchSettingsApi`."""

    def __init__(self, parts: LaunchSettingsParts) -> None:
        self._parts = parts
        self._previewer = LaunchPreviewer(parts.store, parts.observer, parts.checker)

    # ---- looking

    async def show(self, selection: LaunchSelection, *, ask_aws: bool = True) -> LaunchSettingsView:
        """Return servers with each setting; see the port."""
        shelf = await self._parts.shelf.read(ask_aws=ask_aws)
        servers = shelf.selected(selection)
        seen = await self._seen(servers, ask_aws=ask_aws)
        records = records_by_server(await self._parts.store.records())
        now = self._parts.clock.local_now()
        rows = tuple(server_row(one, seen, records.get(one.key, ()), now) for one in servers)
        return LaunchSettingsView(
            groups=tuple(group_row(one, shelf.defaults, rows) for one in shelf.chosen_groups(selection)),
            servers=rows,
        )

    async def _seen(self, servers: Sequence[ShelfServer], *, ask_aws: bool) -> Seen:
        observer = self._parts.observer
        return await (observer.look(one.key for one in servers) if ask_aws else observer.stored())

    async def records(self, name: str) -> tuple[LaunchRecord, ...]:
        """Return what was written for a server; see the port."""
        shelf = await self._parts.shelf.read(ask_aws=False)
        return await self._parts.store.records(shelf.server(name).key)

    async def versions(self, *, group: str = "", server: str = "") -> tuple[SettingsVersion, ...]:
        """Return every version of what is kept; see the port."""
        shelf = await self._parts.shelf.read(ask_aws=False)
        document: SettingsDocument = (
            GroupDefaults(group_id=shelf.group(group).group_id)
            if group
            else ServerSettings(key=shelf.server(server).key)
        )
        return await self._parts.store.versions(document)

    async def choices(self, scope: Scope) -> NetworkFacts:
        """Return what there is to choose from; see the port."""
        return await self._parts.checker.facts(scope, ())

    # ---- editing

    async def edit_group(
        self, name: str, edit: SettingsEdit, *, is_dry: bool = False, ask_aws: bool = True
    ) -> EditReport:
        """Change what a group wants; see the port."""
        shelf = await self._parts.shelf.read(ask_aws=ask_aws)
        group = shelf.group(name)
        kept = shelf.defaults.get(group.group_id) or GroupDefaults(group_id=group.group_id)
        await self._refuse_stale(kept, edit)
        changed = edited_group(kept, edit)
        findings = (
            *await self._group_findings(group, changed, ask_aws=ask_aws),
            *await self._fixed_address_findings(shelf, group, changed, ask_aws=ask_aws),
        )
        return await self._saved(f"Group {group.name}", kept, changed, findings, is_dry=is_dry)

    async def _group_findings(
        self, group: ProtectionGroup, changed: GroupDefaults, *, ask_aws: bool
    ) -> tuple[SettingFinding, ...]:
        """Check the defaults by themselves, once for each account and Region of the group."""
        settings = changed.settings
        found: dict[SettingFinding, None] = dict.fromkeys(doubtful_type(settings))
        for scope in group.scopes:
            facts = await self._parts.checker.facts(scope, [settings]) if ask_aws else NetworkFacts()
            found |= dict.fromkeys(check_settings(settings, facts, LaunchedServer()))
        return without_type_unknown(found)

    async def _fixed_address_findings(
        self, shelf: Shelf, group: ProtectionGroup, changed: GroupDefaults, *, ask_aws: bool
    ) -> list[SettingFinding]:
        """Check the servers of the group that have a static address: it must lie in the new subnet too."""
        members = [one for one in shelf.servers if one.group == group and one.wanted.static_private_ip]
        if not members:
            return []
        after = [replace(one, defaults=changed) for one in members]
        observed = (await self._parts.observer.stored()).observed
        found = await self._parts.checker.findings(after, shelf.servers, observed, ask_aws=ask_aws)
        names = {one.key: one.name for one in members}
        return [
            replace(told, text=f"{names[key]}: {told.text}") for key, some in found.items() for told in some
        ]

    async def edit_server(
        self, name: str, edit: SettingsEdit, *, is_dry: bool = False, ask_aws: bool = True
    ) -> EditReport:
        """Change what a server has of its own; see the port."""
        shelf = await self._parts.shelf.read(ask_aws=ask_aws)
        server = shelf.server(name)
        kept = server.own or ServerSettings(key=server.key)
        await self._refuse_stale(kept, edit)
        changed = edited_server(kept, edit)
        findings = await self._server_findings(shelf, replace(server, own=changed), ask_aws=ask_aws)
        return await self._saved(f"Server {server.name}", kept, changed, findings, is_dry=is_dry)

    async def _server_findings(
        self, shelf: Shelf, server: ShelfServer, *, ask_aws: bool
    ) -> tuple[SettingFinding, ...]:
        seen = await self._seen([server], ask_aws=ask_aws)
        observed = {**(await self._parts.observer.stored()).observed, **seen.observed}
        others = [one for one in shelf.servers if one.key != server.key]
        found = await self._parts.checker.findings([server], others, observed, ask_aws=ask_aws)
        return found[server.key]

    async def _refuse_stale(self, kept: SettingsDocument, edit: SettingsEdit) -> None:
        if edit.based_on in (None, kept.revision):
            return
        versions = await self._parts.store.versions(kept)
        seen = [one.document for one in versions if one.document.revision == edit.based_on]
        raise StaleSettings(seen[0] if seen else replace(kept, revision=edit.based_on), kept)

    async def _saved(
        self,
        title: str,
        kept: SettingsDocument,
        changed: SettingsDocument,
        findings: tuple[SettingFinding, ...],
        *,
        is_dry: bool,
    ) -> EditReport:
        failed = [one.text for one in findings if one.level is Level.FAILED]
        if failed and not is_dry:
            raise ValidationFailed(f"Nothing was saved. {' '.join(failed)}")
        differences = version_differences(kept, changed)
        is_saved = bool(differences) and not is_dry
        if is_saved:
            await self._parts.store.save([changed], by=self._parts.operator)
        return EditReport(
            title=title,
            revision=kept.revision + is_saved,
            differences=differences,
            findings=findings,
            is_saved=is_saved,
        )

    # ---- writing to AWS

    async def preview(self, selection: LaunchSelection) -> LaunchPreview:
        """Return what an apply would write; see the port."""
        shelf = await self._parts.shelf.read()
        return await self._previewer.of_apply(shelf, shelf.selected(selection))

    async def apply(
        self, preview: LaunchPreview, *, accept_unchecked: bool = False, progress: Progress = unheard
    ) -> LaunchReport:
        """Write what a preview showed; see the port."""
        lines = await self._checked_again(preview.due)
        hindered = [_hindered(line, accept_unchecked=accept_unchecked) for line in lines]
        fit = [line for line, text in zip(lines, hindered, strict=True) if not text]
        refused = [_refused(line, text) for line, text in zip(lines, hindered, strict=True) if text]
        written = await self._parts.applier.write(fit, Verb.APPLY, progress)
        return _report(Verb.APPLY, (*refused, *written))

    async def _checked_again(self, lines: Sequence[PreviewLine]) -> list[PreviewLine]:
        """Return the lines with what is found now: an address may be taken, or settings edited, meanwhile."""
        shelf = await self._parts.shelf.read()
        servers = {one.key: one for one in shelf.servers}
        now = [servers[line.key] for line in lines if line.key in servers]
        observed = (await self._parts.observer.stored()).observed
        found = await self._parts.checker.findings(now, shelf.servers, observed)
        return [_as_now(line, servers.get(line.key), found.get(line.key, ())) for line in lines]

    async def preview_restore(self, selection: LaunchSelection) -> LaunchPreview:
        """Return what a restore would put back; see the port."""
        shelf = await self._parts.shelf.read()
        return await self._previewer.of_restore(shelf.selected(selection))

    async def restore(
        self, preview: LaunchPreview, *, is_forced: bool = False, progress: Progress = unheard
    ) -> LaunchReport:
        """Put back what a preview showed; see the port."""
        lines = [line for line in preview.lines if line.undoes is not None or line.problem]
        hindered = [line.problem or ("" if is_forced else " ".join(line.hindrances)) for line in lines]
        fit = [line for line, text in zip(lines, hindered, strict=True) if not text]
        refused = [_refused(line, text) for line, text in zip(lines, hindered, strict=True) if text]
        written = await self._parts.applier.write(fit, Verb.RESTORE, progress)
        return _report(Verb.RESTORE, (*refused, *written))


def _as_now(
    line: PreviewLine, server: ShelfServer | None, findings: tuple[SettingFinding, ...]
) -> PreviewLine:
    if line.problem:
        return line
    if server is None or server.wanted != line.wanted:
        return replace(line, problem="What is wanted for it was edited since it was shown. Look again.")
    return replace(line, findings=findings)


def _hindered(line: PreviewLine, *, accept_unchecked: bool) -> str:
    """Return why a line may not be written, or nothing."""
    unchecked = () if accept_unchecked else line.unchecked
    return " ".join((*line.hindrances, *unchecked))


def _refused(line: PreviewLine, text: str) -> ServerOutcome:
    return ServerOutcome(
        key=line.key, name=line.name, is_well=False, is_written=False, text=f"Nothing was written: {text}"
    )


def _report(verb: Verb, outcomes: Sequence[ServerOutcome]) -> LaunchReport:
    return LaunchReport(verb=verb, outcomes=tuple(sorted(outcomes, key=lambda one: (one.name, one.key))))

"""What an apply or a restore would write, server by server, read from AWS just now."""

from collections.abc import Sequence
from dataclasses import replace

from drs_desktop.domain.address_checks import SettingFinding, SettingProblem
from drs_desktop.domain.launch_changes import NO_CHANGE, LaunchChange, change_to, undoing
from drs_desktop.domain.launch_documents import LaunchSettingsStore
from drs_desktop.domain.launch_records import LaunchRecord, Verb, undoable
from drs_desktop.domain.readiness_finding import Level
from drs_desktop.services.launch_checker import LaunchChecker
from drs_desktop.services.launch_observer import LaunchObserver, Seen
from drs_desktop.services.launch_rows import records_by_server
from drs_desktop.services.launch_shelf import Shelf, ShelfServer
from drs_desktop.services.launch_views import LaunchPreview, PreviewLine


class LaunchPreviewer:
    """Makes previews."""

    def __init__(self, store: LaunchSettingsStore, observer: LaunchObserver, checker: LaunchChecker) -> None:
        self._store = store
        self._observer = observer
        self._checker = checker

    async def of_apply(self, shelf: Shelf, servers: Sequence[ShelfServer]) -> LaunchPreview:
        """Return what has to be written so that everything wanted is in force.

        Servers for which nothing is wanted are left out, and cost no call.
        """
        configured = [one for one in servers if one.is_configured]
        seen = await self._observer.look(one.key for one in configured)
        lines = [_apply_line(one, seen) for one in configured]
        changed = {line.key for line in lines if not line.change.is_empty}
        about = [one for one in configured if one.key in changed]
        observed = {**(await self._observer.stored()).observed, **seen.observed}
        found = await self._checker.findings(about, shelf.servers, observed) if about else {}
        return LaunchPreview(
            verb=Verb.APPLY, lines=tuple(replace(line, findings=found.get(line.key, ())) for line in lines)
        )

    async def of_restore(self, servers: Sequence[ShelfServer]) -> LaunchPreview:
        """Return what has to be written so that the latest change of each server is taken back."""
        records = records_by_server(await self._store.records())
        undone = [(one, undoable(records.get(one.key, ()))) for one in servers]
        standing = [(one, record) for one, record in undone if record is not None]
        seen = await self._observer.look(one.key for one, _ in standing)
        return LaunchPreview(
            verb=Verb.RESTORE, lines=tuple(_restore_line(one, record, seen) for one, record in standing)
        )


def _apply_line(server: ShelfServer, seen: Seen) -> PreviewLine:
    line = PreviewLine(
        key=server.key,
        name=server.name,
        group_name=server.group_name,
        verb=Verb.APPLY,
        wanted=server.wanted,
    )
    observed = seen.fresh(server.key)
    if observed is None:
        return replace(line, problem=_unseen(server, seen))
    return replace(line, observed=observed, change=change_to(observed.settings, server.wanted))


def _restore_line(server: ShelfServer, record: LaunchRecord, seen: Seen) -> PreviewLine:
    line = PreviewLine(
        key=server.key,
        name=server.name,
        group_name=server.group_name,
        verb=Verb.RESTORE,
        wanted=record.before,
        undoes=record.record_id,
    )
    observed = seen.fresh(server.key)
    if observed is None:
        return replace(line, problem=_unseen(server, seen))
    left = LaunchChange(names=record.change.names, values=record.after) if record.after else NO_CHANGE
    findings = tuple(_changed_outside(text) for text in left.missed(observed.settings))
    change = undoing(record.change, record.before, observed.settings)
    return replace(line, observed=observed, change=change, findings=findings)


def _unseen(server: ShelfServer, seen: Seen) -> str:
    return f"AWS could not be asked: {seen.problems.get(server.key, 'it gave no answer.')}"


def _changed_outside(text: str) -> SettingFinding:
    return SettingFinding(
        problem=SettingProblem.CHANGED_OUTSIDE,
        level=Level.FAILED,
        text=f"Somebody changed it since it was written: {text}",
    )

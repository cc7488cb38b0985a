"""Writes launch settings: each server by itself, written down before, read back after, one failure apart."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import TypeVar

from drs_desktop.domain.actions import Action
from drs_desktop.domain.audit import AuditEntry, AuditKind, AuditTrail
from drs_desktop.domain.errors import (
    AwsConflict,
    AwsError,
    AwsNotFound,
    CallNotSent,
    CommandRefused,
    DrsDesktopError,
    OutcomeUnknown,
    SignInNeeded,
    StorageError,
)
from drs_desktop.domain.ids import IntentId, Scope
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_documents import LaunchSettingsStore
from drs_desktop.domain.launch_ports import LaunchAccess, LaunchActor
from drs_desktop.domain.launch_records import LaunchRecord, ObservedLaunch, Outcome, Verb
from drs_desktop.domain.launch_settings import FIELD_WORDS, differing, said
from drs_desktop.domain.ports import Clock, Ids
from drs_desktop.domain.roles import Access
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.launch_observer import LaunchObserver
from drs_desktop.services.launch_views import PreviewLine, Progress, ServerOutcome

SERVERS_AT_ONCE = 8
"""How many servers of an account and Region are written side by side."""
_WAITS = (timedelta(seconds=1), timedelta(seconds=2))
"""Between three attempts; every call of ours may be repeated without harm."""
_LONGEST_NOTE = 255
_PASSING = (AwsConflict, CallNotSent, OutcomeUnknown)
_ACTIONS = {Verb.APPLY: Action.APPLY_LAUNCH_SETTINGS, Verb.RESTORE: Action.RESTORE_LAUNCH_SETTINGS}

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class ApplierParts:
    """What the applier is made of."""

    access: LaunchAccess
    who: AccessService
    trail: AuditTrail
    store: LaunchSettingsStore
    observer: LaunchObserver
    clock: Clock
    ids: Ids
    operator: str


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Where one account and Region is written from, for one apply."""

    actor: LaunchActor
    access: Access
    intent_id: IntentId
    verb: Verb


class LaunchApplier:
    """Writes what a preview showed, as long as AWS is still as it was shown."""

    def __init__(self, parts: ApplierParts) -> None:
        self._parts = parts

    async def write(
        self, lines: Sequence[PreviewLine], verb: Verb, progress: Progress
    ) -> tuple[ServerOutcome, ...]:
        """Write every line; a server that fails keeps no other back.

        Raises:
            RefusedByRole: whoever is signed in may not, in one of the accounts; nothing was written.
            StorageError: something could not be written down; nothing more was called after that.
        """
        ordered = sorted(lines, key=lambda line: line.key)
        scopes = [(scope, list(found)) for scope, found in groupby(ordered, key=lambda one: one.key.scope)]
        self._parts.who.forget()  # somebody else may have signed in since the preview
        allowed = {scope: await self._admitted(scope, verb) for scope, _ in scopes}
        tally = _Tally(total=len(ordered), progress=progress)
        written = await asyncio.gather(
            *(self._scope(scope, found, allowed[scope], verb, tally) for scope, found in scopes)
        )
        if tally.storage_error is not None:
            raise tally.storage_error
        return tuple(outcome for found in written for outcome in found)

    async def _admitted(self, scope: Scope, verb: Verb) -> Access:
        about = (("account", str(scope.account_id)), ("region", str(scope.region)))
        return await self._parts.who.require(_ACTIONS[verb], [scope.account_id], about)

    async def _scope(
        self, scope: Scope, lines: Sequence[PreviewLine], access: Access, verb: Verb, tally: "_Tally"
    ) -> list[ServerOutcome]:
        intent_id = self._parts.ids.new_intent_id()
        try:
            actor = await self._parts.access.launch_actor(scope, intent_id)
        except DrsDesktopError as error:
            return [tally.count(_untouched(line, str(error))) for line in lines]
        desk = _Desk(actor=actor, access=access, intent_id=intent_id, verb=verb)
        limit = asyncio.Semaphore(SERVERS_AT_ONCE)

        async def one(line: PreviewLine) -> ServerOutcome:
            async with limit:
                return tally.count(await self._guarded(line, desk, tally))

        return list(await asyncio.gather(*(one(line) for line in lines)))

    async def _guarded(self, line: PreviewLine, desk: _Desk, tally: "_Tally") -> ServerOutcome:
        if tally.stop_reason:
            return _untouched(line, f"Nothing was written: {tally.stop_reason}")
        try:
            return await self._server(line, desk, tally)
        except StorageError as error:
            tally.storage_error = error
            tally.stop_reason = str(error)
            return _untouched(line, str(error))

    # ---- one server

    async def _server(self, line: PreviewLine, desk: _Desk, tally: "_Tally") -> ServerOutcome:
        try:
            before = await self._again(lambda: self._parts.observer.look_at(line.key))
        except AwsError as error:
            tally.note(error)
            return _untouched(line, f"Nothing was written: {error}")
        if changed := _changed_since(line, before):
            return _untouched(line, changed)
        try:
            record = await self._parts.store.begin(self._record(line, desk, before))
        except CommandRefused as refusal:
            return _untouched(line, str(refusal))
        return await self._written(line, desk, record, tally)

    def _record(self, line: PreviewLine, desk: _Desk, before: ObservedLaunch) -> LaunchRecord:
        return LaunchRecord(
            key=line.key,
            verb=desk.verb,
            change=line.change,
            before=before.settings,
            begun_at=self._parts.clock.local_now(),
            begun_by=self._parts.operator,
        )

    async def _written(
        self, line: PreviewLine, desk: _Desk, record: LaunchRecord, tally: "_Tally"
    ) -> ServerOutcome:
        if not line.change.is_empty:
            await self._parts.trail.append(self._entry(line, desk))
        problem, after = "", None
        try:
            await self._write_configuration(line, desk)
            await self._write_template(line, desk)
            after = await self._read_back(line)
            problem = " ".join(line.change.missed(after.settings))
        except AwsError as error:
            tally.note(error)
            problem = str(error)
        await self._end(record, after, problem)
        if problem:
            text = f"Not as wanted: {problem} `launch-settings restore` puts back what was there before."
            return _outcome(line, is_well=False, is_written=True, text=text)
        text = f"Written and read back: {_said(line)}." if line.change.names else "Already as it was before."
        return _outcome(line, is_well=True, is_written=not line.change.is_empty, text=text)

    async def _end(self, record: LaunchRecord, after: ObservedLaunch | None, problem: str) -> None:
        if after is not None:
            await self._parts.store.remember([after])
        ended = replace(
            record,
            outcome=Outcome.FAILED if problem else Outcome.DONE,
            problem=problem,
            ended_at=self._parts.clock.local_now(),
            after=after.settings if after else None,
        )
        await self._parts.store.end(ended)

    async def _write_configuration(self, line: PreviewLine, desk: _Desk) -> None:
        change = line.change.configuration
        if not change.is_empty:
            server_id = line.key.source_server_id
            await self._again(lambda: desk.actor.update_launch_configuration(server_id, change))

    async def _write_template(self, line: PreviewLine, desk: _Desk) -> None:
        """Write to the launch template, from its default as it is now: DRS made a version of it by itself."""
        change = line.change.template
        if change.is_empty:
            return
        assert line.observed is not None
        template_id = line.observed.template_id
        reader = self._parts.access.launch_reader(line.key.scope)
        versions = await self._again(lambda: reader.describe_default_versions([template_id]))
        if template_id not in versions:
            raise AwsNotFound(
                f"The launch template {template_id} of {line.name} is gone. DRS makes it again at the next "
                "launch; apply once more after that.",
                operation="DescribeLaunchTemplateVersions",
            )
        base = versions[template_id]
        token = f"{desk.intent_id}-{line.key.source_server_id}-{base.version}"
        note = _note(line, change, self._parts.operator)
        number = await self._again(
            lambda: desk.actor.create_launch_template_version(base, change, note=note, token=token)
        )
        await self._again(lambda: desk.actor.modify_launch_template(template_id, number))

    async def _read_back(self, line: PreviewLine) -> ObservedLaunch:
        """Return what stands in AWS now, looked at again while it is not yet what was written."""
        seen = await self._again(lambda: self._parts.observer.look_at(line.key))
        for wait in _WAITS:
            if line.change.is_in_force(seen.settings):
                break
            await self._parts.clock.sleep(wait)
            seen = await self._again(lambda: self._parts.observer.look_at(line.key))
        return seen

    async def _again(self, call: Callable[[], Awaitable[_T]]) -> _T:
        for wait in _WAITS:
            try:
                return await call()
            except AwsError as error:
                if not (error.is_retryable or isinstance(error, _PASSING)):
                    raise
            await self._parts.clock.sleep(wait)
        return await call()

    def _entry(self, line: PreviewLine, desk: _Desk) -> AuditEntry:
        return AuditEntry(
            kind=AuditKind.CALL,
            by=self._parts.operator,
            role=desk.access.role.value,
            words=f"The launch settings of {line.name} are about to be written: {line.change.words}.",
            details=(
                ("principal", desk.access.principal),
                ("action", _ACTIONS[desk.verb].value),
                ("account", line.key.account_id),
                ("region", line.key.region),
                ("server", line.key.source_server_id),
                ("intent", desk.intent_id),
            ),
        )


@dataclass(kw_only=True)
class _Tally:
    """How far an apply has come, and why nothing more may be written."""

    total: int
    progress: Progress
    done: int = 0
    stop_reason: str = ""
    storage_error: StorageError | None = None

    def count(self, outcome: ServerOutcome) -> ServerOutcome:
        self.done += 1
        self.progress(self.done, self.total)
        return outcome

    def note(self, error: AwsError) -> None:
        if isinstance(error, SignInNeeded):
            self.stop_reason = str(error)


def _changed_since(line: PreviewLine, before: ObservedLaunch) -> str:
    """Return that AWS is not as it was shown, in words, or nothing."""
    assert line.observed is not None
    shown = line.observed.settings
    told = [
        f"the {FIELD_WORDS[name]} was {said(getattr(shown, name))} and is "
        f"{said(getattr(before.settings, name))}"
        for name in differing(shown, before.settings)
    ]
    if line.observed.template_id != before.template_id:
        told.append("it has another launch template")
    if not told:
        return ""
    return f"Nothing was written: somebody changed it since it was shown: {'; '.join(told)}. Look again."


def _note(line: PreviewLine, change: LaunchChange, operator: str) -> str:
    return f"DRS Desktop: {line.verb} of {change.words} for {line.name}, by {operator}"[:_LONGEST_NOTE]


def _said(line: PreviewLine) -> str:
    return ", ".join(
        f"{FIELD_WORDS[name]} {said(getattr(line.change.values, name))}" for name in line.change.names
    )


def _untouched(line: PreviewLine, text: str) -> ServerOutcome:
    return _outcome(line, is_well=False, is_written=False, text=text)


def _outcome(line: PreviewLine, *, is_well: bool, is_written: bool, text: str) -> ServerOutcome:
    return ServerOutcome(key=line.key, name=line.name, is_well=is_well, is_written=is_written, text=text)

"""The executions that this process drives, and the way a command finds its driver."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from drs_desktop.domain.commands import AddNote, Command, StopWatching
from drs_desktop.domain.decider import decide_elsewhere
from drs_desktop.domain.elsewhere import is_gone_for_good, why_elsewhere
from drs_desktop.domain.errors import (
    AnotherDriver,
    CommandRefused,
    DrsDesktopError,
    LeaseLost,
    NeedsOperator,
    NotFound,
    SeatLeft,
    WrongEndpoint,
)
from drs_desktop.domain.events import Event, ExecutionCreated
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.inputs import OperatorSaid, PrincipalChanged
from drs_desktop.domain.ports import CommandAnswer, Lease
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.foreign_feed import ForeignFeed
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.runner import ExecutionRunner
from drs_desktop.engine.tasks import spawn

_log = structlog.get_logger(__name__)
_TakeSeat = Callable[[int], Coroutine[Any, Any, None]]
"""Takes an empty seat, given the id under which a command was left for its driver."""


class Supervisor:
    """Owns the runners of one workspace in this process."""

    def __init__(self, context: EngineContext, watchers: WatcherPool, feed: ForeignFeed) -> None:
        self._context = context
        self._watchers = watchers
        self._feed = feed
        self._runners: dict[ExecutionId, ExecutionRunner] = {}
        self._tasks: dict[ExecutionId, asyncio.Task[None]] = {}
        self._failures: dict[ExecutionId, DrsDesktopError] = {}
        self._failure_listeners: list[Callable[[ExecutionId], None]] = []
        self._seats: defaultdict[ExecutionId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._answers = asyncio.Condition()
        self._principal = ""
        feed.on_write(self._on_foreign_write)

    def runner(self, execution_id: ExecutionId) -> ExecutionRunner | None:
        """Return the runner of an execution that this process drives, else None."""
        return self._runners.get(execution_id)

    def failure(self, execution_id: ExecutionId) -> DrsDesktopError | None:
        """Return why this process had to stop driving an execution, or None."""
        return self._failures.get(execution_id)

    def on_failure(self, listener: Callable[[ExecutionId], None]) -> None:
        """Call back when this process had to stop driving an execution."""
        self._failure_listeners.append(listener)

    @property
    def driven(self) -> tuple[Execution, ...]:
        """Return the executions that this process drives, as they are now."""
        return tuple(runner.state for runner in self._runners.values())

    # ---- taking the seat

    async def start(self, created: ExecutionCreated) -> None:
        """Write a new execution's first event and drive it.

        Raises:
            StorageError: it could not be written; nothing was called.
        """
        lease = await self._context.journal.acquire_lease(created.execution_id)
        stored = await self._context.journal.append(lease, None, (created,))
        self._context.hub.publish(stored)
        state = fold((created,))
        assert state is not None
        self._drive(lease, state, decided=True)

    async def drive(self, execution_id: ExecutionId, *, decided: bool) -> None:
        """Take the driver's seat of an execution, unless this process has it already.

        Raises:
            AnotherDriver: a living process has it.
            NotFound: there is no such execution.
            WrongEndpoint: it belongs to another AWS or simulator.
        """
        async with self._seats[execution_id]:  # two who ask at once get one runner
            if execution_id in self._runners:
                return
            self._refuse_other_endpoint(await self.load(execution_id))
            lease = await self._context.journal.acquire_lease(execution_id)
            state = await self.load(execution_id)  # anew: the last driver may have written until just now
            is_from_backup = await self._context.journal.is_from_backup(execution_id)
            self._drive(lease, state, decided=decided, is_from_backup=is_from_backup)

    async def confirm_seat(self, execution_id: ExecutionId) -> None:
        """Make sure that this process still drives an execution: while it slept it may have been followed.

        Raises:
            LeaseLost: another process drives it by now.
            DrsDesktopError: driving ended for another reason.
        """
        if runner := self._runners.get(execution_id):
            await runner.confirm_seat()
        elif failure := self._failures.get(execution_id):
            raise failure

    def _refuse_other_endpoint(self, state: Execution) -> None:
        if state.endpoint_fingerprint != self._context.endpoint.fingerprint:
            raise WrongEndpoint(why_elsewhere(state, self._context.endpoint))

    async def load(self, execution_id: ExecutionId) -> Execution:
        """Return the state of an execution as this process drives it, or as the journal has it."""
        if runner := self._runners.get(execution_id):
            return runner.state
        events = await self._context.journal.read(execution_id)
        state = fold(stored.event for stored in events)
        if state is None:
            raise NotFound(f"There is no execution {execution_id} in this workspace.")
        return state

    def _drive(self, lease: Lease, state: Execution, *, decided: bool, is_from_backup: bool = False) -> None:
        self._failures.pop(lease.execution_id, None)
        runner = ExecutionRunner(self._context, self._watchers, lease, state)
        self._runners[lease.execution_id] = runner
        task = spawn(
            runner.run(decided=decided, is_from_backup=is_from_backup), name=f"drive {lease.execution_id}"
        )
        self._tasks[lease.execution_id] = task
        task.add_done_callback(lambda _task: self._ended(lease.execution_id, runner))

    def _ended(self, execution_id: ExecutionId, runner: ExecutionRunner) -> None:
        del self._runners[execution_id]
        del self._tasks[execution_id]
        if runner.failure is not None:
            self._failures[execution_id] = runner.failure
            for listener in tuple(self._failure_listeners):
                listener(execution_id)

    async def signed_in_as(self, principal: str) -> None:
        """Take note of who is signed in; after somebody else, every further start is a person's decision."""
        before, self._principal = self._principal, principal
        if before:
            await self.principal_changed(before, principal)

    async def principal_changed(self, before: str, after: str) -> None:
        """Hold every further start in what is driven here, when somebody else is signed in now."""
        if before == after:
            return
        for execution_id, runner in tuple(self._runners.items()):
            try:
                await runner.submit(PrincipalChanged(before=before, after=after))
            except DrsDesktopError as error:  # it starts nothing more anyway; the others must hear of it
                _log.warning("a change of sign-in was not recorded", execution=execution_id, error=str(error))

    # ---- commands

    async def command(self, execution_id: ExecutionId, command: Command) -> None:
        """Have a command carried out by whoever drives the execution, or by this process if nobody does.

        Raises:
            CommandRefused: it makes no sense now; the sentence says why.
            NeedsOperator: it could mean more than one thing.
            WrongEndpoint: its AWS is another one, and the command needs it.
        """
        said = OperatorSaid(command=command, by=self._context.operator)
        try:
            while not await self._submit_here(execution_id, said):
                await self.drive(execution_id, decided=False)
        except (AnotherDriver, LeaseLost):  # nothing was written here: whoever has the seat now decides
            await self._leave(execution_id, command, lambda _left: self.drive(execution_id, decided=False))
        except WrongEndpoint as error:
            await self._command_elsewhere(execution_id, command, error)

    async def _command_elsewhere(
        self, execution_id: ExecutionId, command: Command, error: WrongEndpoint
    ) -> None:
        def settle(left_as: int | None) -> Coroutine[Any, Any, None]:
            return self._settle_elsewhere(execution_id, command, error, left_as)

        try:
            await settle(None)
        except AnotherDriver:  # it drives where the execution began
            await self._leave(execution_id, command, settle)

    async def _settle_elsewhere(
        self, execution_id: ExecutionId, command: Command, error: WrongEndpoint, left_as: int | None
    ) -> None:
        """Carry out what needs no AWS in an execution whose AWS is not this one; nothing is driven.

        Args:
            execution_id: the execution.
            command: what was said.
            error: what to raise for a command that needs AWS.
            left_as: under which id the command was left for a driver, if it was; its answer is written there.
        """
        journal = self._context.journal
        async with self._seats[execution_id]:
            lease = await journal.acquire_lease(execution_id)
            try:
                if left_as is not None and await journal.command_answer(left_as):
                    return  # by its driver, before it left the seat
                state = await self.load(execution_id)
                refusal, events = self._decide_elsewhere(state, command, error)
                answers = (
                    ()
                    if left_as is None
                    else (CommandAnswer(command_id=left_as, refusal=str(refusal or "")),)
                )
                self._context.hub.publish(await journal.append(lease, state, events, answers))
            finally:
                await journal.release_lease(lease)
        if refusal is not None and left_as is None:
            raise refusal

    def _decide_elsewhere(
        self, state: Execution, command: Command, error: WrongEndpoint
    ) -> tuple[DrsDesktopError | None, tuple[Event, ...]]:
        """Return why the command is refused, if it is, and what follows from it."""
        if not isinstance(command, StopWatching | AddNote):
            return error, ()
        if isinstance(command, StopWatching) and is_gone_for_good(state, self._context.endpoint):
            command = replace(command, is_aws_gone=True)
        said = OperatorSaid(command=command, by=self._context.operator)
        try:
            return None, decide_elsewhere(state, said, self._context.now())
        except CommandRefused as refusal:
            return refusal, ()

    async def _submit_here(self, execution_id: ExecutionId, said: OperatorSaid) -> bool:
        """Return whether the runner of this process took the command; False when it drives no more."""
        runner, task = self._runners.get(execution_id), self._tasks.get(execution_id)
        if runner is None or task is None:
            return False
        try:
            await runner.submit(said)
        except SeatLeft:
            await asyncio.wait([task])
            return False
        return True

    async def _leave(self, execution_id: ExecutionId, command: Command, take: _TakeSeat) -> None:
        journal = self._context.journal
        command_id = await journal.leave_command(execution_id, command, self._context.operator)
        seat = spawn(self._keep_taken(lambda: take(command_id)), name=f"empty seat {execution_id}")
        answered = spawn(self._answer_to(command_id), name=f"answer {command_id}")
        try:
            await asyncio.wait({seat, answered}, return_when=asyncio.FIRST_COMPLETED)
            if not answered.done():
                seat.result()  # it cannot be had; the error says why
            answer = await answered
        finally:
            seat.cancel()
            answered.cancel()
        if answer.refusal:
            raise (NeedsOperator if answer.needs_operator else CommandRefused)(answer.refusal)

    async def _answer_to(self, command_id: int) -> CommandAnswer:
        async with self._answers:
            while (answer := await self._context.journal.command_answer(command_id)) is None:
                await self._answers.wait()
            return answer

    async def _keep_taken(self, take: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Take the seat whenever nobody has it: a dead driver answers no command that was left for it."""
        while True:
            await self._context.clock.sleep_local(self._context.settings.empty_seat_local)
            with suppress(AnotherDriver):
                await take()
            await self._wake_waiting()  # this process hears of no write of its own

    def _on_foreign_write(self) -> None:
        for runner in self._runners.values():
            runner.poke()
        spawn(self._wake_waiting(), name="foreign write")

    async def _wake_waiting(self) -> None:
        async with self._answers:
            self._answers.notify_all()

    # ---- the end

    async def stop(self) -> None:
        """Leave every seat; what AWS does goes on, and every execution can be taken up again."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

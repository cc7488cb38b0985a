"""Drive one execution: decide, commit, publish, and keep under way what is due.

Everything that changes the execution passes through one inbox, so that there is one writer and one order.
"""

import asyncio
from dataclasses import dataclass, field

import structlog

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import AnswerStart, Cancel, CancelAndCleanUp, Pause, StartAnswer
from drs_desktop.domain.decider import decide
from drs_desktop.domain.due import effect_key, effects_due
from drs_desktop.domain.effects import Effect, StartRecoveryPart
from drs_desktop.domain.errors import (
    ClaimConflict,
    CommandRefused,
    DrivingFailed,
    DrsDesktopError,
    LeaseLost,
    NeedsOperator,
    SeatLeft,
    StorageError,
)
from drs_desktop.domain.events import Event
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ports import CommandAnswer, Lease, PendingCommand
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.effect_performer import EffectPerformer, Seat
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.tasks import spawn

_log = structlog.get_logger(__name__)
_OLD_DATABASE = (
    "The database is older than what this console last wrote (a backup was put back): what was started since "
    "is not known here. Compare with AWS; a person must let starting go on."
)


@dataclass
class _Letter:
    """An input in the inbox; `command_id` when it came from the database, `problem` if it cannot be read."""

    given: inputs.Input
    reply: "asyncio.Future[tuple[Event, ...]] | None" = None
    command_id: int | None = None
    problem: str = ""


@dataclass
class _Work:
    """An effect under way."""

    effect: Effect
    task: "asyncio.Task[None]" = field(repr=False)


class ExecutionRunner:
    """Drives one execution for as long as this process holds its lease and something is due."""

    def __init__(self, context: EngineContext, watchers: WatcherPool, lease: Lease, state: Execution) -> None:
        self._context = context
        self._lease = lease
        self._state = state
        self._inbox: asyncio.Queue[_Letter] = asyncio.Queue()
        self._work: dict[tuple[object, ...], _Work] = {}
        self._queued_commands: set[int] = set()
        self._poked = asyncio.Event()
        self._performer = EffectPerformer(
            context, watchers, Seat(state=lambda: self._state, submit=self.submit, may_send=self._may_send)
        )
        self._is_closed = False
        self._last_alive = context.clock.local_elapsed()
        self._gap = ""
        self._stops_on_the_way = 0
        self._coming: Execution | None = None
        """The state that is being committed: what it forbids is forbidden already."""
        self._lost: LeaseLost | StorageError | None = None
        """Why the lease could not be renewed."""
        self.failure: DrsDesktopError | None = None
        """Why driving ended early: the lease was lost or the database failed."""

    @property
    def state(self) -> Execution:
        return self._state

    # ---- the seat

    async def run(self, *, decided: bool, is_from_backup: bool = False) -> None:
        """Drive until nothing is due any more; the lease is given back at the end.

        Args:
            decided: whether a person asked for just this, so that starting may go on after a restart.
            is_from_backup: whether the database is older than what was written, so that nobody decided on it.
        """
        helpers = [
            spawn(self._renew(), name=f"lease {self._lease.execution_id}"),
            spawn(self._collect_commands(), name=f"commands {self._lease.execution_id}"),
        ]
        try:
            if is_from_backup:
                await self._process(_Letter(inputs.GapNoticed(reason=_OLD_DATABASE, outweighs=True)))
            await self._process(
                _Letter(
                    inputs.DriverTookSeat(epoch=self._lease.epoch, by=self._context.operator, decided=decided)
                )
            )
            self._sync_work()
            await self._read_commands()  # one may wait even for an execution that is over
            while not self._is_done():
                await self._process(await self._inbox.get())
                self._sync_work()
        except (LeaseLost, StorageError) as error:
            self.failure = error
            _log.error("driving ended", execution=self._lease.execution_id, error=str(error))
        except Exception as error:  # noqa: BLE001 - who follows must hear of it instead of waiting for ever
            self.failure = DrivingFailed(self._lease.execution_id, error)
            _log.exception("driving failed", execution=self._lease.execution_id, error=str(error))
        finally:
            self._is_closed = True
            try:
                await self._stop_work(helpers)
            finally:  # also when the program ends while this one is ending
                await self._give_back()

    def _is_done(self) -> bool:
        is_over = self._state.end_status is not None
        return is_over and not effects_due(self._state) and self._inbox.empty() and not self._work

    async def _stop_work(self, helpers: "list[asyncio.Task[None]]") -> None:
        left = tuple(self._work.values())  # each takes itself out as it ends
        tasks = [*helpers, *(work.task for work in left)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for work in left:
            self._performer.let_go(work.effect)
        self._refuse_rest()

    def _refuse_rest(self) -> None:
        while not self._inbox.empty():
            letter = self._inbox.get_nowait()
            if letter.reply and not letter.reply.done():
                letter.reply.set_exception(self.failure or _closed(self._state))

    async def _give_back(self) -> None:
        try:
            await self._context.journal.release_lease(self._lease)
        except DrsDesktopError as error:
            _log.warning("the lease was not given back", error=str(error))

    async def confirm_seat(self) -> None:
        """Make sure that the lease is still held.

        Raises:
            LeaseLost: another process drives the execution now.
        """
        await self._context.journal.renew_lease(self._lease)

    async def _renew(self) -> None:
        while True:
            await self._context.clock.sleep_local(self._context.settings.lease_renewal_local)
            self._look_at_clock()
            try:
                await self._context.journal.renew_lease(self._lease)
            except (LeaseLost, StorageError) as error:
                self._lost = error
                self._inbox.put_nowait(_Letter(inputs.ClockTicked()))  # driving ends, also if nothing is due
                return

    def _look_at_clock(self) -> None:
        """Notice that this machine slept, or hung, for so long that a person must look first."""
        now = self._context.clock.local_elapsed()
        silent = now - self._last_alive
        self._last_alive = now
        if silent > self._context.settings.gap_local:
            minutes = int(silent.total_seconds() // 60)
            self._gap = f"This machine was silent for {minutes} minutes: a person must let starting go on."
            self._inbox.put_nowait(_Letter(inputs.ClockTicked()))

    # ---- commands from other processes

    def poke(self) -> None:
        """Look for commands that another process left."""
        self._poked.set()

    async def _collect_commands(self) -> None:
        while True:
            await self._read_commands()
            await self._poked.wait()
            self._poked.clear()

    async def _read_commands(self) -> None:
        try:
            pending = await self._context.journal.pending_commands(self._lease.execution_id)
        except StorageError as error:
            _log.warning("reading commands failed", error=str(error))
            return
        for command in pending:
            if command.command_id in self._queued_commands:
                continue
            self._queued_commands.add(command.command_id)
            self._post(_letter_of(command))

    # ---- the inbox

    async def submit(self, given: inputs.Input) -> tuple[Event, ...]:
        """Hand in an input and return the events it caused, once they are durable.

        Raises:
            CommandRefused: a command makes no sense now.
            ClaimConflict: a server is in another live attempt.
            LeaseLost, StorageError: nothing was written, and driving ends.
        """
        if self._is_closed:
            raise self.failure or _closed(self._state)
        reply: asyncio.Future[tuple[Event, ...]] = asyncio.get_running_loop().create_future()
        self._post(_Letter(given, reply))
        return await reply

    def _post(self, letter: _Letter) -> None:
        if _stops_starting(letter.given):
            self._stops_on_the_way += 1
        self._inbox.put_nowait(letter)

    def _may_send(self) -> bool:
        """Return whether nothing stands against a StartRecovery, a pause or cancel in the inbox included."""
        is_forbidden_soon = self._coming is not None and not self._coming.may_start
        return self._state.may_start and not is_forbidden_soon and not self._stops_on_the_way

    async def _process(self, letter: _Letter) -> None:
        self._look_at_clock()
        if gap := self._gap:  # before anything else: what was read may be old by now
            self._gap = ""
            await self._process(_Letter(inputs.GapNoticed(reason=gap)))
        if isinstance(letter.given, inputs.StartPrepared) and letter.reply and letter.reply.done():
            return  # whoever would send it is gone: its intent is not committed
        try:
            events = await self._decide_and_commit(letter)
        except (CommandRefused, NeedsOperator) as error:
            await self._refuse(letter, error)
        except ClaimConflict as error:
            _fail(letter, error)
        except (LeaseLost, StorageError) as error:
            _fail(letter, error)
            raise
        except asyncio.CancelledError:
            _fail(letter, _closed(self._state))
            raise
        except Exception as error:
            _fail(letter, DrivingFailed(self._lease.execution_id, error))
            raise
        else:
            if letter.reply and not letter.reply.done():
                letter.reply.set_result(events)
        finally:
            if _stops_starting(letter.given):
                self._stops_on_the_way -= 1

    async def _decide_and_commit(self, letter: _Letter) -> tuple[Event, ...]:
        if letter.problem:
            raise CommandRefused(letter.problem)
        if self._lost is not None:
            raise self._lost
        self._refuse_early_answer(letter.given)
        events = decide(self._state, letter.given, self._context.now())
        answers = (CommandAnswer(command_id=letter.command_id),) if letter.command_id else ()
        if events or answers:
            await self._commit(events, answers)
        return events

    def _refuse_early_answer(self, given: inputs.Input) -> None:
        """Refuse to call an attempt not started while its request may arrive; the wall clock may be wrong."""
        if not isinstance(given, inputs.OperatorSaid) or not isinstance(given.command, AnswerStart):
            return
        key = given.command.key
        is_known = any(attempt.key == key for attempt in self._state.attempts)
        is_nothing = given.command.answer is StartAnswer.NOTHING_STARTED
        if is_known and is_nothing and self._performer.starts.may_still_arrive(key):
            raise CommandRefused(f"The request of {key} may still arrive: keep looking a little longer.")

    async def _commit(self, events: tuple[Event, ...], answers: tuple[CommandAnswer, ...]) -> None:
        after = fold(events, self._state)
        assert after is not None
        self._coming = after
        try:
            stored = await self._context.journal.append(self._lease, self._state, events, answers)
        finally:
            self._coming = None
        self._state = after
        if stored:
            self._context.hub.publish(stored)

    async def _refuse(self, letter: _Letter, error: DrsDesktopError) -> None:
        _fail(letter, error)
        if letter.command_id is not None:
            answer = CommandAnswer(
                command_id=letter.command_id,
                refusal=str(error),
                needs_operator=isinstance(error, NeedsOperator),
            )
            await self._commit((), (answer,))

    # ---- effects

    def _sync_work(self) -> None:
        due = {effect_key(effect): effect for effect in effects_due(self._state)}
        for key in [key for key in self._work if key not in due]:
            self._drop(key)
        for key, effect in due.items():
            if key not in self._work:
                name = f"{type(effect).__name__} {self._lease.execution_id}"
                task = spawn(self._perform(key, effect), name=name)
                self._work[key] = _Work(effect, task)

    def _drop(self, key: tuple[object, ...]) -> None:
        """Let go of an effect that is no longer due; an armed StartRecovery stays due until its verdict."""
        work = self._work.pop(key)
        self._performer.let_go(work.effect)
        if work.task is not asyncio.current_task():
            work.task.cancel()

    async def _perform(self, key: tuple[object, ...], effect: Effect) -> None:
        try:
            await self._performer.perform(effect)
        except (LeaseLost, StorageError, CommandRefused):
            return  # the main loop has met the same failure, or the execution ended meanwhile
        except Exception as error:  # noqa: BLE001 - an effect may fail in any way; it is put in doubt or repeated
            _log.exception("an effect failed", effect=type(effect).__name__, error=str(error))
            if isinstance(effect, StartRecoveryPart) and not self._is_closed:
                await self._doubt(effect, error)
            await self._context.clock.sleep(self._context.settings.line_wait)
        finally:
            self._done(key)

    def _done(self, key: tuple[object, ...]) -> None:
        work = self._work.get(key)
        if work is not None and work.task is asyncio.current_task():
            del self._work[key]
            if not self._is_closed:
                self._inbox.put_nowait(_Letter(inputs.ClockTicked()))

    async def _doubt(self, effect: StartRecoveryPart, error: Exception) -> None:
        if effect.key in self._state.wave(effect.key.wave).attempts:
            reason = f"The program failed between the intent and the verdict: {error}"
            await self.submit(inputs.StartIsUnknown(key=effect.key, reason=reason))


def _letter_of(command: PendingCommand) -> _Letter:
    if command.command is None:
        return _Letter(inputs.ClockTicked(), command_id=command.command_id, problem=command.problem)
    said = inputs.OperatorSaid(command=command.command, by=command.by)
    return _Letter(said, command_id=command.command_id)


def _stops_starting(given: inputs.Input) -> bool:
    return isinstance(given, inputs.OperatorSaid) and isinstance(
        given.command, Pause | Cancel | CancelAndCleanUp
    )


def _fail(letter: _Letter, error: DrsDesktopError) -> None:
    if letter.reply and not letter.reply.done():
        letter.reply.set_exception(error)


def _closed(state: Execution) -> SeatLeft:
    return SeatLeft(f"Execution {state.execution_id} is no longer driven by this process.")

"""Follows an execution in the terminal to its end, or to where only a person can go on."""

import asyncio
from dataclasses import dataclass, field

from rich.text import Text

from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.person import (
    HeldWave,
    Need,
    StartInDoubt,
    StartsHeld,
    held_waves,
    needs_of,
    only_a_person,
)
from drs_desktop.cli.progress_view import Display
from drs_desktop.cli.prompts import START_ANSWERS, Choice, Prompt, prompt_for
from drs_desktop.cli.watch import Watch
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.ids import JobId
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.api import ExecutionApi
from drs_desktop.services.views import ExecutionView


@dataclass(kw_only=True)
class Follower:
    """Shows each change, releases the pauses it may, asks where a person is there.

    Attributes:
        releases_pauses: whether configured pauses are released without asking; never in a recovery.
    """

    call: Invocation
    executions: ExecutionApi
    watch: Watch
    display: Display
    releases_pauses: bool = False
    _left: list[Need] = field(default_factory=list)
    """What a person was asked about and left as it is, or what was refused."""

    async def follow(self) -> ExecutionView:
        """Return the view at the end, or once only a person can go on and none wants to or is there.

        Raises:
            LeaseLost: another process drives the execution by now.
            DrsDesktopError: this process had to stop driving it.
        """
        while True:
            self.call.seen = view = self.watch.view
            self.display.show(view)
            if view.status.is_terminal:
                return view
            if error := self.executions.driving_error(view.execution_id):
                raise error
            if await self._go_on(view):
                await self.watch.refresh()
            elif only_a_person(view):
                await self.executions.confirm_seat(view.execution_id)  # else another one's pause is read here
                return view
            else:
                await self.watch.next(self.display.tick_seconds)

    async def _go_on(self, view: ExecutionView) -> bool:
        """Deal with one thing that waits for a person; return whether the state may have changed."""
        self._left = [need for need in self._left if need.is_open_in(view)]
        if self.releases_pauses and view.mode.is_drill and not view.pause_requested:
            for held in held_waves(view):
                if held.is_configured_pause and not self._was_left(held):
                    await self._release(held, view)
                    return True
        if not self.call.streams.is_interactive:
            return False
        need = self._next_need(view)
        return need is not None and await self._ask_about(need, view)

    def _next_need(self, view: ExecutionView) -> Need | None:
        return next((need for need in needs_of(view) if not self._was_left(need)), None)

    def _was_left(self, need: Need) -> bool:
        if isinstance(need, HeldWave):
            numbers = {left.wave.number for left in self._left if isinstance(left, HeldWave)}
            return need.wave.number in numbers
        return need in self._left

    async def _release(self, held: HeldWave, view: ExecutionView) -> None:
        self.display.note(f"Releasing the pause before {held.title}.")
        try:
            await self.executions.resume(view.execution_id, held.wave.number, hold_id=held.wave.hold_id)
        except CommandRefused as refusal:
            self.display.note(str(refusal))
            self._left.append(held)

    async def _ask_about(self, need: Need, view: ExecutionView) -> bool:
        prompt = prompt_for(need)
        with self.display.stood_aside():
            for line in prompt.explanation:
                self.call.say(line)
            choice = await self._choice(prompt, need)
            if choice is None:
                return True
            if choice is Choice.LEAVE:
                self._left.append(need)
                return False
            job_id = await self._job_of(prompt, need) if choice is Choice.OURS else None
            reason = await self._reason_of(prompt, need) if choice is Choice.GO_ON else ""
            if reason is None:
                self._left.append(need)
                return False
        try:
            await self._do(choice, need, view, job_id, reason)
        except CommandRefused as refusal:
            self.display.note(str(refusal))
            if not isinstance(need, StartInDoubt):
                self._left.append(need)
        return True

    async def _choice(self, prompt: Prompt, need: Need) -> Choice | None:
        """Return the answer; LEAVE at the end of the input, None once there is nothing to answer."""
        while True:
            typed = await self._line(prompt.line, need)
            if typed is None:
                return Choice.LEAVE if need.is_open_in(self.watch.view) else None
            choice = prompt.choice(typed)
            if choice is not None:
                return choice
            self.call.say(f"Please answer with one of: {', '.join(prompt.answers)}.")

    async def _job_of(self, prompt: Prompt, need: Need) -> JobId | None:
        if len(prompt.jobs) == 1:
            return prompt.jobs[0]
        typed = await self._line("Job id: ", need)
        return JobId(typed.strip()) if typed and typed.strip() else None

    async def _reason_of(self, prompt: Prompt, need: Need) -> str | None:
        """Return why to go on, empty where no reason is needed; None when none is given."""
        if not prompt.asks_reason:
            return ""
        typed = await self._line("Why (stands in the history): ", need)
        return typed.strip() or None if typed else None

    async def _line(self, text: str, need: Need) -> str | None:
        """Return the line typed, or None at the end of the input or when the question went away."""
        self.call.console.print(Text(text), end="", soft_wrap=True)
        typing = spawn(self.call.streams.read_line(), name="typing")
        try:
            while not typing.done():
                news = spawn(self.watch.next(), name="watching")
                await asyncio.wait({typing, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                if not need.is_open_in(self.watch.view):
                    self.call.say("")
                    return None
            return typing.result()
        finally:
            typing.cancel()

    async def _do(
        self, choice: Choice, need: Need, view: ExecutionView, job_id: JobId | None, reason: str
    ) -> None:
        match need:
            case _ if choice is Choice.CANCEL:
                await self.executions.cancel(view.execution_id)
            case HeldWave(wave=wave):
                await self.executions.resume(view.execution_id, wave.number, reason, hold_id=wave.hold_id)
            case StartsHeld():
                await self.executions.resume(
                    view.execution_id, starts_held=view.starts_held, pause_seen=view.pause_requested
                )
            case StartInDoubt(question=question):
                answer = START_ANSWERS[choice]
                await self.executions.answer_start(view.execution_id, question.key, answer, job_id)

"""What operators say: every command there is, at any moment, and another execution beside the first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from drs_desktop.domain import commands
from drs_desktop.domain import events as ev
from drs_desktop.domain.execution import AttemptStatus, Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.steps import StepKey
from tests.helpers.engine_rig import Console, Rig, a_wave
from tests.simulation.machine.base import EXPECTED, SECOND, Machine

# ---- one way to make each command; a new command needs one more


def _answer(state: Execution, rig: Rig, draw: Callable[[Any], Any]) -> commands.Command | None:
    """Return what an honest operator answers who has looked into the AWS console."""
    asked = [a for a in state.attempts if a.status in {AttemptStatus.ASK, AttemptStatus.UNKNOWN}]
    if not asked:
        return None
    attempt = draw(st.sampled_from(asked))
    own = rig.made.get(attempt.intent_id, [])
    kinds = [commands.StartAnswer.KEEP_LOOKING]
    kinds.append(commands.StartAnswer.OURS if own else commands.StartAnswer.NOTHING_STARTED)
    answer = draw(st.sampled_from(kinds))
    job_id: Any = own[0] if own and answer is commands.StartAnswer.OURS else None
    return commands.AnswerStart(key=attempt.key, answer=answer, job_id=job_id)


def _on_a_step(
    make: Callable[[StepKey], commands.Command],
) -> Callable[[Execution, Rig, Callable[[Any], Any]], commands.Command | None]:
    """Return a maker of a command that is about one of the execution's steps."""

    def maker(state: Execution, rig: Rig, draw: Callable[[Any], Any]) -> commands.Command | None:
        steps = [step.key for wave in state.waves for step in wave.steps.values()]
        return make(draw(st.sampled_from(steps))) if steps else None

    return maker


MAKERS: dict[type, Callable[[Execution, Rig, Callable[[Any], Any]], commands.Command | None]] = {
    commands.Pause: lambda state, rig, draw: commands.Pause(reason="look"),
    commands.Resume: lambda state, rig, draw: commands.Resume(
        wave=draw(st.sampled_from([None, None, 1, 2, 3])), reason=draw(st.sampled_from(["", "seen"]))
    ),
    commands.Cancel: lambda state, rig, draw: commands.Cancel(),
    commands.Terminate: lambda state, rig, draw: commands.Terminate(
        confirm_plan_name=draw(st.sampled_from([None, state.plan_name])),
        confirm_count=draw(st.sampled_from([None, sum(s.is_launched for s in state.servers)])),
    ),
    commands.AnswerStart: _answer,
    commands.Retry: lambda state, rig, draw: commands.Retry(wave=draw(st.sampled_from([1, 2, 3]))),
    commands.Skip: lambda state, rig, draw: commands.Skip(
        wave=draw(st.sampled_from([1, 2, 3])), reason="not tonight"
    ),
    commands.EndWait: _on_a_step(lambda step: commands.EndWait(key=step)),
    commands.ExtendWait: _on_a_step(lambda step: commands.ExtendWait(key=step, by=timedelta(minutes=1))),
    commands.AnswerTask: _on_a_step(lambda step: commands.AnswerTask(key=step, is_done=True)),
    commands.StopWatching: lambda state, rig, draw: commands.StopWatching(reason="stuck"),
    commands.CancelAndCleanUp: lambda state, rig, draw: commands.CancelAndCleanUp(),
    commands.AddNote: lambda state, rig, draw: commands.AddNote(text="seen"),
}


LEAVES: dict[type, type] = {
    commands.Pause: ev.PauseRequested,
    commands.Cancel: ev.CancelRequested,
    commands.Terminate: ev.TerminationRequested,
}
"""What an accepted command leaves in the journal, where it always leaves the same (I-03)."""


class Operators(Machine):
    """Everything that people may ask of a console."""

    @precondition(lambda self: self.awake)
    @rule(data=st.data(), kind=st.sampled_from(list(MAKERS)))
    def operator_says(self, data: Any, kind: type) -> None:
        execution_id = data.draw(st.sampled_from(self.rig.execution_ids), "execution")
        command = MAKERS[kind](self.rig.folded(execution_id), self.rig, data.draw)
        if command is None:
            return
        console = data.draw(st.sampled_from(self.awake), "console")
        self.done(f"command {kind.__name__}")
        self.carry_out(console, execution_id, command)

    def carry_out(self, console: Console, execution_id: ExecutionId, command: commands.Command) -> None:
        async def work() -> Any:
            task = self.rig.begin(console, console.say(execution_id, command))
            for _ in range(120):
                await self.rig.clock.advance(SECOND)
                if task.done():
                    break
            return task

        task = self.run(work())
        if not task.done():
            is_excused = (
                self.is_wall_clock_wrong  # a dead driver's lease may then seem to last for hours
                or len(self.awake) < len(self.alive)
                or any(c.journal.write_error for c in self.alive)
            )
            assert is_excused, f"no answer to {command} within two minutes"
            self.commands.append(task)
            return
        error = task.exception()
        if error is None:
            self.done("acknowledged")
            events = [e.event for e in self.rig.store.events if e.execution_id == execution_id]
            left = LEAVES.get(type(command))
            is_there = left is None or any(isinstance(event, left) for event in events)
            assert is_there, f"I-03: {command} was acknowledged, and the journal has nothing of it"
        else:
            assert isinstance(error, EXPECTED), repr(error)
            self.done("refused")

    @precondition(lambda self: self.awake and len(self.rig.execution_ids) < 3)
    @rule(data=st.data(), shape=st.sampled_from(["one wave", "an empty wave"]))
    def another_execution_starts(self, data: Any, shape: str) -> None:
        console = data.draw(st.sampled_from(self.awake), "console")
        keys = self.rig.server_keys
        waves = (a_wave(1, keys[1:3]),) if shape == "one wave" else (a_wave(1, ()), a_wave(2, keys[:1]))
        self.done(f"another execution, {shape}")
        self.attempt(console.start(*waves))

    @precondition(lambda self: self.awake)
    @rule(data=st.data(), who=st.sampled_from(["anna", "bob"]))
    def somebody_else_signs_in(self, data: Any, who: str) -> None:
        console = data.draw(st.sampled_from(self.awake), "console")
        is_driving = any(console.is_driving(execution_id) for execution_id in self.rig.execution_ids)
        self.done("sign-in as somebody else" + " while it drives" * is_driving)
        self.attempt(console.asked(console.supervisor.principal_changed("alice", who)))

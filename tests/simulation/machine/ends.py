"""When the faults stop: an obliging person clears what waits for one, and every execution must end.

What may still ask is a start of which AWS shows no witness: nobody here can know whose it was.
"""

from datetime import timedelta
from typing import Any

from drs_desktop.domain import commands
from drs_desktop.domain.due import effects_due
from drs_desktop.domain.effects import StartRecoveryPart
from drs_desktop.domain.execution import AttemptStatus, Execution
from drs_desktop.domain.ids import ExecutionId, ServerKey
from drs_desktop.domain.status import execution_status
from tests.simulation.machine.base import DONE, EXPECTED
from tests.simulation.machine.operator import Operators
from tests.simulation.machine.processes import Processes

ROUNDS = 10
"""How often everything is given time and a person; at the half of them the person cancels what is left."""
SETTLING = timedelta(hours=5)
"""Twice the longest time after which anything of itself asks or gives up."""
LOOKING = frozenset({AttemptStatus.ARMED, AttemptStatus.UNKNOWN, AttemptStatus.ACCEPTED})


def is_over(state: Execution) -> bool:
    return state.end_status is not None and not state.is_terminating


def asks_about_a_start(state: Execution) -> bool:
    return any(attempt.status is AttemptStatus.ASK for attempt in state.attempts)


def what_a_person_says(state: Execution) -> list[commands.Command]:
    """Return what clears whatever waits for a person, except the question whose a start was."""
    said: list[commands.Command] = [
        commands.AnswerTask(key=step.key, is_done=True, answer="done")
        for wave in state.waves
        for step in wave.steps.values()
        if step.waits_for_person
    ]
    said += [commands.Resume(wave=wave.number, reason="seen") for wave in state.holds]
    if state.pause_request or state.starts_held:
        said.append(commands.Resume())
    return said


class Ends(Operators, Processes):
    """The liveness phase."""

    def liveness(self) -> None:
        """Stop the faults, and hold each end against what it may be."""
        self._faults_stop()
        for number in range(ROUNDS):
            self._someone_drives()
            self._settle()
            left = [state for state in self._states() if not is_over(state) and not asks_about_a_start(state)]
            if not left:
                break
            for state in left:
                self._oblige(state, cancels=number >= ROUNDS // 2)
        for state in self._states():
            self._judge(state)
        self._count()

    def _states(self) -> list[Execution]:
        return [self.rig.folded(execution_id) for execution_id in self.rig.execution_ids]

    def _faults_stop(self) -> None:
        for fault in self.rig.simulation.faults.states():
            DONE["faults reached"] += fault.fired
            DONE[f"met {fault.rule.id.split(maxsplit=1)[-1]}"] += fault.fired
        DONE["requests late or lost"] += self.fates_planned - len(self.rig.fates)
        self.rig.simulation.faults.release_all()
        self.rig.fates.clear()
        self.tell_the_truth()
        self.database_writes_again()
        self.stopped_processes_go_on()

    def _someone_drives(self) -> None:
        """Have each execution driven; after a wall clock set back only a machine of its own may at once."""
        self.advance(timedelta(minutes=1))
        for host in ("host-1", "host-2"):
            if not all(self.is_driven(execution_id) for execution_id in self.rig.execution_ids):
                self.open_and_drive(decided=True, host=host)

    def _settle(self) -> None:
        """Let hours pass, or as much of it as it takes until nothing more comes by itself."""
        began = self.rig.clock.local_elapsed()

        def is_still() -> bool:
            is_late = self.rig.clock.local_elapsed() - began > SETTLING
            return is_late or all(self._rests(e) or not self.is_driven(e) for e in self.rig.execution_ids)

        self.run(self.rig.clock.run_until(is_still, SETTLING + timedelta(hours=1)))

    def _rests(self, execution_id: ExecutionId) -> bool:
        """Return whether it ended, or waits for a person and for nothing else.

        Where another execution asks whose a start was, what waits for its servers waits for that person too.
        """
        state = self.rig.folded(execution_id)
        if state.end_status is not None:
            return not state.is_terminating
        if any(attempt.status in LOOKING for attempt in state.attempts):
            return False
        if state.cancel_request is not None and not asks_about_a_start(state):
            return False  # what is left ends by itself, however long that takes
        return execution_status(state).needs_person or self._waits_for_an_answer(state)

    def _waits_for_an_answer(self, state: Execution) -> bool:
        due, asked = effects_due(state), self._asked_servers()
        return bool(due) and all(
            isinstance(effect, StartRecoveryPart) and not asked.isdisjoint(effect.servers) for effect in due
        )

    def _asked_servers(self) -> set[ServerKey]:
        """Return the servers of starts of which nobody knows whose they were."""
        return {
            ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=server_id)
            for state in self._states()
            for attempt in state.attempts
            if attempt.status is AttemptStatus.ASK
            for scope in (attempt.key.scope,)
            for server_id in attempt.source_server_ids
        }

    def _oblige(self, state: Execution, *, cancels: bool) -> None:
        said = [commands.Cancel(reason="enough")] if cancels or state.frozen else what_a_person_says(state)
        for command in said:
            DONE["cleared for a person"] += 1
            console = next((c for c in self.alive if c.is_driving(state.execution_id)), self.alive[0])
            self._say(console, state.execution_id, command)

    def _say(self, console: Any, execution_id: ExecutionId, command: commands.Command) -> None:
        async def work() -> None:
            task = self.rig.begin(console, console.say(execution_id, command))
            await self.rig.clock.advance(timedelta(minutes=2))
            if not task.done():  # it waits for a lease that a wall clock set back makes last
                self.commands.append(task)
            elif (error := task.exception()) is not None:
                assert isinstance(error, EXPECTED), repr(error)

        self.run(work())

    # ---- what an end may be

    def _judge(self, state: Execution) -> None:
        is_asking = asks_about_a_start(state)
        assert is_over(state) or is_asking, f"I-29: {state.execution_id} neither ends nor asks: {state}"
        for attempt in state.attempts:
            if attempt.status is AttemptStatus.ASK:
                own = [job for job in self.rig.made.get(attempt.intent_id, []) if job in self.place.jobs]
                is_known = bool(own) and self.rig.tags
                assert not is_known, f"I-29: asks about {attempt.key} although {own} carries our tags"
        DONE["executions"] += 1
        DONE["executions that ask" if is_asking else "executions ended"] += 1

    def _count(self) -> None:
        DONE["virtual hours"] += int(self.rig.clock.local_elapsed().total_seconds() // 3600)
        DONE["mutating calls"] += len(self.rig.calls)
        DONE["kills"] += self.rig.kills
        DONE["examples"] += 1

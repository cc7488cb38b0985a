"""Lanes: each a simulator on the wire and a console of its own, whose program is killed or stopped.

A moment is an event: so many AWS calls have arrived. What was meant and what was done is drawn from a seed.
"""

import random
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.history import read_calls
from tests.helpers.processes import SMALL_SCENARIO, Command, Console, Simulator, serving, until
from tests.simulation.check_history import CALLS, judged

CALLS_OF_A_DRILL = 40
"""About as many AWS calls as a drill makes: moments beyond its end would kill nobody."""
KILLED_AGAIN = 0.6
"""How often whoever takes a drill up is killed as well: a kill more costs less than a drill more."""
OVER_ALREADY = 3
"""The exit code of a resume when the execution has ended."""


@dataclass
class Lane:
    """One simulator and one console, and what happened to its program so far."""

    simulator: Simulator
    console: Console
    seed: int
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.aws = AwsWitness(self.simulator)
        self.chance = random.Random(self.seed)

    # ---- SIGKILL

    def kill(self, wanted: int) -> "Lane":
        """Kill so many programs in the middle of drills, and hold each end against what AWS has."""
        while self.done["kills"] < wanted:
            command = self.console.start_drill()
            execution_id = command.until_known()
            self.done["drills"] += 1
            self._kill_after(command, CALLS_OF_A_DRILL)
            while self.done["kills"] < wanted and self.chance.random() < KILLED_AGAIN:
                again = self.console.start("resume", execution_id, "--json", "--release-pauses")
                self._kill_after(again, CALLS_OF_A_DRILL // 2)
            self._bring_to_its_end(execution_id)
            self._each_wave_started_once(execution_id)
        return self._judged(execution_id)

    def _kill_after(self, command: Command, calls: int) -> None:
        """Kill the command at one of so many coming calls; it counts where it was still running."""
        is_running = self._after_calls(command, self.chance.randrange(calls))
        command.kill()
        self.done["kills"] += is_running and command.process.returncode == -signal.SIGKILL

    def _after_calls(self, command: Command, calls: int) -> bool:
        """Wait until so many more calls have arrived; return whether the command still runs."""
        wanted = len(self.simulator.calls()) + calls
        process = command.process
        until(lambda: len(self.simulator.calls()) >= wanted or process.poll() is not None, f"{calls} calls")
        return process.poll() is None

    def _bring_to_its_end(self, execution_id: str) -> None:
        resumed = self.console.resume(execution_id, "--release-pauses")
        if resumed.code == OVER_ALREADY:
            report: Any = self.console.status(execution_id)
        else:
            report = resumed.expect(0).json
        assert report["status"] == "COMPLETED", report

    def _each_wave_started_once(self, execution_id: str) -> None:
        jobs = [job for job in self.aws.launch_jobs() if job.tag("execution") == execution_id]
        assert [count for _, count in sorted(parts_of(jobs).items())] == [1, 1, 1]
        self.done["jobs"] += len(jobs)

    # ---- SIGSTOP

    def stop(self, wanted: int) -> "Lane":
        """Stop so many programs in the middle of drills; whoever follows fences them off."""
        while self.done["stops"] < wanted:
            command = self.console.start_drill()
            execution_id = command.until_known()
            if not self._after_calls(command, self.chance.randrange(CALLS_OF_A_DRILL // 2)):
                command.end()
                self.done["jobs"] += 3
                continue
            self._stop(command, execution_id)
            self._each_wave_started_once(execution_id)
        return self._judged(execution_id)

    def _stop(self, command: Command, execution_id: str) -> None:
        command.signal(signal.SIGSTOP)
        self.done["stops"] += 1
        followed = self.console.run(
            "pause", execution_id, "--json"
        )  # waits until the stopped one's lease ends
        command.signal(signal.SIGCONT)
        if followed.code == 0:
            command.end().expect(7)
            self.done["fenced off"] += 1
            self._bring_to_its_end(execution_id)
        elif followed.code == OVER_ALREADY:  # it was stopped between its last event and its end
            command.end()
        else:  # it was stopped in the middle of a commit: nobody else can write, and it goes on where it was
            assert "database is locked" in followed.expect(1).err
            command.end().expect(0)
            self.done["stopped in a commit"] += 1

    # ---- afterwards

    def _judged(self, last: str) -> "Lane":
        """Hold the journal and the log of calls of all the runs against the rules; AWS has no other job.

        The last drill is terminated first, so that the log names instances of which to judge whose they are.
        """
        self.console.run("terminate", last, "--json").expect(0)
        found = judged(self.console.home)
        assert found.problems == [], found.problems
        assert found.calls > self.done["jobs"] == len(self.aws.launch_jobs())
        calls = read_calls(self.console.home / CALLS)
        assert {bool(call.instance_ids) for call in calls if call.operation.startswith("Terminate")} == {True}
        self.done["events"], self.done["calls"] = found.events, found.calls
        return self


@contextmanager
def a_lane(seed: int) -> Iterator[Lane]:
    """Serve a simulator and open a console on it; both end with the block."""
    with (
        tempfile.TemporaryDirectory(prefix="drs-lane-") as folder,
        serving(Path(folder, "simulator"), scenario=SMALL_SCENARIO) as simulator,
        Console(Path(folder, "console"), simulator.endpoint_url) as console,
    ):
        yield Lane(simulator, console, seed)

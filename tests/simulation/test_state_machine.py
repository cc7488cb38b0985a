"""Random operators, faults, kills, rivals and strangers on the engine, under virtual time.

After each step everything that happened is held against the invariants, from the log of events and calls and
from the simulator's own truth. At the end the faults stop, and every execution must end, or ask a person for
a reason that the log shows. The rules stand in `machine/`, one file for each kind of thing that happens.
"""

import asyncio
import typing
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from drs_desktop.domain import commands
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import MANUAL_TASK, STATUS_CHECKS, TCP_PROBE, TIMED_WAIT, StepSpec
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from tests.helpers.engine_rig import Rig, a_wave
from tests.simulation.machine.aws import DELAYS, FAULTS, PLANNED, AwsAndItsNetwork
from tests.simulation.machine.base import DONE
from tests.simulation.machine.ends import Ends
from tests.simulation.machine.operator import MAKERS
from tests.simulation.profile import IS_QUICK, by_profile, say
from tests.simulation.stories import QUICK_JOBS

BEFORE = (
    (),
    (StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", "600"),)),),
    (
        StepSpec(kind=MANUAL_TASK, name="switch", instruction="Switch the name over."),
        StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", "30"),)),
    ),
)
AFTER = (
    (),
    (StepSpec(kind=STATUS_CHECKS, name="boots"),),
    (StepSpec(kind=TCP_PROBE, name="listens", settings=(("port", "443"),), retries=1, is_critical=False),),
)
EXAMPLES = by_profile(120, 2_000, 20_000)
MUST_BE_MET = frozenset(
    {
        "faults reached",
        "requests late or lost",
        "acknowledged",
        "refused",
        "write error",
        "foreign job",
        "instance terminated",
        "job deleted",
        "lie about the mode",
        "unknown word",
        "kill",
        "kill in the middle",
        "SIGSTOP",
        "second driver while the first drives",
        "driver kept out",
        "wrong endpoint",
        "sign-in as somebody else while it drives",
        "sleep of the machine",
        "wall clock set",
    }
)
MET_IN_LONG_RUNS = {"executions that ask", *(f"met {fault}" for fault in FAULTS)}
"""What a whole run reaches: one that meets none of its faults would prove nothing."""


def test_every_command_has_a_rule() -> None:
    assert set(MAKERS) == set(typing.get_args(commands.Command))


class Operation(AwsAndItsNetwork, Ends):
    """A day of operations."""

    @initialize(
        tags=st.sampled_from([True, True, True, False]),
        mode=st.sampled_from([ExecutionMode.DRILL, ExecutionMode.DRILL, ExecutionMode.RECOVERY]),
        policy=st.sampled_from(FailurePolicy),
        pause=st.booleans(),
        side_by_side=st.booleans(),
        lag=st.sampled_from([0.0, 1.5]),
        failing=st.sampled_from([None, None, LaunchFailure.SILENT, LaunchFailure.LAUNCH_FAILED]),
        before=st.sampled_from(BEFORE),
        after=st.sampled_from(AFTER),
        faults=PLANNED,
        fates=st.lists(DELAYS, max_size=2),
    )
    def begin(
        self, tags: bool, mode: Any, policy: Any, pause: bool, side_by_side: bool, **world: Any
    ) -> None:
        """Open a console and start an execution of three waves."""

        async def work() -> None:
            self.rig = Rig(servers=4, tags=tags, changes={"durations": QUICK_JOBS})
            self.rig.simulation.visibility_lag.describe_jobs_seconds = world["lag"]
            if world["failing"]:
                server = next(iter(self.place.servers.values()))
                server.next_failure = PlannedFailure(kind=world["failing"])
            for fault in world["faults"]:
                self.plan_fault(*fault)
            for delay in world["fates"]:
                self.plan_fate(delay)
            console = await self.rig.console("driver-1")
            keys = self.rig.server_keys
            steps = {"steps_before": world["before"], "steps_after": world["after"]}
            depends = () if side_by_side else (1,)
            await console.start(
                a_wave(1, keys[:2], policy=policy, **steps),
                a_wave(2, keys[2:3], policy=policy, pause=pause, depends_on=depends),
                a_wave(3, keys[3:], policy=policy, depends_on=(2,), steps_after=world["after"]),
                mode=mode,
            )

        self.run(work())

    @rule(what=st.sampled_from(["words", "processes", "database"]))
    def something_mends(self, what: str) -> None:
        self.done(f"mended: {what}")
        if what == "words":
            self.tell_the_truth()
        elif what == "processes":
            self.stopped_processes_go_on()
        else:
            self.database_writes_again()

    @invariant()
    def nothing_happened_that_must_not(self) -> None:
        if hasattr(self, "rig"):
            self.rig.assert_sound()

    def teardown(self) -> None:
        try:
            if hasattr(self, "rig"):
                self.liveness()
                self.nothing_happened_that_must_not()
                self.run(self._close())
        finally:
            self.runner.close()

    async def _close(self) -> None:
        await self.rig.close()
        await asyncio.gather(*self.commands, return_exceptions=True)


class TestOperation(Operation.TestCase):  # type: ignore[misc,name-defined]  # made by hypothesis
    settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=by_profile(30, 50, 80),
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    @pytest.fixture(autouse=True)
    def _figures(self, pytestconfig: pytest.Config) -> Any:
        DONE.clear()
        yield
        asking = DONE["executions that ask"] / max(1, DONE["executions"])
        say(pytestconfig, f"state machine: {dict(sorted(DONE.items()))}; {asking:.1%} of the executions ask")
        wanted = MUST_BE_MET if IS_QUICK else MUST_BE_MET | MET_IN_LONG_RUNS
        never = sorted(what for what in wanted if not DONE[what])
        assert DONE["examples"] < EXAMPLES or not never, f"no example of the whole run met: {never}"


TestOperation = pytest.mark.timeout(by_profile(900, 3_600, 86_400))(TestOperation)  # type: ignore[misc]

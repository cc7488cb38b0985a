"""Random sequences of operations, clock turns and faults on both faces, until they disagree.

Both simulations begin at the same moment with the same seed, so that servers and jobs have the same ids;
EC2 makes the instances' ids, which are compared by the order in which they appeared.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import (
    AccountId,
    IntentId,
    JobId,
    RecoveryInstanceId,
    Region,
    Scope,
    SourceServerId,
)
from drs_desktop.domain.job import Job
from drs_desktop.domain.ports import AwsAccess
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator.core import acts
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.faults import Action, ErrorAnswer, FaultRule, Html503, ResetAfter, ResetBefore
from drs_desktop.simulator.core.replication import ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from drs_desktop.simulator.core.visibility import VisibilityLag
from drs_desktop.simulator.core.words import Subject
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.gateway import SimulatedAwsAccess
from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, ROLE, TARGET, small_scenario

SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))
INTENT = IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")
SERVERS = 4
NUMBERS = st.integers(0, SERVERS - 1)
SEVERAL = st.lists(NUMBERS, min_size=1, max_size=SERVERS)
LAGS = st.sampled_from([0.0, 3.0, 40.0])
FAULTS = st.sampled_from(
    [
        ErrorAnswer(code="ThrottlingException", status=429),
        ErrorAnswer(code="InternalServerException", status=500),
        ErrorAnswer(code="AccessDeniedException", status=403),
        ErrorAnswer(code="ServiceQuotaExceededException", status=402),
        ErrorAnswer(code="ExpiredTokenException", status=403),
        Html503(),
        ResetBefore(),
        ResetAfter(),
    ]
)
ACTING = st.sampled_from(["StartRecovery", "TerminateRecoveryInstances"])

Outcome = tuple[str, Any]


class Face:
    """One face, its simulation, and the instances in the order in which they appeared."""

    def __init__(self, access: AwsAccess, simulation: Simulation, runner: asyncio.Runner) -> None:
        self.access, self.simulation = access, simulation
        self._runner = runner
        self._instances: dict[str, str] = {}

    @property
    def state(self) -> Any:
        return self.simulation.state(TARGET, REGION)

    def server_ids(self, numbers: list[int]) -> list[SourceServerId]:
        ids = list(self.state.servers)
        return [SourceServerId(ids[number]) for number in numbers]

    def instance_ids(self, count: int) -> list[RecoveryInstanceId]:
        return [RecoveryInstanceId(one) for one in list(self.state.instances)[:count]]

    def outcome(self, call: Coroutine[Any, Any, Any]) -> Outcome:
        """Return what a call answers or how it fails, with nothing in it that may differ."""
        try:
            return "answer", self._comparable(self._runner.run(call))
        except AwsError as error:
            return type(error).__name__, error.code

    def act(self, act: Callable[[Simulation], Any]) -> Outcome:
        """Return what an act on the simulation itself comes to."""
        try:
            act(self.simulation)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same on both faces
            return type(error).__name__, None
        return "done", None

    def _comparable(self, answer: Any) -> str:
        for instance_id, instance in self.state.instances.items():
            name = self._instances.setdefault(instance_id, f"instance {len(self._instances)}")
            self._instances.setdefault(f"'{instance.machine.private_ip}'", f"address of {name}")
        text = repr(answer)
        for instance_id, name in self._instances.items():
            text = text.replace(instance_id, name)
        return text

    async def start(self, ids: list[SourceServerId], is_drill: bool) -> Job:
        actor = await self.access.actor(SCOPE, INTENT)
        return await actor.start_recovery(
            StartRecoveryRequest(
                scope=SCOPE, source_server_ids=tuple(ids), is_drill=is_drill, tags=(("wave", "1"),)
            )
        )

    async def terminate(self, ids: list[RecoveryInstanceId]) -> Job:
        actor = await self.access.actor(SCOPE, INTENT)
        return await actor.terminate_recovery_instances(ids)

    async def everything(self) -> list[Any]:
        """Return all that can be read."""
        reader = self.access.reader(SCOPE)
        jobs = await reader.describe_jobs()
        return [
            await reader.describe_source_servers(),
            jobs,
            [await reader.describe_job_log_items(JobId(one)) for one in self.state.jobs],
            await reader.describe_recovery_instances(self.server_ids(list(range(SERVERS)))),
        ]


class _World:
    """Both faces; made once, because a server takes a while to start."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.scenario = parse_scenario(
            Path("test.yaml"), small_scenario(SERVERS, signing_window_seconds=60.0)
        )
        self.server = SimulatorServer(self.scenario, speed=0)
        self.server.start()
        account = TargetAccount(
            account_id=SCOPE.account_id,
            name="target",
            role_arn=ROLE,
            external_id=EXTERNAL_ID,
            regions=(SCOPE.region,),
        )
        self.access = BotoAwsAccess(
            accounts=[account],
            endpoint=Endpoint(
                fingerprint=self.server.instance_id, url=self.server.endpoint_url, is_simulated=True
            ),
            operator="tests",
            clock=SystemClock(),
            hub_keys=HubKeys(access_key_id="AKIATESTHUB000000001", secret_access_key="not/a/secret/at/all"),
        )

    def close(self) -> None:
        self.access.close()
        self.server.stop()
        self.runner.close()


class FacesAgree(RuleBasedStateMachine):
    """Does the same to both faces and compares what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = _World()
        base = datetime(2026, 3, 16, 11, 30, tzinfo=UTC)
        memory = build_simulation(self.world.scenario, clock=ServiceClock(scale=0, base=base))
        wire = self.world.server.simulation
        started_at = wire.clock.now()
        memory.clock.advance(started_at - base)
        for mine, theirs in zip(
            memory.state(TARGET, REGION).servers.values(),
            wire.state(TARGET, REGION).servers.values(),
            strict=True,
        ):
            mine.added_at, mine.protected_from = theirs.added_at, theirs.protected_from
            mine.replication_now = theirs.replication_now
        self.faces = [
            Face(SimulatedAwsAccess(memory), memory, self.world.runner),
            Face(self.world.access, wire, self.world.runner),
        ]

    def teardown(self) -> None:
        self.world.close()

    def both(self, outcome: Callable[[Face], Outcome]) -> None:
        in_process, wire = (outcome(face) for face in self.faces)
        assert in_process == wire

    def act(self, act: Callable[[Simulation], Any]) -> None:
        self.both(lambda face: face.act(act))

    @rule(numbers=SEVERAL, is_drill=st.booleans())
    def start(self, numbers: list[int], is_drill: bool) -> None:
        self.both(lambda face: face.outcome(face.start(face.server_ids(numbers), is_drill)))

    @rule(count=st.integers(1, SERVERS))
    def terminate(self, count: int) -> None:
        self.both(
            lambda face: (
                face.outcome(face.terminate(face.instance_ids(count))) if face.state.instances else ("", None)
            )
        )

    @rule(seconds=st.sampled_from([0.5, 2, 60, 200, 600]))
    def turn_the_clock(self, seconds: float) -> None:
        for face in self.faces:
            face.simulation.clock.advance(timedelta(seconds=seconds))

    @rule(operation=ACTING, action=FAULTS)
    def inject(self, operation: str, action: Action) -> None:
        for face in self.faces:
            face.simulation.faults.add(FaultRule(id=operation, operation=operation, action=action))

    @rule(number=NUMBERS, kind=st.sampled_from(list(LaunchFailure)))
    def fail_next_launch(self, number: int, kind: LaunchFailure) -> None:
        failure = PlannedFailure(kind=kind, raw_error=acts.RAW_ERRORS.get(kind))
        self.act(lambda simulation: acts.fail_next_launch(simulation, _server(simulation, number), failure))

    @rule(number=NUMBERS, state=st.sampled_from(list(ReplicationState)))
    def change_replication(self, number: int, state: ReplicationState) -> None:
        self.act(lambda simulation: acts.set_replication(simulation, _server(simulation, number), state))

    @rule(numbers=SEVERAL, is_drill=st.booleans())
    def foreign_job(self, numbers: list[int], is_drill: bool) -> None:
        self.act(
            lambda simulation: acts.start_foreign_job(
                simulation, [_server(simulation, number) for number in sorted({*numbers})], is_drill=is_drill
            )
        )

    @rule()
    def delete_newest_job(self) -> None:
        self.act(
            lambda simulation: acts.delete_job(simulation, list(simulation.state(TARGET, REGION).jobs)[-1])
        )

    @rule()
    def terminate_an_instance_behind_our_back(self) -> None:
        self.act(
            lambda simulation: acts.terminate_instance(
                simulation, next(iter(simulation.state(TARGET, REGION).instances))
            )
        )

    @rule(subject=st.sampled_from(list(Subject)), word=st.sampled_from(["FUTURE_WORD", None]))
    def say(self, subject: Subject, word: str | None) -> None:
        self.act(lambda simulation: simulation.words.tell(subject, word))

    @rule(jobs=LAGS, log=LAGS, status=LAGS, instances=LAGS, launches=LAGS)
    def change_lags(self, jobs: float, log: float, status: float, instances: float, launches: float) -> None:
        for face in self.faces:
            face.simulation.visibility_lag = VisibilityLag(
                describe_jobs_seconds=jobs,
                job_log_seconds=log,
                launch_status_seconds=status,
                recovery_instances_seconds=instances,
                last_launch_seconds=launches,
                instance_ids_in_jobs_seconds=instances,
            )

    @invariant()
    def both_show_the_same(self) -> None:
        self.both(lambda face: face.outcome(face.everything()))


def _server(simulation: Simulation, number: int) -> str:
    return str(list(simulation.state(TARGET, REGION).servers)[number])


TestFacesAgree = FacesAgree.TestCase
TestFacesAgree.settings = settings(
    max_examples=max(settings().max_examples // 5, 1),
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
)

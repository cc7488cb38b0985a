"""One suite on both faces: the core in-process, and boto3 over the wire. They must not drift apart."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsConflict,
    AwsNotFound,
    AwsRejected,
    OutcomeUnknown,
    Throttled,
)
from drs_desktop.domain.ids import AccountId, IntentId, RecoveryInstanceId, Region, Scope, SourceServerId
from drs_desktop.domain.job import InitiatedBy, JobStatus, JobType, LaunchStatus
from drs_desktop.domain.ports import AwsAccess, DrsActor, DrsReader
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.recovery_snapshot import SnapshotId
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.faults import (
    Action,
    DenyPermission,
    ErrorAnswer,
    FaultRule,
    ResetAfter,
    ResetBefore,
)
from drs_desktop.simulator.core.ids import IdFactory, source_server_id
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.gateway import SimulatedAwsAccess
from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.simulator_process import EXTERNAL_ID, OTHER, REGION, ROLE, TARGET, small_scenario

SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))
HUB_KEYS = HubKeys(access_key_id="AKIATESTHUB000000001", secret_access_key="not/a/secret/at/all")


@dataclass(kw_only=True)
class Face:
    """One way to reach a simulation through the ports."""

    access: AwsAccess
    simulation: Simulation
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    @property
    def reader(self) -> DrsReader:
        return self.access.reader(SCOPE)

    @property
    def actor(self) -> DrsActor:
        actor: DrsActor = self.run(self.access.actor(SCOPE, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")))
        return actor

    def start(self, *ids: SourceServerId, is_drill: bool = True, **tags: str) -> Any:
        request = StartRecoveryRequest(
            scope=SCOPE, source_server_ids=ids, is_drill=is_drill, tags=tuple(sorted(tags.items()))
        )
        return self.run(self.actor.start_recovery(request))

    def server_ids(self) -> list[SourceServerId]:
        servers = self.run(self.reader.describe_source_servers())
        return [one.key.source_server_id for one in servers]

    def advance(self, seconds: float) -> None:
        self.simulation.clock.advance(timedelta(seconds=seconds))

    def inject(self, operation: str, action: Action) -> None:
        self.simulation.faults.add(FaultRule(id="test", operation=operation, action=action))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop on which a test's calls run, one after the other."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture(params=["in-process", "wire"])
def face(request: pytest.FixtureRequest, loop: asyncio.AbstractEventLoop) -> Iterator[Face]:
    """Each face in turn, on the same scenario, the clock standing still."""
    scenario = parse_scenario(Path("test.yaml"), small_scenario(signing_window_seconds=60.0))
    if request.param == "in-process":
        simulation = build_simulation(scenario, clock=ServiceClock(scale=0))
        yield Face(access=SimulatedAwsAccess(simulation), simulation=simulation, run=loop.run_until_complete)
        return
    account = TargetAccount(
        account_id=SCOPE.account_id,
        name="target",
        role_arn=ROLE,
        external_id=EXTERNAL_ID,
        regions=(SCOPE.region,),
    )
    with SimulatorServer(scenario, speed=0) as server:
        access = BotoAwsAccess(
            accounts=[account],
            endpoint=Endpoint(fingerprint=server.instance_id, url=server.endpoint_url, is_simulated=True),
            operator="tests",
            clock=SystemClock(),
            hub_keys=HUB_KEYS,
        )
        try:
            yield Face(access=access, simulation=server.simulation, run=loop.run_until_complete)
        finally:
            access.close()


def test_source_servers_are_listed_or_chosen(face: Face) -> None:
    servers = face.run(face.reader.describe_source_servers())
    assert [(one.name, one.tag("Application"), one.lag) for one in servers] == [
        (name, "test", timedelta(0)) for name in ("srv-01", "srv-02", "srv-03")
    ]
    second = servers[1].key.source_server_id
    unknown = SourceServerId("s-00000000000000000")
    assert face.run(face.reader.describe_source_servers([second, unknown])) == (servers[1],)


def test_drill_from_start_to_termination(face: Face) -> None:
    ids = face.server_ids()
    job = face.start(*ids, wave="1")
    assert (job.job_type, job.initiated_by) == (JobType.LAUNCH, InitiatedBy.START_DRILL)
    assert (job.status, job.tags) == (JobStatus.PENDING, (("wave", "1"),))
    face.advance(600)
    (ended,) = face.run(face.reader.describe_jobs([job.job_id]))
    assert ended.status is JobStatus.COMPLETED
    assert {one.launch_status for one in ended.servers} == {LaunchStatus.LAUNCHED}
    log = face.run(face.reader.describe_job_log_items(job.job_id))
    assert (log[0].event, log[-1].event, len(log)) == ("JOB_START", "JOB_END", 20)
    instances = face.run(face.reader.describe_recovery_instances(ids))
    assert {(one.is_drill, one.job_id, one.ec2_state) for one in instances} == {
        (True, job.job_id, Ec2InstanceState.RUNNING)
    }
    assert {one.recovery_instance_id for one in instances} == {
        one.recovery_instance_id for one in ended.servers
    }
    wanted = [one.recovery_instance_id for one in instances]
    terminating = face.run(face.actor.terminate_recovery_instances(wanted))
    face.advance(600)
    assert face.run(face.reader.describe_recovery_instances(ids)) == ()
    jobs = face.run(face.reader.describe_jobs())
    assert [one.job_id for one in jobs] == [terminating.job_id, job.job_id]


def test_points_in_time_come_newest_first_and_one_of_them_can_be_started_from(face: Face) -> None:
    server_id = face.server_ids()[0]
    points = face.run(face.reader.describe_recovery_snapshots(server_id))
    times = [one.taken_at for one in points]
    assert times == sorted(times, reverse=True)
    assert len(points) > 6
    chosen = ((server_id, points[3].snapshot_id),)
    request = StartRecoveryRequest(
        scope=SCOPE, source_server_ids=(server_id,), is_drill=True, snapshots=chosen
    )
    job = face.run(face.actor.start_recovery(request))
    made = face.simulation.state(TARGET, REGION).jobs[job.job_id]
    assert [one.snapshot_id for one in made.participants.values()] == [points[3].snapshot_id]


def test_point_in_time_that_does_not_exist_is_rejected_and_starts_nothing(face: Face) -> None:
    server_id = face.server_ids()[0]
    gone = SnapshotId("pit-00000000000000000")
    request = StartRecoveryRequest(
        scope=SCOPE, source_server_ids=(server_id,), is_drill=True, snapshots=((server_id, gone),)
    )
    with pytest.raises(AwsRejected):
        face.run(face.actor.start_recovery(request))
    assert face.run(face.reader.describe_jobs()) == ()


def test_busy_server_is_a_conflict(face: Face) -> None:
    one, *_ = face.server_ids()
    face.start(one)
    with pytest.raises(AwsConflict, match="currently being processed by a Job"):
        face.start(one)


def test_unknown_ids_are_not_found(face: Face) -> None:
    with pytest.raises(AwsNotFound):
        face.start(SourceServerId("s-00000000000000000"))
    with pytest.raises(AwsNotFound):
        face.run(face.actor.terminate_recovery_instances([RecoveryInstanceId("i-00000000000000000")]))


def test_server_named_twice_is_rejected(face: Face) -> None:
    one, *_ = face.server_ids()
    with pytest.raises(AwsRejected):
        face.start(one, one)


def test_throttled_start_did_nothing(face: Face) -> None:
    one, *_ = face.server_ids()
    face.inject("StartRecovery", ErrorAnswer(code="ThrottlingException", status=429))
    with pytest.raises(Throttled):
        face.start(one)
    assert face.run(face.reader.describe_jobs()) == ()


def test_missing_permission_is_access_denied(face: Face) -> None:
    one, *_ = face.server_ids()
    face.inject("", DenyPermission(permission="drs:StartRecovery"))
    with pytest.raises(AccessDenied, match="drs:StartRecovery"):
        face.start(one)
    assert face.run(face.reader.describe_jobs()) == ()


def test_missing_forwarded_permission_fails_the_servers_without_a_word(face: Face) -> None:
    ids = face.server_ids()
    rule = FaultRule(id="test", action=DenyPermission(permission="ec2:CreateSnapshot"), times=0)
    face.simulation.faults.add(rule)
    job = face.start(*ids)
    face.advance(1.1)
    (ended,) = face.run(face.reader.describe_jobs([job.job_id]))
    assert ended.status is JobStatus.COMPLETED
    assert {one.launch_status for one in ended.servers} == {LaunchStatus.FAILED}
    log = face.run(face.reader.describe_job_log_items(job.job_id))
    assert {item.raw_error for item in log} == {None}


@pytest.mark.parametrize(("action", "jobs"), [(ResetBefore(), 0), (ResetAfter(), 1)])
def test_lost_answer_leaves_the_outcome_unknown(face: Face, action: Action, jobs: int) -> None:
    one, *_ = face.server_ids()
    face.inject("StartRecovery", action)
    with pytest.raises(OutcomeUnknown):
        face.start(one)
    assert len(face.run(face.reader.describe_jobs())) == jobs


def test_region_never_initialised_is_rejected() -> None:
    scenario = parse_scenario(Path("test.yaml"), small_scenario())
    simulation = build_simulation(scenario, clock=ServiceClock(scale=0))
    other = Scope(account_id=AccountId(OTHER), region=SCOPE.region)
    with pytest.raises(AwsRejected, match="not initialized"):
        asyncio.run(SimulatedAwsAccess(simulation).reader(other).describe_jobs())


def test_both_faces_tell_the_same_story() -> None:
    """Play one drill on each face with the same seed and compare every line of the log."""
    scenario = parse_scenario(Path("test.yaml"), small_scenario())
    stories = []
    with SimulatorServer(scenario, speed=0) as server:
        for simulation in (build_simulation(scenario, clock=ServiceClock(scale=0)), server.simulation):
            face = Face(access=SimulatedAwsAccess(simulation), simulation=simulation, run=asyncio.run)
            started = simulation.clock.now()
            job = face.start(*face.server_ids())
            face.advance(600)
            log = face.run(face.reader.describe_job_log_items(job.job_id))
            stories.append([(one.event, one.source_server_id, one.at - started) for one in log])
    assert stories[0] == stories[1]


def test_acts_of_a_scenario_happen_at_their_times_on_both_faces() -> None:
    ids = IdFactory(7)
    servers = [source_server_id(ids, TARGET, REGION, f"srv-0{number}") for number in (1, 2)]
    acts = [
        {"after_seconds": 200, "act": "delete_job", "job": ids.fresh("drsjob-")},
        {"after_seconds": 20, "act": "foreign_job", "servers": servers[:1], "is_drill": False},
        {"after_seconds": 90, "act": "foreign_job", "servers": servers[1:], "is_drill": True},
    ]
    scenario = parse_scenario(Path("test.yaml"), small_scenario(acts=acts))
    stories = []
    with SimulatorServer(scenario, speed=0) as server:
        for simulation in (build_simulation(scenario, clock=ServiceClock(scale=0)), server.simulation):
            face = Face(access=SimulatedAwsAccess(simulation), simulation=simulation, run=asyncio.run)
            began = simulation.clock.now()
            face.advance(700)
            (job,) = face.run(face.reader.describe_jobs())
            log = face.run(face.reader.describe_job_log_items(job.job_id))
            stories.append([(one.event, one.source_server_id, one.at - began) for one in log])
            assert (job.initiated_by, job.created_at - began) == (
                InitiatedBy.START_DRILL,
                timedelta(seconds=90),
            )
            launched = face.run(face.reader.describe_recovery_instances(servers))
            assert len(launched) == 2
    assert stories[0] == stories[1]

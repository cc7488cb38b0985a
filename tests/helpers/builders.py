"""Domain objects for tests, sensible by default; and executions led to where a test begins."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.commands import Command, Resume
from drs_desktop.domain.decider import decide
from drs_desktop.domain.due import effects_due
from drs_desktop.domain.effects import Effect, StartRecoveryPart
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import (
    Attempt,
    Execution,
    FrozenServer,
    FrozenWave,
    ServerLaunch,
    WaveExecution,
)
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    GroupId,
    IntentId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Region,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.job import (
    InitiatedBy,
    Job,
    JobLogItem,
    JobStatus,
    JobType,
    LaunchStatus,
    ParticipatingServer,
)
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_instance import Ec2InstanceState, RecoveryInstance
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot, SnapshotId
from drs_desktop.domain.source_server import DataReplicationState, SourceServer
from drs_desktop.domain.start_recovery import (
    AttemptKey,
    Baseline,
    ExecutionMode,
    PartKey,
    StartRecoveryRequest,
)
from drs_desktop.domain.times import Now

START = datetime.fromisoformat("2026-11-02T03:00:00+00:00")
ACCOUNT, OTHER_ACCOUNT = AccountId("012345678901"), AccountId("222222222222")
REGION, OTHER_REGION = Region("eu-central-1"), Region("eu-west-1")
SCOPE = Scope(account_id=ACCOUNT, region=REGION)
OTHER_SCOPE = Scope(account_id=OTHER_ACCOUNT, region=OTHER_REGION)
EXECUTION_ID = ExecutionId("test-01J9Z3NDEKTSV4RRFFQ69G5FAV")
HORIZON = timedelta(minutes=17)
ARM_SPAN = timedelta(seconds=30)


# ---- what AWS has


def a_key(number: int = 1, scope: Scope = SCOPE) -> ServerKey:
    server_id = SourceServerId(f"s-{number:017}")
    return ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=server_id)


def a_server(number: int = 1, scope: Scope = SCOPE, **changes: Any) -> SourceServer:
    """Return a source server in continuous replication."""
    key = a_key(number, scope)
    server = SourceServer(
        key=key,
        arn=f"arn:aws:drs:{key.region}:{key.account_id}:source-server/{key.source_server_id}",
        name=f"srv-{number}",
        replication_state=DataReplicationState.CONTINUOUS,
    )
    return replace(server, **changes)


def a_job(
    keys: Iterable[ServerKey] = (),
    status: JobStatus = JobStatus.STARTED,
    word: LaunchStatus = LaunchStatus.PENDING,
    **changes: Any,
) -> Job:
    """Return a drill's job whose servers all have the same launch status."""
    participants = tuple(
        ParticipatingServer(source_server_id=key.source_server_id, launch_status=word) for key in keys
    )
    job = Job(
        job_id=JobId("drsjob-1"),
        job_type=JobType.LAUNCH,
        initiated_by=InitiatedBy.START_DRILL,
        status=status,
        created_at=START,
        ended_at=START + timedelta(minutes=10) if status is JobStatus.COMPLETED else None,
        servers=participants,
    )
    return replace(job, **changes)


def a_log_item(event: str, key: ServerKey | None = None, **changes: Any) -> JobLogItem:
    item = JobLogItem(at=START, event=event, source_server_id=key.source_server_id if key else None)
    return replace(item, **changes)


def an_instance(key: ServerKey, job_id: str = "drsjob-1", **changes: Any) -> RecoveryInstance:
    """Return a running drill instance."""
    instance = RecoveryInstance(
        recovery_instance_id=RecoveryInstanceId("i-" + key.source_server_id.removeprefix("s-")),
        server=key,
        job_id=JobId(job_id),
        is_drill=True,
        ec2_state=Ec2InstanceState.RUNNING,
    )
    return replace(instance, **changes)


def a_snapshot(key: ServerKey, taken_at: datetime | None = START, **changes: Any) -> RecoverySnapshot:
    """Return a point in time whose id tells its moment."""
    stamp = f"{taken_at:%d%H%M}" if taken_at else "unready"
    snapshot_id = SnapshotId(f"pit-{key.source_server_id[-6:]}-{stamp}")
    return replace(RecoverySnapshot(snapshot_id=snapshot_id, server=key, taken_at=taken_at), **changes)


# ---- what a workspace has


def an_account(scope: Scope = SCOPE, **changes: Any) -> TargetAccount:
    account = TargetAccount(
        account_id=scope.account_id,
        name=f"account-{scope.account_id[-1]}",
        role_arn=f"arn:aws:iam::{scope.account_id}:role/Target",
        regions=(scope.region,),
    )
    return replace(account, **changes)


def a_group(number: int = 1, keys: Sequence[ServerKey] = (), **changes: Any) -> ProtectionGroup:
    """Return a group that lists its servers."""
    group = ProtectionGroup(
        group_id=GroupId(f"group-{number}"),
        name=f"Group {number}",
        selection=SelectionKind.LIST,
        scopes=tuple(sorted({key.scope for key in keys})) or (SCOPE,),
        server_keys=tuple(keys),
    )
    return replace(group, **changes)


def a_plan(waves: int | Sequence[Wave] = 2, **changes: Any) -> RecoveryPlan:
    """Return a plan; a number of waves gives each of them the group of its number."""
    chosen = tuple(a_plan_wave(n) for n in range(1, waves + 1)) if isinstance(waves, int) else tuple(waves)
    return replace(RecoveryPlan(plan_id=PlanId("plan-1"), name="payroll", waves=chosen), **changes)


def a_plan_wave(number: int = 1, **changes: Any) -> Wave:
    wave = Wave(number=number, name=f"Wave {number}", group_ids=(GroupId(f"group-{number}"),))
    return replace(wave, **changes)


# ---- an execution's first event


def a_frozen_wave(
    number: int = 1, keys: Sequence[ServerKey] | None = None, optional: int = 0, **changes: Any
) -> FrozenWave:
    """Return a wave that follows the one before it, and whose failure stops nothing and asks nobody.

    Args:
        keys: its servers; one server with the wave's number when absent.
        optional: how many of them, from the end, are optional.
    """
    keys = (a_key(number),) if keys is None else keys
    critical = len(keys) - optional
    wave = FrozenWave(
        number=number,
        name=f"Wave {number}",
        depends_on=(number - 1,) if number > 1 else (),
        pause_before=False,
        instruction="",
        failure_policy=FailurePolicy.CONTINUE,
        servers=tuple(
            FrozenServer(
                key=key,
                name=f"srv-{int(key.source_server_id.removeprefix('s-'))}",
                is_critical=index < critical,
                group_name=f"Group {number}",
            )
            for index, key in enumerate(keys)
        ),
    )
    return replace(wave, **changes)


def a_creation(waves: int | Sequence[FrozenWave] = 2, **changes: Any) -> ev.ExecutionCreated:
    """Return the first event of an execution."""
    chosen = tuple(a_frozen_wave(n) for n in range(1, waves + 1)) if isinstance(waves, int) else tuple(waves)
    created = ev.ExecutionCreated(
        at=START,
        execution_id=EXECUTION_ID,
        plan_id=PlanId("plan-1"),
        plan_name="payroll",
        plan_revision=3,
        mode=ExecutionMode.DRILL,
        endpoint_fingerprint="aws",
        created_by="anna",
        waves=chosen,
    )
    return replace(created, **changes)


def an_execution(
    waves: int | Sequence[FrozenWave] = 2, events: Iterable[ev.Event] = (), **changes: Any
) -> Execution:
    """Return an execution as just created, or as it is after more events."""
    state = fold((a_creation(waves, **changes), *events))
    assert state is not None
    return state


# ---- a person's and AWS's side of an execution, played step by step


class Play:
    """An execution that a test leads on: it decides and folds as the runner does, and keeps every event.

    Attributes:
        now: both clocks; `pass_time` turns them.
    """

    def __init__(
        self, waves: int | Sequence[FrozenWave] = 2, *, begin: bool = True, epoch: int = 1, **changes: Any
    ) -> None:
        created = a_creation(waves, **changes)
        self.events: list[ev.Event] = [created]
        self.state = an_execution(waves, **changes)
        self.now = Now(service=START, local=START)
        if begin:
            self.give(inputs.DriverTookSeat(epoch=epoch, by="anna", decided=True))

    # the loop

    def give(self, given: inputs.Input) -> tuple[ev.Event, ...]:
        """Decide on an input, fold what follows, and return it."""
        events = decide(self.state, given, self.now)
        after = fold(events, self.state)
        assert after is not None
        self.state = after
        self.events += events
        return events

    def say(self, command: Command, by: str = "anna") -> tuple[ev.Event, ...]:
        """Give an operator's command."""
        return self.give(inputs.OperatorSaid(command=command, by=by))

    def pass_time(self, span: timedelta) -> None:
        """Turn both clocks; nothing is decided by that alone."""
        self.now = Now(service=self.now.service + span, local=self.now.local + span)

    def restart(self, *, decided: bool = False, by: str = "anna") -> tuple[ev.Event, ...]:
        """Have another process take the seat."""
        epoch = self.state.driver_epoch + 1
        return self.give(inputs.DriverTookSeat(epoch=epoch, by=by, decided=decided))

    # looking

    @property
    def due(self) -> tuple[Effect, ...]:
        return effects_due(self.state)

    def wave(self, number: int = 1) -> WaveExecution:
        return self.state.wave(number)

    def part(self, wave: int = 1, index: int = 0) -> PartKey:
        return self.wave(wave).parts[index].key

    def latest(self, wave: int = 1, index: int = 0) -> Attempt:
        """Return the newest attempt of a part; there must be one."""
        found = self.wave(wave).latest_attempt(self.part(wave, index))
        assert found is not None
        return found

    def server(self, number: int = 1, scope: Scope = SCOPE) -> ServerLaunch:
        key = a_key(number, scope)
        return next(server for server in self.state.servers if server.key == key)

    # the start protocol

    def arm(self, wave: int = 1, index: int = 0, **changes: Any) -> AttemptKey:
        """Commit the intent of the part's next attempt."""
        part = self.wave(wave).parts[index]
        before = self.wave(wave).latest_attempt(part.key)
        key = AttemptKey(part=part.key, attempt=before.key.attempt + 1 if before else 1)
        servers = self._due_servers(key) or part.servers
        given = inputs.StartPrepared(
            key=key,
            intent_id=IntentId(f"intent-{wave}-{index}-{key.attempt}"),
            request=StartRecoveryRequest(
                scope=part.key.scope,
                source_server_ids=tuple(server.source_server_id for server in servers),
                is_drill=self.state.mode.is_drill,
            ),
            baseline=Baseline(job_ids=()),
            not_after=self.now.local + ARM_SPAN,
            horizon_at=self.now.local + ARM_SPAN + HORIZON,
        )
        self.give(replace(given, **changes))
        return key

    def _due_servers(self, key: AttemptKey) -> tuple[ServerKey, ...]:
        """Return what an attempt starts: a retry starts only some of its part."""
        due = [e.servers for e in self.due if isinstance(e, StartRecoveryPart) and e.key == key]
        return due[0] if due else ()

    def job_of(self, wave: int = 1, index: int = 0, **changes: Any) -> Job:
        """Return the job that AWS makes for a part, as the last word about it has it."""
        part = self.wave(wave).parts[index]
        initiated_by = InitiatedBy.START_DRILL if self.state.mode.is_drill else InitiatedBy.START_RECOVERY
        job_id = JobId(f"drsjob-{wave}-{index}")
        latest = self.wave(wave).latest_attempt(part.key)
        meant = latest.source_server_ids if latest else ()
        keys = [key for key in part.servers if key.source_server_id in meant] or part.servers
        return replace(a_job(keys, job_id=job_id, initiated_by=initiated_by), **changes)

    def accept(self, wave: int = 1, index: int = 0, **changes: Any) -> AttemptKey:
        """Arm a part's next attempt and have AWS accept it."""
        key = self.arm(wave, index)
        job = self.job_of(wave, index, **changes)
        self.give(inputs.StartWasAccepted(key=key, job=job, evidence="the answer of StartRecovery"))
        return key

    def doubt(self, wave: int = 1, index: int = 0, **changes: Any) -> AttemptKey:
        """Arm a part's next attempt and lose the answer."""
        key = self.arm(wave, index, **changes)
        self.give(inputs.StartIsUnknown(key=key, reason="The connection was reset."))
        return key

    def ask(self, wave: int = 1, index: int = 0, candidates: Sequence[str] = ()) -> AttemptKey:
        """Lead a part's next attempt to where only a person can settle it."""
        key = self.doubt(wave, index)
        ids = tuple(JobId(candidate) for candidate in candidates)
        self.give(inputs.StartIsUndecidable(key=key, candidates=ids, reason="No tags."))
        return key

    # jobs and instances

    def see_job(
        self, wave: int = 1, index: int = 0, log: Sequence[JobLogItem] = (), **changes: Any
    ) -> tuple[ev.Event, ...]:
        """Show the job of a part, changed as said."""
        job = self.job_of(wave, index, **changes)
        return self.give(
            inputs.JobSeen(
                key=self.latest(wave, index).key,
                job=job,
                new_log_items=tuple(log),
                is_log_complete=job.status is JobStatus.COMPLETED,
            )
        )

    def end_job(
        self, wave: int = 1, index: int = 0, failed: Sequence[int] = (), scope: Scope = SCOPE
    ) -> tuple[ev.Event, ...]:
        """Show the job ended, every server launched but the failed ones."""
        bad = {a_key(number, scope).source_server_id for number in failed}
        servers = tuple(
            ParticipatingServer(
                source_server_id=key.source_server_id,
                launch_status=LaunchStatus.FAILED if key.source_server_id in bad else LaunchStatus.LAUNCHED,
            )
            for key in self.wave(wave).parts[index].servers
        )
        return self.see_job(
            wave, index, status=JobStatus.COMPLETED, ended_at=self.now.service, servers=servers
        )

    def see_instances(self, wave: int = 1, scope: Scope = SCOPE, **changes: Any) -> tuple[ev.Event, ...]:
        """Show a running instance of every launched server of a wave, changed as said."""
        instances = tuple(
            an_instance(server.key, str(server.job_id), **{"is_drill": self.state.mode.is_drill, **changes})
            for server in self.wave(wave).servers.values()
            if server.is_launched and server.key.scope == scope
        )
        return self.give(inputs.InstancesSeen(wave=wave, scope=scope, instances=instances))

    def run_wave(self, wave: int = 1, failed: Sequence[int] = ()) -> None:
        """Play a wave from its first call to its end."""
        parts = self.wave(wave).parts
        for index, part in enumerate(parts):
            self.accept(wave, index)
            self.end_job(wave, index, failed=failed, scope=part.key.scope)
        for scope in sorted({part.key.scope for part in parts}):
            self.see_instances(wave, scope)

    def run_to_the_end(self, failed: Sequence[int] = ()) -> None:
        """Play every wave that starts by itself; a failure that is asked about is accepted."""
        while waves := [wave for wave in self.state.waves if wave.is_in_flight]:
            if waves[0].hold:
                self.say(Resume(wave=waves[0].number, reason="accepted"))
            else:
                self.run_wave(waves[0].number, failed)

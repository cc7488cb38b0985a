"""The in-process face: the core behind the ports `AwsAccess`, `DrsReader` and `DrsActor`.

Nothing here waits: time passes when the caller turns the simulation's clock. Of the faults, errors, resets
and the proxy's page act as they do on the wire; a delay or a held answer means nothing without real time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from drs_desktop.domain import job as domain_job
from drs_desktop.domain import recovery_instance as domain_instance
from drs_desktop.domain import recovery_snapshot as domain_snapshot
from drs_desktop.domain import source_server as domain_server
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsConflict,
    AwsError,
    AwsNotFound,
    AwsQuotaExceeded,
    AwsRejected,
    AwsUnreachable,
    CallNotSent,
    OutcomeUnknown,
    SignInNeeded,
    Throttled,
)
from drs_desktop.domain.ids import IntentId, JobId, RecoveryInstanceId, Scope, SourceServerId
from drs_desktop.domain.ports import Fence, no_fence
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator import gateway_mapping
from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.faults import ArrivingCall, ErrorAnswer, Html503, ResetAfter, ResetBefore
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.launching import StartRecovery, refuse_duplicates, start_recovery
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.terminating import terminate_recovery_instances
from drs_desktop.simulator.core.views import View

T = TypeVar("T")

_BY_CODE: dict[str, type[AwsError]] = {
    "ConflictException": AwsConflict,
    "ServiceQuotaExceededException": AwsQuotaExceeded,
    "ResourceNotFoundException": AwsNotFound,
    "ThrottlingException": Throttled,
    "AccessDeniedException": AccessDenied,
    "ExpiredTokenException": SignInNeeded,
    "UnrecognizedClientException": SignInNeeded,
}


class SimulatedAwsAccess:
    """Readers and actors for every account of a simulation (port `AwsAccess`)."""

    def __init__(self, simulation: Simulation) -> None:
        """Give access to this simulation."""
        self._simulation = simulation

    def reader(self, scope: Scope) -> "SimulatedDrs":
        """Return the reader of an account and Region."""
        return SimulatedDrs(self._simulation, scope)

    async def actor(self, scope: Scope, intent_id: IntentId) -> "SimulatedDrs":
        """Return an actor; an account that the scenario does not have denies the role."""
        if scope.account_id not in {account.id for account in self._simulation.accounts}:
            raise AccessDenied(
                f"AssumeRole in {scope}: the role does not exist or does not trust the caller.",
                operation="AssumeRole",
                scope=scope,
                code="AccessDenied",
            )
        return SimulatedDrs(self._simulation, scope)


class SimulatedDrs:
    """DRS in one account and Region, for reading and acting (ports `DrsReader` and `DrsActor`)."""

    def __init__(self, simulation: Simulation, scope: Scope) -> None:
        """Bind to an account and Region."""
        self._simulation = simulation
        self._scope = scope

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[domain_server.SourceServer, ...]:
        """Return all source servers, or those of the given ids that exist."""

        def read(state: RegionState) -> tuple[domain_server.SourceServer, ...]:
            view = View(self._simulation, state)
            chosen = [view.server(one) for one in state.servers.values() if _is_chosen(one.id, server_ids)]
            return tuple(gateway_mapping.source_server(one, self._scope, view.now) for one in chosen)

        return self._read("DescribeSourceServers", read)

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[domain_job.Job, ...]:
        """Return all visible jobs, newest first, or those of the given ids."""

        def read(state: RegionState) -> tuple[domain_job.Job, ...]:
            view = View(self._simulation, state)
            return tuple(
                gateway_mapping.job(view.job(job)) for job in view.jobs() if _is_chosen(job.id, job_ids)
            )

        return self._read("DescribeJobs", read)

    async def describe_job_log_items(self, job_id: JobId) -> tuple[domain_job.JobLogItem, ...]:
        """Return a job's log in order of time; an unknown job has none."""

        def read(state: RegionState) -> tuple[domain_job.JobLogItem, ...]:
            log = View(self._simulation, state).log(job_id)
            return tuple(gateway_mapping.job_log_item(item) for item in log)

        return self._read("DescribeJobLogItems", read)

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[domain_instance.RecoveryInstance, ...]:
        """Return the recovery instances of the given source servers."""

        def read(state: RegionState) -> tuple[domain_instance.RecoveryInstance, ...]:
            view = View(self._simulation, state)
            return tuple(
                gateway_mapping.recovery_instance(view.instance(one), self._scope)
                for one in view.instances()
                if one.source_server_id in server_ids
            )

        return self._read("DescribeRecoveryInstances", read)

    async def describe_recovery_snapshots(
        self, server_id: SourceServerId
    ) -> tuple[domain_snapshot.RecoverySnapshot, ...]:
        """Return the points in time of a server, newest first."""

        def read(state: RegionState) -> tuple[domain_snapshot.RecoverySnapshot, ...]:
            found = View(self._simulation, state).snapshots(state.server(server_id))
            return tuple(gateway_mapping.recovery_snapshot(one, self._scope) for one in found[::-1])

        return self._read("DescribeRecoverySnapshots", read)

    async def describe_instance_checks(
        self, instance_ids: Sequence[RecoveryInstanceId]
    ) -> Mapping[RecoveryInstanceId, str]:
        """Return the status checks of these instances: ok once they run."""

        def read(state: RegionState) -> dict[RecoveryInstanceId, str]:
            compute = self._simulation.compute
            states = {one: compute.state(state.account_id, state.region, one) for one in instance_ids}
            running = {one for one, word in states.items() if str(word).lower() == "running"}
            return {one: compute.status_word(one) if one in running else "initializing" for one in states}

        return self._read("DescribeInstanceStatus", read)

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> domain_job.Job:
        """Start a drill or a recovery and return the job."""
        if reason := fence():
            raise CallNotSent(reason, operation="StartRecovery")
        ids = list(request.source_server_ids)
        tags = dict(request.tags)

        def act(state: RegionState) -> domain_job.Job:
            refuse_duplicates([str(one) for one in ids], "sourceServers")
            points = {str(server): str(point) for server, point in request.snapshots}
            chosen = {str(server): points.get(server) for server in ids}
            wanted = StartRecovery(snapshot_ids=chosen, is_drill=request.is_drill, tags=tags)
            return self._answer(state, start_recovery(self._simulation, state, wanted))

        return self._act("StartRecovery", act, tags)

    async def terminate_recovery_instances(
        self, instance_ids: Sequence[RecoveryInstanceId]
    ) -> domain_job.Job:
        """Terminate recovery instances and return the job."""

        def act(state: RegionState) -> domain_job.Job:
            refuse_duplicates([str(one) for one in instance_ids], "recoveryInstanceIDs")
            return self._answer(state, terminate_recovery_instances(self._simulation, state, instance_ids))

        return self._act("TerminateRecoveryInstances", act, {})

    def _answer(self, state: RegionState, job: Job) -> domain_job.Job:
        return gateway_mapping.job(View(self._simulation, state).job(job, is_answer=True))

    def _read(self, operation: str, read: Callable[[RegionState], T]) -> T:
        with self._call(operation, {}, AwsUnreachable) as state:
            return read(state)

    def _act(self, operation: str, act: Callable[[RegionState], T], tags: Mapping[str, str]) -> T:
        with self._call(operation, tags, OutcomeUnknown) as state:
            return act(state)

    @contextmanager
    def _call(self, operation: str, tags: Mapping[str, str], lost: type[AwsError]) -> Iterator[RegionState]:
        """Answer one call: faults before it, the core's errors as the domain's, faults after it."""
        simulation, scope = self._simulation, self._scope
        fault = simulation.faults.meet(
            ArrivingCall(
                service="drs",
                operation=operation,
                account_id=scope.account_id,
                region=scope.region,
                tags=tags,
            )
        )
        action = fault.rule.action if fault else None
        if isinstance(action, ErrorAnswer):
            kind = lost if action.status >= 500 else _BY_CODE.get(action.code, AwsRejected)
            raise self._error(kind, operation, action.code, action.message)
        if simulation.faults.denies(f"drs:{operation}", scope.account_id, scope.region):
            text = f"The caller is not authorized to perform: drs:{operation}"
            raise self._error(AccessDenied, operation, "AccessDeniedException", text)
        if isinstance(action, Html503):
            raise self._error(lost, operation, "503", "a proxy answered in the place of AWS")
        if isinstance(action, ResetBefore):
            raise self._error(lost, operation, "ConnectionClosedError", "the connection broke")
        with simulation.lock:
            simulation.settle()
            state = simulation.state(scope.account_id, scope.region)
            try:
                state.require_initialized()
                yield state
            except DrsError as error:
                kind = _BY_CODE.get(error.code, AwsRejected)
                raise self._error(kind, operation, error.code, error.message) from None
        if isinstance(action, ResetAfter):
            raise self._error(lost, operation, "ConnectionClosedError", "the connection broke")

    def _error(self, kind: type[AwsError], operation: str, code: str, text: str) -> AwsError:
        return kind(
            f"{operation} in {self._scope}: {text}", operation=operation, scope=self._scope, code=code
        )


def _is_chosen(one: str, chosen: Sequence[str] | None) -> bool:
    return chosen is None or one in chosen

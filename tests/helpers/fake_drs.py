"""An AWS behind the ports that does as it is told and remembers what it was asked."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from drs_desktop.domain.errors import (
    AwsError,
)
from drs_desktop.domain.ids import (
    IntentId,
    JobId,
    RecoveryInstanceId,
    Scope,
    SourceServerId,
)
from drs_desktop.domain.job import Job, JobLogItem
from drs_desktop.domain.ports import Fence, no_fence
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import StartRecoveryRequest


@dataclass(frozen=True, kw_only=True)
class FakeCall:
    """One call that reached the fake AWS."""

    operation: str
    scope: Scope
    intent_id: IntentId | None = None
    request: object = None


class FakeDrs:
    """DRS in one account and Region: says what the test put here, and fails where the test says so.

    Attributes:
        errors: by operation, such as `DescribeJobs`: raised at each such call until taken out.
        answers: what the next mutating calls give, in order; an exception is raised. None: it fails.
        gates: by operation: the call waits for this event before it answers.
    """

    def __init__(self, scope: Scope, calls: list[FakeCall]) -> None:
        self.scope = scope
        self.calls = calls
        self.servers: list[SourceServer] = []
        self.jobs: dict[JobId, Job] = {}
        self.logs: dict[JobId, tuple[JobLogItem, ...]] = {}
        self.instances: list[RecoveryInstance] = []
        self.snapshots: list[RecoverySnapshot] = []
        self.errors: dict[str, Exception] = {}
        self.answers: deque[Job | Exception] = deque()
        self.gates: dict[str, asyncio.Event] = {}

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]:
        await self._arrive("DescribeSourceServers", server_ids)
        return tuple(s for s in self.servers if server_ids is None or s.key.source_server_id in server_ids)

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]:
        await self._arrive("DescribeJobs", job_ids)
        return tuple(j for j in self.jobs.values() if job_ids is None or j.job_id in job_ids)

    async def describe_job_log_items(self, job_id: JobId) -> tuple[JobLogItem, ...]:
        await self._arrive("DescribeJobLogItems", job_id)
        return self.logs.get(job_id, ())

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]:
        await self._arrive("DescribeRecoveryInstances", server_ids)
        return tuple(i for i in self.instances if i.server.source_server_id in server_ids)

    async def describe_recovery_snapshots(self, server_id: SourceServerId) -> tuple[RecoverySnapshot, ...]:
        await self._arrive("DescribeRecoverySnapshots", server_id)
        return tuple(s for s in self.snapshots if s.server.source_server_id == server_id)

    async def _arrive(self, operation: str, request: object, intent_id: IntentId | None = None) -> None:
        self.calls.append(
            FakeCall(operation=operation, scope=self.scope, intent_id=intent_id, request=request)
        )
        if gate := self.gates.get(operation):
            await gate.wait()
        await asyncio.sleep(0)
        if error := self.errors.get(operation):
            raise error

    async def act(self, operation: str, request: object, intent_id: IntentId) -> Job:
        """Give the next prepared answer to a mutating call; a job that it names exists from then on."""
        await self._arrive(operation, request, intent_id)
        assert self.answers, f"{operation} came without an answer prepared for it: {request}"
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        self.jobs[answer.job_id] = answer
        return answer


class FakeActor:
    """What one attempt acts with (port `DrsActor`)."""

    def __init__(self, drs: FakeDrs, intent_id: IntentId) -> None:
        self._drs, self._intent_id = drs, intent_id

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Job:
        return await self._drs.act("StartRecovery", request, self._intent_id)

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Job:
        return await self._drs.act("TerminateRecoveryInstances", tuple(instance_ids), self._intent_id)


class FakeAws:
    """Readers and actors over one FakeDrs per account and Region (port `AwsAccess`)."""

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.role_error: AwsError | None = None
        self._drs: dict[Scope, FakeDrs] = {}

    def drs(self, scope: Scope) -> FakeDrs:
        """Return what stands for DRS there, for the test to fill."""
        if scope not in self._drs:
            self._drs[scope] = FakeDrs(scope, self.calls)
        return self._drs[scope]

    def operations(self, *names: str) -> tuple[str, ...]:
        """Return the operations called so far, in order; with names, only those."""
        return tuple(c.operation for c in self.calls if not names or c.operation in names)

    @property
    def mutating_calls(self) -> tuple[FakeCall, ...]:
        return tuple(c for c in self.calls if not c.operation.startswith(("Describe", "AssumeRole")))

    def reader(self, scope: Scope) -> FakeDrs:
        return self.drs(scope)

    async def actor(self, scope: Scope, intent_id: IntentId) -> FakeActor:
        self.calls.append(FakeCall(operation="AssumeRole", scope=scope, intent_id=intent_id))
        await asyncio.sleep(0)
        if self.role_error:
            raise self.role_error
        return FakeActor(self.drs(scope), intent_id)

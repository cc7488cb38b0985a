"""One source server, whole: replication, points in time, where it would land, what it was part of."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from drs_desktop.domain.compute_facts import ComputeAccess, ComputeFacts
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.execution import Execution, ExecutionStatus, Health
from drs_desktop.domain.ids import ExecutionId, JobId, RecoveryInstanceId, ServerKey
from drs_desktop.domain.inventory_ports import ServerHistory
from drs_desktop.domain.job import InitiatedBy, Job, JobStatus, JobType, LaunchStatus
from drs_desktop.domain.landing import Landing, landings
from drs_desktop.domain.ports import AwsAccess
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status
from drs_desktop.engine.states import StateCache
from drs_desktop.services.views import ScopeState, SourceServerRow

MOST_EXECUTIONS = 20
"""How many of the newest executions of a server are told."""

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class ServerJobRow:
    """A job of AWS that the server was part of, whoever started it."""

    job_id: JobId
    job_type: JobType
    initiated_by: InitiatedBy
    status: JobStatus
    launch_status: LaunchStatus
    created_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ServerExecutionRow:
    """An execution of ours that the server was part of."""

    execution_id: ExecutionId
    plan_name: str
    mode: ExecutionMode
    status: ExecutionStatus
    wave: int
    created_at: datetime
    launch_status: LaunchStatus | None
    health: Health
    recovery_instance_id: RecoveryInstanceId | None


@dataclass(frozen=True, kw_only=True)
class ServerDetail:
    """Everything known of one source server.

    Attributes:
        server: as AWS tells it now, or else as it was last read; `state` says which and when.
        points: the points in time it can be launched from, newest first; None when they could not be read.
        launch: with what and where it would be launched now; None when that could not be read.
        jobs: newest first; None when they could not be read.
        problems: what could not be read, a sentence each.
    """

    row: SourceServerRow
    server: SourceServer
    state: ScopeState
    points: tuple[RecoverySnapshot, ...] | None = None
    launch: Landing | None = None
    jobs: tuple[ServerJobRow, ...] | None = None
    executions: tuple[ServerExecutionRow, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServerParts:
    """What is read for one server alone; `server` is None where it could not be read, or is not there."""

    server: SourceServer | None
    points: tuple[RecoverySnapshot, ...] | None
    launch: Landing | None
    jobs: tuple[ServerJobRow, ...] | None
    executions: tuple[ServerExecutionRow, ...]
    problems: tuple[str, ...]


class ServerReader:
    """Reads the parts side by side; one that fails hides no other."""

    def __init__(
        self, aws: AwsAccess, compute: ComputeAccess, history: ServerHistory, states: StateCache
    ) -> None:
        self._aws = aws
        self._compute = compute
        self._history = history
        self._states = states

    async def read(self, known: SourceServer) -> ServerParts:
        """Read what there is to know of a server now; `known` is how it was last seen."""
        key = known.key
        tried = (
            _tried("It could not be read anew", self._server(key)),
            _tried("Its points in time could not be read", self._points(key)),
            _tried("Its launch settings could not be read", self._launch(known)),
            _tried("The jobs of AWS could not be read", self._jobs(key)),
            _tried("Its history here could not be read", self._executions(key)),
        )
        (server, a), (points, b), (launch, c), (jobs, d), (executions, e) = await asyncio.gather(*tried)
        problems = [text for text in (a, b, c, d, e) if text]
        if server is None and not a:
            problems.append(f"DRS has no source server {key.source_server_id} there any more.")
        return ServerParts(
            server=server,
            points=points,
            launch=launch,
            jobs=jobs,
            executions=executions or (),
            problems=tuple(problems),
        )

    async def _server(self, key: ServerKey) -> SourceServer | None:
        found = await self._aws.reader(key.scope).describe_source_servers([key.source_server_id])
        return next((server for server in found if server.key == key), None)

    async def _points(self, key: ServerKey) -> tuple[RecoverySnapshot, ...]:
        found = await self._aws.reader(key.scope).describe_recovery_snapshots(key.source_server_id)
        usable = ((point.taken_at, point) for point in found if point.taken_at is not None)
        return tuple(point for _, point in sorted(usable, key=lambda one: one[0], reverse=True))

    async def _launch(self, server: SourceServer) -> Landing:
        scope = server.key.scope
        compute = self._compute.compute(scope)
        configuration = await compute.launch_configuration(server.key.source_server_id)
        templates = await compute.default_templates()
        template = templates.get(configuration.template_id)
        facts = ComputeFacts(
            scope=scope,
            settings={server.key: configuration},
            templates=templates,
            subnets=await compute.subnets([template.subnet_id] if template and template.subnet_id else []),
        )
        return landings(facts, [server])[0]

    async def _jobs(self, key: ServerKey) -> tuple[ServerJobRow, ...]:
        jobs = await self._aws.reader(key.scope).describe_jobs()
        return tuple(row for job in jobs for row in _job_rows(job, key))

    async def _executions(self, key: ServerKey) -> tuple[ServerExecutionRow, ...]:
        ids = await self._history.executions_of(key, MOST_EXECUTIONS)
        states = [await self._states.get(execution_id) for execution_id in ids]
        return tuple(row for state in states for row in _execution_rows(state, key))


async def _tried(what: str, read: Awaitable[_T]) -> tuple[_T | None, str]:
    """Return what was read, or a sentence about why it could not be."""
    try:
        return await read, ""
    except DrsDesktopError as error:
        return None, f"{what}: {error}"


def _job_rows(job: Job, key: ServerKey) -> list[ServerJobRow]:
    return [
        ServerJobRow(
            job_id=job.job_id,
            job_type=job.job_type,
            initiated_by=job.initiated_by,
            status=job.status,
            launch_status=one.launch_status,
            created_at=job.created_at,
            ended_at=job.ended_at,
        )
        for one in job.servers
        if one.source_server_id == key.source_server_id
    ]


def _execution_rows(state: Execution, key: ServerKey) -> list[ServerExecutionRow]:
    return [
        ServerExecutionRow(
            execution_id=state.execution_id,
            plan_name=state.plan_name,
            mode=state.mode,
            status=execution_status(state).status,
            wave=wave.number,
            created_at=state.created_at,
            launch_status=server.launch_status,
            health=server.health,
            recovery_instance_id=server.recovery_instance_id,
        )
        for wave in state.waves
        for server in [wave.servers.get(key)]
        if server is not None
    ]

"""One async method per DRS call, run on a bounded pool of threads."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from drs_desktop.aws import drs_mapping
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.errors import (
    CallPlace,
    is_expired,
    mutation_error,
    outcome_unknown,
    read_error,
    unreadable_answer,
)
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import AwsError, CallNotSent
from drs_desktop.domain.ids import JobId, RecoveryInstanceId, Region, Scope, SourceServerId
from drs_desktop.domain.job import Job, JobLogItem
from drs_desktop.domain.ports import Fence, no_fence
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import StartRecoveryRequest

PAGE_SIZE = 200
IDS_PER_CALL = 200
"""Enough for every filter: DRS allows 200 ids in most, 1000 in DescribeJobs."""
INSTANCES_PER_CALL = 100
"""As many instance ids as one DescribeInstanceStatus takes."""

T = TypeVar("T")


class BotoDrsReader:
    """Reads of one account and Region; every list is complete, or an error is raised."""

    def __init__(self, account: TargetAccount, region: Region, clients: AwsClients, pool: Executor) -> None:
        """Bind the reader to its place; no client is made before the first call."""
        self._account = account
        self._scope = Scope(account_id=account.account_id, region=region)
        self._clients = clients
        self._pool = pool

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]:
        """Return all source servers, or those of the given ids that exist."""
        requests = _filters("sourceServerIDs", server_ids)
        shapes = await self._read("DescribeSourceServers", requests, through=self._account.as_source)
        servers = (drs_mapping.source_server(shape, self._scope) for shape in shapes)
        return tuple({server.key: server for server in servers}.values())

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]:
        """Return all jobs, newest first, or those of the given ids that AWS still knows."""
        shapes = await self._read("DescribeJobs", _filters("jobIDs", job_ids))
        # A job may stand on two pages when a new one pushes it on; it is still one job.
        return tuple({job.job_id: job for job in map(drs_mapping.job, shapes)}.values())

    async def describe_job_log_items(self, job_id: JobId) -> tuple[JobLogItem, ...]:
        """Return a job's whole log, oldest line first."""
        shapes = await self._read("DescribeJobLogItems", [{"jobID": job_id}])
        return tuple(map(drs_mapping.job_log_item, shapes))

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]:
        """Return the recovery instances of the given source servers."""
        shapes = await self._read("DescribeRecoveryInstances", _filters("sourceServerIDs", server_ids))
        found = (drs_mapping.recovery_instance(shape, self._scope) for shape in shapes)
        return tuple({one.recovery_instance_id: one for one in found}.values())

    async def describe_recovery_snapshots(self, server_id: SourceServerId) -> tuple[RecoverySnapshot, ...]:
        """Return every point in time of one server, newest first."""
        requests = [{"sourceServerID": server_id, "order": "DESC"}]
        shapes = await self._read("DescribeRecoverySnapshots", requests, through=self._account.as_source)
        found = (drs_mapping.recovery_snapshot(shape, self._scope) for shape in shapes)
        return tuple({one.snapshot_id: one for one in found}.values())

    async def describe_instance_checks(
        self, instance_ids: Sequence[RecoveryInstanceId]
    ) -> Mapping[RecoveryInstanceId, str]:
        """Return the status checks of these instances; one that EC2 does not list is left out."""
        if not instance_ids:
            return {}
        place, ids = _place("DescribeInstanceStatus", self._account, self._scope), list(instance_ids)
        return await on_pool(
            self._pool, lambda: self._again_if_expired(lambda: self._checks_once(place, ids))
        )

    def _checks_once(
        self, place: CallPlace, instance_ids: list[RecoveryInstanceId]
    ) -> dict[RecoveryInstanceId, str]:
        found: dict[RecoveryInstanceId, str] = {}
        try:
            client = self._clients.reader(self._account, self._scope.region, "ec2")
            paginator = client.get_paginator("describe_instance_status")
            for start in range(0, len(instance_ids), INSTANCES_PER_CALL):
                ids = instance_ids[start : start + INSTANCES_PER_CALL]
                for page in paginator.paginate(InstanceIds=ids, IncludeAllInstances=True):
                    for shape in page["InstanceStatuses"]:
                        found[RecoveryInstanceId(shape["InstanceId"])] = drs_mapping.instance_check(shape)
        except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
            raise read_error(error, place) from None
        return found

    async def _read(
        self, operation: str, requests: list[dict[str, Any]], *, through: TargetAccount | None = None
    ) -> list[Any]:
        if not requests:
            return []
        account = through or self._account
        place = _place(operation, account, self._scope)
        return await on_pool(
            self._pool, lambda: self._again_if_expired(lambda: self._read_once(place, account, requests))
        )

    def _again_if_expired(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except AwsError as error:
            if not is_expired(error):
                raise
        # Once only: a session may be ended from outside, and a second refusal is the person's to cure.
        self._clients.forget(self._scope)
        return read()

    def _read_once(
        self, place: CallPlace, account: TargetAccount, requests: list[dict[str, Any]]
    ) -> list[Any]:
        try:
            client = self._clients.reader(account, self._scope.region)
            return [item for request in requests for item in _items(client, place, request)]
        except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
            # The cause is not chained: AWS's text about a signature repeats the session token.
            raise read_error(error, place) from None


class BotoDrsActor:
    """Calls that change one account and Region, each sent exactly once.

    A cancelled caller does not stop the request: what it did must then be found out by reading.
    """

    def __init__(self, account: TargetAccount, region: Region, client: Any, pool: Executor) -> None:
        """Take a client that never repeats a request."""
        self._account = account
        self._scope = Scope(account_id=account.account_id, region=region)
        self._client = client
        self._pool = pool

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Job:
        """Start a drill or a recovery and return the job that AWS made; see the port."""
        place = _place("StartRecovery", self._account, self._scope)
        if request.scope != self._scope:
            raise CallNotSent(f"{place}: the request is for {request.scope}.", operation=place.operation)
        parameters = drs_mapping.start_recovery_parameters(request)

        def send() -> Any:
            # The call may have stood in the pool's queue behind others for as long as their answers hung.
            if reason := fence():
                raise CallNotSent(reason, operation=place.operation, scope=self._scope)
            return self._client.start_recovery(**parameters)

        return await self._act(place, send)

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Job:
        """Terminate recovery instances and return the job that AWS made."""
        place = _place("TerminateRecoveryInstances", self._account, self._scope)
        ids = list(instance_ids)
        return await self._act(
            place, lambda: self._client.terminate_recovery_instances(recoveryInstanceIDs=ids)
        )

    async def _act(self, place: CallPlace, call: Callable[[], Any]) -> Job:
        return await on_pool(self._pool, lambda: _act_blocking(place, call))


def _act_blocking(place: CallPlace, call: Callable[[], Any]) -> Job:
    try:
        answer = call()
        shape = answer.get("job") or {}
        if not shape.get("jobID"):
            raise outcome_unknown(place, "UnreadableAnswer", "the answer names no job")
        return drs_mapping.job(shape)
    except Exception as error:  # noqa: BLE001  # anything not known to be harmless becomes OutcomeUnknown
        # The cause is not chained: AWS's text about a signature repeats the session token.
        raise mutation_error(error, place) from None


def _items(client: Any, place: CallPlace, request: dict[str, Any]) -> Iterator[Any]:
    """Yield the items of all pages; an empty page is no end, a missing token is."""
    method = _method(place.operation)
    pages = client.get_paginator(method).paginate(PaginationConfig={"PageSize": PAGE_SIZE}, **request)
    for page in pages:
        # botocore reads a proxy's page, or half an answer, as an empty object: that is not an empty list.
        if not isinstance(page.get("items"), list):
            raise unreadable_answer(place)
        yield from page["items"]


def _method(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")


def _filters(name: str, ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return one request for each 200 ids; one without filter for None; none at all for no id."""
    if ids is None:
        return [{}]
    unique = list(dict.fromkeys(ids))
    return [
        {"filters": {name: unique[start : start + IDS_PER_CALL]}}
        for start in range(0, len(unique), IDS_PER_CALL)
    ]


def _place(operation: str, account: TargetAccount, scope: Scope) -> CallPlace:
    return CallPlace(operation=operation, scope=scope, account_name=account.name, role_arn=account.role_arn)


async def on_pool(pool: Executor, call: Callable[[], T]) -> T:
    """Run a blocking call on a pool.

    Raises:
        CallNotSent: the pool takes no more calls, because the program is about to end.
    """
    try:
        waiting = asyncio.get_running_loop().run_in_executor(pool, call)
    except RuntimeError as error:
        raise CallNotSent(f"Nothing was sent: {error}") from error
    try:
        return await waiting
    except asyncio.CancelledError:
        caller = asyncio.current_task()
        if caller is not None and caller.cancelling():
            raise
        # Nobody cancelled the caller: the pool was closed while the call stood in its queue.
        raise CallNotSent("Nothing was sent: the pool was closed before the call's turn.") from None

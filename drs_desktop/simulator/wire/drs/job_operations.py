"""Jobs, their log, and the calls that make them."""

from drs_desktop.simulator.core import removing
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.launching import StartRecovery, refuse_duplicates
from drs_desktop.simulator.core.launching import start_recovery as start
from drs_desktop.simulator.core.tagging import check_tags
from drs_desktop.simulator.core.terminating import terminate_recovery_instances as terminate
from drs_desktop.simulator.wire.drs import job_shapes
from drs_desktop.simulator.wire.drs.operation import Operation, Request, listed
from drs_desktop.simulator.wire.drs.paging import page
from drs_desktop.simulator.wire.drs.shape import Shape
from drs_desktop.simulator.wire.drs.times import parsed


def describe_jobs(request: Request) -> Shape:
    """List jobs, newest first; one that was just made may be invisible for a while."""
    view = request.view
    found = [job for job in view.jobs() if _is_wanted(request, job)]
    shown, token = page("DescribeJobs", request.members, found, lambda job: -job.ordinal)
    return listed([job_shapes.job(view.job(job)) for job in shown], token)


def describe_job_log_items(request: Request) -> Shape:
    """List the log of a job in order of time; an unknown job has none."""
    items = list(enumerate(request.view.log(request.members["jobID"])))
    shown, token = page("DescribeJobLogItems", request.members, items, lambda pair: pair[0])
    return listed([job_shapes.log_item(item) for _, item in shown], token)


def start_recovery(request: Request) -> Shape:
    """Start a drill or, if isDrill is absent or false, a real recovery."""
    servers = request.members["sourceServers"]
    refuse_duplicates([one["sourceServerID"] for one in servers], "sourceServers")
    check_tags(request.members.get("tags") or {})
    wanted = StartRecovery(
        snapshot_ids={one["sourceServerID"]: one.get("recoverySnapshotID") for one in servers},
        is_drill=bool(request.members.get("isDrill")),
        tags=request.members.get("tags") or {},
        caller=request.caller,
    )
    return _answer(request, start(request.simulation, request.state, wanted))


def terminate_recovery_instances(request: Request) -> Shape:
    """Terminate recovery instances and remove their records, as a job."""
    ids = request.members["recoveryInstanceIDs"]
    refuse_duplicates(ids, "recoveryInstanceIDs")
    return _answer(request, terminate(request.simulation, request.state, ids, caller=request.caller))


def delete_job(request: Request) -> None:
    """Forget a job that has ended."""
    removing.delete_job(request.simulation, request.state, request.members["jobID"])


def _answer(request: Request, job: Job) -> Shape:
    return {"job": job_shapes.job(request.view.job(job, is_answer=True))}


def _is_wanted(request: Request, job: Job) -> bool:
    filters = request.filters
    ids, after, before = filters.get("jobIDs"), filters.get("fromDate"), filters.get("toDate")
    return (
        (not ids or job.id in ids)
        and (not after or job.created_at >= parsed(after))
        and (not before or job.created_at <= parsed(before))
    )


OPERATIONS: dict[str, Operation] = {
    "DescribeJobs": describe_jobs,
    "DescribeJobLogItems": describe_job_log_items,
    "StartRecovery": start_recovery,
    "TerminateRecoveryInstances": terminate_recovery_instances,
    "DeleteJob": delete_job,
}

"""Forgetting records: recovery instances and jobs."""

from drs_desktop.simulator.core.errors import ConflictError, ResourceNotFoundError
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation


def disconnect_recovery_instance(simulation: Simulation, state: RegionState, instance_id: str) -> None:
    """Cut the instance loose from the service; what runs in EC2 goes on."""
    simulation.settle()
    instance = state.instance(instance_id)
    _refuse_busy(state, instance.source_server_id)
    instance.is_disconnected = True


def delete_recovery_instance(simulation: Simulation, state: RegionState, instance_id: str) -> None:
    """Forget a disconnected instance; one that is not known is no error (the model has none for it)."""
    simulation.settle()
    instance = state.instances.get(instance_id)
    if instance is None:
        return
    if not instance.is_disconnected:
        raise ConflictError(f"Recovery instance {instance_id} must be disconnected before it is deleted.")
    state.forget_instance(instance_id)


def delete_job(simulation: Simulation, state: RegionState, job_id: str) -> None:
    """Forget a job that has ended."""
    simulation.settle()
    job = state.jobs.get(job_id)
    if job is None:
        raise ResourceNotFoundError("Job", job_id)
    if job.is_active:
        raise ConflictError(f"Job {job_id} is still in progress.")
    forget_job(state, job)


def forget_job(state: RegionState, job: Job) -> None:
    """Remove a job whatever it does, and free its servers."""
    state.jobs.pop(job.id, None)
    for server_id in job.participants:
        server = state.servers.get(server_id)
        if server and server.active_job_id == job.id:
            server.active_job_id = None


def _refuse_busy(state: RegionState, server_id: str) -> None:
    if state.busy([server_id]):
        raise ConflictError(f"Source server {server_id} is currently being processed by a Job")

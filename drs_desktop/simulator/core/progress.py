"""What a due step of a job changes: log, launch status, EC2 instances, DRS records."""

from dataclasses import dataclass, replace
from datetime import datetime

from drs_desktop.simulator.core import durations
from drs_desktop.simulator.core.compute import Compute, ComputeError, LaunchOrder
from drs_desktop.simulator.core.errors import ResourceNotFoundError
from drs_desktop.simulator.core.ids import IdFactory, arn
from drs_desktop.simulator.core.job import Job, JobStatus, JobType, LaunchStatus, LogEvent, LogItem
from drs_desktop.simulator.core.launch_configuration import LaunchDisposition
from drs_desktop.simulator.core.recovery_instance import RecoveryInstance
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.right_sizing import settled_template
from drs_desktop.simulator.core.schedule import Step
from drs_desktop.simulator.core.source_server import SourceServer

MANAGED_TAG = ("AWSElasticDisasterRecoveryManaged", "drs.amazonaws.com")
"""The tag on everything DRS makes in EC2; AWS's managed policies are conditioned on it."""


_RESULTS = {LaunchStatus.LAUNCHED: "SUCCEEDED", LaunchStatus.FAILED: "FAILED"}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Carries out due steps with the help of EC2."""

    compute: Compute
    ids: IdFactory

    def apply(self, state: RegionState, job: Job, step: Step) -> None:
        """Let one step of a job happen."""
        done = self._carried_out(state, job, step)
        if done.event is not None:
            job.log.append(self._log_item(job, done))
        if done.source_server_id and done.launch_status:
            _set_launch_status(state, job, done.source_server_id, done.launch_status, step.at)

    def _carried_out(self, state: RegionState, job: Job, step: Step) -> Step:
        """Do what the step stands for; return it, or the failure it turned into."""
        try:
            self._carry_out(state, job, step)
        except (ComputeError, ResourceNotFoundError) as error:  # EC2 refused, or the server was deleted
            return _failed(job, step, str(error))
        return step

    def _carry_out(self, state: RegionState, job: Job, step: Step) -> None:
        if step.event is LogEvent.JOB_START:
            job.status = JobStatus.STARTED
        elif step.event is LogEvent.JOB_END:
            _end(state, job, step)
        elif step.event is LogEvent.CLEANUP_END:
            self._clean_up(state, job, step.source_server_id or "")
        elif step.event is LogEvent.SNAPSHOT_END:
            _note_snapshot(state, job, step)
        elif step.event is LogEvent.LAUNCH_END and step.launch_status is LaunchStatus.LAUNCHED:
            self._launch(state, job, step)

    def _clean_up(self, state: RegionState, job: Job, server_id: str) -> None:
        """Remove the instance to be terminated or, before a launch, every earlier one of the server."""
        if job.type is JobType.TERMINATE:
            self._remove_instance(state, job.participants[server_id].recovery_instance_id or "")
            return
        refusal: ComputeError | None = None
        for instance_id in reversed(tuple(state.server(server_id).instance_ids)):
            try:
                self._remove_instance(state, instance_id)
            except ComputeError as error:
                refusal = error
        if refusal is not None:
            raise refusal

    def _remove_instance(self, state: RegionState, instance_id: str) -> None:
        self.compute.terminate(state.account_id, state.region, instance_id)
        state.forget_instance(instance_id)

    def _launch(self, state: RegionState, job: Job, step: Step) -> None:
        server = state.server(step.source_server_id or "")
        machine = self.compute.launch(_order(self.compute, state, server, step))
        participant = job.participants[server.id]
        participant.recovery_instance_id, participant.launched_at = machine.instance_id, step.at
        server.instance_ids.append(machine.instance_id)
        state.instances[machine.instance_id] = RecoveryInstance(
            id=machine.instance_id,
            arn=arn(state.account_id, state.region, f"recovery-instance/{machine.instance_id}"),
            ordinal=state.next_ordinal(),
            job_id=job.id,
            source_server_id=server.id,
            is_drill=job.is_drill,
            launched_at=step.at,
            snapshot_at=participant.snapshot_at or job.created_at,
            profile=server.profile,
            machine=machine,
            tags=dict(server.tags) if server.launch_configuration.copy_tags else {},
            agent_version=server.agent_version,
        )

    def _log_item(self, job: Job, step: Step) -> LogItem:
        server_id = step.source_server_id
        participant = job.participants.get(server_id or "")
        converted = step.event is LogEvent.CONVERSION_END
        launched = step.event is LogEvent.LAUNCH_END and participant is not None
        return LogItem(
            at=step.at,
            event=step.event or LogEvent.JOB_END,
            source_server_id=server_id,
            conversion_server_id=self.ids.stable("i-", job.id, server_id or "") if converted else None,
            target_instance_id=participant.recovery_instance_id if launched and participant else None,
            raw_error=step.raw_error,
            attempt=step.attempt,
            most_attempts=step.most_attempts,
        )


def _order(compute: Compute, state: RegionState, server: SourceServer, step: Step) -> LaunchOrder:
    settings = server.launch_configuration
    copied = server.tags if settings.copy_tags else {}
    template = settled_template(compute, state, server)
    return LaunchOrder(
        account_id=state.account_id,
        region=state.region,
        source_server_id=server.id,
        template=template,
        disks=server.profile.disks,
        tags={
            **copied,
            "Name": server.tags.get("Name", settings.name),
            **template.tags,
            MANAGED_TAG[0]: MANAGED_TAG[1],
        },
        is_started=settings.launch_disposition is LaunchDisposition.STARTED,
        private_ip=server.profile.private_ip if settings.copy_private_ip else template.private_ip,
        launched_at=step.at,
        status_checks=server.status_checks,
    )


def _failed(job: Job, step: Step, text: str) -> Step:
    if step.event is LogEvent.CLEANUP_END:
        status = LaunchStatus.FAILED if job.type is JobType.TERMINATE else None
        return replace(step, event=LogEvent.CLEANUP_FAIL, launch_status=status, raw_error=text)
    return replace(step, event=LogEvent.LAUNCH_FAILED, launch_status=LaunchStatus.FAILED, raw_error=text)


def _note_snapshot(state: RegionState, job: Job, step: Step) -> None:
    server = state.server(step.source_server_id or "")
    job.participants[server.id].snapshot_at = step.at - server.replication.lag_at(step.at)


def _set_launch_status(
    state: RegionState, job: Job, server_id: str, status: LaunchStatus, at: datetime
) -> None:
    job.participants[server_id].set_launch_status(at, status)
    server = state.servers.get(server_id)
    last = server.last_launch if server else None
    if last is not None and last.job_id == job.id:
        last.change(at, status.value, _RESULTS.get(status, last.result))


def _end(state: RegionState, job: Job, step: Step) -> None:
    job.status = JobStatus.COMPLETED
    job.ended_at = step.at - durations.END_BEFORE_LOG
    for server_id in job.participants:
        server = state.servers.get(server_id)
        if server and server.active_job_id == job.id:
            server.active_job_id = None

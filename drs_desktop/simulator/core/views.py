"""What reads show of the truth: late, and in the words that were chosen. Both faces read through here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drs_desktop.simulator.core.job import Job, LogItem, Participant
from drs_desktop.simulator.core.recovery_instance import RecoveryInstance, ec2_instance_state
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.snapshots import RecoverySnapshot, snapshots_of
from drs_desktop.simulator.core.source_server import LastLaunch, SourceServer
from drs_desktop.simulator.core.words import Subject


@dataclass(frozen=True, kw_only=True)
class ShownParticipant:
    """A participating server as a job shows it."""

    source_server_id: str
    launch_status: str
    recovery_instance_id: str | None


@dataclass(frozen=True, kw_only=True)
class ShownJob:
    """A job as it is shown."""

    job: Job
    status: str
    initiated_by: str
    participants: tuple[ShownParticipant, ...]


@dataclass(frozen=True, kw_only=True)
class ShownLogItem:
    """An entry of a job's log as it is shown."""

    item: LogItem
    event: str


@dataclass(frozen=True, kw_only=True)
class ShownServer:
    """A source server as it is shown."""

    server: SourceServer
    replication_state: str
    last_launch: LastLaunch | None
    last_launch_result: str
    recovery_instance_id: str | None


@dataclass(frozen=True, kw_only=True)
class ShownInstance:
    """A recovery instance as it is shown."""

    instance: RecoveryInstance
    ec2_state: str
    is_drill: bool


class View:
    """What the reads of one account and Region show at this moment."""

    def __init__(self, simulation: Simulation, state: RegionState) -> None:
        """Look at a state; the clock is read once."""
        self._simulation = simulation
        self._state = state
        self._lag = simulation.visibility_lag
        self._words = simulation.words
        self.now = simulation.clock.now()

    def jobs(self) -> Iterator[Job]:
        """Return the jobs that can be seen, newest first."""
        return (job for job in reversed(self._state.jobs.values()) if job.visible_at <= self.now)

    def job(self, job: Job, *, is_answer: bool = False) -> ShownJob:
        """Return a job as it is shown; the answer of the call that made it does not lag."""
        return ShownJob(
            job=job,
            status=self._words.of(Subject.JOB_STATUS, job.id, job.status.value),
            initiated_by=self._words.of(Subject.INITIATED_BY, job.id, job.initiated_by.value),
            participants=tuple(self._participant(one, is_answer) for one in job.participants.values()),
        )

    def log(self, job_id: str) -> list[ShownLogItem]:
        """Return the log of a job as far as it can be seen; a job nobody can see has none."""
        job = self._state.jobs.get(job_id)
        if job is None or job.visible_at > self.now:
            return []
        seen = self._seen_until(self._lag.job_log_seconds)
        return [
            ShownLogItem(item=item, event=self._words.of(Subject.LOG_EVENT, job.id, item.event.value))
            for item in job.log
            if item.at <= seen
        ]

    def server(self, server: SourceServer) -> ShownServer:
        """Return a source server as it is shown."""
        launch, result = self._last_launch(server)
        words = self._words
        return ShownServer(
            server=server,
            replication_state=words.of(Subject.REPLICATION_STATE, server.id, server.replication.state.value),
            last_launch=launch,
            last_launch_result=words.of(Subject.LAST_LAUNCH_RESULT, server.id, result),
            recovery_instance_id=self._instance_id(server),
        )

    def instances(self) -> Iterator[RecoveryInstance]:
        """Return the recovery instances that can be seen."""
        seen = self._seen_until(self._lag.recovery_instances_seconds)
        return (one for one in self._state.instances.values() if one.launched_at <= seen)

    def instance(self, instance: RecoveryInstance) -> ShownInstance:
        """Return a recovery instance as it is shown."""
        state, words = self._state, self._words
        truth = ec2_instance_state(self._simulation.compute, state.account_id, state.region, instance.id)
        return ShownInstance(
            instance=instance,
            ec2_state=words.of(Subject.EC2_STATE, instance.id, truth),
            is_drill=words.flag(Subject.IS_DRILL, instance.id, instance.is_drill),
        )

    def snapshots(self, server: SourceServer) -> list[RecoverySnapshot]:
        """Return the points in time of a server that can be seen, oldest first."""
        seen = self._seen_until(self._lag.snapshots_seconds)
        found = snapshots_of(server, self.now, self._simulation.ids)
        return [one for one in found if one.expected_at <= seen]

    def _participant(self, participant: Participant, is_answer: bool) -> ShownParticipant:
        seen = self.now if is_answer else self._seen_until(self._lag.launch_status_seconds)
        server_id = participant.source_server_id
        return ShownParticipant(
            source_server_id=server_id,
            launch_status=self._words.of(
                Subject.LAUNCH_STATUS, server_id, participant.launch_status_at(seen).value
            ),
            recovery_instance_id=self._told_instance_id(participant),
        )

    def _told_instance_id(self, participant: Participant) -> str | None:
        lag = self._lag.instance_ids_in_jobs_seconds
        launched_at = participant.launched_at
        if launched_at is None:
            return participant.recovery_instance_id
        if lag is None or launched_at > self._seen_until(lag):
            return None
        return participant.recovery_instance_id

    def _instance_id(self, server: SourceServer) -> str | None:
        instance = self._state.instances.get(server.recovery_instance_id or "")
        if instance and instance.launched_at > self._seen_until(self._lag.recovery_instances_seconds):
            return None
        return server.recovery_instance_id

    def _last_launch(self, server: SourceServer) -> tuple[LastLaunch | None, str]:
        seen = self._seen_until(self._lag.last_launch_seconds)
        if seen == self.now:
            return server.last_launch, server.last_launch_result
        launches = [one for one in server.launches if one.called_at <= seen]
        if not launches:
            return None, "NOT_STARTED"
        newest = launches[-1]
        status, result = newest.told_at(seen)
        return replace(newest, status=status), result

    def _seen_until(self, seconds: float) -> datetime:
        """Return until when changes can be seen.

        A lag is real seconds; while the clock stands still it is the seconds by which it must be turned.
        """
        return self.now - timedelta(seconds=seconds * (self._simulation.clock.scale or 1.0))

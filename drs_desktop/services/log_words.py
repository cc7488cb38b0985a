"""The journal of an execution as lines for people: AWS's job log and what we and the operator did."""

from functools import singledispatch

from drs_desktop.domain import events as ev
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId, JobId, Scope, SourceServerId
from drs_desktop.domain.job import JobLogItem
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.steps import StepKey
from drs_desktop.services.views import JobLogRow

LINES_PER_EVENT = 1_000_000
"""More than one event has: the first look at a job of 100 servers may bring thousands of lines."""

_AWS_WORDS = {
    "JOB_START": "The job began",
    "JOB_END": "The job ended",
    "JOB_CANCEL": "The job was cancelled by the service",
    "SNAPSHOT_START": "Taking a snapshot",
    "SNAPSHOT_END": "Snapshot taken",
    "SNAPSHOT_FAIL": "The snapshot failed",
    "USING_PREVIOUS_SNAPSHOT": "Using an earlier snapshot: the data is older",
    "USING_PREVIOUS_SNAPSHOT_FAILED": "An earlier snapshot could not be used either",
    "CONVERSION_START": "Converting",
    "CONVERSION_END": "Converted",
    "CONVERSION_FAIL": "The conversion failed",
    "LAUNCH_START": "Launching the instance",
    "LAUNCH_END": "Launched",
    "LAUNCH_FAILED": "The launch failed",
    "CLEANUP_START": "Deleting the earlier instance",
    "CLEANUP_END": "Earlier instance deleted",
    "CLEANUP_FAIL": "Deleting the earlier instance failed",
    "SERVER_SKIPPED": "DRS left the server out",
}


def log_rows(stored: StoredEvent, state: Execution) -> tuple[JobLogRow, ...]:
    """Return the lines that one event adds; most observations of status add none."""
    event = stored.event
    if isinstance(event, ev.JobLogRecorded):
        return tuple(_aws_row(stored, event, item, index, state) for index, item in enumerate(event.items))
    words = _words(event, state)
    if not words:
        return ()
    return (
        JobLogRow(
            execution_id=stored.execution_id,
            position=stored.sequence * LINES_PER_EVENT,
            at=event.at,
            wave=_wave_of(event),
            scope=_scope_of(event),
            job_id=getattr(event, "job_id", None),
            event=type(event).__name__,
            server_name=_server_name(event, state),
            words=words,
        ),
    )


def _aws_row(
    stored: StoredEvent, event: ev.JobLogRecorded, item: JobLogItem, index: int, state: Execution
) -> JobLogRow:
    words = _AWS_WORDS.get(item.event, item.event)
    return JobLogRow(
        execution_id=ExecutionId(stored.execution_id),
        position=stored.sequence * LINES_PER_EVENT + index,
        at=item.at,
        wave=event.key.wave,
        scope=event.key.scope,
        job_id=JobId(event.job_id),
        event=item.event,
        server_name=_name_by_id(event, item.source_server_id, state),
        words=f"{words}: {item.raw_error}" if item.raw_error else words,
    )


def _name_by_id(event: ev.JobLogRecorded, server_id: SourceServerId | None, state: Execution) -> str:
    if server_id is None:
        return ""
    for server in state.wave(event.key.wave).servers.values():
        if server.key.source_server_id == server_id and server.key.scope == event.key.scope:
            return server.name
    return server_id


def _wave_of(event: ev.Event) -> int | None:
    key = getattr(event, "key", None) or getattr(event, "part", None)
    wave = getattr(event, "wave", None)
    return wave if wave is not None else getattr(key, "wave", None)


def _scope_of(event: ev.Event) -> Scope | None:
    key = getattr(event, "key", None) or getattr(event, "part", None)
    scope: Scope | None = getattr(event, "scope", None) or getattr(key, "scope", None)
    return scope


def _server_name(event: ev.Event, state: Execution) -> str:
    key = getattr(event, "server", None)
    return next((server.name for server in state.servers if server.key == key), "")


@singledispatch
def _words(event: ev.Event, state: Execution) -> str:
    return ""


@_words.register
def _(event: ev.ExecutionCreated, state: Execution) -> str:
    accepted = "".join(f"; accepted {one.accept}: {one.reason}" for one in event.accepted)
    pinned = sum(server.snapshot_id is not None for wave in event.waves for server in wave.servers)
    points = f"; {pinned} servers from chosen points in time" if pinned else ""
    return (
        f"{event.created_by} started a {event.mode} of plan {event.plan_name}, revision "
        f"{event.plan_revision}{points}{accepted}"
    )


@_words.register
def _(event: ev.DriverAttached, state: Execution) -> str:
    return f"Driven by {event.by} from here on" if event.epoch > 1 else ""


@_words.register
def _(event: ev.PointInTimeGone, state: Execution) -> str:
    names = ", ".join(state.wave(event.wave).servers[key].name for key in event.servers)
    return f"The chosen point in time is gone for {names}"


@_words.register
def _(event: ev.StartsHeld, state: Execution) -> str:
    return event.reason


@_words.register
def _(event: ev.StartsAllowed, state: Execution) -> str:
    return f"{event.by} said that starting may go on" + (f": {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.WaveHeld, state: Execution) -> str:
    return f"Wave {event.wave} waits: {event.reason} {event.instruction}".strip()


@_words.register
def _(event: ev.WaveReleased, state: Execution) -> str:
    return f"{event.by} released wave {event.wave}" + (f": {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.WaveStarted, state: Execution) -> str:
    return f'Wave {event.wave} "{state.wave(event.wave).name}" begins'


@_words.register
def _(event: ev.StartDeferred, state: Execution) -> str:
    return f"Waits in line: {event.reason}"


@_words.register
def _(event: ev.StartArmed, state: Execution) -> str:
    return f"Asking DRS to start {len(event.source_server_ids)} servers (intent {event.intent_id})"


@_words.register
def _(event: ev.StartAccepted, state: Execution) -> str:
    return f"Job {event.job_id} is ours: {event.evidence}"


@_words.register
def _(event: ev.StartRefused, state: Execution) -> str:
    return f"Not started: {event.message}"


@_words.register
def _(event: ev.StartNotSent, state: Execution) -> str:
    return f"Not started yet: {event.reason}"


@_words.register
def _(event: ev.StartOutcomeUnknown, state: Execution) -> str:
    return f"We do not know whether AWS started it: {event.reason} Looking for evidence."


@_words.register
def _(event: ev.StartDecisionNeeded, state: Execution) -> str:
    return f"A person must say whether AWS started it: {event.reason}"


@_words.register
def _(event: ev.StartLookedAgain, state: Execution) -> str:
    return f"{event.by} chose to keep looking"


@_words.register
def _(event: ev.StartNotStarted, state: Execution) -> str:
    return f"Nothing was started: {event.evidence}"


@_words.register
def _(event: ev.ModeContradicted, state: Execution) -> str:
    return event.detail


@_words.register
def _(event: ev.ServerErrorRecorded, state: Execution) -> str:
    return event.error


@_words.register
def _(event: ev.ServerChecked, state: Execution) -> str:
    return f"{event.health}: {event.reason or event.ec2_state or ''}"


@_words.register
def _(event: ev.DriftSeen, state: Execution) -> str:
    return event.words


@_words.register
def _(event: ev.JobUnderstood, state: Execution) -> str:
    return "AWS gives the job a status again that is known here"


@_words.register
def _(event: ev.WaveEnded, state: Execution) -> str:
    return f"Wave {event.wave} ended: {event.status}" + (f". {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.StepStarted, state: Execution) -> str:
    words = f"{_step_name(event.key, state)} began"
    words += f", attempt {event.attempt}" if event.attempt > 1 else ""
    return words + (f", until {event.ends_at:%Y-%m-%d %H:%M:%S} UTC" if event.ends_at else "")


@_words.register
def _(event: ev.StepExtended, state: Execution) -> str:
    name = _step_name(event.key, state)
    return f"{event.by} moved the end of {name} to {event.ends_at:%Y-%m-%d %H:%M:%S} UTC"


@_words.register
def _(event: ev.StepEnded, state: Execution) -> str:
    by = f" by {event.by}" if event.by else ""
    words = f"{_step_name(event.key, state)}: {event.status}{by}"
    return words + (f": {event.evidence}" if event.evidence else "")


def _step_name(key: StepKey, state: Execution) -> str:
    step = state.wave(key.wave).steps.get(key)
    return f'Step "{step.spec.name}" ({key.phase} wave {key.wave})' if step else str(key).capitalize()


@_words.register
def _(event: ev.WaveOverdue, state: Execution) -> str:
    return f"Wave {event.wave} is over its time limit; its jobs are watched on"


@_words.register
def _(event: ev.RetryRequested, state: Execution) -> str:
    return f"{event.by} asked to try wave {event.wave} again ({len(event.servers)} servers)"


@_words.register
def _(event: ev.StartAbandoned, state: Execution) -> str:
    job_id = state.attempt(event.key).job_id if event.key in state.wave(event.key.wave).attempts else None
    return f"{event.by} stopped watching {f'job {job_id}' if job_id else event.key}"


@_words.register
def _(event: ev.WatchingStopped, state: Execution) -> str:
    left = ", ".join(event.job_ids) or "nothing"
    return f"{event.by} stopped watching: {event.reason} Left running in AWS: {left}"


@_words.register
def _(event: ev.CleanUpRequested, state: Execution) -> str:
    return f"{event.by} asked that what the drill launched be terminated once nothing runs any more"


@_words.register
def _(event: ev.NoteAdded, state: Execution) -> str:
    return f"Note by {event.by}: {event.text}"


@_words.register
def _(event: ev.PauseRequested, state: Execution) -> str:
    return f"{event.by} asked for a pause" + (f": {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.PauseWithdrawn, state: Execution) -> str:
    return f"{event.by} ended the pause" + (f": {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.CancelRequested, state: Execution) -> str:
    return f"{event.by} cancelled" + (f": {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.ExecutionEnded, state: Execution) -> str:
    return f"Ended: {event.status}" + (f". {event.reason}" if event.reason else "")


@_words.register
def _(event: ev.TerminationRequested, state: Execution) -> str:
    return f"{event.by} asked to terminate {len(event.servers)} recovery instances"


@_words.register
def _(event: ev.TerminationArmed, state: Execution) -> str:
    return f"Asking DRS to terminate {len(event.servers)} recovery instances"


@_words.register
def _(event: ev.TerminationAccepted, state: Execution) -> str:
    return f"Job {event.job_id} terminates them"


@_words.register
def _(event: ev.TerminationReopened, state: Execution) -> str:
    return event.reason


@_words.register
def _(event: ev.InstanceTerminationChanged, state: Execution) -> str:
    return f"Recovery instance {event.state}" + (f": {event.reason}" if event.reason else "")

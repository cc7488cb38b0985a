"""What observations of recovery instances mean for the servers of an execution, and what drifted since."""

from datetime import datetime, timedelta

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import Execution, Health, ServerLaunch, WaveExecution
from drs_desktop.domain.ids import JobId, RecoveryInstanceId
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.recovery_instance import GONE_STATES, Ec2InstanceState, RecoveryInstance
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.times import Now

RECORD_GRACE = timedelta(minutes=2)
"""How long after a job's end the records of its instances may still be late."""
UNRECORDED_GRACE = timedelta(hours=1)
"""How long after a job's record was deleted its launches may still go on in AWS, and show an instance."""
RUNNING_GRACE = timedelta(minutes=5)
"""How long after a job's end an instance may take to reach the state asked for."""


def unchecked_servers(wave: WaveExecution) -> tuple[ServerLaunch, ...]:
    """Return the servers whose recovery instance must still be looked at before the wave can end."""
    return tuple(s for s in wave.servers.values() if s.is_sought or _is_new(s))


def _is_new(server: ServerLaunch) -> bool:
    return server.is_launched and server.health is Health.NOT_CHECKED


def standing_servers(state: Execution) -> tuple[ServerLaunch, ...]:
    """Return the servers whose instance was good when last looked at, and which nobody asked to remove."""
    return tuple(s for s in state.servers if s.is_good and s.termination is None)


def decide_instances(given: inputs.InstancesSeen, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Give each launched server its verdict, as soon as it can be given."""
    wave = state.wave(given.wave)
    if not wave.is_in_flight:
        return ()
    events: list[ev.Event] = []
    is_frozen = bool(state.frozen)
    for server in unchecked_servers(wave):
        if server.key.scope != given.scope:
            continue
        instance = _instance_of(server, given.instances)
        if instance and instance.is_drill is not state.mode.is_drill and not is_frozen:
            events.append(_instance_contradicts(state, wave, server, instance, now))
            is_frozen = True
        if server.is_sought:
            events += _recognised(state, wave, server, given.instances, now)
        elif checked := _verdict(wave, server, instance, now):
            events += _drift_of(checked, state, wave, server, given.instances)
    return tuple(events)


def _instance_of(server: ServerLaunch, instances: tuple[RecoveryInstance, ...]) -> RecoveryInstance | None:
    for instance in instances:
        if instance.server == server.key and (
            instance.job_id == server.job_id or instance.recovery_instance_id == server.recovery_instance_id
        ):
            return instance
    return None


def _instance_contradicts(
    state: Execution, wave: WaveExecution, server: ServerLaunch, instance: RecoveryInstance, now: Now
) -> ev.Event:
    key = next(a.key for a in wave.attempts.values() if a.job_id == server.job_id)
    kind = "a drill's" if instance.is_drill else "a real recovery's"
    return ev.ModeContradicted(
        at=now.service,
        key=key,
        job_id=server.job_id or JobId(""),
        detail=(
            f"A {state.mode} was asked for, but AWS reports {instance.recovery_instance_id} of {server.name} "
            f"as {kind} instance. Everything is stopped: look at it in the AWS console, then cancel."
        ),
    )


# ---- a server whose job's record is gone


def _recognised(
    state: Execution,
    wave: WaveExecution,
    server: ServerLaunch,
    instances: tuple[RecoveryInstance, ...],
    now: Now,
) -> tuple[ev.Event, ...]:
    """Call a server launched by the instance that its job left; give up when none appears in time."""
    instance = _instance_of(server, instances)
    if instance is None:
        return _given_up(wave, server, now) if _since(wave.launched_at, now) > UNRECORDED_GRACE else ()
    launched = replace(
        server,
        launch_status=LaunchStatus.LAUNCHED,
        phase=LaunchPhase.DONE,
        recovery_instance_id=instance.recovery_instance_id,
    )
    checked = _verdict(wave, launched, instance, now)
    verdict = _drift_of(checked, state, wave, launched, instances) if checked else ()
    return (_as_changed(wave, launched, now), *verdict)


def _given_up(wave: WaveExecution, server: ServerLaunch, now: Now) -> tuple[ev.Event, ...]:
    reason = (
        f"The record of job {server.job_id} was deleted in AWS before this server ended, and DRS lists no "
        "recovery instance of that job: whether it launched is not known."
    )
    unknown = replace(server, launch_status=LaunchStatus.UNKNOWN, phase=LaunchPhase.UNKNOWN)
    return _as_changed(wave, unknown, now), _checked(wave, server, None, Health.UNHEALTHY, reason, now)


def _as_changed(wave: WaveExecution, server: ServerLaunch, now: Now) -> ev.Event:
    return ev.ServerLaunchChanged(
        at=now.service,
        wave=wave.number,
        server=server.key,
        job_id=server.job_id,
        launch_status=server.launch_status,
        phase=server.phase,
        recovery_instance_id=server.recovery_instance_id,
    )


# ---- the first verdict


def _verdict(
    wave: WaveExecution, server: ServerLaunch, instance: RecoveryInstance | None, now: Now
) -> ev.ServerChecked | None:
    waited = _since(wave.launched_at, now)
    state = instance.ec2_state if instance else None
    if state in {Ec2InstanceState.RUNNING, Ec2InstanceState.STOPPED}:
        health, reason = Health.HEALTHY, ""
    elif state in GONE_STATES:
        health, reason = Health.UNHEALTHY, f"The instance launched, but EC2 reports it {state} since."
    elif instance is None and waited > RECORD_GRACE:
        health, reason = Health.UNHEALTHY, "The server launched, but DRS lists no recovery instance for it."
    elif instance is not None and waited > RUNNING_GRACE:
        health, reason = Health.UNHEALTHY, f"The instance launched, but EC2 still reports it {state}."
    else:
        return None
    return _checked(wave, server, instance, health, reason, now)


def _checked(
    wave: WaveExecution,
    server: ServerLaunch,
    instance: RecoveryInstance | None,
    health: Health,
    reason: str,
    now: Now,
) -> ev.ServerChecked:
    return ev.ServerChecked(
        at=now.service,
        wave=wave.number,
        server=server.key,
        recovery_instance_id=instance.recovery_instance_id if instance else None,
        ec2_state=instance.ec2_state if instance else None,
        health=health,
        reason=reason,
    )


def _since(at: datetime | None, now: Now) -> timedelta:
    return now.service - at if at else timedelta(0)


# ---- drift


def decide_standing(given: inputs.InstancesWatched, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Notice good instances that somebody terminated, or replaced by launching their server again."""
    if state.end_status is not None:
        return ()
    looked_at = {server.key for server in standing_servers(state)} & given.servers
    return tuple(
        event
        for wave in state.waves
        for server in wave.servers.values()
        if server.key in looked_at
        for event in _standing(state, wave, server, given.instances, now)
    )


def _standing(
    state: Execution,
    wave: WaveExecution,
    server: ServerLaunch,
    instances: tuple[RecoveryInstance, ...],
    now: Now,
) -> tuple[ev.Event, ...]:
    instance = _instance_of(server, instances)
    if instance is not None and instance.ec2_state not in GONE_STATES:
        return ()
    reason = f"EC2 reports it {instance.ec2_state}." if instance else "DRS lists it no more."
    reason = f"Its instance was good, and is gone: {reason}"
    checked = _checked(wave, server, instance, Health.UNHEALTHY, reason, now)
    return _drift_of(checked, state, wave, server, instances)


def _drift_of(
    checked: ev.ServerChecked,
    state: Execution,
    wave: WaveExecution,
    server: ServerLaunch,
    instances: tuple[RecoveryInstance, ...],
) -> tuple[ev.Event, ...]:
    """Return a verdict, with the drift that explains it where there is one."""
    own = _instance_of(server, instances)
    if checked.health is Health.HEALTHY or (own is not None and own.ec2_state not in GONE_STATES):
        return (checked,)
    other = _stranger(state, server, instances)
    kind, words = _what_happened(server, wave, other)
    drift = ev.DriftSeen(
        at=checked.at,
        kind=kind,
        wave=wave.number,
        words=words,
        servers=(server.key,),
        job_id=other.job_id if other else server.job_id,
        recovery_instance_id=_of(other) or server.recovery_instance_id,
    )
    return (drift, replace(checked, reason=words) if other else checked)


def _of(instance: RecoveryInstance | None) -> RecoveryInstanceId | None:
    return instance.recovery_instance_id if instance else None


def _stranger(
    state: Execution, server: ServerLaunch, instances: tuple[RecoveryInstance, ...]
) -> RecoveryInstance | None:
    """Return the living instance of a server that none of this execution's jobs launched."""
    for instance in instances:
        is_living = instance.server == server.key and instance.ec2_state not in GONE_STATES
        if is_living and instance.job_id not in state.accepted_job_ids:
            return instance
    return None


def _what_happened(
    server: ServerLaunch, wave: WaveExecution, other: RecoveryInstance | None
) -> tuple[DriftKind, str]:
    ours = server.recovery_instance_id or "Our instance"
    if other is None:
        return DriftKind.INSTANCE_GONE, f"{ours} of {server.name} is gone: nobody here asked for that."
    whose = f"{other.recovery_instance_id}, launched by job {other.job_id or '(not named)'}, is not ours"
    if other.job_id is None or other.job_id in _known_before(server, wave):
        return DriftKind.INSTANCE_FOREIGN, f"The only instance that DRS lists for {server.name}, {whose}."
    return (
        DriftKind.INSTANCE_REPLACED,
        f"Somebody launched {server.name} again, which deleted {ours}: {whose}.",
    )


def _known_before(server: ServerLaunch, wave: WaveExecution) -> tuple[JobId, ...]:
    """Return the jobs that were there before the server was started."""
    for attempt in wave.attempts.values():
        if attempt.job_id == server.job_id:
            return attempt.baseline_job_ids
    return ()

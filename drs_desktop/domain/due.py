"""What should be under way, derived from the state alone: nothing to lose in a crash, nothing to store."""

from drs_desktop.domain.decide_instances import standing_servers, unchecked_servers
from drs_desktop.domain.decide_terminations import open_batches, requested_servers
from drs_desktop.domain.effects import (
    CheckInstances,
    Effect,
    PerformStep,
    ReconcileStart,
    StartRecoveryPart,
    TerminateBatch,
    WakeAt,
    WatchInstances,
    WatchJob,
    WatchTermination,
)
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    RESTARTABLE_ATTEMPTS,
    Attempt,
    AttemptStatus,
    Execution,
    Part,
    WaveExecution,
)
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.start_recovery import MAX_SERVERS_PER_JOB, AttemptKey
from drs_desktop.domain.step_progress import may_start_servers, needs_performer


def effects_due(state: Execution) -> tuple[Effect, ...]:
    """Return every effect that should be under way now."""
    effects: list[Effect] = []
    for wave in state.waves:
        if wave.is_in_flight:
            effects += _wave_effects(state, wave)
    effects += _termination_effects(state) + _standing_effects(state)
    return tuple(dict.fromkeys(effects))  # two waves may wake at one moment


def _standing_effects(state: Execution) -> list[Effect]:
    if state.end_status is not None:
        return []
    scopes = sorted({server.key.scope for server in standing_servers(state)})
    return [WatchInstances(scope=scope) for scope in scopes]


def _wave_effects(state: Execution, wave: WaveExecution) -> list[Effect]:
    effects: list[Effect] = []
    for part in wave.parts:
        latest = wave.latest_attempt(part.key)
        if effect := _start_effect(state, wave, part, latest):
            effects.append(effect)
        if latest and latest.status is AttemptStatus.UNKNOWN:
            effects.append(ReconcileStart(key=latest.key))
        if latest and latest.status is AttemptStatus.ACCEPTED and latest.job_id:
            effects.append(WatchJob(key=latest.key, job_id=latest.job_id))
    scopes = sorted({server.key.scope for server in unchecked_servers(wave)})
    effects += [CheckInstances(wave=wave.number, scope=scope) for scope in scopes]
    return effects + _step_effects(wave)


def _step_effects(wave: WaveExecution) -> list[Effect]:
    steps = wave.steps.values()
    effects: list[Effect] = [PerformStep(key=s.key, attempt=s.attempt) for s in steps if needs_performer(s)]
    moments = {moment for step in steps if (moment := step.deadline)}
    moments |= {
        moment for moment in (wave.limit_at, wave.ask_at, wave.patience_ends_at) if moment is not None
    }
    return effects + [WakeAt(moment=moment) for moment in sorted(moments)]


def _start_effect(
    state: Execution, wave: WaveExecution, part: Part, latest: Attempt | None
) -> StartRecoveryPart | None:
    if latest and latest.status is AttemptStatus.ARMED:
        servers = tuple(key for key in part.servers if key.source_server_id in latest.source_server_ids)
        return StartRecoveryPart(key=latest.key, servers=servers)
    servers = _servers_to_start(wave, part, latest)
    if not servers or not state.may_start or wave.hold is not None or not may_start_servers(wave):
        return None
    number = latest.key.attempt + 1 if latest else 1
    deferral = wave.deferrals.get(part.key)
    return StartRecoveryPart(
        key=AttemptKey(part=part.key, attempt=number),
        servers=servers,
        not_before=deferral.retry_at if deferral else None,
    )


def _servers_to_start(wave: WaveExecution, part: Part, latest: Attempt | None) -> tuple[ServerKey, ...]:
    """Return what the next attempt of a part starts: all of it, what an attempt in vain meant, or retries."""
    if latest is None:
        return part.servers
    if latest.status in RESTARTABLE_ATTEMPTS:
        return tuple(key for key in part.servers if key.source_server_id in latest.source_server_ids)
    if latest.status in IN_FLIGHT_ATTEMPTS:
        return ()
    return tuple(key for key in part.servers if wave.servers[key].is_retry_due)


def _termination_effects(state: Execution) -> list[Effect]:
    effects: list[Effect] = []
    busy = set()
    for batch in open_batches(state):
        if batch.status is AttemptStatus.ACCEPTED:
            effects.append(
                WatchTermination(
                    scope=batch.scope, batch=batch.number, job_id=batch.job_id, servers=batch.servers
                )
            )
        else:
            busy.add(batch.scope)
            effects.append(TerminateBatch(scope=batch.scope, batch=batch.number, servers=batch.servers))
    requested = requested_servers(state)
    for scope in sorted({key.scope for key in requested} - busy):
        servers = tuple(key for key in requested if key.scope == scope)[:MAX_SERVERS_PER_JOB]
        numbers = [batch.number for batch in state.termination_batches if batch.scope == scope]
        effects.append(TerminateBatch(scope=scope, batch=max(numbers, default=0) + 1, servers=servers))
    return effects


def effect_key(effect: Effect) -> tuple[object, ...]:
    """Return what an effect is known by while it is under way, whatever else about it changes."""
    match effect:
        case StartRecoveryPart() | ReconcileStart():
            return (type(effect).__name__, effect.key)
        case WatchJob():
            return ("WatchJob", effect.job_id)
        case CheckInstances():
            return ("CheckInstances", effect.wave, effect.scope)
        case WatchInstances():
            return ("WatchInstances", effect.scope)
        case PerformStep():
            return ("PerformStep", effect.key, effect.attempt)
        case WakeAt():
            return ("WakeAt", effect.moment)
        case TerminateBatch() | WatchTermination():
            return (type(effect).__name__, effect.scope, effect.batch)

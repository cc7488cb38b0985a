"""Which steps of a wave begin, are over, or are tried again: from the state and the clock alone."""

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.decide_instances import unchecked_servers
from drs_desktop.domain.execution import AttemptStatus, Execution, WaveExecution
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.start_recovery import PartKey
from drs_desktop.domain.steps import (
    MANUAL_TASK,
    TIMED_WAIT,
    StepExecution,
    StepKey,
    StepPhase,
    StepStatus,
    wait_of,
)
from drs_desktop.domain.times import Now


def is_settled(wave: WaveExecution, part: PartKey) -> bool:
    """Return whether nothing more is to be started or watched for a part."""
    attempt = wave.latest_attempt(part)
    if attempt is None or attempt.status not in {AttemptStatus.FINISHED, AttemptStatus.REFUSED}:
        return False
    servers = next(candidate.servers for candidate in wave.parts if candidate.key == part)
    return not any(wave.servers[key].is_retry_due for key in servers)


def are_starts_over(wave: WaveExecution) -> bool:
    """Return whether every part is settled and every launched server was looked at."""
    return all(is_settled(wave, part.key) for part in wave.parts) and not unchecked_servers(wave)


def are_steps_over(wave: WaveExecution, phase: StepPhase) -> bool:
    """Return whether a phase is done: every step ended, or one failed in a way that ends the phase."""
    steps = wave.steps_of(phase)
    return any(step.is_failure for step in steps) or all(step.is_ended for step in steps)


def may_start_servers(wave: WaveExecution) -> bool:
    """Return whether the steps before the wave's servers went well enough to start them."""
    steps = wave.steps_of(StepPhase.BEFORE)
    return all(step.is_ended and not step.is_failure for step in steps)


def step_progress(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Return the next facts about steps that follow by themselves."""
    for wave in state.waves:
        if not wave.is_in_flight:
            continue
        if events := _wave_steps(state, wave, now):
            return events
    return ()


def _wave_steps(state: Execution, wave: WaveExecution, now: Now) -> tuple[ev.Event, ...]:
    phase = _phase_under_way(wave)
    if phase is None or any(step.is_failure for step in wave.steps_of(phase)):
        return ()
    current = next((step for step in wave.steps_of(phase) if not step.is_ended), None)
    if current is None:
        return ()
    if current.status is StepStatus.RUNNING:
        return _over_by_the_clock(wave, current, now)
    return (_started(current, 1, now),) if state.may_start and wave.hold is None else ()


def _phase_under_way(wave: WaveExecution) -> StepPhase | None:
    if not are_steps_over(wave, StepPhase.BEFORE):
        return StepPhase.BEFORE
    launched = any(server.is_launched for server in wave.servers.values())
    return StepPhase.AFTER if launched and are_starts_over(wave) else None


def _started(step: StepExecution, attempt: int, now: Now) -> ev.Event:
    wait = wait_of(step.spec)
    ends_at = now.service + wait if wait else None
    return ev.StepStarted(at=now.service, key=step.key, attempt=attempt, ends_at=ends_at)


def _over_by_the_clock(wave: WaveExecution, step: StepExecution, now: Now) -> tuple[ev.Event, ...]:
    deadline = step.deadline
    if deadline is None or now.service < deadline:
        return ()
    if step.spec.kind == TIMED_WAIT and deadline == step.ends_at:
        return (
            ev.StepEnded(at=now.service, key=step.key, status=StepStatus.DONE, evidence="The wait is over."),
        )
    return failed_or_again(step, "It took longer than its time limit.", _unproved(wave, step), now)


def _unproved(wave: WaveExecution, step: StepExecution) -> tuple[ServerKey, ...]:
    """Return the servers that a check without an answer leaves unproved: what is not known is not good."""
    if step.key.phase is StepPhase.BEFORE or not needs_performer(step):
        return ()
    return tuple(server.key for server in wave.servers.values() if server.is_launched)


def failed_or_again(
    step: StepExecution, evidence: str, failed_servers: tuple[ServerKey, ...], now: Now
) -> tuple[ev.Event, ...]:
    """Return the end of an attempt that failed, and the next attempt while retries are left."""
    if step.attempt <= step.spec.retries:
        return (_started(step, step.attempt + 1, now),)
    return (
        ev.StepEnded(
            at=now.service,
            key=step.key,
            status=StepStatus.FAILED,
            evidence=evidence,
            failed_servers=failed_servers,
        ),
    )


def decide_step_performed(given: inputs.StepPerformed, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Take the outcome of one attempt; an attempt that is over already changes nothing."""
    step = find_step(state, given.key)
    if step is None or step.status is not StepStatus.RUNNING or step.attempt != given.attempt:
        return ()
    if not state.wave(given.key.wave).is_in_flight:
        return ()
    if given.is_done:
        ended = ev.StepEnded(at=now.service, key=step.key, status=StepStatus.DONE, evidence=given.evidence)
        return (ended,)
    return failed_or_again(step, given.evidence, given.failed_servers, now)


def find_step(state: Execution, key: StepKey) -> StepExecution | None:
    """Return a step, or None when the execution has no such one."""
    for wave in state.waves:
        if key in wave.steps:
            return wave.steps[key]
    return None


def needs_performer(step: StepExecution) -> bool:
    """Return whether the engine must carry the step out, rather than the clock or a person."""
    return step.status is StepStatus.RUNNING and step.spec.kind not in {TIMED_WAIT, MANUAL_TASK}

"""How events about StartRecovery calls change the state."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.evolving import apply, with_attempt, with_wave, without_deferral
from drs_desktop.domain.execution import Attempt, AttemptStatus, Deferral, Execution
from drs_desktop.domain.ids import IntentId
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.start_recovery import AttemptKey


@apply.register
def _(event: ev.StartDeferred, state: Execution) -> Execution:
    wave = state.wave(event.part.wave)
    deferral = Deferral(reason=event.reason, retry_at=event.retry_at)
    return with_wave(state, replace(wave, deferrals={**wave.deferrals, event.part: deferral}))


@apply.register
def _(event: ev.PointInTimeGone, state: Execution) -> Execution:
    wave = state.wave(event.wave)
    gone = {key: replace(wave.servers[key], is_point_gone=True) for key in event.servers}
    return with_wave(state, replace(wave, servers={**wave.servers, **gone}))


@apply.register
def _(event: ev.StartArmed, state: Execution) -> Execution:
    attempt = Attempt(
        key=event.key,
        status=AttemptStatus.ARMED,
        intent_id=event.intent_id,
        source_server_ids=event.source_server_ids,
        request_digest=event.request_digest,
        not_after=event.not_after,
        horizon_at=event.horizon_at,
        baseline_job_ids=event.baseline_job_ids,
    )
    state = without_deferral(with_attempt(state, attempt), event.key)
    return _with_retries_begun(state, event.key)


def _with_retries_begun(state: Execution, key: AttemptKey) -> Execution:
    """Forget, for the servers of a part that is being started, that a person asked for them again."""
    wave = state.wave(key.wave)
    part = next(part for part in wave.parts if part.key == key.part)
    begun = {
        k: replace(wave.servers[k], is_retry_due=False) for k in part.servers if wave.servers[k].is_retry_due
    }
    return with_wave(state, replace(wave, servers={**wave.servers, **begun}))


@apply.register
def _(event: ev.StartAccepted, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    changed = replace(attempt, status=AttemptStatus.ACCEPTED, job_id=event.job_id, reason=event.evidence)
    return with_attempt(state, changed)


@apply.register
def _(event: ev.StartRefused, state: Execution) -> Execution:
    wave = state.wave(event.key.wave)
    attempt = wave.attempts.get(event.key)
    reason = f"{event.code}: {event.message}" if event.code else event.message
    if attempt is None:  # refused by a check before any intent: remember the refusal all the same
        attempt = Attempt(
            key=event.key,
            status=AttemptStatus.REFUSED,
            intent_id=_NO_INTENT,
            source_server_ids=(),
            request_digest="",
            not_after=event.at,
            horizon_at=event.at,
            baseline_job_ids=(),
        )
    changed = replace(attempt, status=AttemptStatus.REFUSED, reason=reason)
    state = without_deferral(with_attempt(state, changed), event.key)
    return _with_retries_begun(state, event.key)


@apply.register
def _(event: ev.StartNotSent, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.NOT_SENT, reason=event.reason)
    state = with_attempt(state, attempt)
    wave = state.wave(event.key.wave)
    deferral = Deferral(reason=event.reason, retry_at=event.retry_at)
    return with_wave(state, replace(wave, deferrals={**wave.deferrals, event.key.part: deferral}))


@apply.register
def _(event: ev.StartOutcomeUnknown, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.UNKNOWN, reason=event.reason)
    return with_attempt(state, attempt)


@apply.register
def _(event: ev.StartDecisionNeeded, state: Execution) -> Execution:
    attempt = replace(
        state.attempt(event.key),
        status=AttemptStatus.ASK,
        candidates=event.candidates,
        reason=event.reason,
    )
    return with_attempt(state, attempt)


@apply.register
def _(event: ev.StartLookedAgain, state: Execution) -> Execution:
    attempt = replace(
        state.attempt(event.key),
        status=AttemptStatus.UNKNOWN,
        horizon_at=event.horizon_at,
        candidates=(),
    )
    return with_attempt(state, attempt)


@apply.register
def _(event: ev.StartNotStarted, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.NOT_STARTED, reason=event.evidence)
    return with_attempt(state, attempt)


@apply.register
def _(event: ev.ModeContradicted, state: Execution) -> Execution:
    return replace(state, frozen=event.detail)


@apply.register
def _(event: ev.StartAbandoned, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.ABANDONED)
    return with_attempt(state, attempt)


_NO_INTENT = IntentId("")

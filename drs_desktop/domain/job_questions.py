"""Jobs that a person is asked about: AWS says what nobody here understands, or they do not end."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.decide_starts import servers_of_attempt
from drs_desktop.domain.execution import JOB_PATIENCE, Attempt, Execution, HoldKind, WaveExecution
from drs_desktop.domain.job import ENDED_LAUNCH_STATUSES
from drs_desktop.domain.times import Now


def questions_about_jobs(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Ask a person about jobs that are not understood, or that go on for longer than anybody expects."""
    return tuple(
        ev.WaveHeld(
            at=now.service,
            wave=wave.number,
            hold_id=f"wave-{wave.number}-at-{state.version}",
            kind=kind,
            reason=reason,
        )
        for wave in state.waves
        if wave.is_in_flight and (question := _question(wave, now))
        for kind, reason in [question]
    )


def _question(wave: WaveExecution, now: Now) -> tuple[HoldKind, str] | None:
    if wave.ask_at is not None and now.service >= wave.ask_at:
        return HoldKind.NOT_UNDERSTOOD, _why_not_understood(wave)
    if wave.patience_ends_at is not None and now.service >= wave.patience_ends_at:
        return HoldKind.STILL_RUNNING, _why_still_running(wave)
    return None


def _why_not_understood(wave: WaveExecution) -> str:
    return (
        f"AWS gives {_jobs(wave.not_understood)} a status that this program does not know: look at it in the "
        "AWS console. Resume takes each server's own word, once AWS has given a last one; cancel stops the "
        "plan."
    )


def _why_still_running(wave: WaveExecution) -> str:
    hours = JOB_PATIENCE.total_seconds() / 3600
    word = "job" if len(wave.running) == 1 else "jobs"
    jobs = f"{word} {_jobs(wave.running)}"
    return (
        f"the last of its servers have not ended for more than {hours:g} hours ({jobs}): "
        "look in the AWS console. Resume waits on; cancel and then stop watching leaves them to AWS."
    )


def _jobs(attempts: tuple[Attempt, ...]) -> str:
    return ", ".join(str(attempt.job_id) for attempt in attempts)


def jobs_by_their_servers_word(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """End jobs that are not understood once every server has its word, if a person said that it counts."""
    return tuple(
        ev.JobEnded(at=now.service, key=attempt.key, job_id=attempt.job_id)
        for wave in state.waves
        for attempt in wave.not_understood
        if attempt.job_id and attempt.is_server_word_enough and _has_every_word(wave, attempt)
    )


def _has_every_word(wave: WaveExecution, attempt: Attempt) -> bool:
    servers = servers_of_attempt(wave, attempt)
    return all(wave.servers[key].launch_status in ENDED_LAUNCH_STATUSES for key in servers)

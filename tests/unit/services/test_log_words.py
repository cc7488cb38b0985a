"""Every event has its words, or none on purpose."""

import inspect
from typing import Any

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import (
    ExecutionStatus,
    Health,
    HoldKind,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.ids import IntentId, JobId, SourceServerId
from drs_desktop.domain.job import JobLogItem, JobStatus, LaunchPhase, LaunchStatus
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepKey, StepPhase, StepStatus
from drs_desktop.services.log_words import log_rows
from drs_desktop.services.views import JobLogRow
from tests.helpers.builders import (
    EXECUTION_ID,
    SCOPE,
    START,
    Play,
    a_creation,
    a_key,
    a_log_item,
    an_execution,
)

KEY = AttemptKey(part=Play(1).part(), attempt=1)
JOB = JobId("drsjob-1")
STEP = StepKey(wave=1, phase=StepPhase.BEFORE, index=1)
AT: dict[str, Any] = {"at": START}
SERVER: dict[str, Any] = {"at": START, "wave": 1, "server": a_key(1)}
BATCH: dict[str, Any] = {"at": START, "scope": SCOPE, "batch": 1}
START_OF: dict[str, Any] = {"at": START, "key": KEY}

WORDS: list[tuple[ev.Event, str]] = [
    (a_creation(), "anna started a drill of plan payroll, revision 3"),
    (ev.DriverAttached(**AT, epoch=1, by="anna"), ""),
    (ev.DriverAttached(**AT, epoch=2, by="bert"), "Driven by bert from here on"),
    (ev.StartsHeld(**AT, reason="This machine slept."), "This machine slept."),
    (ev.PointInTimeGone(**AT, wave=1, servers=(a_key(1),)), "The chosen point in time is gone for srv-1"),
    (ev.StartsAllowed(**AT, by="bert"), "bert said that starting may go on"),
    (ev.StartsAllowed(**AT, by="bert", reason="seen"), "bert said that starting may go on: seen"),
    (ev.PauseWithdrawn(**AT, by="bert", reason="seen"), "bert ended the pause: seen"),
    (
        ev.WaveHeld(
            **AT, wave=1, hold_id="h", kind=HoldKind.CONFIGURED_PAUSE, reason="a pause.", instruction="Call."
        ),
        "Wave 1 waits: a pause. Call.",
    ),
    (ev.WaveReleased(**AT, wave=1, hold_id="h", by="bert"), "bert released wave 1"),
    (ev.WaveReleased(**AT, wave=1, hold_id="h", by="bert", reason="ok"), "bert released wave 1: ok"),
    (
        ev.DriftSeen(**AT, kind=DriftKind.JOB_DELETED, wave=1, words="The record is gone.", job_id=JOB),
        "The record is gone.",
    ),
    (ev.JobUnderstood(**START_OF, job_id=JOB), "AWS gives the job a status again that is known here"),
    (ev.WaveStarted(**AT, wave=1), 'Wave 1 "Wave 1" begins'),
    (ev.StartDeferred(**AT, part=KEY.part, reason="20 of 20.", retry_at=START), "Waits in line: 20 of 20."),
    (
        ev.StartArmed(
            **START_OF,
            intent_id=IntentId("i-1"),
            source_server_ids=(SourceServerId("s-1"), SourceServerId("s-2")),
            is_drill=True,
            request_digest="d",
            baseline_job_ids=(),
            not_after=START,
            horizon_at=START,
            epoch=1,
        ),
        "Asking DRS to start 2 servers (intent i-1)",
    ),
    (ev.StartAccepted(**START_OF, job_id=JOB, evidence="our tags"), "Job drsjob-1 is ours: our tags"),
    (ev.StartRefused(**START_OF, code="C", message="The role may not."), "Not started: The role may not."),
    (ev.StartNotSent(**START_OF, reason="no network", retry_at=START), "Not started yet: no network"),
    (
        ev.StartOutcomeUnknown(**START_OF, reason="The connection was reset."),
        "We do not know whether AWS started it: The connection was reset. Looking for evidence.",
    ),
    (
        ev.StartDecisionNeeded(**START_OF, candidates=(), reason="no tags"),
        "A person must say whether AWS started it: no tags",
    ),
    (ev.StartLookedAgain(**START_OF, by="bert", horizon_at=START), "bert chose to keep looking"),
    (ev.StartNotStarted(**START_OF, evidence="nothing seen"), "Nothing was started: nothing seen"),
    (ev.ModeContradicted(**START_OF, job_id=JOB, detail="A drill was asked for."), "A drill was asked for."),
    (ev.JobObserved(**START_OF, job_id=JOB, status=JobStatus.STARTED), ""),
    (ev.JobEnded(**START_OF, job_id=JOB), ""),
    (
        ev.ServerLaunchChanged(
            **SERVER, job_id=JOB, launch_status=LaunchStatus.LAUNCHED, phase=LaunchPhase.DONE
        ),
        "",
    ),
    (ev.ServerErrorRecorded(**SERVER, error="no capacity"), "no capacity"),
    (
        ev.ServerChecked(
            **SERVER,
            recovery_instance_id=None,
            ec2_state=Ec2InstanceState.RUNNING,
            health=Health.HEALTHY,
        ),
        "healthy: RUNNING",
    ),
    (
        ev.ServerChecked(
            **SERVER, recovery_instance_id=None, ec2_state=None, health=Health.UNHEALTHY, reason="gone"
        ),
        "unhealthy: gone",
    ),
    (ev.WaveEnded(**AT, wave=1, status=WaveStatus.COMPLETED), "Wave 1 ended: COMPLETED"),
    (ev.WaveEnded(**AT, wave=1, status=WaveStatus.FAILED, reason="bad"), "Wave 1 ended: FAILED. bad"),
    (
        ev.StepStarted(**AT, key=STEP, attempt=2, ends_at=START),
        "Step 1 before wave 1 began, attempt 2, until 2026-11-02 03:00:00 UTC",
    ),
    (
        ev.StepExtended(**AT, key=STEP, ends_at=START, by="bert"),
        "bert moved the end of Step 1 before wave 1 to 2026-11-02 03:00:00 UTC",
    ),
    (
        ev.StepEnded(**AT, key=STEP, status=StepStatus.DONE, by="bert", evidence="fine"),
        "Step 1 before wave 1: DONE by bert: fine",
    ),
    (ev.WaveOverdue(**AT, wave=1), "Wave 1 is over its time limit; its jobs are watched on"),
    (
        ev.RetryRequested(**AT, wave=1, servers=(a_key(1),), by="bert"),
        "bert asked to try wave 1 again (1 servers)",
    ),
    (ev.StartAbandoned(**START_OF, by="bert"), f"bert stopped watching {KEY}"),
    (
        ev.WatchingStopped(**AT, by="bert", reason="AWS is stuck.", job_ids=(JOB,)),
        "bert stopped watching: AWS is stuck. Left running in AWS: drsjob-1",
    ),
    (
        ev.CleanUpRequested(**AT, by="bert"),
        "bert asked that what the drill launched be terminated once nothing runs any more",
    ),
    (ev.NoteAdded(**AT, by="bert", text="The bank called."), "Note by bert: The bank called."),
    (ev.PauseRequested(**AT, by="bert"), "bert asked for a pause"),
    (ev.PauseRequested(**AT, by="bert", reason="lunch"), "bert asked for a pause: lunch"),
    (ev.PauseWithdrawn(**AT, by="bert"), "bert ended the pause"),
    (ev.CancelRequested(**AT, by="bert"), "bert cancelled"),
    (ev.CancelRequested(**AT, by="bert", reason="wrong plan"), "bert cancelled: wrong plan"),
    (ev.ExecutionEnded(**AT, status=ExecutionStatus.COMPLETED), "Ended: COMPLETED"),
    (ev.ExecutionEnded(**AT, status=ExecutionStatus.FAILED, reason="bad"), "Ended: FAILED. bad"),
    (
        ev.TerminationRequested(**AT, by="bert", servers=(a_key(1),)),
        "bert asked to terminate 1 recovery instances",
    ),
    (
        ev.TerminationArmed(**BATCH, intent_id=IntentId("t"), servers=(a_key(1), a_key(2)), epoch=1),
        "Asking DRS to terminate 2 recovery instances",
    ),
    (ev.TerminationAccepted(**BATCH, job_id=JOB), "Job drsjob-1 terminates them"),
    (ev.TerminationReopened(**BATCH, reason="no network"), "no network"),
    (
        ev.InstanceTerminationChanged(**AT, server=a_key(1), state=TerminationState.TERMINATED),
        "Recovery instance terminated",
    ),
    (
        ev.InstanceTerminationChanged(
            **AT, server=a_key(1), state=TerminationState.SKIPPED, reason="not ours"
        ),
        "Recovery instance skipped: not ours",
    ),
]
IN_AMAZONS_WORDS = {ev.JobLogRecorded}


def _rows(event: ev.Event, sequence: int = 7) -> tuple[JobLogRow, ...]:
    stored = StoredEvent(
        position=99, execution_id=EXECUTION_ID, sequence=sequence, recorded_at=START, event=event
    )
    return log_rows(stored, an_execution(2))


def test_the_table_has_every_event_type() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(ev, inspect.isclass)
        if issubclass(kind, ev.Event) and kind is not ev.Event
    }
    assert {type(event) for event, _ in WORDS} | IN_AMAZONS_WORDS == kinds


@pytest.mark.parametrize(("event", "words"), WORDS)
def test_an_event_reads_as_a_sentence_or_adds_no_line(event: ev.Event, words: str) -> None:
    assert [row.words for row in _rows(event)] == ([words] if words else [])


def test_a_line_says_where_and_about_what_it_is() -> None:
    (server,) = _rows(ev.ServerErrorRecorded(**SERVER, error="no capacity"))
    assert (server.server_name, server.wave, server.event) == ("srv-1", 1, "ServerErrorRecorded")
    (start,) = _rows(ev.StartAccepted(**START_OF, job_id=JOB, evidence="our tags"))
    assert (start.wave, start.scope, start.job_id) == (1, SCOPE, JOB)
    (wait,) = _rows(ev.StartDeferred(**AT, part=KEY.part, reason="20 of 20.", retry_at=START))
    assert (wait.wave, wait.scope, wait.job_id) == (1, SCOPE, None)
    (batch,) = _rows(ev.TerminationAccepted(**BATCH, job_id=JOB))
    assert (batch.wave, batch.scope) == (None, SCOPE)


def _log(*items: JobLogItem) -> ev.JobLogRecorded:
    return ev.JobLogRecorded(at=START, key=KEY, job_id=JOB, items=items)


def test_amazons_lines_keep_their_word_beside_ours_and_an_unknown_one_stands_for_itself() -> None:
    stranger = JobLogItem(at=START, event="LAUNCH_FAILED", source_server_id=SourceServerId("s-9"))
    rows = _rows(
        _log(
            a_log_item("JOB_START"),
            a_log_item("LAUNCH_FAILED", a_key(1), raw_error="no capacity"),
            a_log_item("A_NEW_WORD", a_key(1)),
            stranger,
        )
    )
    assert [(row.event, row.words, row.server_name) for row in rows] == [
        ("JOB_START", "The job began", ""),
        ("LAUNCH_FAILED", "The launch failed: no capacity", "srv-1"),
        ("A_NEW_WORD", "A_NEW_WORD", "srv-1"),
        ("LAUNCH_FAILED", "The launch failed", "s-9"),
    ]


def test_positions_grow_over_events_that_bring_thousands_of_lines() -> None:
    first = _rows(_log(*[a_log_item("SNAPSHOT_START", a_key(1))] * 3000), sequence=7)
    second = _rows(_log(a_log_item("JOB_END")), sequence=8)
    positions = [row.position for row in (*first, *second)]
    assert positions == sorted(set(positions))

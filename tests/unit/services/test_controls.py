"""Every control of an execution, as a person gives it: carried out, or refused with a sentence."""

from datetime import timedelta

import pytest

from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, Health, TerminationState, WaveStatus
from drs_desktop.domain.ids import ExecutionId, JobId, PlanId
from drs_desktop.domain.job import JobStatus, LaunchStatus
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import MANUAL_TASK, TIMED_WAIT, StepKey, StepPhase, StepSpec, StepStatus
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.views import ExecutionView
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, a_job, a_key, a_plan, a_plan_wave, an_instance
from tests.unit.services.office import Office, an_office

PLAN = PlanId("plan-1")
HOUR = timedelta(hours=1)
BEFORE = StepKey(wave=1, phase=StepPhase.BEFORE, index=1)
WAIT = StepSpec(kind=TIMED_WAIT, name="settle down", settings=(("seconds", "3600"),))
TASK = StepSpec(kind=MANUAL_TASK, name="switch DNS", instruction="Point app.example.com here.")


def _plan(*steps: StepSpec) -> RecoveryPlan:
    return a_plan([a_plan_wave(1, steps_before=steps, failure_policy=FailurePolicy.ASK)])


async def _start(office: Office, mode: ExecutionMode = ExecutionMode.DRILL) -> ExecutionId:
    confirm = None if mode.is_drill else "payroll"
    execution_id = await office.executions.start(PLAN, mode, confirm=confirm)
    await office.clock.advance(timedelta(seconds=1))
    return execution_id


async def _settled(office: Office, execution_id: ExecutionId) -> ExecutionView:
    """Let time pass until the execution has ended or only a person can go on."""
    task = spawn(office.executions.wait_until_settled(execution_id), name="wait")
    await office.clock.run_until(task.done, 6 * HOUR)
    return task.result()


async def _words(office: Office, execution_id: ExecutionId) -> list[str]:
    return [row.words for row in await office.executions.log(execution_id)]


# ---- retry


@on_loop
async def test_retry_starts_the_failed_servers_again_and_a_second_retry_is_refused() -> None:
    async with an_office([_plan()]) as office:
        office.will_launch(1, "drsjob-1", word=LaunchStatus.FAILED)
        execution_id = await _start(office)
        view = await _settled(office, execution_id)
        assert (view.status, view.waves[0].can_retry.enabled) == (ExecutionStatus.PAUSED, True)
        office.will_launch(1, "drsjob-2")
        await office.executions.retry(execution_id, 1)
        assert (await _settled(office, execution_id)).status is ExecutionStatus.COMPLETED
        with pytest.raises(CommandRefused, match="there is nothing to retry"):
            await office.executions.retry(execution_id, 1)
        assert len(office.aws.mutating_calls) == 2
        assert "anna asked to try wave 1 again (1 servers)" in await _words(office, execution_id)


# ---- skip


@on_loop
async def test_skip_needs_a_reason_and_lets_the_plan_end() -> None:
    async with an_office([a_plan([a_plan_wave(1, pause_before=True)])]) as office:
        execution_id = await _start(office)
        with pytest.raises(CommandRefused, match="needs a reason"):
            await office.executions.skip(execution_id, 1, " ")
        with pytest.raises(CommandRefused, match="no wave 7"):
            await office.executions.skip(execution_id, 7, "why not")
        await office.executions.skip(execution_id, 1, "tested last week")
        view = await _settled(office, execution_id)
        assert view.waves[0].status is WaveStatus.SKIPPED
        assert view.waves[0].reason == "anna skipped it: tested last week"
        assert office.aws.mutating_calls == ()


# ---- waits and tasks


@on_loop
async def test_a_wait_is_extended_then_ended_and_nothing_starts_before() -> None:
    async with an_office([_plan(WAIT)]) as office:
        execution_id = await _start(office)
        (before,) = (await office.executions.view(execution_id)).waves[0].steps
        await office.executions.extend_wait(execution_id, BEFORE, HOUR)
        (after,) = (await office.executions.view(execution_id)).waves[0].steps
        assert after.ends_at is not None
        assert before.ends_at is not None
        assert after.ends_at - before.ends_at == HOUR
        await office.clock.advance(timedelta(minutes=90))
        assert office.aws.mutating_calls == ()
        office.will_launch(1, "drsjob-1")
        await office.executions.end_wait(execution_id, BEFORE)
        view = await _settled(office, execution_id)
        assert view.status is ExecutionStatus.COMPLETED
        assert view.waves[0].steps[0].evidence == "Ended early."
        with pytest.raises(CommandRefused, match="is not running"):
            await office.executions.extend_wait(execution_id, BEFORE, HOUR)


@on_loop
async def test_a_wait_cannot_be_made_longer_than_is_allowed() -> None:
    async with an_office([_plan(WAIT)]) as office:
        execution_id = await _start(office)
        with pytest.raises(CommandRefused, match="may last 400 days in all"):
            await office.executions.extend_wait(execution_id, BEFORE, timedelta(days=401))


@on_loop
async def test_a_task_settles_until_it_is_answered_and_its_answer_is_on_record() -> None:
    async with an_office([_plan(TASK)]) as office:
        execution_id = await _start(office)
        view = await _settled(office, execution_id)
        (task,) = view.tasks
        assert (task.key, task.instruction, view.needs_person) == (BEFORE, TASK.instruction, True)
        with pytest.raises(CommandRefused, match="is no timed wait"):
            await office.executions.end_wait(execution_id, BEFORE)
        office.will_launch(1, "drsjob-1")
        await office.executions.answer_task(execution_id, BEFORE, is_done=True, answer="ticket 17")
        view = await _settled(office, execution_id)
        step = view.waves[0].steps[0]
        assert (view.status, step.status, step.evidence) == (
            ExecutionStatus.COMPLETED,
            StepStatus.DONE,
            "ticket 17",
        )
        with pytest.raises(CommandRefused):
            await office.executions.answer_task(execution_id, BEFORE, is_done=False)


@on_loop
async def test_a_task_that_failed_starts_nothing() -> None:
    async with an_office([_plan(TASK)]) as office:
        execution_id = await _start(office)
        await office.executions.answer_task(execution_id, BEFORE, is_done=False, answer="no access")
        view = await _settled(office, execution_id)
        assert view.status is ExecutionStatus.PAUSED
        assert "no access" in view.reason
        assert office.aws.mutating_calls == ()


# ---- notes


@on_loop
async def test_a_note_is_kept_also_after_the_end_and_an_empty_one_is_refused() -> None:
    async with an_office([_plan()]) as office:
        office.will_launch(1, "drsjob-1")
        execution_id = await _start(office)
        await _settled(office, execution_id)
        await office.executions.add_note(execution_id, "  Took 12 minutes. ")
        assert "Note by anna: Took 12 minutes." in await _words(office, execution_id)
        with pytest.raises(CommandRefused, match="needs some text"):
            await office.executions.add_note(execution_id, "\n")
        assert (await office.executions.view(execution_id)).status is ExecutionStatus.COMPLETED


# ---- stop watching, cancel and clean up


def _will_run(office: Office) -> None:
    """Prepare AWS to answer the next start with a job that does not end."""
    job = a_job([a_key(1)], JobStatus.STARTED, LaunchStatus.IN_PROGRESS, job_id=JobId("drsjob-1"))
    office.aws.drs(SCOPE).answers.append(job)


def _launched(office: Office) -> None:
    """Have the running job end well."""
    drs, now = office.aws.drs(SCOPE), office.clock.service_now()
    job = a_job(
        [a_key(1)], JobStatus.COMPLETED, LaunchStatus.LAUNCHED, job_id=JobId("drsjob-1"), ended_at=now
    )
    drs.jobs[job.job_id] = job
    drs.instances.append(an_instance(a_key(1), "drsjob-1"))


@on_loop
async def test_stop_watching_comes_after_a_cancel_and_says_what_is_left_running() -> None:
    async with an_office([_plan()]) as office:
        _will_run(office)
        execution_id = await _start(office)
        assert not (await office.executions.view(execution_id)).actions.stop_watching.enabled
        with pytest.raises(CommandRefused, match="Cancel first"):
            await office.executions.stop_watching(execution_id, "enough")
        await office.executions.cancel(execution_id, "wrong day")
        assert (await office.executions.view(execution_id)).actions.stop_watching.enabled
        with pytest.raises(CommandRefused, match="needs a reason"):
            await office.executions.stop_watching(execution_id, "")
        await office.executions.stop_watching(execution_id, "the console shows it")
        view = await _settled(office, execution_id)
        assert view.status is ExecutionStatus.CANCELLED
        assert "left running: drsjob-1" in view.reason
        assert await office.journal.claims("aws", SCOPE) == ()


@on_loop
async def test_cancel_and_clean_up_waits_for_the_job_and_removes_what_it_launched() -> None:
    async with an_office([_plan()]) as office:
        _will_run(office)
        execution_id = await _start(office)
        await office.executions.cancel_and_clean_up(execution_id, "only a test")
        await office.clock.advance(timedelta(minutes=5))
        view = await office.executions.view(execution_id)
        assert view.status is ExecutionStatus.CANCELLING
        assert not view.actions.clean_up.enabled
        _launched(office)
        drs = office.aws.drs(SCOPE)
        drs.answers.append(a_job(job_id=JobId("drsjob-end")))
        await office.clock.run_until(lambda: len(office.aws.mutating_calls) == 2, HOUR)
        drs.instances.clear()
        view = await _settled(office, execution_id)
        assert view.status is ExecutionStatus.CANCELLED
        assert view.servers[0].termination is TerminationState.TERMINATED
        assert office.aws.mutating_calls[1].operation == "TerminateRecoveryInstances"


@on_loop
async def test_a_real_recovery_is_never_cleaned_up_in_one_go() -> None:
    async with an_office([_plan(WAIT)]) as office:
        execution_id = await _start(office, ExecutionMode.RECOVERY)
        with pytest.raises(CommandRefused, match="Only a drill"):
            await office.executions.cancel_and_clean_up(execution_id)
        assert (await office.executions.view(execution_id)).status is not ExecutionStatus.CANCELLED


# ---- who is signed in, and what AWS gave no reason for


@on_loop
async def test_somebody_else_signed_in_is_a_decision_before_the_next_start() -> None:
    async with an_office([_plan(WAIT)]) as office:
        execution_id = await _start(office)
        for principal in ("arn:anna", "arn:anna"):
            await office.executions.signed_in_as(principal)
        assert not (await office.executions.view(execution_id)).needs_person
        await office.executions.signed_in_as("arn:bert")
        await office.clock.advance(2 * HOUR)
        view = await office.executions.view(execution_id)
        assert (view.status, view.needs_person) == (ExecutionStatus.PAUSED, True)
        assert "arn:bert is signed in now, not arn:anna" in view.reason
        assert office.aws.mutating_calls == ()


@on_loop
async def test_a_job_that_failed_at_once_points_to_a_missing_permission_everywhere_it_is_shown() -> None:
    async with an_office([_plan()]) as office:
        now = office.clock.service_now()
        job = a_job(
            [a_key(1)],
            JobStatus.COMPLETED,
            LaunchStatus.FAILED,
            job_id=JobId("drsjob-1"),
            created_at=now,
            ended_at=now + timedelta(seconds=2),
        )
        office.aws.drs(SCOPE).answers.append(job)
        execution_id = await _start(office)
        view = await _settled(office, execution_id)
        permission = "the role lacks an EC2 permission"
        assert permission in view.servers[0].message
        assert view.servers[0].health is Health.NOT_CHECKED
        assert permission in view.reason
        assert any(permission in words for words in await _words(office, execution_id))

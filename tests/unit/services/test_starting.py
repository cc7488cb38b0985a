"""Preview and start: what would be called, what stands in the way, and that a refusal calls nothing."""

from datetime import timedelta

import pytest

from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsRejected,
    AwsUnreachable,
    CommandRefused,
    NotFound,
    OutcomeUnknown,
    SignInNeeded,
    StorageError,
    ValidationFailed,
)
from drs_desktop.domain.execution import ExecutionStatus, FrozenWave
from drs_desktop.domain.ids import ExecutionId, JobId, PlanId
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.start_preview import planned_calls
from drs_desktop.services.views import ExecutionUpdate, ExecutionView
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import (
    ACCOUNT,
    OTHER_SCOPE,
    SCOPE,
    Play,
    a_frozen_wave,
    a_job,
    a_key,
    a_log_item,
    a_plan,
    a_plan_wave,
    an_instance,
)
from tests.unit.services.office import Office, an_office

PLAN = PlanId("plan-1")
DRILL, RECOVERY = ExecutionMode.DRILL, ExecutionMode.RECOVERY


async def _settled(office: Office, execution_id: ExecutionId) -> ExecutionView:
    """Let time pass until the execution has ended or only a person can go on."""
    found: list[ExecutionView] = []

    async def wait() -> None:
        found.append(await office.executions.wait_until_settled(execution_id))

    task = spawn(wait(), name="wait")
    await office.clock.run_until(task.done, timedelta(hours=6))
    return found[0]


# ---- preview


@on_loop
async def test_a_preview_says_what_would_be_called_where_and_what_is_replaced() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).instances = [an_instance(a_key(1), "earlier")]
        preview = await office.executions.preview_start(PLAN, DRILL)
        assert [(c.wave, c.scope, c.account_name, c.server_names) for c in preview.calls] == [
            (1, SCOPE, "account-1", ("srv-1",)),
            (2, OTHER_SCOPE, "account-2", ("srv-2",)),
        ]
        assert preview.replaced_instances == ("srv-1",)
        assert preview.is_startable
        assert preview.findings[0].level == "warning"
        assert office.aws.mutating_calls == ()


def test_a_wave_of_more_than_a_hundred_servers_is_shown_as_several_calls() -> None:
    waves: tuple[FrozenWave, ...] = (a_frozen_wave(1, [a_key(n) for n in range(1, 251)]),)
    calls = planned_calls(waves, {ACCOUNT: "payroll-dr"})
    assert [len(call.server_names) for call in calls] == [100, 100, 50]
    assert {call.account_name for call in calls} == {"payroll-dr"}


@on_loop
async def test_a_preview_of_a_running_plan_is_not_startable() -> None:
    async with an_office() as office:
        live = ExecutionId("test-live")
        lease = await office.journal.acquire_lease(live)
        await office.journal.append(lease, None, Play(1, execution_id=live).events)
        preview = await office.executions.preview_start(PLAN, DRILL)
        assert preview.findings[0].sentence == "Execution test-live of this plan is live. End it first."
        assert not preview.is_startable


@pytest.mark.parametrize("operation", ["DescribeSourceServers", "DescribeJobs", "DescribeRecoveryInstances"])
@on_loop
async def test_what_could_not_be_read_is_not_checked_and_blocks_the_start(operation: str) -> None:
    async with an_office() as office:
        office.aws.drs(OTHER_SCOPE).errors[operation] = AccessDenied("The role may not read.")
        preview = await office.executions.preview_start(PLAN, DRILL)
        assert preview.findings[0].level == "not checked"
        assert "The role may not read." in preview.findings[0].text
        assert not preview.is_startable
        with pytest.raises((ValidationFailed, AccessDenied)):
            await office.executions.start(PLAN, DRILL)
        assert office.aws.mutating_calls == ()
        assert office.journal.store.events == []


# ---- start


@pytest.mark.parametrize("confirm", [None, "", "Payroll", "payroll ", "storefront"])
@on_loop
async def test_a_recovery_without_the_plans_exact_name_makes_no_call_at_all(confirm: str | None) -> None:
    async with an_office() as office:
        with pytest.raises(ValidationFailed, match="confirmed with the plan's exact name"):
            await office.executions.start(PLAN, RECOVERY, confirm=confirm)
        assert office.aws.calls == []
        assert office.journal.store.events == []


@on_loop
async def test_a_failed_check_refuses_the_start_with_its_sentence_and_changes_nothing() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).instances = [an_instance(a_key(1), "foreign", is_drill=False)]
        with pytest.raises(ValidationFailed, match="drill of payroll was not started: 1 server with a real"):
            await office.executions.start(PLAN, DRILL)
        assert office.aws.mutating_calls == ()
        assert office.journal.store.events == []


@on_loop
async def test_an_account_that_needs_a_sign_in_refuses_the_start_as_just_that() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).errors["DescribeJobs"] = SignInNeeded("Sign in again.")
        with pytest.raises(SignInNeeded):
            await office.executions.start(PLAN, DRILL)
        assert office.journal.store.events == []


@on_loop
async def test_a_plan_that_does_not_exist_cannot_be_started() -> None:
    async with an_office() as office:
        with pytest.raises(NotFound):
            await office.executions.start(PlanId("plan-9"), DRILL)


@on_loop
async def test_a_database_that_cannot_write_starts_nothing() -> None:
    async with an_office() as office:
        office.journal.write_error = StorageError("The disk is full.")
        with pytest.raises(StorageError):
            await office.executions.start(PLAN, DRILL)
        assert office.aws.mutating_calls == ()


# ---- the whole way


@on_loop
async def test_a_drill_runs_to_its_end_is_watched_listed_logged_and_terminated() -> None:
    async with an_office() as office:
        office.will_launch(1, "drsjob-1")
        office.will_launch(2, "drsjob-2", scope=OTHER_SCOPE)
        updates: list[ExecutionUpdate] = []
        subscription = office.executions.subscribe(updates.append)
        execution_id = await office.executions.start(PLAN, DRILL)
        view = await _settled(office, execution_id)
        assert (view.status, view.watch_problem) == (ExecutionStatus.COMPLETED, "")
        assert [server.recovery_instance_id for server in view.servers] == [
            "i-00000000000000001",
            "i-00000000000000002",
        ]
        assert view.instances_left == 2
        assert [call.operation for call in office.aws.mutating_calls] == ["StartRecovery"] * 2
        assert updates[-1].view == await office.executions.view(execution_id)
        assert {row.name for update in updates for row in update.changed_servers} == {"srv-1", "srv-2"}
        assert {row.number for update in updates for row in update.changed_waves} == {1, 2}
        told = [row for update in updates for row in update.new_log]
        assert tuple(told) == (await office.executions.log(execution_id))[-len(told) :]
        assert [row.status for row in await office.executions.list_executions()] == [
            ExecutionStatus.COMPLETED
        ]
        assert await office.executions.list_executions(live_only=True) == ()
        count = len(updates)
        subscription.close()
        subscription.close()

        for scope in (SCOPE, OTHER_SCOPE):
            office.aws.drs(scope).answers.append(a_job(job_id=JobId(f"t-{scope.region}")))
        await office.executions.terminate(execution_id)
        office.aws.drs(SCOPE).instances.clear()
        office.aws.drs(OTHER_SCOPE).instances.clear()
        done = await _settled(office, execution_id)
        assert {server.termination for server in done.servers} == {"terminated"}
        assert len(updates) == count, "nobody who left is told"


@on_loop
async def test_a_confirmed_recovery_asks_aws_for_a_recovery() -> None:
    async with an_office([a_plan(1)]) as office:
        office.will_launch(1, "drsjob-1", is_drill=False)
        office.aws.drs(SCOPE).instances.clear()
        execution_id = await office.executions.start(PLAN, RECOVERY, confirm="payroll")
        await office.clock.advance(timedelta(seconds=1))
        (call,) = office.aws.mutating_calls
        assert call.request.is_drill is False  # type: ignore[attr-defined]
        office.aws.drs(SCOPE).instances.append(an_instance(a_key(1), is_drill=False))
        assert (await _settled(office, execution_id)).status is ExecutionStatus.COMPLETED
        with pytest.raises(CommandRefused, match=r"plan's name \(payroll\)"):
            await office.executions.terminate(execution_id)


@on_loop
async def test_a_failed_server_keeps_amazons_words_to_the_end() -> None:
    async with an_office([a_plan(1)]) as office:
        job = office.will_launch(1, "drsjob-1", word=LaunchStatus.FAILED)
        failed = a_log_item("LAUNCH_FAILED", a_key(1), raw_error="no capacity")
        office.aws.drs(SCOPE).logs[job.job_id] = (failed,)
        execution_id = await office.executions.start(PLAN, DRILL, attended=False)
        view = await _settled(office, execution_id)
        assert (view.status, view.servers[0].message) == (ExecutionStatus.FAILED, "no capacity")
        assert "The launch failed: no capacity" in [
            row.words for row in await office.executions.log(execution_id)
        ]


@on_loop
async def test_a_pause_settles_until_it_is_resumed_and_a_cancel_ends_it() -> None:
    async with an_office([a_plan([a_plan_wave(1, pause_before=True)])]) as office:
        execution_id = await office.executions.start(PLAN, DRILL)
        view = await _settled(office, execution_id)
        assert (view.status, view.waves[0].is_held) == (ExecutionStatus.PAUSED, True)
        with pytest.raises(CommandRefused, match="Wave 7"):
            await office.executions.resume(execution_id, wave=7)
        await office.executions.pause(execution_id, "lunch")
        await office.executions.cancel(execution_id, "wrong plan")
        assert (await _settled(office, execution_id)).status is ExecutionStatus.CANCELLED
        assert office.aws.mutating_calls == ()


@on_loop
async def test_trouble_with_watching_is_told_while_the_execution_lives() -> None:
    async with an_office([a_plan(1)]) as office:
        office.will_launch(1, "drsjob-1")
        office.aws.drs(SCOPE).errors["DescribeJobLogItems"] = AwsUnreachable("No network.")
        execution_id = await office.executions.start(PLAN, DRILL)
        updates: list[ExecutionUpdate] = []
        office.executions.subscribe(updates.append)
        await office.clock.advance(timedelta(seconds=30))
        assert updates[-1].view.watch_problem == "No network."
        assert (updates[-1].changed_servers, updates[-1].new_log) == ((), ())
        del office.aws.drs(SCOPE).errors["DescribeJobLogItems"]
        view = await _settled(office, execution_id)
        assert (view.status, view.watch_problem) == (ExecutionStatus.COMPLETED, "")


# ---- doubt


async def _asked(office: Office) -> ExecutionId:
    """Lead an execution to where only a person can say whether AWS started it."""
    office.aws.drs(SCOPE).answers.append(OutcomeUnknown("The connection was reset."))
    execution_id = await office.executions.start(PLAN, DRILL)
    await office.clock.advance(timedelta(seconds=1))
    office.aws.drs(SCOPE).jobs[JobId("foreign")] = a_job([a_key(1)], job_id=JobId("foreign"))
    return execution_id


@on_loop
async def test_a_question_that_only_a_person_can_answer_settles_with_its_candidates() -> None:
    async with an_office([a_plan(1)]) as office:
        execution_id = await _asked(office)
        view = await _settled(office, execution_id)
        (question,) = view.questions
        assert (question.is_asked, question.candidates) == (True, ("foreign",))
        assert view.needs_person
        assert len(office.aws.mutating_calls) == 1, "sent once, whatever happened"


@on_loop
async def test_a_job_is_called_ours_only_when_aws_knows_it_with_our_servers() -> None:
    async with an_office([a_plan(1)]) as office:
        execution_id = await _asked(office)
        (question,) = (await _settled(office, execution_id)).questions
        drs, answer = office.aws.drs(SCOPE), office.executions.answer_start
        drs.jobs[JobId("others")] = a_job([a_key(9)], job_id=JobId("others"))
        with pytest.raises(CommandRefused, match="AWS lists no job missing"):
            await answer(execution_id, question.key, StartAnswer.OURS, JobId("missing"))
        with pytest.raises(CommandRefused, match="launches none of the servers"):
            await answer(execution_id, question.key, StartAnswer.OURS, JobId("others"))
        drs.errors["DescribeJobs"] = AwsRejected("Not a job id.")
        with pytest.raises(CommandRefused, match="AWS does not know nonsense"):
            await answer(execution_id, question.key, StartAnswer.OURS, JobId("nonsense"))
        del drs.errors["DescribeJobs"]
        await answer(execution_id, question.key, StartAnswer.OURS, JobId("foreign"), "seen in CloudTrail")
        assert (await office.executions.view(execution_id)).questions == ()


@on_loop
async def test_a_question_about_an_attempt_that_does_not_exist_is_refused() -> None:
    async with an_office([a_plan(1)]) as office:
        execution_id = await _asked(office)
        key = Play(1).part()
        with pytest.raises(CommandRefused, match="has no wave 1, part 1"):
            await office.executions.answer_start(
                execution_id, AttemptKey(part=key, attempt=7), StartAnswer.OURS, JobId("foreign")
            )


# ---- what is not there


@on_loop
async def test_an_execution_that_does_not_exist_is_named() -> None:
    async with an_office() as office:
        missing = ExecutionId("test-missing")
        with pytest.raises(NotFound, match="no execution test-missing"):
            await office.executions.view(missing)
        with pytest.raises(NotFound, match="no execution test-missing"):
            await office.executions.pause(missing)
        assert await office.executions.log(missing) == ()

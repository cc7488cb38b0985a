"""Reports are kept with their time, made again on a timer, and what others check belongs to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain.compute_facts import NetworkUse
from drs_desktop.domain.errors import AwsUnreachable, StorageError, ValidationFailed
from drs_desktop.domain.events import ExecutionCreated
from drs_desktop.domain.ids import ExecutionId, PlanId
from drs_desktop.domain.plan_forecast import LINUX
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.domain.readiness import Check, PlanFacts, ReadinessFinding
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.readiness_checks import SessionCheck
from drs_desktop.services.readiness_service import EVERY, ReadinessService
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, Play, a_frozen_wave, a_key, a_plan, a_server, a_snapshot
from tests.helpers.fake_compute import SUBNET
from tests.unit.services.office import Office, an_office

PLAN = PlanId("plan-1")
DRILL, RECOVERY = ExecutionMode.DRILL, ExecutionMode.RECOVERY


def service_of(office: Office) -> ReadinessService:
    return ReadinessService(office.planner, office.repository, office.clock)


# ---- kept reports


@on_loop
async def test_last_report_is_kept_for_each_mode_with_the_time_of_its_check() -> None:
    async with an_office() as office:
        service = service_of(office)
        assert await service.last(PLAN, DRILL) is None
        made_at = office.clock.service_now()
        preview = await office.executions.preview_start(PLAN, DRILL)
        await office.clock.advance(timedelta(minutes=7))
        kept = await service.last(PLAN, DRILL)
        assert kept == preview
        assert kept.made_at == made_at
        assert await service.last(PLAN, RECOVERY) is None


@on_loop
async def test_report_on_chosen_points_is_not_taken_for_the_plans_own() -> None:
    async with an_office() as office:
        choice = PointChoice(for_all=office.clock.service_now())
        await office.executions.preview_start(PLAN, DRILL, choice)
        assert await service_of(office).last(PLAN, DRILL) is None


@on_loop
async def test_refresh_checks_every_plan_as_a_drill_and_as_a_recovery() -> None:
    plans = [a_plan(1), a_plan(2, plan_id=PlanId("plan-2"), name="both")]
    async with an_office(plans) as office:
        found = await service_of(office).refresh()
        assert [(one.plan_name, one.mode) for one in found] == [
            ("both", DRILL), ("both", RECOVERY), ("payroll", DRILL), ("payroll", RECOVERY)
        ]  # fmt: skip
        assert office.aws.mutating_calls == ()


@on_loop
async def test_reports_are_made_again_by_themselves_and_the_age_of_an_old_one_shows() -> None:
    async with an_office([a_plan(1)]) as office:
        service = service_of(office)
        task = spawn(service.keep_current(), name="readiness")
        await office.clock.run_until(lambda: office.planner.last(PLAN, RECOVERY) is not None)
        first = await service.last(PLAN, DRILL)
        await office.clock.advance(EVERY + timedelta(minutes=1))
        second = await service.last(PLAN, DRILL)
        ages = [office.clock.service_now() - one.made_at for one in (first, second) if one and one.made_at]
        assert ages[0] > EVERY > ages[1]
        task.cancel()


@on_loop
async def test_plan_that_cannot_be_checked_keeps_its_last_report() -> None:
    async with an_office([a_plan(1)]) as office:
        service = service_of(office)
        before = await service.refresh()

        async def broken() -> dict[str, ExecutionId]:
            raise StorageError("The disk is gone.")

        office.plans.live_executions = broken  # type: ignore[method-assign]
        await office.clock.advance(timedelta(minutes=1))
        assert await service.refresh() == before


async def _breaks(_facts: PlanFacts) -> Sequence[ReadinessFinding]:
    raise AwsUnreachable("IAM gave no answer.")


# ---- what others check


@on_loop
async def test_check_that_breaks_is_not_checked_and_stops_no_start() -> None:
    async with an_office() as office:
        office.planner.also_check(_breaks)
        preview = await office.executions.preview_start(PLAN, DRILL)
        assert (preview.findings[0].level, preview.findings[0].text) == (
            "not checked",
            "A check could not be made: IAM gave no answer.",
        )
        assert preview.is_startable


@on_loop
async def test_sign_in_that_may_end_before_the_plan_is_a_warning_of_its_own() -> None:
    asked: list[timedelta] = []

    async def warning_before(planned: timedelta) -> str | None:
        asked.append(planned)
        return "The sign-in ends in 12 minutes." if len(asked) == 1 else None

    async with an_office() as office:
        office.planner.also_check(SessionCheck(warning_before).findings)
        preview = await office.executions.preview_start(PLAN, DRILL)
        assert preview.session_warning == "The sign-in ends in 12 minutes."
        assert preview.is_startable
        assert asked == [2 * LINUX.longest]
        assert preview.expected == LINUX + LINUX
        assert (await office.executions.preview_start(PLAN, DRILL)).session_warning is None


@on_loop
async def test_servers_that_another_execution_is_still_to_launch_stand_against_a_start() -> None:
    async with an_office() as office:
        live = ExecutionId("test-live")
        lease = await office.journal.acquire_lease(live)
        play = Play([a_frozen_wave(1, [a_key(1)])], execution_id=live, plan_name="other")
        await office.journal.append(lease, None, play.events)
        preview = await office.executions.preview_start(PLAN, DRILL)
        (overlap,) = [one for one in preview.findings if one.check == Check.OVERLAP]
        assert overlap.text == "Execution test-live of plan other holds srv-1."
        assert not preview.is_startable


# ---- accepting


def _recovery_network(office: Office) -> None:
    reader = office.compute.compute(SCOPE)
    reader.known_subnets = {SUBNET.subnet_id: replace(SUBNET, use=NetworkUse.RECOVERY)}


@pytest.mark.parametrize("accepted", [{}, {"recovery-network": "  "}, {"old-data": "source is down"}])
@on_loop
async def test_finding_that_nobody_accepted_with_a_reason_starts_nothing(accepted: dict[str, str]) -> None:
    async with an_office([a_plan(1)]) as office:
        _recovery_network(office)
        with pytest.raises(ValidationFailed, match=r"Nobody has accepted recovery-network with a reason"):
            await office.executions.start(PLAN, DRILL, accepted=accepted)
        assert office.aws.mutating_calls == ()
        assert office.journal.store.events == []


@on_loop
async def test_what_was_accepted_stands_in_the_journal_with_its_reason() -> None:
    async with an_office([a_plan(1)]) as office:
        _recovery_network(office)
        reasons = {"recovery-network": "the wall is up", "vcpus": "was not needed"}
        execution_id = await office.executions.start(PLAN, DRILL, accepted=reasons)
        created = office.journal.store.events[0].event
        assert isinstance(created, ExecutionCreated)
        (accepted,) = created.accepted
        assert (accepted.accept, accepted.reason) == ("recovery-network", "the wall is up")
        assert accepted.text.startswith("The drill of 1 server")
        first = (await office.executions.log(execution_id))[0]
        assert first.words.endswith("; accepted recovery-network: the wall is up")


@on_loop
async def test_recovery_from_a_dead_source_needs_one_acceptance_and_then_starts() -> None:
    async with an_office([a_plan(1)]) as office:
        drs = office.aws.drs(SCOPE)
        drs.servers = [a_server(1, replication_state=DataReplicationState.STALLED)]
        drs.snapshots = [a_snapshot(a_key(1), office.clock.service_now() - timedelta(hours=3))]
        preview = await office.executions.preview_start(PLAN, RECOVERY)
        assert [one.accept for one in preview.to_accept] == ["old-data"]
        assert preview.is_startable
        assert preview.servers[0].data_at == office.clock.service_now() - timedelta(hours=3)
        with pytest.raises(ValidationFailed, match="old-data"):
            await office.executions.start(PLAN, RECOVERY, confirm="payroll")
        office.will_launch(1, "drsjob-1", is_drill=False)
        office.aws.drs(SCOPE).instances.clear()
        accepted = {"old-data": "the source Region is gone"}
        await office.executions.start(PLAN, RECOVERY, confirm="payroll", accepted=accepted)
        await office.clock.advance(timedelta(seconds=1))
        assert [call.operation for call in office.aws.mutating_calls] == ["StartRecovery"]


# ---- chosen points


@on_loop
async def test_start_from_a_moment_asks_aws_for_each_servers_point() -> None:
    async with an_office([a_plan(1)]) as office:
        now = office.clock.service_now()
        points = [a_snapshot(a_key(1), now - timedelta(minutes=age)) for age in (10, 20, 30)]
        office.aws.drs(SCOPE).snapshots = points
        choice = PointChoice(for_all=now - timedelta(minutes=15))
        preview = await office.executions.preview_start(PLAN, DRILL, choice)
        (server,) = preview.servers
        assert (server.snapshot_id, server.data_at) == (points[1].snapshot_id, points[1].taken_at)
        office.will_launch(1, "drsjob-1")
        await office.executions.start(PLAN, DRILL, choice=choice)
        await office.clock.advance(timedelta(seconds=1))
        (call,) = office.aws.mutating_calls
        assert call.request.snapshots == ((a_key(1).source_server_id, points[1].snapshot_id),)  # type: ignore[attr-defined]


@on_loop
async def test_choice_that_cannot_be_met_starts_nothing() -> None:
    async with an_office([a_plan(1)]) as office:
        choice = PointChoice(for_all=office.clock.service_now())
        with pytest.raises(ValidationFailed, match="has no point in time at or before"):
            await office.executions.start(PLAN, DRILL, choice=choice)
        assert office.aws.mutating_calls == ()
        assert (await office.executions.preview_start(PLAN, DRILL)).is_startable

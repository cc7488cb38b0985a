"""Servers, groups and plans: a failing account empties nothing, and says so."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain.errors import (
    AccessDenied,
    AwsError,
    AwsUnreachable,
    NotFound,
    SignInNeeded,
    StorageError,
    Throttled,
)
from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.domain.protection_group import SelectionKind
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.domain.source_server import Disk, SourceServer, StagingStatus
from drs_desktop.services.group_service import selection_words
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import (
    ACCOUNT,
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_group,
    a_key,
    a_plan,
    a_plan_wave,
    a_server,
    an_account,
)
from tests.helpers.fakes import FakeInventoryCache, settle
from tests.unit.services.office import Office, an_office


async def _journal(office: Office, play: Play, execution_id: str) -> None:
    lease = await office.journal.acquire_lease(ExecutionId(execution_id))
    await office.journal.append(lease, None, play.events)


# ---- servers


@on_loop
async def test_the_inventory_has_the_servers_of_every_account_by_name() -> None:
    async with an_office() as office:
        view = await office.inventory.refresh()
        assert [(row.name, row.account_name, row.group_names) for row in view.rows] == [
            ("srv-1", "account-1", ("Group 1",)),
            ("srv-2", "account-2", ("Group 2",)),
        ]
        assert [(s.scope, s.is_ok, s.observed_at) for s in view.scopes] == [
            (SCOPE, True, START),
            (OTHER_SCOPE, True, START),
        ]
        assert office.inventory.is_complete


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (SignInNeeded("Expired."), "Sign-in needed"),
        (AccessDenied("No."), "Access denied"),
        (Throttled("Slower."), "AWS asks to slow down"),
        (AwsUnreachable("No network."), "Cannot be reached"),
        (AwsError("Odd."), "Could not be read"),
    ],
)
@on_loop
async def test_an_account_that_fails_keeps_its_rows_their_time_and_says_what_to_do(
    error: AwsError, title: str
) -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        office.aws.drs(OTHER_SCOPE).errors["DescribeSourceServers"] = error
        await office.clock.advance(timedelta(minutes=5))
        view = await office.inventory.refresh()
        assert [row.name for row in view.rows] == ["srv-1", "srv-2"]
        good, bad = view.scopes
        assert (good.is_ok, good.observed_at) == (True, START + timedelta(minutes=5))
        assert (bad.is_ok, bad.title, bad.explanation, bad.observed_at) == (False, title, str(error), START)
        assert bad.next_step
        assert not office.inventory.is_complete


@on_loop
async def test_an_account_that_was_never_read_has_no_rows_and_no_time() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = SignInNeeded("Expired.")
        view = await office.inventory.refresh()
        assert [row.name for row in view.rows] == ["srv-2"]
        assert view.scopes[0].observed_at is None


@on_loop
async def test_what_is_known_is_shown_without_asking_aws_again() -> None:
    async with an_office() as office:
        first = await office.inventory.current()
        calls = len(office.aws.calls)
        assert await office.inventory.current() == first
        assert await office.inventory.servers() == (a_server(1), a_server(2, OTHER_SCOPE))
        assert len(office.aws.calls) == calls == 2


@on_loop
async def test_an_account_registered_later_is_read_before_anything_is_called_complete() -> None:
    async with an_office(accounts=[an_account(SCOPE)]) as office:
        await office.inventory.refresh()
        await office.repository.save_accounts([an_account(OTHER_SCOPE)])
        office.aws.drs(OTHER_SCOPE).errors["DescribeSourceServers"] = AccessDenied("No.")
        rows = await office.groups.list_groups()
        assert not office.inventory.is_complete
        assert {row.is_complete for row in rows} == {False}
        del office.aws.drs(OTHER_SCOPE).errors["DescribeSourceServers"]
        await office.inventory.refresh()
        assert office.inventory.is_complete
        assert await office.inventory.servers() == (a_server(1), a_server(2, OTHER_SCOPE))


@on_loop
async def test_a_row_sums_the_disks_and_tells_an_extended_server() -> None:
    async with an_office() as office:
        disk = Disk(device_name="/dev/sda", total_bytes=10, replicated_bytes=10, backlogged_bytes=0)
        office.aws.drs(SCOPE).servers = [
            a_server(1, disks=(disk, disk), staging_status=StagingStatus.EXTENDED, staging_account_id="9")
        ]
        row = (await office.inventory.refresh()).rows[0]
        assert (row.disk_count, row.disk_bytes, row.is_extended, row.staging_account_id) == (2, 20, True, "9")


@on_loop
async def test_an_account_is_found_by_its_scope_or_missed_by_its_number() -> None:
    async with an_office(accounts=[an_account(SCOPE)]) as office:
        assert (await office.inventory.account(SCOPE)).account_id == ACCOUNT
        with pytest.raises(NotFound, match="Account 222222222222 is not registered"):
            await office.inventory.account(OTHER_SCOPE)


# ---- what outlives the program


def _kept(*servers: SourceServer, scope: Scope = SCOPE, ago: timedelta = timedelta(0)) -> FakeInventoryCache:
    """Return what an earlier run read of one account, that long before this one began."""
    return FakeInventoryCache(KeptReading(scope=scope, servers=servers, observed_at=START - ago))


@on_loop
async def test_what_an_earlier_run_read_is_shown_before_anybody_is_asked_and_says_that_it_is_old() -> None:
    async with an_office(cache=_kept(a_server(1), ago=timedelta(days=2))) as office:
        view = await office.inventory.known()
        assert office.aws.calls == []
        assert [row.name for row in view.rows] == ["srv-1"]
        old, unread = view.scopes
        assert (old.is_ok, old.is_old, old.observed_at) == (True, True, START - timedelta(days=2))
        assert (unread.condition, unread.observed_at) == (ScopeCondition.NOT_READ, None)
        assert not office.inventory.is_complete


@on_loop
async def test_without_network_the_rows_of_an_earlier_run_stay_and_say_how_old_they_are() -> None:
    async with an_office(cache=_kept(a_server(1), ago=timedelta(hours=3))) as office:
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No network.")
        view = await office.inventory.refresh()
        assert [row.name for row in view.rows] == ["srv-1", "srv-2"]
        offline = view.scopes[0]
        assert (offline.is_ok, offline.is_old) == (False, True)
        assert offline.observed_at == START - timedelta(hours=3)


@on_loop
async def test_a_read_is_kept_for_the_next_run() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        kept = office.cache
    async with an_office(cache=kept) as office:
        view = await office.inventory.known()
        assert [row.name for row in view.rows] == ["srv-1", "srv-2"]
        assert [state.is_old for state in view.scopes] == [False, False]


@on_loop
async def test_a_failed_read_does_not_take_the_place_of_what_was_kept() -> None:
    async with an_office(cache=_kept(a_server(1))) as office:
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No network.")
        await office.inventory.refresh()
        assert office.cache.kept[SCOPE].servers == (a_server(1),)


@on_loop
async def test_a_database_that_fails_keeps_nothing_and_hides_nothing() -> None:
    async with an_office() as office:
        office.cache.failure = StorageError("The disk is full.")
        assert [row.name for row in (await office.inventory.refresh()).rows] == ["srv-1", "srv-2"]


@on_loop
async def test_what_is_a_quarter_of_an_hour_old_is_read_anew_before_it_is_shown() -> None:
    async with an_office() as office:
        await office.inventory.current()
        await office.clock.advance(timedelta(minutes=16))
        office.aws.drs(SCOPE).servers = [a_server(1), a_server(3)]
        assert "srv-3" in [row.name for row in (await office.inventory.current()).rows]


@on_loop
async def test_the_accounts_are_read_side_by_side() -> None:
    async with an_office() as office:
        gates = [asyncio.Event(), asyncio.Event()]
        for scope, gate in zip((SCOPE, OTHER_SCOPE), gates, strict=True):
            office.aws.drs(scope).gates["DescribeSourceServers"] = gate
        asked = asyncio.gather(office.inventory.refresh())
        await settle()
        assert len(office.aws.calls) == 2
        for gate in gates:
            gate.set()
        [view] = await asked
        assert len(view.rows) == 2


@on_loop
async def test_what_this_run_read_is_complete_however_fast_its_clock_runs() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        await office.clock.advance(timedelta(hours=1))
        assert (await office.inventory.known()).scopes[0].is_old
        assert office.inventory.is_complete


@on_loop
async def test_an_account_that_failed_is_left_alone_for_a_minute_and_then_asked_again() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No network.")
        await office.inventory.current()
        await office.inventory.current()
        assert len(office.aws.calls) == 2
        del office.aws.drs(SCOPE).errors["DescribeSourceServers"]
        await office.clock.advance(timedelta(minutes=1))
        assert (await office.inventory.current()).scopes[0].is_ok


@on_loop
async def test_a_network_that_swallows_everything_keeps_nobody_waiting_who_can_be_shown_older_servers() -> (
    None
):
    kept = _kept(a_server(1), ago=timedelta(hours=3))
    kept.kept |= _kept(a_server(2, OTHER_SCOPE), scope=OTHER_SCOPE, ago=timedelta(hours=3)).kept
    async with an_office(cache=kept) as office:
        gate = office.aws.drs(SCOPE).gates["DescribeSourceServers"] = asyncio.Event()
        asked = asyncio.gather(office.inventory.current())
        await office.clock.advance(timedelta(seconds=10))
        [view] = await asked
        assert [row.name for row in view.rows] == ["srv-1", "srv-2"]
        assert {state.scope: state.is_old for state in view.scopes} == {SCOPE: True, OTHER_SCOPE: False}
        gate.set()
        await settle()
        assert (await office.inventory.known()).scopes[0].is_old is False


@on_loop
async def test_two_who_ask_at_once_make_one_call_to_each_account() -> None:
    async with an_office() as office:
        await asyncio.gather(office.inventory.current(), office.inventory.servers())
        assert len(office.aws.calls) == 2


@on_loop
async def test_a_region_taken_out_of_its_account_is_not_shown_any_more() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        await office.repository.save_accounts([an_account(SCOPE, regions=(OTHER_SCOPE.region,))])
        view = await office.inventory.known()
        assert [row.name for row in view.rows] == ["srv-2"]
        assert SCOPE not in {state.scope for state in view.scopes}


# ---- twins


@on_loop
async def test_an_extended_server_and_its_staging_twin_name_each_other() -> None:
    async with an_office() as office:
        twin = office.aws.drs(SCOPE).servers[0]
        extended = a_server(
            7, OTHER_SCOPE, staging_status=StagingStatus.EXTENDED, staging_arn=twin.arn, name="extended"
        )
        office.aws.drs(OTHER_SCOPE).servers = [extended, a_server(2, OTHER_SCOPE)]
        rows = {row.name: row for row in (await office.inventory.refresh()).rows}
        assert rows["extended"].twins == (twin.key,)
        assert rows["srv-1"].twins == (extended.key,)
        assert rows["srv-2"].twins == ()


# ---- groups


@on_loop
async def test_a_group_row_has_members_missing_servers_and_the_plans_that_use_it() -> None:
    group = a_group(1, [a_key(1), a_key(9)])
    async with an_office(groups=[group, a_group(7)]) as office:
        row, unused = await office.groups.list_groups()
        assert [member.name for member in row.members] == ["srv-1"]
        assert (row.missing, row.plan_names, row.is_complete) == ((a_key(9),), ("payroll",), True)
        assert unused.plan_names == ()


@on_loop
async def test_nothing_is_called_missing_while_an_account_cannot_be_read() -> None:
    async with an_office(groups=[a_group(1, [a_key(1), a_key(9)])]) as office:
        office.aws.drs(OTHER_SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No network.")
        (row,) = await office.groups.list_groups()
        assert (row.missing, row.is_complete) == ((), False)


def test_a_selection_reads_as_words() -> None:
    assert selection_words(a_group(1, [a_key(1), a_key(2)])) == "List of 2 servers"
    tags = a_group(1, selection=SelectionKind.TAGS, tags=(("App", "pay"), ("Tier", "web")))
    assert selection_words(tags) == "Tags: App = pay and Tier = web"


# ---- plans


@on_loop
async def test_a_plan_row_has_its_waves_in_order_with_the_servers_of_now() -> None:
    plan = a_plan([a_plan_wave(2, pause_before=True, instruction="Look."), a_plan_wave(1)])
    async with an_office([plan]) as office:
        (row,) = await office.plans.list_plans()
        assert [(w.number, w.depends_on, w.group_names) for w in row.waves] == [
            (1, (), ("Group 1",)),
            (2, (1,), ("Group 2",)),
        ]
        assert [[server.name for server in wave.servers] for wave in row.waves] == [["srv-1"], ["srv-2"]]
        assert (row.waves[1].pause_before, row.waves[1].instruction) == (True, "Look.")
        assert row.can_start.enabled


@on_loop
async def test_a_plan_row_has_its_targets_its_owner_and_its_newest_execution() -> None:
    plan = replace(a_plan(1), owner="anna", notes="Call the bank.", recovery_time=timedelta(hours=1))
    async with an_office([plan]) as office:
        ended = Play(1, execution_id="test-ended")
        ended.run_to_the_end()
        await _journal(office, ended, "test-ended")
        (row,) = await office.plans.list_plans()
        assert (row.owner, row.notes, row.recovery_time) == ("anna", "Call the bank.", timedelta(hours=1))
        assert row.last_execution is not None
        assert (row.last_execution.execution_id, row.last_execution.status) == ("test-ended", "COMPLETED")


@on_loop
async def test_while_a_plan_runs_it_and_its_groups_cannot_be_edited_and_say_why() -> None:
    async with an_office() as office:
        await _journal(office, Play(1, execution_id="test-live"), "test-live")
        (plan,), (group, _) = await office.plans.list_plans(), await office.groups.list_groups()
        for row in (plan, group):
            assert not row.can_edit.enabled
            assert "execution test-live of plan payroll is live" in row.can_edit.reason
            assert not row.can_remove.enabled


@on_loop
async def test_a_group_of_a_plan_at_rest_can_be_edited_but_not_removed() -> None:
    async with an_office() as office:
        (plan,), (group, _) = await office.plans.list_plans(), await office.groups.list_groups()
        assert (plan.can_edit.enabled, plan.can_remove.enabled, group.can_edit.enabled) == (True, True, True)
        assert group.can_remove.reason.startswith("Group Group 1 cannot be removed: it is in payroll.")


@on_loop
async def test_plans_that_share_servers_name_each_other_and_who_runs_now() -> None:
    wages, bonus = a_plan(2), a_plan(1, plan_id="plan-2", name="bonus")
    lonely = a_plan([a_plan_wave(2)], plan_id="plan-3", name="lonely")
    async with an_office([wages, bonus, lonely]) as office:
        await _journal(office, Play(1, plan_name="bonus", execution_id="test-live"), "test-live")
        rows = {row.name: row for row in await office.plans.list_plans()}
        assert rows["payroll"].shares_with == ("bonus", "lonely")
        assert rows["payroll"].held_by == ("bonus",)
        assert rows["lonely"].shares_with == ("payroll",)
        assert rows["bonus"].held_by == ()


@on_loop
async def test_a_plan_that_cannot_run_or_is_running_cannot_be_started_and_says_why() -> None:
    async with an_office([a_plan(0), a_plan(1, plan_id="plan-2", name="other")]) as office:
        await _journal(office, Play(1, plan_name="other", execution_id="test-live"), "test-live")
        running, broken = await office.plans.list_plans()
        assert (broken.can_start.enabled, broken.can_start.reason) == (False, "Plan payroll has no wave.")
        assert running.live_execution_id == "test-live"
        assert running.can_start.reason == "Execution test-live of this plan is live."


@on_loop
async def test_an_ended_execution_or_one_of_another_endpoint_does_not_make_a_plan_live() -> None:
    async with an_office() as office:
        ended = Play(1, execution_id="test-ended")
        ended.run_to_the_end()
        await _journal(office, ended, "test-ended")
        elsewhere = Play(1, endpoint_fingerprint="simulator-7", execution_id="test-elsewhere")
        await _journal(office, elsewhere, "test-elsewhere")
        (row,) = await office.plans.list_plans()
        assert row.live_execution_id is None


@on_loop
async def test_a_plan_is_found_by_name_or_id_without_a_call_and_a_miss_names_those_there_are() -> None:
    async with an_office() as office:
        assert await office.plans.plan_named("payroll") == await office.plans.plan_named("plan-1")
        with pytest.raises(NotFound, match=r"no recovery plan 'pay' in workspace test. Plans here: payroll."):
            await office.plans.plan_named("pay")
        assert office.aws.calls == []


@on_loop
async def test_a_group_outside_the_plan_is_not_shown_in_its_waves() -> None:
    async with an_office([replace(a_plan(1), name="small")]) as office:
        (row,) = await office.plans.list_plans()
        assert [wave.group_names for wave in row.waves] == [("Group 1",)]

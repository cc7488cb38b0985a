"""Saving, removing, copying, rolling back and importing groups and plans: one validator, all or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from drs_desktop.domain.document_versions import DocumentChange, StaleVersion
from drs_desktop.domain.errors import AwsUnreachable, NotFound, ValidationFailed
from drs_desktop.domain.ids import ExecutionId, GroupId, PlanId
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.source_server import StagingStatus
from drs_desktop.services.authoring_service import AuthoringService
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_group,
    a_key,
    a_plan,
    a_plan_wave,
    a_server,
)
from tests.helpers.fakes import FakeInventoryCache
from tests.unit.services.office import ENDPOINT, Office, an_office

PATH = Path("plans.yaml")


class FakeFiles:
    """A shelf of files in memory (port `PlanFiles`)."""

    def __init__(self, document: PlanDocument | None = None) -> None:
        self.held = {PATH: document or PlanDocument()}

    def read(self, path: Path) -> PlanDocument:
        return self.held[path]

    def write(self, path: Path, document: PlanDocument) -> None:
        self.held[path] = document


@asynccontextmanager
async def a_desk(
    *, files: FakeFiles | None = None, cache: FakeInventoryCache | None = None
) -> AsyncIterator[tuple[Office, AuthoringService]]:
    """Open an office with a plan of two waves, and an author's desk in it."""
    async with an_office(cache=cache) as office:
        info = WorkspaceInfo(name="test", endpoint=ENDPOINT, operator="anna")
        yield (
            office,
            AuthoringService(office.repository, office.inventory, office.plans, files or FakeFiles(), info),
        )


async def _make_live(office: Office) -> ExecutionId:
    execution_id = ExecutionId("test-01J9Z3NDEKTSV4RRFFQ69G5FAV")
    lease = await office.journal.acquire_lease(execution_id)
    await office.journal.append(lease, None, Play(execution_id=execution_id).events)
    return execution_id


# ---- groups


@on_loop
async def test_a_new_group_is_saved_by_whoever_is_at_the_console() -> None:
    async with a_desk() as (office, desk):
        office.aws.drs(SCOPE).servers = [a_server(1), a_server(3)]
        await desk.apply([DocumentChange(document=a_group(3, [a_key(3)]))])
        assert (await office.repository.group(GroupId("group-3"))).server_keys == (a_key(3),)
        [version] = await desk.versions("group", "group-3")
        assert version.saved_by == "anna"


@on_loop
async def test_a_server_of_another_group_is_refused_with_both_groups() -> None:
    async with a_desk() as (office, desk):
        with pytest.raises(ValidationFailed, match="is in the groups Group 1 and Group 3"):
            await desk.apply([DocumentChange(document=a_group(3, [a_key(1)]))])
        assert len(await office.repository.groups()) == 2


@on_loop
async def test_a_group_with_the_staging_twin_of_another_groups_server_is_refused() -> None:
    async with a_desk() as (office, desk):
        twin = a_server(3)
        copy = a_server(2, OTHER_SCOPE, staging_status=StagingStatus.EXTENDED, staging_arn=twin.arn)
        office.aws.drs(SCOPE).servers = [a_server(1), twin]
        office.aws.drs(OTHER_SCOPE).servers = [copy]
        await office.inventory.refresh()
        with pytest.raises(ValidationFailed, match="These are one machine"):
            await desk.apply([DocumentChange(document=a_group(3, [a_key(3)]))])


@on_loop
async def test_a_listed_server_that_drs_does_not_have_is_refused() -> None:
    async with a_desk() as (_, desk):
        with pytest.raises(ValidationFailed, match="which DRS does not have"):
            await desk.apply([DocumentChange(document=a_group(3, [a_key(9)]))])


@on_loop
async def test_a_check_that_could_not_be_made_is_no_passed_check() -> None:
    async with a_desk() as (office, desk):
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No answer came.")
        change = [DocumentChange(document=a_group(3, [a_key(9)]))]
        report = await desk.check(change)
        assert report.problems == ()
        assert "could not be checked" in report.unchecked[0]
        with pytest.raises(ValidationFailed, match="could not be checked"):
            await desk.apply(change)
        await desk.apply(change, accept_unchecked=True)
        assert len(await office.repository.groups()) == 3


@on_loop
async def test_what_an_earlier_run_read_is_no_check() -> None:
    kept = FakeInventoryCache(KeptReading(scope=SCOPE, servers=(a_server(1), a_server(9)), observed_at=START))
    async with a_desk(cache=kept) as (office, desk):
        office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No answer came.")
        report = await desk.check([DocumentChange(document=a_group(3, [a_key(9)]))])
        assert report.problems == ()
        assert "could not be checked" in report.unchecked[0]


@on_loop
async def test_a_listed_server_that_went_since_it_was_last_looked_for_is_refused() -> None:
    async with a_desk() as (office, desk):
        office.aws.drs(SCOPE).servers = [a_server(1), a_server(3)]
        await office.inventory.refresh()
        await office.clock.advance(timedelta(minutes=5))
        office.aws.drs(SCOPE).servers = [a_server(1)]
        report = await desk.check([DocumentChange(document=a_group(3, [a_key(3)]))])
        assert "which DRS does not have" in report.problems[0]


@on_loop
async def test_a_change_of_a_plan_alone_asks_nothing_of_aws() -> None:
    async with a_desk() as (office, desk):
        await desk.apply([DocumentChange(document=replace(a_plan(2), owner="anna"), based_on=1)])
        assert office.aws.calls == []


@on_loop
async def test_a_group_of_a_live_execution_is_refused_with_the_execution() -> None:
    async with a_desk() as (office, desk):
        execution_id = await _make_live(office)
        with pytest.raises(ValidationFailed, match=f"execution {execution_id} of plan payroll is live"):
            await desk.apply([DocumentChange(document=a_group(1, [a_key(1)], owner="anna"), based_on=1)])


@on_loop
async def test_a_group_that_a_plan_uses_cannot_be_removed() -> None:
    async with a_desk() as (_, desk):
        group = a_group(1, [a_key(1)])
        with pytest.raises(ValidationFailed, match="it is in payroll"):
            await desk.apply([DocumentChange(document=group, based_on=1, is_removal=True)])


@on_loop
async def test_a_plan_and_its_groups_may_go_together() -> None:
    async with a_desk() as (office, desk):
        held = (*await office.repository.groups(), *await office.repository.plans())
        await desk.apply([DocumentChange(document=one, based_on=1, is_removal=True) for one in held])
        assert await desk.shelf() == PlanDocument()


@on_loop
async def test_an_account_that_is_not_registered_is_refused() -> None:
    async with a_desk() as (_, desk):
        stranger = replace(SCOPE, region="ap-southeast-2")  # type: ignore[arg-type]
        with pytest.raises(ValidationFailed, match="ap-southeast-2, which is not registered"):
            await desk.apply([DocumentChange(document=a_group(3, [a_key(3, stranger)]))])


# ---- plans


@on_loop
async def test_a_circle_is_refused_and_named() -> None:
    async with a_desk() as (_, desk):
        waves = [a_plan_wave(1, depends_on=(2,)), a_plan_wave(2, depends_on=(1,))]
        with pytest.raises(
            ValidationFailed, match=r"wave 1 \(Wave 1\) waits for wave 2 \(Wave 2\) waits for"
        ):
            await desk.apply([DocumentChange(document=a_plan(waves), based_on=1)])


@on_loop
async def test_a_plan_with_a_group_that_is_nowhere_is_refused() -> None:
    async with a_desk() as (_, desk):
        with pytest.raises(ValidationFailed, match="names the group group-3, which does not exist"):
            await desk.apply([DocumentChange(document=a_plan(3), based_on=1)])


@on_loop
async def test_a_stale_change_is_refused_with_what_changed_in_between() -> None:
    async with a_desk() as (_, desk):
        await desk.apply([DocumentChange(document=a_plan(2, owner="bert"), based_on=1)])
        with pytest.raises(StaleVersion, match="By anna: The owner was empty, is now 'bert'"):
            await desk.apply([DocumentChange(document=a_plan(2, owner="carla"), based_on=1)])


@on_loop
async def test_a_plan_rolled_back_is_a_new_version_like_the_old_one() -> None:
    async with a_desk() as (office, desk):
        await desk.apply([DocumentChange(document=a_plan(2, owner="bert"), based_on=1)])
        newest = await office.repository.plan(PlanId("plan-1"))
        await desk.apply([await desk.rolled_back(newest, 1)])
        assert await office.repository.plan(PlanId("plan-1")) == a_plan(2, revision=3)
        with pytest.raises(NotFound, match="no revision 9"):
            await desk.rolled_back(newest, 9)


@on_loop
async def test_every_version_tells_what_it_changed_by_meaning_and_asks_nothing_of_aws() -> None:
    async with a_desk() as (office, desk):
        await desk.apply([DocumentChange(document=replace(a_plan(2), owner="anna"), based_on=1)])
        moved = a_plan([a_plan_wave(1, group_ids=(GroupId("group-2"), GroupId("group-1")))], owner="anna")
        await desk.apply([DocumentChange(document=moved, based_on=2)])
        newest, second, first = await desk.history("plan", "plan-1")
        assert "Group Group 2 moved from wave 2 to wave 1." in newest.differences
        assert second.differences == ("The owner was empty, is now 'anna'.",)
        assert (first.version.revision, first.differences) == (1, ())
        assert office.aws.calls == []


@on_loop
async def test_a_copy_has_a_name_and_an_id_of_its_own() -> None:
    async with a_desk() as (office, desk):
        await desk.apply([await desk.copied(a_plan(2), "Payroll, Spring")])
        copy = await office.repository.plan(PlanId("payroll-spring"))
        assert (copy.name, copy.waves) == ("Payroll, Spring", a_plan(2).waves)


@on_loop
async def test_a_copy_under_a_name_that_is_taken_is_refused() -> None:
    async with a_desk() as (_, desk):
        with pytest.raises(ValidationFailed, match="There is a plan payroll already"):
            await desk.apply([await desk.copied(a_plan(2), "Payroll")])


# ---- files


@on_loop
async def test_a_file_may_bring_a_plan_with_the_groups_it_needs() -> None:
    plan = a_plan([a_plan_wave(3)], plan_id=PlanId("other"), name="other")
    files = FakeFiles(PlanDocument(groups=(a_group(3, [a_key(3)]),), plans=(plan,)))
    async with a_desk(files=files) as (office, desk):
        office.aws.drs(SCOPE).servers = [a_server(1), a_server(3)]
        report = await desk.apply(await desk.read_file(PATH))
        assert [(draft.kind, draft.verb) for draft in report.drafts] == [("group", "new"), ("plan", "new")]


@on_loop
async def test_a_file_with_one_thing_wrong_changes_nothing() -> None:
    files = FakeFiles(PlanDocument(groups=(a_group(3, [a_key(3)]),), plans=(a_plan(4),)))
    async with a_desk(files=files) as (office, desk):
        office.aws.drs(SCOPE).servers = [a_server(1), a_server(3)]
        before = await desk.shelf()
        with pytest.raises(ValidationFailed, match="Nothing was saved"):
            await desk.apply(await desk.read_file(PATH))
        assert await desk.shelf() == before


@on_loop
async def test_a_file_just_written_asks_for_no_change() -> None:
    async with a_desk() as (_, desk):
        await desk.apply([DocumentChange(document=a_plan(2, owner="bert"), based_on=1)])
        await desk.export(PATH)
        assert await desk.read_file(PATH) == ()


@on_loop
async def test_a_plan_is_written_with_its_groups_only() -> None:
    async with a_desk() as (office, desk):
        office.aws.drs(OTHER_SCOPE).servers = [a_server(2, OTHER_SCOPE), a_server(4, OTHER_SCOPE)]
        await desk.apply([DocumentChange(document=a_group(4, [a_key(4, OTHER_SCOPE)]))])
        written = await desk.export(PATH, ["payroll"])
        assert [group.group_id for group in written.groups] == ["group-1", "group-2"]

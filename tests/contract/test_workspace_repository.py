"""The WorkspaceRepository port, in memory and on SQLite: the newest version holds, every version is kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drs_desktop.domain.document_versions import DocumentChange, StaleVersion
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.storage.database import Database
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, a_group, a_key, a_plan, an_account
from tests.helpers.fakes import FakeClock, FakeRepository


@pytest.fixture(params=["memory", "sqlite"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WorkspaceRepository]:
    """Either of the two, empty."""
    if request.param == "memory":
        yield FakeRepository()
        return
    database = Database(tmp_path / "workspace.db")
    database.open()
    yield SqlWorkspaceRepository(database, FakeClock())
    database.close()


@on_loop
async def test_documents_come_back_by_name(repository: WorkspaceRepository) -> None:
    accounts = (an_account(name="zeta"), an_account(OTHER_SCOPE, name="alpha"))
    groups = (a_group(2, [a_key(2)]), a_group(1, [a_key(1)]))
    await repository.save_accounts(accounts)
    await repository.save_groups(groups, by="anna")
    await repository.save_plans((a_plan(2),), by="anna")
    assert await repository.accounts() == accounts[::-1]
    assert await repository.groups() == groups[::-1]
    assert await repository.plans() == (a_plan(2),)
    assert await repository.group(GroupId("group-2")) == groups[0]
    assert await repository.plan(PlanId("plan-1")) == a_plan(2)


@on_loop
async def test_a_saved_document_takes_the_place_of_the_one_before_which_is_kept(
    repository: WorkspaceRepository,
) -> None:
    await repository.save_plans((a_plan(1),), by="anna")
    await repository.save_plans((replace(a_plan(1), description="now with words"),), by="bert")
    assert [plan.description for plan in await repository.plans()] == ["now with words"]
    versions = await repository.versions("plan", "plan-1")
    assert [(one.revision, one.saved_by) for one in versions] == [(2, "bert"), (1, "anna")]


@on_loop
async def test_what_is_not_there_is_named(repository: WorkspaceRepository) -> None:
    with pytest.raises(NotFound, match="no protection group group-9"):
        await repository.group(GroupId("group-9"))
    with pytest.raises(NotFound, match="no recovery plan plan-9"):
        await repository.plan(PlanId("plan-9"))


# ---- changes


@on_loop
async def test_a_change_of_the_newest_revision_is_saved_as_the_next(repository: WorkspaceRepository) -> None:
    await repository.change([DocumentChange(document=a_plan(1))], by="anna")
    [read] = await repository.plans()
    changed = replace(read, notes="call the bank first")
    await repository.change([DocumentChange(document=changed, based_on=read.revision)], by="bert")
    assert await repository.plan(read.plan_id) == replace(changed, revision=2)


@on_loop
async def test_a_change_of_an_older_revision_is_refused_with_both_revisions(
    repository: WorkspaceRepository,
) -> None:
    await repository.save_groups([a_group(1, [a_key(1)])], by="anna")
    await repository.save_groups([a_group(1, [a_key(2)])], by="bert")
    with pytest.raises(StaleVersion, match="revision 2 since you read revision 1"):
        await repository.change([DocumentChange(document=a_group(1, [a_key(3)]), based_on=1)], by="anna")
    [group] = await repository.groups()
    assert group.server_keys == (a_key(2),)


@on_loop
async def test_of_several_changes_with_one_stale_none_is_written(repository: WorkspaceRepository) -> None:
    await repository.save_plans([a_plan(1)], by="anna")
    changes = [
        DocumentChange(document=a_group(1, [a_key(1)])),
        DocumentChange(document=a_plan(2), based_on=0),
    ]
    with pytest.raises(StaleVersion, match="was to be new"):
        await repository.change(changes, by="bert")
    assert await repository.groups() == ()
    assert await repository.versions("group", "group-1") == ()


@on_loop
async def test_what_was_removed_is_gone_its_versions_stay_and_it_may_be_made_anew(
    repository: WorkspaceRepository,
) -> None:
    group = a_group(1, [a_key(1)])
    await repository.change([DocumentChange(document=group)], by="anna")
    await repository.change([DocumentChange(document=group, based_on=1, is_removal=True)], by="bert")
    assert await repository.groups() == ()
    versions = await repository.versions("group", "group-1")
    assert [(one.revision, one.saved_by, one.document is None) for one in versions] == [
        (2, "bert", True),
        (1, "anna", False),
    ]
    await repository.change([DocumentChange(document=group)], by="anna")
    assert await repository.groups() == (replace(group, revision=3),)


@on_loop
async def test_saving_what_was_removed_meanwhile_is_refused(repository: WorkspaceRepository) -> None:
    group = a_group(1, [a_key(1)])
    await repository.change([DocumentChange(document=group)], by="anna")
    await repository.change([DocumentChange(document=group, based_on=1, is_removal=True)], by="bert")
    with pytest.raises(StaleVersion, match="was removed since you read revision 1"):
        await repository.change([DocumentChange(document=group, based_on=1)], by="anna")


@on_loop
async def test_a_plan_and_a_group_of_one_id_have_versions_of_their_own(
    repository: WorkspaceRepository,
) -> None:
    await repository.save_groups([a_group(1, [a_key(1)], group_id=GroupId("payroll"))], by="anna")
    await repository.save_plans([a_plan(1, plan_id=PlanId("payroll"))], by="bert")
    [version] = await repository.versions("plan", "payroll")
    assert version.saved_by == "bert"


@on_loop
async def test_two_changes_of_one_document_at_once_are_refused_whole(repository: WorkspaceRepository) -> None:
    change = DocumentChange(document=a_group(1, [a_key(1)]))
    with pytest.raises(StaleVersion):
        await repository.change([change, change], by="anna")
    assert await repository.groups() == ()
    assert await repository.versions("group", "group-1") == ()


@on_loop
async def test_a_document_never_saved_has_no_versions(repository: WorkspaceRepository) -> None:
    assert await repository.versions("plan", "nobody") == ()

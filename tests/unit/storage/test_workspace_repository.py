"""Accounts, groups and plans: the newest version is in force, every version is kept."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.storage.database import Database
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, a_group, a_key, a_plan, an_account
from tests.helpers.fakes import FakeClock


@on_loop
async def test_documents_come_back_by_name(database: Database) -> None:
    repository = SqlWorkspaceRepository(database, FakeClock())
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
async def test_a_saved_document_takes_the_place_of_the_one_before_which_is_kept(database: Database) -> None:
    repository = SqlWorkspaceRepository(database, FakeClock())
    await repository.save_plans((a_plan(1),), by="anna")
    await repository.save_plans((replace(a_plan(1), description="now with words"),), by="bert")
    assert [plan.description for plan in await repository.plans()] == ["now with words"]
    query = text("SELECT revision, saved_by FROM document_version ORDER BY revision")
    rows = await database.read(lambda c: [tuple(row) for row in c.execute(query)])
    assert rows == [(1, "anna"), (2, "bert")]


@on_loop
async def test_what_is_not_there_is_named(database: Database) -> None:
    repository = SqlWorkspaceRepository(database, FakeClock())
    with pytest.raises(NotFound, match="no protection group group-9"):
        await repository.group(GroupId("group-9"))
    with pytest.raises(NotFound, match="no recovery plan plan-9"):
        await repository.plan(PlanId("plan-9"))

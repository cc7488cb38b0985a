"""Rules and emergencies survive the program, and every version of them stays."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Elevation, Role
from drs_desktop.storage.access_store import SqlAccessStore
from drs_desktop.storage.database import Database
from drs_desktop.storage.schema import document_version
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from tests.helpers.asynchronous import on_loop
from tests.helpers.fakes import FakeClock

RULES = RoleMapping(
    rules=(
        MappingRule(pattern="Admins", role=Role.ADMIN),
        MappingRule(pattern="Ops*", role=Role.CROSS_ACCOUNT, accounts=(AccountId("012345678901"),)),
    )
)
EMERGENCY = Elevation(
    role=Role.OPERATOR,
    reason="Everything is down.",
    taken_at=datetime(2026, 3, 1, 3, 0, tzinfo=UTC),
    until=datetime(2026, 3, 1, 7, 0, tzinfo=UTC),
)


@on_loop
async def test_rules_come_back_as_they_were_saved(database: Database) -> None:
    store = SqlAccessStore(database, FakeClock())
    assert await store.mapping() is None
    await store.save_mapping(RULES, by="anna")
    assert await store.mapping() == RULES


@on_loop
async def test_newest_rules_count_and_the_earlier_stay(database: Database) -> None:
    store = SqlAccessStore(database, FakeClock())
    for mapping in (RULES, RoleMapping(), RULES):
        await store.save_mapping(mapping, by="anna")
    assert await store.mapping() == RULES
    query = select(func.count()).select_from(document_version).where(document_version.c.kind == "roles")
    assert await database.read(lambda c: c.execute(query).scalar()) == 3


@on_loop
async def test_emergency_comes_back_and_can_end(database: Database) -> None:
    store = SqlAccessStore(database, FakeClock())
    await store.save_elevation("anna", EMERGENCY, by="anna")
    assert await store.elevation("anna") == EMERGENCY
    assert await store.elevation("ben") is None
    await store.save_elevation("anna", None, by="anna")
    assert await store.elevation("anna") is None


@on_loop
async def test_accounts_groups_and_plans_are_listed_as_before(database: Database) -> None:
    await SqlAccessStore(database, FakeClock()).save_mapping(RULES, by="anna")
    repository = SqlWorkspaceRepository(database, FakeClock())
    assert await repository.accounts() == ()
    assert await repository.plans() == ()

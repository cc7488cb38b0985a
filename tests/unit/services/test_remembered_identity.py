"""A console opened while AWS gives no answer: who was there last may stop things, and start nothing."""

from datetime import timedelta

import pytest

from drs_desktop.domain.actions import ACTIONS, Action
from drs_desktop.domain.errors import AwsUnreachable, SignInNeeded
from drs_desktop.domain.ids import AccountId, Region, Scope
from drs_desktop.domain.permissions import RefusedByRole, may
from drs_desktop.domain.remembered_identity import KEYS_LAST, WITHOUT_AWS, RememberedIdentity
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from tests.helpers.access_rig import ANNA, AccessRig, FakeIdentity
from tests.helpers.asynchronous import on_loop

OPERATORS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.OPERATOR),))
ADMINS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.ADMIN),))
SILENCE = AwsUnreachable("AWS gave no answer.")
SCOPE = Scope(account_id=AccountId("111111111111"), region=Region("eu-west-1"))


async def opened_again(
    identity: FakeIdentity | None = None, *, mapping: RoleMapping = OPERATORS, lasts: timedelta | None = None
) -> AccessRig:
    """Return a console that knows its person from an earlier process, as AWS falls silent."""
    known = identity or FakeIdentity()
    earlier = AccessRig(identity=known, shipped=mapping)
    if lasts is not None:
        known.ends_at = earlier.clock.local_now() + lasts
    await earlier.service.current()
    known.error = known.error or SILENCE
    later = AccessRig(identity=known, shipped=mapping)
    later.store.memories = earlier.store.memories
    return later


@on_loop
async def test_operator_may_pause_and_cancel_and_the_trail_says_how_they_are_known() -> None:
    rig = await opened_again()
    for action in (Action.PAUSE, Action.CANCEL, Action.NOTE):
        access = await rig.service.require(action)
        assert (access.role, access.principal) == (Role.OPERATOR, ANNA)
    details = dict(rig.audit.entries[0].details)
    assert details["identity"].startswith("not confirmed by AWS, which last did at ")


@on_loop
async def test_role_page_says_that_it_is_from_memory() -> None:
    view = await (await opened_again()).service.view()
    assert "AWS gives no answer; it said who this is at" in view.access.source
    assert view.problem == "AWS gave no answer."


@on_loop
async def test_nothing_else_can_be_changed_by_memory() -> None:
    rig = await opened_again(mapping=ADMINS)
    access = await rig.service.current()
    allowed = {action for action in Action if ACTIONS[action].is_change and may(access, action).is_allowed}
    assert allowed == WITHOUT_AWS
    with pytest.raises(RefusedByRole, match="executions can be paused and cancelled"):
        await rig.service.require(Action.CHANGE_ROLES)
    assert not may(access, Action.ELEVATE).is_allowed


@on_loop
async def test_nothing_starts_by_memory() -> None:
    rig = await opened_again()
    await rig.service.current()
    with pytest.raises(AwsUnreachable):
        await rig.service.who_acts(SCOPE)


@on_loop
async def test_memory_ends_with_the_session() -> None:
    rig = await opened_again(lasts=timedelta(minutes=50))
    assert (await rig.service.current()).role is Role.OPERATOR
    await rig.clock.advance(timedelta(minutes=51))
    assert (await rig.service.current()).role is Role.VIEWER


@on_loop
async def test_keys_that_do_not_end_are_remembered_for_hours_only() -> None:
    rig = await opened_again()
    await rig.clock.advance(KEYS_LAST + timedelta(seconds=1))
    with pytest.raises(RefusedByRole, match=r"DRSViewer may not pause .* \(AWS gave no answer"):
        await rig.service.require(Action.PAUSE)


@on_loop
async def test_clock_that_was_turned_back_makes_it_count_for_nothing() -> None:
    rig = await opened_again()
    now = rig.clock.local_now()
    (label,) = rig.store.memories
    rig.store.memories[label] = RememberedIdentity(
        principal=ANNA, seen_at=now + timedelta(hours=1), until=now + timedelta(hours=2)
    )
    assert (await rig.service.current()).role is Role.VIEWER


@on_loop
async def test_credentials_that_aws_refused_are_nobody_though_somebody_is_remembered() -> None:
    rig = await opened_again(FakeIdentity(error=None))
    identity = FakeIdentity(error=SignInNeeded("The session has ended."))
    other = AccessRig(identity=identity, shipped=OPERATORS)
    other.store.memories = rig.store.memories
    with pytest.raises(SignInNeeded):
        await other.service.require(Action.PAUSE)


@on_loop
async def test_another_profile_is_not_taken_for_the_one_that_was_asked() -> None:
    rig = await opened_again()
    other = AccessRig(identity=FakeIdentity(error=SILENCE, label="profile somebody-else"), shipped=OPERATORS)
    other.store.memories = rig.store.memories
    assert (await other.service.current()).role is Role.VIEWER


@on_loop
async def test_answer_of_aws_takes_the_place_of_the_memory() -> None:
    identity = FakeIdentity()
    rig = await opened_again(identity)
    assert (await rig.service.current()).remembered_at is not None
    identity.error = None
    assert (await rig.service.current()).remembered_at is None


@on_loop
async def test_same_answer_is_not_kept_over_and_over() -> None:
    identity = FakeIdentity()
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    await rig.service.current()
    (kept,) = rig.store.memories.values()
    await rig.clock.advance(timedelta(minutes=1))
    rig.service.forget()
    await rig.service.current()
    assert list(rig.store.memories.values()) == [kept]

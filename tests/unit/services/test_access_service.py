"""Who is at the console: rules, the first administrator, emergencies, and the AWS sessions that follow."""

from datetime import timedelta

import pytest

from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import (
    AwsUnreachable,
    CommandRefused,
    SignInNeeded,
    StorageError,
    ValidationFailed,
)
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from drs_desktop.domain.permissions import RefusedByRole
from drs_desktop.domain.role_mapping import ELEVATION_LASTS, MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.services.audit_service import AuditedAws, AuditService
from tests.helpers.access_rig import ANNA, AccessRig, FakeIdentity
from tests.helpers.asynchronous import on_loop

HERE = AccountId("111111111111")
SCOPE = Scope(account_id=HERE, region=Region("eu-west-1"))
REASON = "Frankfurt is gone and nobody answers."
OPERATORS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.OPERATOR),))
ADMINS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.ADMIN),))


@on_loop
async def test_permission_set_gives_the_role_that_its_rule_names() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=OPERATORS)
    assert (await rig.service.current()).role is Role.OPERATOR


@on_loop
async def test_kept_rules_replace_the_shipped_ones() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=OPERATORS)
    rig.store.rules = ADMINS
    assert (await rig.service.current()).role is Role.ADMIN


@on_loop
async def test_nothing_mapped_is_a_viewer() -> None:
    rig = AccessRig(identity=FakeIdentity())
    with pytest.raises(RefusedByRole, match="DRSViewer may not start"):
        await rig.service.require(Action.START_EXECUTION)
    assert rig.kinds == ["refusal"]


@on_loop
async def test_unknown_identity_is_a_viewer_and_the_refusal_says_why() -> None:
    rig = AccessRig(identity=FakeIdentity(error=AwsUnreachable("AWS gave no answer.")), shipped=OPERATORS)
    with pytest.raises(RefusedByRole, match=r"Nothing was done\. \(AWS gave no answer\.\)"):
        await rig.service.require(Action.PAUSE)


@on_loop
async def test_identity_is_asked_again_until_there_is_an_answer() -> None:
    identity = FakeIdentity(error=AwsUnreachable("AWS gave no answer."))
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    await rig.service.current()
    identity.error = None
    assert (await rig.service.current()).role is Role.OPERATOR


@on_loop
async def test_signing_in_as_somebody_else_counts_at_once() -> None:
    identity = FakeIdentity()
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    await rig.service.current()
    identity.name = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Lookers_0123456789abcdef/ben"
    rig.service.forget()
    assert (await rig.service.current()).role is Role.VIEWER


@on_loop
async def test_who_was_known_may_still_pause_when_the_network_is_gone() -> None:
    identity = FakeIdentity()
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    await rig.service.current()
    identity.error = AwsUnreachable("AWS gave no answer.")
    with pytest.raises(AwsUnreachable):
        await rig.service.who_acts(SCOPE)
    assert (await rig.service.require(Action.PAUSE)).role is Role.OPERATOR
    identity.error = None
    assert (await rig.service.who_acts(SCOPE)).role is Role.OPERATOR


@on_loop
async def test_looking_is_not_written_down_and_acting_is() -> None:
    rig = AccessRig(DEMO_ACCESS)
    await rig.service.require(Action.SHOW_EXECUTION)
    await rig.service.require(Action.PAUSE)
    assert rig.kinds == ["command"]


@on_loop
async def test_page_says_what_may_be_done_and_why_not() -> None:
    view = await AccessRig(DEMO_ACCESS).service.view()
    by_action = {row.action: row for row in view.actions}
    assert set(by_action) == set(Action)
    assert by_action[Action.START_EXECUTION].is_allowed
    assert by_action[Action.ADD_ACCOUNT].reason == "DRSOperator may not add target accounts; DRSAdmin may."
    assert [row.is_granted for row in view.permissions].count(True) == 10


# ---- the rules


@on_loop
async def test_administrator_gives_somebody_a_role_and_it_is_written_down() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=ADMINS)
    await rig.service.assign(MappingRule(pattern="Auditors", role=Role.AUDITOR))
    assert rig.store.rules is not None
    assert [rule.pattern for rule in rig.store.rules.rules] == ["Operators", "Auditors"]
    assert rig.kinds == ["command", "roles"]
    assert ("Auditors", "DRSAuditor") in rig.audit.entries[1].details


@on_loop
async def test_operator_cannot_make_themselves_administrator() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=OPERATORS)
    with pytest.raises(RefusedByRole):
        await rig.service.assign(MappingRule(pattern="Operators", role=Role.ADMIN))
    assert rig.store.rules is None


@on_loop
async def test_last_administrator_cannot_be_taken_away() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=ADMINS)
    await rig.service.assign(MappingRule(pattern="Auditors", role=Role.AUDITOR))
    with pytest.raises(ValidationFailed, match="Nobody would be DRSAdmin any more"):
        await rig.service.unassign("Operators")


@on_loop
async def test_first_person_of_a_workspace_without_rules_becomes_its_administrator() -> None:
    rig = AccessRig(identity=FakeIdentity())
    assert (await rig.service.claim()).role is Role.ADMIN
    assert rig.kinds == ["roles"]


@pytest.mark.parametrize("shipped", [OPERATORS, ADMINS])
@on_loop
async def test_workspace_with_rules_cannot_be_claimed(shipped: RoleMapping) -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=shipped)
    with pytest.raises(CommandRefused, match="has an administrator already"):
        await rig.service.claim()
    assert rig.store.rules is None


@on_loop
async def test_workspace_cannot_be_claimed_by_nobody_nor_in_a_simulation() -> None:
    nobody = AccessRig(identity=FakeIdentity(error=AwsUnreachable("AWS gave no answer.")))
    for rig in (nobody, AccessRig(DEMO_ACCESS)):
        with pytest.raises(CommandRefused):
            await rig.service.claim()
        assert rig.store.rules is None


# ---- emergencies


@on_loop
async def test_emergency_role_is_written_down_counts_at_once_and_ends_by_itself() -> None:
    rig = AccessRig(identity=FakeIdentity())
    assert (await rig.service.elevate(Role.OPERATOR, REASON)).role is Role.OPERATOR
    assert rig.kinds == ["elevation"]
    assert REASON in rig.audit.entries[0].words
    await rig.service.require(Action.START_EXECUTION)
    await rig.clock.advance(ELEVATION_LASTS + timedelta(seconds=1))
    assert (await rig.service.current()).role is Role.VIEWER


@on_loop
async def test_emergency_role_can_be_given_back() -> None:
    rig = AccessRig(identity=FakeIdentity())
    await rig.service.elevate(Role.ADMIN, REASON)
    assert (await rig.service.give_up()).role is Role.VIEWER
    with pytest.raises(CommandRefused, match="no emergency role"):
        await rig.service.give_up()


@pytest.mark.parametrize(("role", "reason"), [(Role.OPERATOR, "why not"), (Role.AUDITOR, REASON)])
@on_loop
async def test_emergency_needs_a_reason_and_a_role_to_act_with(role: Role, reason: str) -> None:
    rig = AccessRig(identity=FakeIdentity())
    with pytest.raises(ValidationFailed):
        await rig.service.elevate(role, reason)
    assert rig.store.elevations == {}


@on_loop
async def test_emergency_is_of_one_person_only() -> None:
    rig = AccessRig(identity=FakeIdentity())
    await rig.service.elevate(Role.OPERATOR, REASON)
    assert set(rig.store.elevations) == {ANNA}


# ---- what AWS sessions follow from it


@on_loop
async def test_sessions_are_read_only_until_it_is_known_who_acts() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=OPERATORS)
    assert "LookOnly" in rig.known.session_policy(HERE, True)
    await rig.service.current()
    assert "LookOnly" not in rig.known.session_policy(HERE, True)
    assert "LookOnly" in rig.known.session_policy(HERE, False)


class _Aws:
    def __init__(self, rig: AccessRig) -> None:
        self._rig = rig
        self.rows_before: list[int] = []

    def reader(self, scope: Scope) -> str:
        return "reader"

    async def actor(self, scope: Scope, intent_id: IntentId) -> str:
        self.rows_before.append(len(self._rig.audit.entries))
        return "actor"


def audited(rig: AccessRig) -> tuple[AuditedAws, _Aws]:
    inner = _Aws(rig)
    return AuditedAws(inner, rig.audit, rig.service, "anna@desk"), inner  # type: ignore[arg-type]


@on_loop
async def test_a_row_stands_in_the_trail_before_there_is_an_actor() -> None:
    rig = AccessRig(DEMO_ACCESS)
    aws, inner = audited(rig)
    assert aws.reader(SCOPE) == "reader"
    assert await aws.actor(SCOPE, IntentId("01J9")) == "actor"
    assert inner.rows_before == [1]
    assert ("intent", "01J9") in rig.audit.entries[0].details


@on_loop
async def test_there_is_no_actor_when_the_row_cannot_be_written() -> None:
    rig = AccessRig(DEMO_ACCESS)
    rig.audit.is_broken = True
    aws, inner = audited(rig)
    with pytest.raises(StorageError):
        await aws.actor(SCOPE, IntentId("01J9"))
    assert inner.rows_before == []


@on_loop
async def test_signing_in_as_a_viewer_in_the_middle_starts_nothing_more() -> None:
    identity = FakeIdentity()
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    aws, inner = audited(rig)
    await aws.actor(SCOPE, IntentId("01J9"))
    identity.name = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Lookers_0123456789abcdef/ben"
    with pytest.raises(SignInNeeded, match="DRSViewer may not start a drill or a recovery"):
        await aws.actor(SCOPE, IntentId("01JA"))
    assert inner.rows_before == [1]
    assert "LookOnly" in rig.known.session_policy(HERE, True)
    identity.name = ANNA
    assert await aws.actor(SCOPE, IntentId("01JB")) == "actor"


@on_loop
async def test_no_answer_about_who_it_is_is_no_refusal_and_starts_nothing() -> None:
    identity = FakeIdentity()
    rig = AccessRig(identity=identity, shipped=OPERATORS)
    aws, inner = audited(rig)
    identity.error = AwsUnreachable("AWS gave no answer.")
    with pytest.raises(AwsUnreachable):
        await aws.actor(SCOPE, IntentId("01J9"))
    assert inner.rows_before == []


@on_loop
async def test_audit_trail_is_not_for_viewers_but_whoever_has_an_export_may_check_it() -> None:
    rig = AccessRig(identity=FakeIdentity())
    audit = AuditService(rig.audit, rig.service)
    for method in (audit.records, audit.verify, audit.export):
        with pytest.raises(RefusedByRole, match="DRSViewer may not"):
            await method()  # type: ignore[operator]
    assert await audit.check_export(b"the trail") == ()


@on_loop
async def test_who_acts_is_told_before_each_session_that_may_change_something() -> None:
    rig = AccessRig(DEMO_ACCESS)
    aws, inner = audited(rig)
    told: list[tuple[str, int]] = []

    async def listen(principal: str) -> None:
        told.append((principal, len(inner.rows_before)))

    aws.tell(listen)
    await aws.actor(SCOPE, IntentId("01J9"))
    await aws.actor(SCOPE, IntentId("01JA"))
    assert told == [(DEMO_ACCESS.principal, 0), (DEMO_ACCESS.principal, 1)]


@on_loop
async def test_who_may_not_act_is_looked_for_afresh_at_the_next_try() -> None:
    rig = AccessRig(identity=FakeIdentity(), shipped=RoleMapping())
    forgotten: list[bool] = []
    inner = _Aws(rig)
    aws = AuditedAws(inner, rig.audit, rig.service, "anna@desk", lambda: forgotten.append(True))  # type: ignore[arg-type]
    with pytest.raises(SignInNeeded):
        await aws.actor(SCOPE, IntentId("01J9"))
    assert forgotten == [True]

"""From who signed in to a role."""

import pytest

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping, access_of, check_mapping, names_of
from drs_desktop.domain.roles import Access, Role

SSO = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Dr_Operators_0123456789abcdef/anna@example.com"
SESSION = "arn:aws:sts::111111111111:assumed-role/Breakglass/anna"
ROLE = "arn:aws:iam::111111111111:role/teams/dr/Breakglass"
USER = "arn:aws:iam::111111111111:user/staff/anna"
ADMIN = MappingRule(pattern="Admins", role=Role.ADMIN)


def rules(*listed: MappingRule) -> RoleMapping:
    return RoleMapping(rules=listed)


@pytest.mark.parametrize(
    ("principal", "name"),
    [(SSO, "Dr_Operators"), (SESSION, "Breakglass"), (ROLE, "Breakglass"), (USER, "anna")],
)
def test_principal_is_known_by_its_short_name_and_its_arn(principal: str, name: str) -> None:
    assert names_of(principal)[0] == name
    assert names_of(principal)[-1] == principal


@pytest.mark.parametrize(
    "pattern", ["Dr_Operators", "Dr_*", "arn:aws:sts::111111111111:assumed-role/*/anna@example.com", "*"]
)
def test_rule_fits_by_name_by_wildcard_and_by_arn(pattern: str) -> None:
    found = access_of(rules(MappingRule(pattern=pattern, role=Role.OPERATOR)), SSO)
    assert (found.role, found.principal) == (Role.OPERATOR, SSO)
    assert pattern in found.source


@pytest.mark.parametrize("pattern", ["dr_operators", "Operators", "Dr_", "anna@example.com", "111111111111"])
def test_rule_that_does_not_fit_gives_nothing(pattern: str) -> None:
    assert access_of(rules(MappingRule(pattern=pattern, role=Role.ADMIN)), SSO).role is Role.VIEWER


def test_first_rule_that_fits_decides() -> None:
    mapping = rules(
        MappingRule(pattern="Dr_*", role=Role.AUDITOR), MappingRule(pattern="Dr_Operators", role=Role.ADMIN)
    )
    assert access_of(mapping, SSO).role is Role.AUDITOR


def test_bound_role_brings_its_accounts() -> None:
    here = AccountId("222222222222")
    rule = MappingRule(pattern="*", role=Role.CROSS_ACCOUNT, accounts=(here,))
    assert access_of(rules(rule), SSO).accounts == {here}


def test_assigning_a_pattern_again_changes_its_rule_in_place() -> None:
    mapping = rules(ADMIN, MappingRule(pattern="Dr", role=Role.VIEWER))
    changed = mapping.assign(MappingRule(pattern="Admins", role=Role.OPERATOR))
    assert [(one.pattern, one.role) for one in changed.rules] == [
        ("Admins", Role.OPERATOR),
        ("Dr", Role.VIEWER),
    ]


def test_removing_an_unknown_rule_names_those_there_are() -> None:
    with pytest.raises(ValidationFailed, match=r"'Dr'; there are: Admins\."):
        rules(ADMIN).unassign("Dr")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (MappingRule(pattern=" ", role=Role.VIEWER), "without a pattern"),
        (MappingRule(pattern="x", role=Role.CROSS_ACCOUNT), "to no account"),
        (MappingRule(pattern="x", role=Role.VIEWER, accounts=(AccountId("1" * 12),)), "only DRSCrossAccount"),
        (MappingRule(pattern="x", role=Role.CROSS_ACCOUNT, accounts=(AccountId("12"),)), "twelve digits"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused(rule: MappingRule, problem: str) -> None:
    with pytest.raises(ValidationFailed, match=problem):
        check_mapping(rules(ADMIN, rule))


def test_rules_without_an_administrator_are_refused() -> None:
    with pytest.raises(ValidationFailed, match="Nobody would be DRSAdmin"):
        check_mapping(rules(MappingRule(pattern="x", role=Role.OPERATOR)))


def test_no_rules_at_all_are_in_order() -> None:
    check_mapping(rules())


@pytest.mark.parametrize("principal", [SSO, SESSION, USER])
def test_pattern_of_a_principal_fits_its_other_sessions(principal: str) -> None:
    pattern = Access(role=Role.VIEWER, principal=principal).principal_pattern
    later = principal.replace("/anna@example.com", "/anna@example.com-2")
    assert access_of(rules(MappingRule(pattern=pattern, role=Role.ADMIN)), later).role is Role.ADMIN

"""Who may do what: the whole matrix walked, and the sentences of refusals."""

import pytest

from drs_desktop.domain.actions import ACTIONS, Action, Permission
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.permissions import (
    MATRIX,
    READ_ONLY_ROLES,
    Allowed,
    RefusalKind,
    Refused,
    may,
    role_has,
    roles_with,
)
from drs_desktop.domain.roles import NOBODY_MAPPED, Access, Role

HERE, ELSEWHERE = AccountId("111111111111"), AccountId("222222222222")

SEED_ACTIONS = {
    1: (Action.LIST_GROUPS, "ViewResources"),
    2: (Action.CREATE_GROUP, "CreateProtectionGroup"),
    3: (Action.SHOW_GROUP, "ViewResources"),
    4: (Action.UPDATE_GROUP, "UpdateProtectionGroup"),
    5: (Action.DELETE_GROUP, "DeleteProtectionGroup"),
    6: (Action.RESOLVE_GROUP, "ViewResources"),
    7: (Action.LIST_PLANS, "ViewResources"),
    8: (Action.CREATE_PLAN, "CreateRecoveryPlan"),
    9: (Action.SHOW_PLAN, "ViewResources"),
    10: (Action.UPDATE_PLAN, "UpdateRecoveryPlan"),
    11: (Action.DELETE_PLAN, "DeleteRecoveryPlan"),
    12: (Action.START_EXECUTION, "ExecuteRecovery"),
    13: (Action.CHECK_START, "ViewResources"),
    14: (Action.LIST_EXECUTIONS, "ViewResources"),
    15: (Action.START_AGAIN, "ExecuteRecovery"),
    16: (Action.SHOW_EXECUTION, "ViewResources"),
    17: (Action.PAUSE, "ManageExecution"),
    18: (Action.RESUME, "ManageExecution"),
    19: (Action.CANCEL, "ManageExecution"),
    20: (Action.TERMINATE, "TerminateInstances"),
    21: (Action.SHOW_JOB_LOG, "ViewResources"),
    22: (Action.SHOW_TERMINATION, "ViewResources"),
    23: (Action.CLEAR_FINISHED, "ManageExecution"),
    24: (Action.DELETE_EXECUTIONS, "ManageExecution"),
    25: (Action.LIST_SOURCE_SERVERS, "ViewResources"),
    26: (Action.SHOW_QUOTAS, "ViewResources"),
    27: (Action.CHECK_DRS, "ViewResources"),
    28: (Action.SHOW_ONE_JOB, "ViewResources"),
    29: (Action.LIST_ACCOUNTS, "ManageAccounts"),
    30: (Action.ADD_ACCOUNT, "ManageAccounts"),
    31: (Action.SHOW_ACCOUNT, "ManageAccounts"),
    32: (Action.EDIT_ACCOUNT, "ManageAccounts"),
    33: (Action.REMOVE_ACCOUNT, "ManageAccounts"),
    34: (Action.VALIDATE_ACCOUNT, "ManageAccounts"),
    35: (Action.LIST_INSTANCES, "ViewResources"),
    36: (Action.SHOW_INSTANCE, "ViewResources"),
    37: (Action.TERMINATE_CHOSEN, "TerminateInstances"),
    38: (Action.SHOW_LAUNCH_TEMPLATE, "ViewResources"),
    39: (Action.SHOW_SETTINGS, "ViewResources"),
    40: (Action.CHANGE_SETTINGS, "ManageAccounts"),
    41: (Action.LIST_REGIONS, "ViewResources"),
    42: (Action.SHOW_HEALTH, "ViewResources"),
    43: (Action.SHOW_ACCESS, "ViewResources"),
    44: (Action.PING, None),
}
"""The seed's catalogue as it was written down, independent of the table in the program."""

OURS = {
    Action.DRIVE: "ManageExecution",
    Action.NOTE: "ManageExecution",
    Action.RETRY: "ManageExecution",
    Action.SKIP: "ManageExecution",
    Action.ANSWER_START: "ManageExecution",
    Action.ANSWER_TASK: "ManageExecution",
    Action.CHANGE_WAIT: "ManageExecution",
    Action.STOP_WATCHING: "ManageExecution",
    Action.CLEAN_UP: "TerminateInstances",
    Action.CHANGE_LAUNCH_SETTINGS: "UpdateProtectionGroup",
    Action.APPLY_LAUNCH_SETTINGS: "UpdateProtectionGroup",
    Action.RESTORE_LAUNCH_SETTINGS: "UpdateProtectionGroup",
    Action.EXPORT_FILES: "ViewResources",
    Action.IMPORT_FILES: "UpdateRecoveryPlan",
    Action.WRITE_TEMPLATE: "ViewResources",
    Action.CHANGE_ROLES: "ManageAccounts",
    Action.ELEVATE: None,
    Action.GIVE_UP_ELEVATION: None,
    Action.READ_AUDIT: "evidence",
    Action.VERIFY_AUDIT: "evidence",
    Action.EXPORT_AUDIT: "evidence",
}

NEEDED = {**dict(SEED_ACTIONS.values()), **OURS}


def expected(role: Role, needed: str | None) -> bool:
    """Answer from the words of the roles, not from the matrix."""
    if needed is None:
        return True
    if needed == "evidence":
        return role in {Role.ADMIN, Role.OPERATOR, Role.AUDITOR}
    if role in {Role.VIEWER, Role.AUDITOR}:
        return needed == "ViewResources"
    if role is Role.OPERATOR:
        return needed != "ManageAccounts"
    if role is Role.CROSS_ACCOUNT:
        return needed in {"ExecuteRecovery", "ManageExecution", "TerminateInstances", "ViewResources"}
    return True


def test_every_action_has_exactly_one_row_and_the_tests_know_it() -> None:
    assert set(ACTIONS) == set(Action) == set(NEEDED)
    assert len(SEED_ACTIONS) == 44


def test_there_are_eleven_permissions_and_each_is_needed_by_something() -> None:
    assert len(Permission) == 11
    assert {rule.permission for rule in ACTIONS.values()} >= set(Permission)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_its_words_say(role: Role, action: Action) -> None:
    access = Access(role=role, accounts=frozenset({HERE}))
    assert may(access, action, [HERE]).is_allowed is expected(role, NEEDED[action])


@pytest.mark.parametrize(("role", "count"), [(Role.ADMIN, 44), (Role.OPERATOR, 37), (Role.VIEWER, 22)])
def test_roles_reach_as_many_of_the_seed_endpoints_as_it_says(role: Role, count: int) -> None:
    assert sum(role_has(role, action) for action, _ in SEED_ACTIONS.values()) == count


@pytest.mark.parametrize("action", [action for action in Action if ACTIONS[action].is_change])
def test_no_read_only_role_may_change_anything(action: Action) -> None:
    assert not any(role_has(role, action) for role in READ_ONLY_ROLES)


def test_viewer_and_auditor_only_read() -> None:
    assert frozenset({Role.VIEWER, Role.AUDITOR}) == READ_ONLY_ROLES


def test_somebody_nothing_maps_may_only_look() -> None:
    assert NOBODY_MAPPED.role is Role.VIEWER
    assert MATRIX[NOBODY_MAPPED.role] == {Permission.VIEW_RESOURCES}


def test_refusal_names_the_role_the_action_and_who_may() -> None:
    verdict = may(Access(role=Role.VIEWER), Action.START_EXECUTION, [HERE])
    assert verdict == Refused(
        kind=RefusalKind.ROLE,
        reason="DRSViewer may not start a drill or a recovery; DRSAdmin, DRSOperator or DRSCrossAccount may.",
    )


@pytest.mark.parametrize("action", Action)
def test_every_action_has_somebody_who_may_do_it(action: Action) -> None:
    assert roles_with(action)


def test_bound_role_is_refused_in_other_accounts() -> None:
    access = Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({HERE}))
    verdict = may(access, Action.START_EXECUTION, [HERE, ELSEWHERE])
    assert isinstance(verdict, Refused)
    assert verdict.kind is RefusalKind.ACCOUNT
    assert ELSEWHERE in verdict.reason
    assert f"bound to {HERE}" in verdict.reason


def test_bound_role_may_change_nothing_of_unknown_account() -> None:
    access = Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({HERE}))
    assert not may(access, Action.PAUSE).is_allowed
    assert may(access, Action.LIST_EXECUTIONS) == Allowed()


def test_bound_role_without_accounts_reaches_none() -> None:
    assert not may(Access(role=Role.CROSS_ACCOUNT), Action.SHOW_EXECUTION, [HERE]).is_allowed


def test_other_roles_reach_every_account() -> None:
    assert may(Access(role=Role.OPERATOR), Action.START_EXECUTION, [HERE, ELSEWHERE]).is_allowed

"""Which action each method of a service is; a method without a row here cannot be called at all."""

from dataclasses import dataclass

from drs_desktop.domain.actions import Action


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a method of a service does.

    Attributes:
        about: the parameter that says which accounts it touches, `execution_id` or `plan_id`, if any.
        spans_accounts: whether it shows or changes all accounts at once, so that nobody bound to some may.
    """

    action: Action
    about: str = ""
    spans_accounts: bool = False


def _rule(action: Action) -> Rule:
    return Rule(action=action)


def _of_execution(action: Action) -> Rule:
    return Rule(action=action, about="execution_id")


def _of_plan(action: Action) -> Rule:
    return Rule(action=action, about="plan_id")


def _of_all(action: Action) -> Rule:
    return Rule(action=action, spans_accounts=True)


Rules = dict[str, Rule]

INVENTORY_RULES: Rules = {
    "refresh": _rule(Action.LIST_SOURCE_SERVERS),
    "current": _rule(Action.LIST_SOURCE_SERVERS),
    "known": _rule(Action.LIST_SOURCE_SERVERS),
    "server": _rule(Action.LIST_SOURCE_SERVERS),
}

GROUP_RULES: Rules = {"list_groups": _rule(Action.LIST_GROUPS)}

PLAN_RULES: Rules = {
    "list_plans": _rule(Action.LIST_PLANS),
    "plan_named": _rule(Action.SHOW_PLAN),
}

AUTHORING_RULES: Rules = {
    "shelf": _of_all(Action.LIST_PLANS),
    "check": _of_all(Action.SHOW_PLAN),
    "apply": _of_all(Action.IMPORT_FILES),
    "read_file": _of_all(Action.SHOW_PLAN),
    "export": _of_all(Action.EXPORT_FILES),
    "versions": _of_all(Action.SHOW_PLAN),
    "history": _of_all(Action.SHOW_PLAN),
    "rolled_back": _of_all(Action.SHOW_PLAN),
    "copied": _of_all(Action.SHOW_PLAN),
}

CAPACITY_RULES: Rules = {"current": _of_all(Action.SHOW_QUOTAS)}

LAUNCH_RULES: Rules = {
    "show": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "records": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "versions": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "choices": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "preview": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "preview_restore": _of_all(Action.SHOW_LAUNCH_TEMPLATE),
    "edit_group": _of_all(Action.CHANGE_LAUNCH_SETTINGS),
    "edit_server": _of_all(Action.CHANGE_LAUNCH_SETTINGS),
    "apply": _of_all(Action.APPLY_LAUNCH_SETTINGS),
    "restore": _of_all(Action.RESTORE_LAUNCH_SETTINGS),
}

READINESS_RULES: Rules = {
    "last": _of_plan(Action.CHECK_START),
    "refresh": _of_all(Action.CHECK_START),
    "keep_current": _of_all(Action.CHECK_START),
}

EXECUTION_RULES: Rules = {
    "preview_start": _of_plan(Action.CHECK_START),
    "start": _of_plan(Action.START_EXECUTION),
    "drive": _of_execution(Action.DRIVE),
    "watch": _of_execution(Action.DRIVE),
    "pause": _of_execution(Action.PAUSE),
    "resume": _of_execution(Action.RESUME),
    "cancel": _of_execution(Action.CANCEL),
    "terminate": _of_execution(Action.TERMINATE),
    "answer_start": _of_execution(Action.ANSWER_START),
    "retry": _of_execution(Action.RETRY),
    "skip": _of_execution(Action.SKIP),
    "end_wait": _of_execution(Action.CHANGE_WAIT),
    "extend_wait": _of_execution(Action.CHANGE_WAIT),
    "answer_task": _of_execution(Action.ANSWER_TASK),
    "stop_watching": _of_execution(Action.STOP_WATCHING),
    "cancel_and_clean_up": _of_execution(Action.CLEAN_UP),
    "add_note": _of_execution(Action.NOTE),
    "driving_error": _of_execution(Action.SHOW_EXECUTION),
    "confirm_seat": _of_execution(Action.SHOW_EXECUTION),
    "view": _of_execution(Action.SHOW_EXECUTION),
    "log": _of_execution(Action.SHOW_JOB_LOG),
    "list_executions": _rule(Action.LIST_EXECUTIONS),
    "wait_until_settled": _of_execution(Action.SHOW_EXECUTION),
    "subscribe": _rule(Action.LIST_EXECUTIONS),
}

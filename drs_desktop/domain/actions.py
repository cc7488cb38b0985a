"""Everything that can be done with this console, and the one permission that each thing needs."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """The eleven permissions."""

    CREATE_PROTECTION_GROUP = "CreateProtectionGroup"
    UPDATE_PROTECTION_GROUP = "UpdateProtectionGroup"
    DELETE_PROTECTION_GROUP = "DeleteProtectionGroup"
    CREATE_RECOVERY_PLAN = "CreateRecoveryPlan"
    UPDATE_RECOVERY_PLAN = "UpdateRecoveryPlan"
    DELETE_RECOVERY_PLAN = "DeleteRecoveryPlan"
    EXECUTE_RECOVERY = "ExecuteRecovery"
    MANAGE_EXECUTION = "ManageExecution"
    TERMINATE_INSTANCES = "TerminateInstances"
    VIEW_RESOURCES = "ViewResources"
    MANAGE_ACCOUNTS = "ManageAccounts"


class Action(StrEnum):
    """One thing that somebody can ask for; the values are stable, because audit rows name them."""

    # groups
    LIST_GROUPS = "list-groups"
    CREATE_GROUP = "create-group"
    SHOW_GROUP = "show-group"
    UPDATE_GROUP = "update-group"
    DELETE_GROUP = "delete-group"
    RESOLVE_GROUP = "resolve-group"
    # plans
    LIST_PLANS = "list-plans"
    CREATE_PLAN = "create-plan"
    SHOW_PLAN = "show-plan"
    UPDATE_PLAN = "update-plan"
    DELETE_PLAN = "delete-plan"
    START_EXECUTION = "start-execution"
    CHECK_START = "check-start"
    # executions
    LIST_EXECUTIONS = "list-executions"
    START_AGAIN = "start-again"
    SHOW_EXECUTION = "show-execution"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    TERMINATE = "terminate"
    SHOW_JOB_LOG = "show-job-log"
    SHOW_TERMINATION = "show-termination"
    CLEAR_FINISHED = "clear-finished"
    DELETE_EXECUTIONS = "delete-executions"
    # DRS
    LIST_SOURCE_SERVERS = "list-source-servers"
    SHOW_QUOTAS = "show-quotas"
    CHECK_DRS = "check-drs"
    SHOW_ONE_JOB = "show-one-job"
    # accounts
    LIST_ACCOUNTS = "list-accounts"
    ADD_ACCOUNT = "add-account"
    SHOW_ACCOUNT = "show-account"
    EDIT_ACCOUNT = "edit-account"
    REMOVE_ACCOUNT = "remove-account"
    VALIDATE_ACCOUNT = "validate-account"
    # EC2
    LIST_INSTANCES = "list-instances"
    SHOW_INSTANCE = "show-instance"
    TERMINATE_CHOSEN = "terminate-chosen"
    SHOW_LAUNCH_TEMPLATE = "show-launch-template"
    # settings, people, health
    SHOW_SETTINGS = "show-settings"
    CHANGE_SETTINGS = "change-settings"
    LIST_REGIONS = "list-regions"
    SHOW_HEALTH = "show-health"
    SHOW_ACCESS = "show-access"
    PING = "ping"
    # what the forty-four do not have
    DRIVE = "drive"
    NOTE = "note"
    RETRY = "retry"
    SKIP = "skip"
    ANSWER_START = "answer-start"
    ANSWER_TASK = "answer-task"
    CHANGE_WAIT = "change-wait"
    STOP_WATCHING = "stop-watching"
    CLEAN_UP = "cancel-and-clean-up"
    CHANGE_LAUNCH_SETTINGS = "change-launch-settings"
    APPLY_LAUNCH_SETTINGS = "apply-launch-settings"
    RESTORE_LAUNCH_SETTINGS = "restore-launch-settings"
    EXPORT_FILES = "export-files"
    IMPORT_FILES = "import-files"
    WRITE_TEMPLATE = "write-account-template"
    CHANGE_ROLES = "change-roles"
    ELEVATE = "elevate"
    GIVE_UP_ELEVATION = "give-up-elevation"
    READ_AUDIT = "read-audit"
    VERIFY_AUDIT = "verify-audit"
    EXPORT_AUDIT = "export-audit"


@dataclass(frozen=True, kw_only=True)
class ActionRule:
    """What an action needs.

    Attributes:
        permission: None for what everybody may do, whoever they are.
        words: what is done, to follow "may not".
        is_evidence: whether it shows what everybody did, which is for those who audit.
    """

    permission: Permission | None
    words: str
    is_evidence: bool = False

    @property
    def is_change(self) -> bool:
        """Return whether it changes something, here or in AWS."""
        return self.permission not in (None, Permission.VIEW_RESOURCES)


def _view(words: str) -> ActionRule:
    return ActionRule(permission=Permission.VIEW_RESOURCES, words=words)


def _execute(words: str) -> ActionRule:
    return ActionRule(permission=Permission.EXECUTE_RECOVERY, words=words)


def _manage(words: str) -> ActionRule:
    return ActionRule(permission=Permission.MANAGE_EXECUTION, words=words)


def _terminate(words: str) -> ActionRule:
    return ActionRule(permission=Permission.TERMINATE_INSTANCES, words=words)


def _accounts(words: str) -> ActionRule:
    return ActionRule(permission=Permission.MANAGE_ACCOUNTS, words=words)


def _evidence(words: str) -> ActionRule:
    return ActionRule(permission=Permission.VIEW_RESOURCES, words=words, is_evidence=True)


def _anybody(words: str) -> ActionRule:
    return ActionRule(permission=None, words=words)


ACTIONS: dict[Action, ActionRule] = {
    Action.LIST_GROUPS: _view("list protection groups"),
    Action.CREATE_GROUP: ActionRule(
        permission=Permission.CREATE_PROTECTION_GROUP, words="create protection groups"
    ),
    Action.SHOW_GROUP: _view("look at a protection group"),
    Action.UPDATE_GROUP: ActionRule(
        permission=Permission.UPDATE_PROTECTION_GROUP, words="edit protection groups"
    ),
    Action.DELETE_GROUP: ActionRule(
        permission=Permission.DELETE_PROTECTION_GROUP, words="delete protection groups"
    ),
    Action.RESOLVE_GROUP: _view("see which servers a protection group selects"),
    Action.LIST_PLANS: _view("list recovery plans"),
    Action.CREATE_PLAN: ActionRule(permission=Permission.CREATE_RECOVERY_PLAN, words="create recovery plans"),
    Action.SHOW_PLAN: _view("look at a recovery plan"),
    Action.UPDATE_PLAN: ActionRule(permission=Permission.UPDATE_RECOVERY_PLAN, words="edit recovery plans"),
    Action.DELETE_PLAN: ActionRule(permission=Permission.DELETE_RECOVERY_PLAN, words="delete recovery plans"),
    Action.START_EXECUTION: _execute("start a drill or a recovery"),
    Action.CHECK_START: _view("check whether a plan could start"),
    Action.LIST_EXECUTIONS: _view("list executions"),
    Action.START_AGAIN: _execute("start an earlier execution's plan again"),
    Action.SHOW_EXECUTION: _view("look at an execution"),
    Action.PAUSE: _manage("pause an execution"),
    Action.RESUME: _manage("resume an execution"),
    Action.CANCEL: _manage("cancel an execution"),
    Action.TERMINATE: _terminate("terminate recovery instances"),
    Action.SHOW_JOB_LOG: _view("read the log of an execution"),
    Action.SHOW_TERMINATION: _view("see how a termination stands"),
    Action.CLEAR_FINISHED: _manage("clear finished executions from the list"),
    Action.DELETE_EXECUTIONS: _manage("delete executions from the list"),
    Action.LIST_SOURCE_SERVERS: _view("list source servers"),
    Action.SHOW_QUOTAS: _view("look at quotas"),
    Action.CHECK_DRS: _view("see whether DRS is initialised"),
    Action.SHOW_ONE_JOB: _view("read the log of a job"),
    Action.LIST_ACCOUNTS: _accounts("list target accounts"),
    Action.ADD_ACCOUNT: _accounts("add target accounts"),
    Action.SHOW_ACCOUNT: _accounts("look at a target account"),
    Action.EDIT_ACCOUNT: _accounts("edit target accounts"),
    Action.REMOVE_ACCOUNT: _accounts("remove target accounts"),
    Action.VALIDATE_ACCOUNT: _accounts("test the access to a target account"),
    Action.LIST_INSTANCES: _view("list recovery instances"),
    Action.SHOW_INSTANCE: _view("look at a recovery instance"),
    Action.TERMINATE_CHOSEN: _terminate("terminate chosen recovery instances"),
    Action.SHOW_LAUNCH_TEMPLATE: _view("look at a launch template"),
    Action.SHOW_SETTINGS: _view("look at the settings"),
    Action.CHANGE_SETTINGS: _accounts("change the settings of the workspace"),
    Action.LIST_REGIONS: _view("list Regions"),
    Action.SHOW_HEALTH: _view("look at the health of the console"),
    Action.SHOW_ACCESS: _view("see their own access"),
    Action.PING: _anybody("see whether the console answers"),
    Action.DRIVE: _manage("drive an execution from this console"),
    Action.NOTE: _manage("write a note into an execution"),
    Action.RETRY: _manage("retry failed servers"),
    Action.SKIP: _manage("skip a wave"),
    Action.ANSWER_START: _manage("settle a start in doubt"),
    Action.ANSWER_TASK: _manage("answer a manual task"),
    Action.CHANGE_WAIT: _manage("change a timed wait"),
    Action.STOP_WATCHING: _manage("stop watching an execution"),
    Action.CLEAN_UP: _terminate("cancel a drill and clean up after it"),
    Action.CHANGE_LAUNCH_SETTINGS: ActionRule(
        permission=Permission.UPDATE_PROTECTION_GROUP, words="change launch settings"
    ),
    Action.APPLY_LAUNCH_SETTINGS: ActionRule(
        permission=Permission.UPDATE_PROTECTION_GROUP, words="apply launch settings in AWS"
    ),
    Action.RESTORE_LAUNCH_SETTINGS: ActionRule(
        permission=Permission.UPDATE_PROTECTION_GROUP, words="restore earlier launch settings in AWS"
    ),
    Action.EXPORT_FILES: _view("export groups and plans"),
    Action.IMPORT_FILES: ActionRule(
        permission=Permission.UPDATE_RECOVERY_PLAN, words="import groups and plans"
    ),
    Action.WRITE_TEMPLATE: _view("print the role template of a target account"),
    Action.CHANGE_ROLES: _accounts("change who has which role"),
    Action.ELEVATE: _anybody("take an emergency role"),
    Action.GIVE_UP_ELEVATION: _anybody("give an emergency role back"),
    Action.READ_AUDIT: _evidence("read the audit trail"),
    Action.VERIFY_AUDIT: _evidence("verify the audit trail"),
    Action.EXPORT_AUDIT: _evidence("export the audit trail"),
}
"""The permission of every action; an action without a row here does not exist."""

"""What a command's exit code says; frozen, because scripts and schedulers are written against it."""

from enum import IntEnum

from drs_desktop.domain.execution import SETTLED_TERMINATIONS, ExecutionStatus, Health, TerminationState
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.views import ExecutionView


class ExitCode(IntEnum):
    """Every exit code there is; errors carry theirs as `exit_code`."""

    DONE = 0
    OUR_FAULT = 1
    USAGE = 2
    INVALID = 3
    """Validation or pre-flight failed, or the command makes no sense now; nothing was changed."""
    ENDED_BADLY = 4
    """The execution ended PARTIAL, FAILED or CANCELLED, or with a failed optional server."""
    NEEDS_OPERATOR = 5
    SIGN_IN_NEEDED = 6
    ANOTHER_DRIVER = 7
    REFUSED_BY_ROLE = 8
    AWS_UNREACHABLE = 9
    INTERRUPTED = 130


def of_ended(view: ExecutionView) -> ExitCode:
    """Return the code of an execution that ended: 0 only if every server launched and is healthy."""
    is_clean = view.status is ExecutionStatus.COMPLETED and all(
        server.launch_status is LaunchStatus.LAUNCHED and server.health is Health.HEALTHY
        for server in view.servers
    )
    return ExitCode.DONE if is_clean else ExitCode.ENDED_BADLY


def of_terminated(view: ExecutionView) -> ExitCode:
    """Return the code of a termination: 0 only if every instance of the execution is gone."""
    states = [server.termination for server in view.servers if server.recovery_instance_id]
    is_clean = all(state is TerminationState.TERMINATED for state in states)
    return ExitCode.DONE if is_clean else ExitCode.ENDED_BADLY


def is_terminating(view: ExecutionView) -> bool:
    """Return whether the removal of an instance is still under way."""
    return any(s.termination is not None and s.termination not in SETTLED_TERMINATIONS for s in view.servers)

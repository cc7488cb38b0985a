"""Which recovery instances an execution may ask AWS to remove: only those its own jobs launched."""

from drs_desktop.domain.execution import Execution, ServerLaunch, TerminationState
from drs_desktop.domain.job import LaunchStatus

_NO_LAST_WORD = frozenset({LaunchStatus.PENDING, LaunchStatus.IN_PROGRESS, LaunchStatus.UNKNOWN})


def terminable_servers(state: Execution) -> tuple[ServerLaunch, ...]:
    """Return the servers whose recovery instance Terminate would remove.

    They are those that this execution launched, or may have launched, and nobody asked to remove; when there
    are none left, those whose removal failed.
    """
    own = state.accepted_job_ids
    launched = tuple(s for s in state.servers if s.job_id in own and _may_have_instance(s))
    untouched = tuple(s for s in launched if s.termination is None)
    return untouched or tuple(s for s in launched if s.termination is TerminationState.FAILED)


def _may_have_instance(server: ServerLaunch) -> bool:
    """Return whether an instance is known, or AWS never gave a last word: then it is looked for first."""
    return server.recovery_instance_id is not None or server.launch_status in _NO_LAST_WORD

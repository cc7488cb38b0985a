"""Which recovery instances an execution may ask AWS to remove: only those its own jobs launched."""

from drs_desktop.domain.execution import Execution, ServerLaunch, TerminationState


def terminable_servers(state: Execution) -> tuple[ServerLaunch, ...]:
    """Return the servers whose recovery instance Terminate would remove.

    They are those that this execution launched and nobody asked to remove; when there are none left, those
    whose removal failed.
    """
    own = state.accepted_job_ids
    launched = tuple(s for s in state.servers if s.recovery_instance_id and s.job_id in own)
    untouched = tuple(s for s in launched if s.termination is None)
    return untouched or tuple(s for s in launched if s.termination is TerminationState.FAILED)

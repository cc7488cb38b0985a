"""Executions that were begun against another AWS, or another simulator, than the one at hand."""

from drs_desktop.domain.accounts import AWS, Endpoint
from drs_desktop.domain.execution import Execution


def is_gone_for_good(state: Execution, here: Endpoint) -> bool:
    """Return whether the execution ran on a simulator other than this one: such a one never comes back."""
    return here.is_simulated and state.endpoint_fingerprint not in {AWS, here.fingerprint}


def why_elsewhere(state: Execution, here: Endpoint) -> str:
    """Return why an execution cannot go on at the AWS of this console, and what can be done."""
    began = (
        "AWS itself" if state.endpoint_fingerprint == AWS else f"the endpoint {state.endpoint_fingerprint}"
    )
    if not here.is_simulated:
        return (
            f"Execution {state.execution_id} was begun against {began}, and this console talks to "
            f"{here.title}. It can only go on where it began."
        )
    if state.endpoint_fingerprint == AWS:
        return (
            f"Execution {state.execution_id} was begun against AWS itself, and this console talks to a "
            "simulator. Unset AWS_ENDPOINT_URL to go on with it."
        )
    return (
        f"Execution {state.execution_id} was begun on a simulator that is not there any more (instance "
        f"{state.endpoint_fingerprint}). It cannot go on; to close it, stop watching it with a reason."
    )

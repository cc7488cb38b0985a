"""Refusals that several commands share."""

from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import Execution


def refuse_if_over(state: Execution, verb: str) -> None:
    """Refuse a command that an ended execution cannot obey.

    Raises:
        CommandRefused: the execution has ended.
    """
    if state.end_status is not None:
        raise CommandRefused(
            f"Execution {state.execution_id} ended as {state.end_status}: there is nothing to {verb}."
        )

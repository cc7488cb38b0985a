"""What earlier executions of a plan tell the one that is about to start, in sentences."""

from collections.abc import Sequence

from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.plan_forecast import Expected
from drs_desktop.services.views import ExecutionRow
from drs_desktop.ui.models.status_text import (
    counted,
    duration_words,
    execution_look,
    mode_words,
    moment_words,
    tr,
)

LENGTHS_OF = 5
"""How many of the newest complete executions a length is told from."""


def last_start_words(plan_name: str, rows: Sequence[ExecutionRow]) -> str:
    """Return when the plan was last executed, and how that ended."""
    own = [row for row in rows if row.plan_name == plan_name]
    if not own:
        return tr("This plan was never executed from here.")
    last = max(own, key=lambda row: row.created_at)
    look = execution_look(last.status, needs_person=last.needs_person)
    words = tr("Last executed {0} ({1}): {2}.")
    return words.format(moment_words(last.created_at), mode_words(last.mode), look.word)


def length_words(plan_name: str, rows: Sequence[ExecutionRow], usual: Expected | None = None) -> str:
    """Return how long it may take, as a range with its basis.

    Args:
        usual: what is usual for such servers, for a plan that no execution tells of.
    """
    ended = sorted(
        (
            row
            for row in rows
            if row.plan_name == plan_name and row.status is ExecutionStatus.COMPLETED and row.ended_at
        ),
        key=lambda row: row.created_at,
        reverse=True,
    )[:LENGTHS_OF]
    lengths = sorted(row.ended_at - row.created_at for row in ended if row.ended_at)
    if not lengths:
        return _usual_words(usual)
    shortest, longest = duration_words(lengths[0]), duration_words(lengths[-1])
    basis = counted(len(lengths), tr("complete execution"), tr("complete executions"))
    if shortest == longest:
        return tr("It took {0}, pauses included ({1}).").format(shortest, basis)
    return tr("It took {0} to {1}, pauses included ({2}).").format(shortest, longest, basis)


def _usual_words(usual: Expected | None) -> str:
    if usual is None:
        return tr("How long it takes is not known.")
    shortest, longest = duration_words(usual.shortest), duration_words(usual.longest)
    return tr("Such servers usually take {0} to {1}, pauses left out.").format(shortest, longest)

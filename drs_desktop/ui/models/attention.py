"""What of the live executions a person should hear of when they look elsewhere: once, when it comes."""

from collections.abc import Iterable
from dataclasses import dataclass

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.views import ExecutionRow, ExecutionView
from drs_desktop.ui.models.status_text import execution_look, mode_words, tr


@dataclass(frozen=True, kw_only=True)
class Call:
    """Something that a person is told wherever they are.

    Attributes:
        execution_id: what to show when they come; empty for what is about no execution.
        is_urgent: whether nothing goes on before they come.
    """

    title: str
    text: str
    execution_id: str = ""
    is_urgent: bool = False


class Attention:
    """Remembers how every execution stood, so that each change is told once, and nothing old at all."""

    def __init__(self) -> None:
        self._known: dict[ExecutionId, tuple[bool, bool]] = {}

    def listed(self, rows: Iterable[ExecutionRow]) -> None:
        """Take note of how executions stand that were not known before; nothing is told of them."""
        for row in rows:
            self._known.setdefault(row.execution_id, (row.needs_person, row.status.is_terminal))

    def heard(self, view: ExecutionView) -> Call | None:
        """Return what to tell now that an execution stands like this, or None."""
        stands = view.needs_person, view.status.is_terminal
        before = self._known.get(view.execution_id, (False, view.status.is_terminal))
        self._known[view.execution_id] = stands
        if view.status.is_terminal and not before[1]:
            return self._call(view, execution_look(view.status).word)
        if view.needs_person and not before[0]:
            return self._call(view, tr("Waits for you"), is_urgent=True)
        return None

    def _call(self, view: ExecutionView, what: str, *, is_urgent: bool = False) -> Call:
        """Return a call whose title says mode and plan, as every window does."""
        return Call(
            title=f"{view.plan_name} · {mode_words(view.mode)}: {what}",
            text=view.reason,
            execution_id=view.execution_id,
            is_urgent=is_urgent,
        )

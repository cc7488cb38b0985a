"""Views as somebody sees them: what their role may not do is disabled, with the reason."""

from dataclasses import replace
from typing import Any

from drs_desktop.domain.actions import Action
from drs_desktop.domain.permissions import may
from drs_desktop.domain.roles import Access
from drs_desktop.services.views import (
    ActionState,
    ExecutionActions,
    ExecutionUpdate,
    ExecutionView,
    PlanRow,
    ProtectionGroupRow,
    StartQuestion,
    WaveRow,
)

_OF_EXECUTION = {
    "pause": Action.PAUSE,
    "resume": Action.RESUME,
    "cancel": Action.CANCEL,
    "terminate": Action.TERMINATE,
    "clean_up": Action.CLEAN_UP,
    "stop_watching": Action.STOP_WATCHING,
}
_OF_WAVE = {"can_retry": Action.RETRY, "can_skip": Action.SKIP}
_OF_QUESTION = {"can_say_ours": Action.ANSWER_START, "can_say_nothing_started": Action.ANSWER_START}
_OF_PLAN = {
    "can_start": Action.START_EXECUTION,
    "can_edit": Action.UPDATE_PLAN,
    "can_remove": Action.DELETE_PLAN,
}
_OF_GROUP = {"can_edit": Action.UPDATE_GROUP, "can_remove": Action.DELETE_GROUP}


def permitted(value: Any, access: Access) -> Any:
    """Return a view, or whatever else a service gave, with every action disabled that the role may not do."""
    if isinstance(value, ExecutionView):
        return _execution(value, access)
    if isinstance(value, ExecutionUpdate):
        return replace(
            value,
            view=_execution(value.view, access),
            changed_waves=tuple(_disabled(one, _OF_WAVE, access) for one in value.changed_waves),
        )
    if isinstance(value, tuple) and value and isinstance(value[0], PlanRow):
        return tuple(_disabled(one, _OF_PLAN, access) for one in value)
    if isinstance(value, tuple) and value and isinstance(value[0], ProtectionGroupRow):
        return tuple(_disabled(one, _OF_GROUP, access) for one in value)
    return value


def _execution(view: ExecutionView, access: Access) -> ExecutionView:
    actions: ExecutionActions = _disabled(view.actions, _OF_EXECUTION, access)
    waves: tuple[WaveRow, ...] = tuple(_disabled(one, _OF_WAVE, access) for one in view.waves)
    asked: tuple[StartQuestion, ...] = tuple(_disabled(one, _OF_QUESTION, access) for one in view.questions)
    return replace(view, actions=actions, waves=waves, questions=asked)


def _disabled(row: Any, actions: dict[str, Action], access: Access) -> Any:
    refused = {name: may(access, action, access.accounts) for name, action in actions.items()}
    changes = {
        name: ActionState(enabled=False, reason=verdict.reason)
        for name, verdict in refused.items()
        if not verdict.is_allowed
    }
    return replace(row, **changes) if changes else row

"""cloudtrail: the events of the calls that change something, shown late and newest first."""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.cloudtrail_events import TrailEvent, is_recorded, trail_event
from drs_desktop.simulator.wire.json_answers import bad_page, json_service_answer, paged
from drs_desktop.simulator.wire.requests import WireCall

_MOST = 50
_KEPT = 20_000

_ATTRIBUTES: dict[str, Callable[[TrailEvent], set[str]]] = {
    "AccessKeyId": lambda event: {event.access_key_id},
    "EventId": lambda event: {event.id},
    "EventName": lambda event: {event.name},
    "EventSource": lambda event: {event.source},
    "ReadOnly": lambda event: {str(event.is_read_only).lower()},
    "ResourceName": lambda event: {name for _, name in event.resources},
    "ResourceType": lambda event: {kind for kind, _ in event.resources},
    "Username": lambda event: {event.username},
}


class CloudTrail:
    """The event history of every account and Region."""

    def __init__(self, simulation: Simulation) -> None:
        """Start without events."""
        self._simulation = simulation
        self._events: dict[tuple[str, str], deque[TrailEvent]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def note(self, call: WireCall, principal: Principal, answer: Answer) -> None:
        """Record an answered call, in the caller's account and, for AssumeRole, in the role's too."""
        if not is_recorded(call):
            return
        event = trail_event(call, principal, answer, self._simulation.clock.now())
        accounts = {principal.account_id}
        if call.operation == "AssumeRole":
            accounts |= {one for one in self._role_account(call) if one}
        for account_id in accounts:
            self._events[account_id, call.region].append(event)

    def lookup_events(self, call: WireCall, principal: Principal) -> Answer:
        """List the events that are old enough to be seen, newest first."""
        attributes = call.members.get("LookupAttributes") or []
        if len(attributes) > 1 or any(one.get("AttributeKey") not in _ATTRIBUTES for one in attributes):
            text = "You can specify only one lookup attribute, and only a known one."
            return refusal(call, "InvalidLookupAttributesException", 400, text)
        begin, end = _time(call, "StartTime"), _time(call, "EndTime")
        if begin and end and begin > end:
            text = "The start time must not be after the end time."
            return refusal(call, "InvalidTimeRangeException", 400, text)
        visible_until = self._simulation.clock.now() - self._simulation.trail_delay
        found = [
            event
            for event in reversed(self._events[principal.account_id, call.region])
            if event.at <= visible_until
            and (begin is None or event.at >= begin)
            and (end is None or event.at <= end)
            and all(
                one.get("AttributeValue") in _ATTRIBUTES[one["AttributeKey"]](event) for one in attributes
            )
        ]
        try:
            shown, token = paged(call.members, found, most=_MOST)
        except ValueError as error:
            is_size = str(error) == "MaxResults"
            return bad_page(call, "InvalidMaxResultsException" if is_size else "InvalidNextTokenException")
        return json_service_answer({"Events": [event.described() for event in shown], "NextToken": token})

    def _role_account(self, call: WireCall) -> list[str]:
        known = {account.id for account in self._simulation.accounts}
        return [one for one in str(call.members.get("RoleArn", "")).split(":")[4:5] if one in known]


def _time(call: WireCall, name: str) -> datetime | None:
    value = call.members.get(name)
    if not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC) if value > 0 else datetime.min.replace(tzinfo=UTC)

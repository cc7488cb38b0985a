"""Faults as data: which call they meet and what then happens.

A rule counts the calls that match it. It fires from its `nth` matching call on, `times` times (0: always).
The first rule that fires for a call decides; the others only count it.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drs_desktop.simulator.core.policy_patterns import glob_matches


@dataclass(frozen=True, kw_only=True)
class ErrorAnswer:
    """Refuse the call with an AWS error; nothing happens."""

    code: str
    status: int = 400
    message: str = "The simulator was told to refuse this call."
    retry_after: int | None = None


@dataclass(frozen=True, kw_only=True)
class DelayBefore:
    """Let the request arrive late, by real seconds; its signature may have expired by then."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class HoldAnswer:
    """Carry the call out, but hold the answer for real seconds or until the rule is deleted."""

    seconds: float


@dataclass(frozen=True)
class ResetBefore:
    """Close the connection; nothing happens."""


@dataclass(frozen=True)
class ResetAfter:
    """Carry the call out, then close the connection without an answer."""


@dataclass(frozen=True)
class Html503:
    """Answer as a proxy would: status 503 and a page of HTML; nothing happens."""


@dataclass(frozen=True, kw_only=True)
class DenyPermission:
    """Act as if nobody had this permission, for direct calls and those that DRS forwards."""

    permission: str
    """An action such as `drs:DescribeJobs` or `ec2:CreateSnapshot`; wildcards as in policies."""


@dataclass(frozen=True)
class EmptyPage:
    """Answer a list with an empty page and the token that goes on where this page would have begun."""


Action = (
    ErrorAnswer | DelayBefore | HoldAnswer | ResetBefore | ResetAfter | Html503 | DenyPermission | EmptyPage
)


@dataclass(frozen=True, kw_only=True)
class ArrivingCall:
    """What a rule may look at."""

    service: str
    operation: str
    account_id: str | None
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FaultRule:
    """When to do what; an absent condition matches every call."""

    id: str
    action: Action
    service: str = "drs"
    operation: str | None = None
    account: str | None = None
    region: str | None = None
    match_tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that the request must carry, among others."""
    nth: int = 1
    """Fire from this matching call on, counted from 1."""
    times: int = 1
    """How often to fire; 0 is always."""

    def matches(self, call: ArrivingCall) -> bool:
        """Return whether the conditions fit this call."""
        return (
            not isinstance(self.action, DenyPermission)
            and self.service == call.service
            and self.operation in (None, call.operation)
            and self.account in (None, call.account_id)
            and self.region in (None, call.region)
            and all(call.tags.get(key) == value for key, value in self.match_tags.items())
        )

    def denies(self, permission: str, account_id: str, region: str) -> bool:
        """Return whether this rule takes the permission away there."""
        return (
            isinstance(self.action, DenyPermission)
            and glob_matches(self.action.permission, permission, ignore_case=True)
            and self.account in (None, account_id)
            and self.region in (None, region)
        )


@dataclass(kw_only=True)
class FaultState:
    """A rule in force, with its counts."""

    rule: FaultRule
    matched: int = 0
    fired: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the rule is deleted, so that held answers go out."""


class FaultPlan:
    """The rules in force; safe to use from several threads."""

    def __init__(self, rules: Iterable[FaultRule] = ()) -> None:
        """Start with the scenario's rules."""
        self._lock = threading.Lock()
        self._states = {rule.id: FaultState(rule=rule) for rule in rules}

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force; one of the same id is replaced and its held answers go out."""
        with self._lock:
            earlier = self._states.pop(rule.id, None)
            self._states[rule.id] = FaultState(rule=rule)
        if earlier:
            earlier.released.set()

    def remove(self, rule_id: str) -> bool:
        """Delete a rule and release what it holds; return whether it was there."""
        with self._lock:
            state = self._states.pop(rule_id, None)
        if state:
            state.released.set()
        return state is not None

    def release_all(self) -> None:
        """Delete every rule and release everything that is held."""
        for state in self.states():
            self.remove(state.rule.id)

    def states(self) -> list[FaultState]:
        """Return the rules in force with their counts, in the order in which they were put in force."""
        with self._lock:
            return list(self._states.values())

    def meet(self, call: ArrivingCall) -> FaultState | None:
        """Count a call on every rule it matches and return the rule that fires, if any."""
        chosen = None
        with self._lock:
            for state in self._states.values():
                if not state.rule.matches(call):
                    continue
                state.matched += 1
                if chosen is None and _fires(state):
                    state.fired += 1
                    chosen = state
        return chosen

    @property
    def has_denials(self) -> bool:
        """Return whether any rule takes a permission away."""
        with self._lock:
            return any(isinstance(state.rule.action, DenyPermission) for state in self._states.values())

    def would_deny(self, permission: str, account_id: str, region: str) -> bool:
        """Return whether a rule takes a permission away now, without counting the question."""
        with self._lock:
            states = list(self._states.values())
        return any(one.rule.denies(permission, account_id, region) and not _is_spent(one) for one in states)

    def denies(self, permission: str, account_id: str, region: str) -> bool:
        """Count a use of a permission on every rule about it and return whether one takes it away."""
        is_denied = False
        with self._lock:
            for state in self._states.values():
                if state.rule.denies(permission, account_id, region):
                    state.matched += 1
                    if not is_denied and _fires(state):
                        state.fired += 1
                        is_denied = True
        return is_denied


def _fires(state: FaultState) -> bool:
    return state.matched >= state.rule.nth and not _is_spent(state)


def _is_spent(state: FaultState) -> bool:
    return state.rule.times != 0 and state.fired >= state.rule.times

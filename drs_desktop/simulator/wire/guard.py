"""Who may call and what: signatures that are too old, unknown keys, ended sessions, missing rights."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from drs_desktop.simulator.core.access import Principal, decide, principal_of
from drs_desktop.simulator.core.clock import utc_now
from drs_desktop.simulator.core.policy import PolicySet
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.guard_actions import needed_rights
from drs_desktop.simulator.wire.guard_refusals import bad_time, denied, ended_session, unknown_key
from drs_desktop.simulator.wire.malformed import refuse_malformed
from drs_desktop.simulator.wire.moto_world import account_of, caller_arn
from drs_desktop.simulator.wire.requests import WireCall

SERVICES = frozenset({"drs", "sts", "ec2", "iam", "ssm", "sns", "servicequotas", "cloudtrail"})
_ASKED_ELSEWHERE = frozenset({("sts", "AssumeRole"), ("sts", "GetCallerIdentity")})
"""AssumeRole asks the trust policy as well; GetCallerIdentity needs no right and cannot be denied."""
_MOST_AHEAD = timedelta(minutes=5)
"""How far the clock of a client may be ahead, as on AWS."""


class Guard:
    """Refuses what AWS would refuse before it carries an operation out."""

    def __init__(self, simulation: Simulation, *, utc_now: Callable[[], datetime] = utc_now) -> None:
        """Guard this simulation; signatures are judged by real time."""
        self._simulation = simulation
        self._utc_now = utc_now

    def account_of(self, call: WireCall) -> str | None:
        """Return the account that a call's key belongs to, if anybody was given that key."""
        principal = self.principal_of(call)
        return principal.account_id if principal else None

    def principal_of(self, call: WireCall) -> Principal | None:
        """Return who calls, or None for a key nobody was given."""
        if call.access_key_id is None:
            return None
        return principal_of(self._simulation, call.access_key_id) or self._moto_user(call)

    def refuse(self, call: WireCall) -> Answer | None:
        """Return the refusal of a call, or None if it may go on."""
        if call.access_key_id is None or call.signed_at is None:
            return refusal(call, "MissingAuthenticationToken", 403, "Missing Authentication Token")
        if call.service not in SERVICES:
            return refusal(
                call, "UnknownOperationException", 400, f"The simulator has no service {call.service!r}."
            )
        principal = self.principal_of(call)
        if (
            principal is None
            or self._is_region_disabled(call, principal)
            or _has_foreign_token(call, principal)
        ):
            return unknown_key(call)
        if expired := self._expired(call, call.signed_at):
            return expired
        if principal.session and principal.session.has_ended(self._simulation.lifetime_now()):
            return ended_session(call)
        return refuse_malformed(call, principal.account_id) or self._denied(call, principal)

    def _denied(self, call: WireCall, principal: Principal) -> Answer | None:
        """Refuse a call for want of a right."""
        if (call.service, call.operation) in _ASKED_ELSEWHERE or self._is_unlimited(principal):
            return None
        for request in needed_rights(self._simulation, call, principal.account_id):
            decision = decide(
                self._simulation, principal, request, account_id=principal.account_id, region=call.region
            )
            if not decision.is_allowed:
                return denied(call, principal, request, decision)
        return None

    def _is_unlimited(self, principal: Principal) -> bool:
        return not self._simulation.faults.has_denials and principal.policies == PolicySet()

    def _is_region_disabled(self, call: WireCall, principal: Principal) -> bool:
        return call.region in self._simulation.account(principal.account_id).disabled_regions

    def _moto_user(self, call: WireCall) -> Principal | None:
        """Return a user that was made over iam; it may do everything."""
        key = call.access_key_id or ""
        account_id = account_of(self._simulation.accounts, key)
        if account_id is None:
            return None
        arn = caller_arn(account_id, key, call.region)
        return Principal(
            arn=arn,
            identity_arn=arn,
            account_id=account_id,
            name=arn.rpartition("/")[2],
            policies=PolicySet(service_control=self._simulation.account(account_id).service_control),
        )

    def _expired(self, call: WireCall, signed_at: datetime) -> Answer | None:
        """Refuse a request signed longer ago than the stated window, or too far ahead, in real seconds."""
        now = self._utc_now()
        window = timedelta(seconds=self._simulation.signing_window_seconds)
        if signed_at > now + _MOST_AHEAD:
            return bad_time(
                call,
                f"Signature not yet current: {signed_at:%Y%m%dT%H%M%SZ} is still later than"
                f" {now + _MOST_AHEAD:%Y%m%dT%H%M%SZ} ({now:%Y%m%dT%H%M%SZ} + 5 min.)",
            )
        if now - signed_at <= window:
            return None
        return bad_time(
            call,
            f"Signature expired: {signed_at:%Y%m%dT%H%M%SZ} is now earlier than {now - window:%Y%m%dT%H%M%SZ}"
            f" ({now:%Y%m%dT%H%M%SZ} - {window.total_seconds():g} s)",
        )


def _has_foreign_token(call: WireCall, principal: Principal) -> bool:
    """Return whether the session token is not the one that was given out with the key."""
    wanted = principal.session.token if principal.session else ""
    return not hmac.compare_digest(call.session_token.encode(), wanted.encode())

"""STS: AssumeRole with trust, session policies, tags and real ends; messages decoded."""

import base64
import binascii
from datetime import timedelta

from moto.sts.models import sts_backends

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.accounts import CHAINED_SESSION_SECONDS, Role
from drs_desktop.simulator.core.sessions import Session
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.requests import WireCall
from drs_desktop.simulator.wire.sts_request import AssumeRole, StsError, read_assume_role
from drs_desktop.simulator.wire.sts_trust import missing_trust
from drs_desktop.simulator.wire.xml_answers import query_answer

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_PARTITION = "aws"
_WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
_HALF_A_CODE = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


class Sts:
    """The operations of STS that give out sessions; moto mints the keys, so that it knows their account."""

    def __init__(self, simulation: Simulation) -> None:
        """Give out sessions of this simulation's roles."""
        self._simulation = simulation
        self._roles = {role.arn: role for account in simulation.accounts for role in account.roles}

    def assume_role(self, call: WireCall, principal: Principal) -> Answer:
        """Give out a session of a role, or say what STS says."""
        try:
            wanted = read_assume_role(call)
            self._check_code(principal, wanted)
            role = self._trusted_role(call, principal, wanted)
            _check_length(principal, role, wanted)
            return self._answer(call, principal, role, wanted)
        except StsError as error:
            return refusal(call, error.code, error.status, error.message)

    def decode_authorization_message(self, call: WireCall, principal: Principal) -> Answer:
        """Decode what a refusal of this simulator encoded."""
        try:
            encoded = str(call.members.get("EncodedMessage", "")).encode()
            message = base64.urlsafe_b64decode(encoded).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = "Message is not valid"
            return refusal(call, "InvalidAuthorizationMessageException", 400, text)
        return query_answer("DecodeAuthorizationMessage", _NAMESPACE, {"DecodedMessage": message})

    def _trusted_role(self, call: WireCall, principal: Principal, wanted: AssumeRole) -> Role:
        """Return the role, or raise AccessDenied: STS says the same for every cause."""
        actions = ["sts:AssumeRole"]
        actions += ["sts:TagSession"] if wanted.tags else []
        actions += ["sts:SetSourceIdentity"] if wanted.source_identity else []
        role = self._roles.get(wanted.role_arn)
        missing: str | None = actions[0]
        if role is not None and _keeps_source_identity(principal, wanted):
            missing = missing_trust(
                self._simulation,
                principal,
                role,
                actions=actions,
                context=_context(call, wanted),
                region=call.region,
            )
        if role is None or missing is not None:
            sentence = f"User: {principal.arn} is not authorized to perform: {missing}"
            raise StsError("AccessDenied", f"{sentence} on resource: {wanted.role_arn}", 403)
        return role

    def _check_code(self, principal: Principal, wanted: AssumeRole) -> None:
        """Refuse the code of an MFA device that is not the caller's, or not what it shows."""
        if wanted.mfa_serial is None and wanted.mfa_code is None:
            return
        if wanted.mfa_serial is None or wanted.mfa_code is None:
            raise StsError("AccessDenied", _HALF_A_CODE, 403)
        keys = self._simulation.hub_keys
        shown = keys.mfa_code if wanted.mfa_serial == mfa_device(principal) else None
        if shown is None or shown != wanted.mfa_code:
            raise StsError("AccessDenied", _WRONG_CODE, 403)

    def _answer(self, call: WireCall, principal: Principal, role: Role, wanted: AssumeRole) -> Answer:
        minted = sts_backends[principal.account_id][_PARTITION].assume_role(
            region_name=call.region,
            role_session_name=wanted.session_name,
            role_arn=role.arn,
            policy="",
            duration=wanted.seconds,
            external_id=wanted.external_id or "",
        )
        session = self._session(principal, role, wanted, minted.access_key_id, minted.session_token)
        self._simulation.sessions.add(session)
        ends_at = session.ends_at - self._simulation.clock.turned
        result = {
            "Credentials": {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": minted.secret_access_key,
                "SessionToken": session.token,
                "Expiration": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}",
            },
            "AssumedRoleUser": {"AssumedRoleId": minted.user_id, "Arn": session.arn},
            "PackedPolicySize": wanted.packed_percent,
            "SourceIdentity": session.source_identity,
        }
        return query_answer("AssumeRole", _NAMESPACE, result)

    def _session(
        self, principal: Principal, role: Role, wanted: AssumeRole, access_key_id: str, token: str
    ) -> Session:
        now = self._simulation.lifetime_now().replace(microsecond=0)
        earlier = principal.session
        inherited = earlier.transitive_tags if earlier else {}
        return Session(
            access_key_id=access_key_id,
            token=token,
            role=role,
            name=wanted.session_name,
            began_at=now,
            ends_at=now + timedelta(seconds=wanted.seconds),
            policies=None if wanted.policy is None else (wanted.policy,),
            tags={**wanted.tags, **inherited},
            transitive_keys=wanted.transitive_keys | frozenset(inherited),
            source_identity=wanted.source_identity or (earlier.source_identity if earlier else None),
            is_chained=earlier is not None,
        )


def mfa_device(principal: Principal) -> str:
    """Return the ARN of the MFA device that a user would have."""
    return principal.identity_arn.replace(":user/", ":mfa/")


def _keeps_source_identity(principal: Principal, wanted: AssumeRole) -> bool:
    """Return whether the source identity, once set, stays what it is."""
    known = principal.session.source_identity if principal.session else None
    return known is None or wanted.source_identity in (None, known)


def _check_length(principal: Principal, role: Role, wanted: AssumeRole) -> None:
    """Refuse a session that is longer than a chained one, or than the role allows."""
    if principal.session is not None and wanted.seconds > CHAINED_SESSION_SECONDS:
        raise StsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
            " chaining.",
        )
    if wanted.seconds > role.max_session_seconds:
        raise StsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )


def _context(call: WireCall, wanted: AssumeRole) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {
        "aws:sourceip": (call.source_ip,),
        "sts:rolesessionname": (wanted.session_name,),
        **{f"aws:requesttag/{key.lower()}": (value,) for key, value in wanted.tags.items()},
    }
    if wanted.external_id is not None:
        context["sts:externalid"] = (wanted.external_id,)
    if wanted.mfa_code is not None:
        context["aws:multifactorauthpresent"] = ("true",)
    if wanted.source_identity is not None:
        context["sts:sourceidentity"] = (wanted.source_identity,)
    if wanted.tags:
        context["aws:tagkeys"] = tuple(wanted.tags)
    if wanted.transitive_keys:
        context["sts:transitivetagkeys"] = tuple(sorted(wanted.transitive_keys))
    return context

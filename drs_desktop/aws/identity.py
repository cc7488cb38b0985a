"""Who the console is at AWS before it assumes any role, and what kind of credentials say so."""

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import botocore.session
from botocore.credentials import Credentials

from drs_desktop.aws.aws_config import chosen_profile
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.aws.identity_errors import identity_error
from drs_desktop.aws.own_session import end_of
from drs_desktop.domain.credential_source import CredentialKind, CredentialsInForce
from drs_desktop.domain.errors import AwsError, ValidationFailed
from drs_desktop.domain.ids import AccountId, Region

_KINDS = {
    "assume-role-with-web-identity": CredentialKind.WEB_IDENTITY,
    "custom-process": CredentialKind.PROCESS,
    "login": CredentialKind.LOGIN_SESSION,
    "container-role": CredentialKind.CONTAINER,
    "iam-role": CredentialKind.INSTANCE,
}
_KEYS = frozenset({"env", "shared-credentials-file", "config-file", "ec2-credentials-file", "boto-config"})
_OF_NO_PROFILE = frozenset({"env", "container-role", "iam-role"})
_KEY_VARIABLE = "AWS_ACCESS_KEY_ID"


@dataclass(frozen=True, kw_only=True)
class CallerIdentity:
    """What sts:GetCallerIdentity says; it needs no permission.

    Attributes:
        ends_at: when the session ends with which it was asked; None for keys that do not end.
    """

    account_id: AccountId
    arn: str
    ends_at: datetime | None = None


def caller_identity(clients: AwsClients, region: Region) -> CallerIdentity:
    """Return who the hub's credentials belong to; blocks.

    Raises:
        SignInNeeded: there are no credentials, or AWS does not accept them.
        AwsUnreachable: AWS gave no answer.
    """
    try:
        ends_at = clients.own_credentials(region)
        answer = clients.hub(region).get_caller_identity()
        return CallerIdentity(account_id=AccountId(answer["Account"]), arn=answer["Arn"], ends_at=ends_at)
    except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
        raise read_error(error, CallPlace(operation="GetCallerIdentity")) from None


def identity_label(clients: AwsClients, environment: Mapping[str, str] | None = None) -> str:
    """Return what tells one identity of this computer from another; the id of a key goes in as a hash."""
    variables = os.environ if environment is None else environment
    named = clients.own.profile
    key_id = "" if named else variables.get(_KEY_VARIABLE, "")
    if key_id:
        return f"keys of the environment {hashlib.sha256(key_id.encode()).hexdigest()[:16]}"
    return f"profile {chosen_profile(named, variables)[0]}"


class BotoCredentials:
    """The CredentialGateway port over botocore's own chain."""

    def __init__(self, clients_for: Callable[[str], AwsClients], region: Region, pool: Executor) -> None:
        """Look with these clients.

        Args:
            clients_for: makes the clients of a profile; an empty name is what the environment chooses.
            region: whose STS is asked.
            pool: where blocking calls are made.
        """
        self._clients_for = clients_for
        self._region = region
        self._pool = pool

    async def in_force(self, profile: str | None = None) -> CredentialsInForce:
        """Return what is in force, or what a profile gives; see the port."""
        return await on_pool(
            self._pool, lambda: credentials_in_force(self._clients_for(profile or ""), self._region)
        )


def credentials_in_force(clients: AwsClients, region: Region) -> CredentialsInForce:
    """Return what botocore's chain gives and who AWS says it is; blocks, never raises an AwsError."""
    known = CredentialsInForce(kind=CredentialKind.NONE)
    try:
        sections = clients.own.profiles(region)
        name, variable = chosen_profile(clients.own.profile)
        known = replace(known, kind=_kind_of_section(sections, name), profile=name, chosen_by=variable)
        known = _described(known, clients.own.credentials(region), sections)
        caller = caller_identity(clients, region)
    except AwsError as problem:
        return replace(known, problem=problem)
    return replace(known, principal=caller.arn, account_id=caller.account_id)


def kinds_of_profile(name: str) -> tuple[CredentialKind, ...]:
    """Return the kind of a profile and of every profile that it takes its role with; reads files.

    Raises:
        ValidationFailed: the configuration cannot be read.
    """
    try:
        sections = botocore.session.Session().full_config.get("profiles", {})
    except Exception as error:  # noqa: BLE001  # the parser's own text could repeat a secret
        raise ValidationFailed(str(identity_error(error))) from None
    seen: dict[str, CredentialKind] = {}
    while name not in seen:
        seen[name] = _kind_of_section(sections, name)
        if "source_profile" not in sections.get(name, {}):
            break
        name = sections[name]["source_profile"]
    return tuple(seen.values())


def _kind_of_section(sections: Mapping[str, Any], name: str) -> CredentialKind:
    """Return what a profile promises, before anything is resolved."""
    section = sections.get(name, {})
    if "web_identity_token_file" in section:
        return CredentialKind.WEB_IDENTITY
    if "role_arn" in section:
        return _kind_of_role(sections, name)
    if "sso_session" in section:
        return CredentialKind.SSO_SESSION
    if "sso_start_url" in section:
        return CredentialKind.SSO_PROFILE
    if "aws_access_key_id" in section:
        has_token = "aws_session_token" in section
        return CredentialKind.TEMPORARY_KEYS if has_token else CredentialKind.ACCESS_KEYS
    if "credential_process" in section:
        return CredentialKind.PROCESS
    return CredentialKind.LOGIN_SESSION if "login_session" in section else CredentialKind.NONE


def _kind_of_role(sections: Mapping[str, Any], name: str) -> CredentialKind:
    if _asks_for_a_code(sections, name):
        return CredentialKind.ROLE_WITH_CODE
    by_source = "credential_source" in sections[name]
    return CredentialKind.ROLE_OF_SOURCE if by_source else CredentialKind.ROLE_OF_PROFILE


def _asks_for_a_code(sections: Mapping[str, Any], name: str) -> bool:
    """Return whether a role or one of those it is taken with asks for a code."""
    seen: set[str] = set()
    while name in sections and name not in seen:
        seen.add(name)
        if "role_arn" in sections[name] and "mfa_serial" in sections[name]:
            return True
        name = sections[name].get("source_profile", "")
    return False


def _described(
    known: CredentialsInForce, found: Credentials, sections: Mapping[str, Any]
) -> CredentialsInForce:
    method = str(found.method)
    kind = _kind_found(method, found, known, sections)
    ends_at = end_of(found)
    is_env = method in _OF_NO_PROFILE
    return replace(
        known,
        kind=kind,
        profile="" if is_env else known.profile,
        chosen_by=_KEY_VARIABLE if method == "env" else "" if is_env else known.chosen_by,
        ends_at=ends_at,
        renews_itself=ends_at is not None and kind is not CredentialKind.ROLE_WITH_CODE,
    )


def _kind_found(
    method: str, found: Credentials, known: CredentialsInForce, sections: Mapping[str, Any]
) -> CredentialKind:
    if method in _KEYS:
        return CredentialKind.TEMPORARY_KEYS if found.token else CredentialKind.ACCESS_KEYS
    if method == "assume-role":
        return _kind_of_role(sections, known.profile)
    if method == "sso":
        return known.kind if known.kind.is_sso else CredentialKind.SSO_SESSION
    return _KINDS.get(method, CredentialKind.OTHER)

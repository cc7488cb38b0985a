"""The part of a scenario that says who may sign in, and the Identity Center made of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drs_desktop.simulator.core.policy_document import parse_policy
from drs_desktop.simulator.core.sso import IdentityCenter
from drs_desktop.simulator.core.sso_directory import Directory, Lifetimes, PermissionSet, SsoUser

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)


class PermissionSetModel(BaseModel):
    """A permission set; without policies its role may do everything."""

    model_config = _STRICT
    name: str = Field(pattern=r"^[\w+=,.@-]{1,32}$")
    policies: list[dict[str, Any]] | None = None
    session_seconds: int = Field(default=3_600, ge=3_600, le=43_200)

    @model_validator(mode="after")
    def _check_policies(self) -> "PermissionSetModel":
        for document in self.policies or ():
            parse_policy(document)
        return self


class SignInUserModel(BaseModel):
    """A person, with the names of their permission sets by account name."""

    model_config = _STRICT
    name: str = Field(pattern=r"^[a-z][a-z0-9.-]{0,30}$")
    full_name: str = Field(min_length=1)
    assignments: dict[str, list[str]] = Field(default_factory=dict)


class SignInModel(BaseModel):
    """An Identity Center; times are real seconds."""

    model_config = _STRICT
    start_url: str = Field(pattern=r"^https://[\w.-]+/start$")
    region: str
    permission_sets: list[PermissionSetModel] = Field(min_length=1)
    users: list[SignInUserModel] = Field(min_length=1)
    device_code_seconds: int = Field(default=600, ge=1, le=3_600)
    poll_seconds: int = Field(default=1, ge=0, le=60)
    token_seconds: int = Field(default=3_600, ge=1, le=43_200)
    portal_seconds: int = Field(default=28_800, ge=1, le=90 * 86_400)

    def problems(self, accounts: Sequence[str]) -> list[str]:
        """Return what the users name that does not exist."""
        sets = {one.name for one in self.permission_sets}
        return [
            f"sign_in ({user.name}): there is no {kind} {name!r}"
            for user in self.users
            for account, listed in user.assignments.items()
            for kind, name, known in (
                ("account", account, accounts),
                *(("permission set", one, sets) for one in listed),
            )
            if name not in known
        ]


def identity_center(
    model: SignInModel | None, accounts: Mapping[str, str], now: Callable[[], datetime]
) -> IdentityCenter | None:
    """Return the Identity Center of a scenario, if it has one; `accounts` are ids by name."""
    if model is None:
        return None
    directory = Directory(
        start_url=model.start_url,
        region=model.region,
        users=tuple(_user(user, accounts) for user in model.users),
        permission_sets=tuple(_permission_set(one) for one in model.permission_sets),
        account_names={number: name for name, number in accounts.items()},
        lifetimes=Lifetimes(
            device_code=timedelta(seconds=model.device_code_seconds),
            poll_interval=timedelta(seconds=model.poll_seconds),
            access_token=timedelta(seconds=model.token_seconds),
            portal_session=timedelta(seconds=model.portal_seconds),
        ),
    )
    return IdentityCenter(directory, now)


def _user(model: SignInUserModel, accounts: Mapping[str, str]) -> SsoUser:
    assignments = {accounts[name]: tuple(listed) for name, listed in model.assignments.items()}
    return SsoUser(name=model.name, full_name=model.full_name, assignments=assignments)


def _permission_set(model: PermissionSetModel) -> PermissionSet:
    policies = None if model.policies is None else tuple(parse_policy(one) for one in model.policies)
    return PermissionSet(name=model.name, policies=policies, session=timedelta(seconds=model.session_seconds))

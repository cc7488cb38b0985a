"""Who may sign in at the simulated Identity Center, and the roles each of them is given."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.policy_document import Policy


@dataclass(frozen=True, kw_only=True)
class PermissionSet:
    """What a user may become in an account.

    Attributes:
        policies: the identity policies of its role; None lets the role do everything.
        session: how long the credentials of the role last.
    """

    name: str
    policies: tuple[Policy, ...] | None = None
    session: timedelta = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SsoUser:
    """A person of the directory; `assignments` are names of permission sets by account id."""

    name: str
    full_name: str
    assignments: Mapping[str, tuple[str, ...]]

    @property
    def email(self) -> str:
        """Return the address that the portal shows."""
        return f"{self.name}@corp.example"


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """How long everything lasts that the portal gives out, in the lifetime clock."""

    client: timedelta = timedelta(days=90)
    device_code: timedelta = timedelta(minutes=10)
    authorization_code: timedelta = timedelta(minutes=10)
    poll_interval: timedelta = timedelta(seconds=1)
    access_token: timedelta = timedelta(hours=1)
    portal_session: timedelta = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Directory:
    """One Identity Center: its portal's address, its people, its permission sets."""

    start_url: str
    region: str
    users: tuple[SsoUser, ...]
    permission_sets: tuple[PermissionSet, ...]
    account_names: Mapping[str, str]
    lifetimes: Lifetimes = Lifetimes()

    def user(self, name: str) -> SsoUser | None:
        """Return the user of this name, if there is one."""
        return next((user for user in self.users if user.name == name), None)

    def permission_set(self, name: str) -> PermissionSet:
        """Return a permission set that an assignment names."""
        return next(one for one in self.permission_sets if one.name == name)

    def role(self, account_id: str, name: str) -> Role:
        """Return the role that stands for a permission set in an account, named as AWS names it."""
        tail = hashlib.sha256(f"{self.start_url}/{account_id}/{name}".encode()).hexdigest()[:16]
        wanted = self.permission_set(name)
        path = f"aws-reserved/sso.amazonaws.com/{self.region}"
        return Role(
            arn=f"arn:aws:iam::{account_id}:role/{path}/AWSReservedSSO_{name}_{tail}",
            policies=wanted.policies,
            max_session_seconds=int(wanted.session.total_seconds()),
        )

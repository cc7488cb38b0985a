"""Accounts that the console reaches, and the endpoint it reaches them at."""

from dataclasses import dataclass, replace

from drs_desktop.domain.ids import AccountId, Region, Scope


@dataclass(frozen=True, kw_only=True)
class StagingAccount:
    """An account from which servers are extended into a target account, and the role that reads it."""

    account_id: AccountId
    role_arn: str
    external_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TargetAccount:
    """An account in which servers are recovered, and the role assumed there."""

    account_id: AccountId
    name: str
    role_arn: str
    external_id: str | None = None
    regions: tuple[Region, ...]
    environment: str = ""
    colour: str = ""
    """`#rrggbb`; frames every window that can change something in this account."""
    tags_allowed: bool = True
    """Whether StartRecovery may carry our job tags (it needs drs:TagResource)."""
    source_role_arn: str | None = None
    """A role of the account that only reads servers, snapshots and replication; None: `role_arn` does it."""

    staging: tuple[StagingAccount, ...] = ()
    """Where the twins of extended servers replicate; of others only what DRS tells here is known."""

    def staging_account(self, account_id: str) -> StagingAccount | None:
        """Return the staging account with this number, if it is named here."""
        return next((one for one in self.staging if one.account_id == account_id), None)

    @property
    def as_source(self) -> "TargetAccount":
        """Return the account as it is read through its source role."""
        return replace(self, role_arn=self.source_role_arn) if self.source_role_arn else self

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return tuple(Scope(account_id=self.account_id, region=region) for region in self.regions)


AWS = "aws"
"""The fingerprint of AWS itself."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Which AWS a workspace talks to; an execution refuses to go on at another one.

    Attributes:
        fingerprint: `aws` for AWS itself, the simulator's instance id, or the host of an override.
        url: the override, or None for AWS itself.
        is_simulated: whether nothing here can cost or save anything.
        signing_window_seconds: S: how long AWS accepts a signed request (15 minutes at AWS).
        visibility_lag_seconds: L: the bound assumed for a job to become visible (2 minutes at AWS).
    """

    fingerprint: str
    url: str | None = None
    is_simulated: bool = False
    signing_window_seconds: float = 900.0
    visibility_lag_seconds: float = 120.0

    @property
    def title(self) -> str:
        """Return what a banner says of this endpoint, such as `SIMULATION · 127.0.0.1:5000`."""
        host = (self.url or "").removeprefix("http://").removeprefix("https://").rstrip("/")
        if self.is_simulated:
            return f"SIMULATION · {host or 'not running'}"
        return f"not AWS: {host}" if self.url else "AWS"

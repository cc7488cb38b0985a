"""The accounts of a scenario, the keys of its hub and the roles that may be assumed."""

from dataclasses import dataclass, field

from drs_desktop.simulator.core.policy import PolicySet
from drs_desktop.simulator.core.policy_document import ALLOW_ALL, Policy

SHORTEST_SESSION_SECONDS = 900
CHAINED_SESSION_SECONDS = 3_600
"""The longest session of a role that was taken from a role, and the default of every session."""
HUB_USER = "drs-desktop-operator"
"""The IAM user whose keys a client starts with."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that AssumeRole accepts."""

    arn: str
    external_id: str | None = None
    """What the role's trust policy demands as sts:ExternalId, if it has no trust policy of its own."""
    trust: Policy | None = None
    """The trust policy; None trusts every principal of the scenario that knows the external id."""
    policies: tuple[Policy, ...] | None = None
    """The identity policies; None lets the role do everything."""
    boundary: Policy | None = None
    max_session_seconds: int = CHAINED_SESSION_SECONDS

    @property
    def name(self) -> str:
        """Return the name, without the path."""
        return self.arn.rpartition("/")[2]

    @property
    def account_id(self) -> str:
        """Return the account the role is in."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, kw_only=True)
class Account:
    """An AWS account of the scenario."""

    id: str
    name: str
    is_hub: bool = False
    roles: tuple[Role, ...] = ()
    service_control: tuple[Policy, ...] = ()
    """The organisation's policies for the account; none at all allow everything."""
    disabled_regions: frozenset[str] = field(default_factory=frozenset)
    """Regions that the account never opted in to."""

    def policies_of(self, role: Role, session: tuple[Policy, ...] | None = None) -> PolicySet:
        """Return everything that bears on a role of this account."""
        return PolicySet(
            identity=(ALLOW_ALL,) if role.policies is None else role.policies,
            boundary=role.boundary,
            session=session,
            service_control=self.service_control,
        )


@dataclass(frozen=True, kw_only=True)
class HubKeys:
    """The fixed, fake long-term keys of the hub account; they are worth nothing outside the simulator.

    Attributes:
        mfa_code: What the MFA device of the hub's user shows, always; None: the user has no device.
    """

    access_key_id: str
    secret_access_key: str
    mfa_code: str | None = None

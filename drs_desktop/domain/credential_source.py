"""Which of AWS's many kinds of credentials is in force, who it is, and until when. No secret is in here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drs_desktop.domain.errors import AwsError, SignInNeeded
from drs_desktop.domain.ids import AccountId


class CredentialKind(StrEnum):
    """What AWS is reached with, in the words in which a person is told."""

    NONE = "no credentials"
    ACCESS_KEYS = "access keys"
    TEMPORARY_KEYS = "temporary keys with a session token"
    ROLE_OF_PROFILE = "a role taken with another profile"
    ROLE_OF_SOURCE = "a role taken with what this computer was given"
    ROLE_WITH_CODE = "a role that asks for the code of an MFA device"
    SSO_SESSION = "IAM Identity Center"
    SSO_PROFILE = "IAM Identity Center, a profile of the older form"
    PROCESS = "a program that hands out credentials"
    WEB_IDENTITY = "a role taken with a web identity"
    LOGIN_SESSION = "a session of `aws login`"
    CONTAINER = "the role of this container"
    INSTANCE = "the role of this EC2 instance"
    OTHER = "credentials of another kind"

    @property
    def is_sso(self) -> bool:
        """Return whether a sign-in to Identity Center stands behind it."""
        return self in (CredentialKind.SSO_SESSION, CredentialKind.SSO_PROFILE)


@dataclass(frozen=True, kw_only=True)
class CredentialsInForce:
    """What botocore's chain found, and what AWS says of it.

    Attributes:
        profile: the profile it comes from; empty for what no profile names.
        chosen_by: the variable that chose the profile or holds the keys; empty when nothing had to choose.
        principal: the ARN that AWS knows it by; empty while AWS was not asked or gave no answer.
        ends_at: when the credentials end; None for keys that do not end, or when it is not known.
        renews_itself: whether new ones are had without a person.
        problem: why they cannot be used now, or None.
    """

    kind: CredentialKind
    profile: str = ""
    chosen_by: str = ""
    principal: str = ""
    account_id: AccountId | None = None
    ends_at: datetime | None = None
    renews_itself: bool = False
    problem: AwsError | None = None


class CredentialGateway(Protocol):
    """Looks at what AWS would be reached with."""

    async def in_force(self, profile: str | None = None) -> CredentialsInForce:
        """Return what is in force, or what a profile gives; a failure is told, not raised."""


CodePrompt = Callable[[str], str]
"""Asks a person for the present code of an MFA device, named by its serial number or ARN; it may block.

Raises CodeNotGiven where nobody can be asked, or nobody answered.
"""


class BadProfile(SignInNeeded):
    """A profile that can give no credentials before somebody changes it."""


class CodeNotGiven(SignInNeeded):
    """An MFA device's code is needed, and nobody gave one."""


def nobody_to_ask(device: str) -> str:
    """Ask nobody: the prompt of what runs without a terminal.

    Raises:
        CodeNotGiven: always.
    """
    raise CodeNotGiven(
        f"AWS asks for the code of the MFA device {device}, and there is no terminal to ask for it at. "
        "Start the command in a terminal, or choose a profile that needs no code."
    )

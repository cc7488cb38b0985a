"""The GlassDoor port over the clients of a workspace."""

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.identity import kinds_of_profile
from drs_desktop.domain.credential_source import CredentialKind
from drs_desktop.domain.errors import ValidationFailed

_UNKNOWN = (
    "There is no profile {profile} with credentials of its own in the AWS configuration. A profile for "
    "emergencies needs keys, a role taken with keys, or a program that hands them out."
)
_NEEDS_SIGN_IN = (
    "The profile {profile} needs a sign-in to Identity Center itself, so it would be of no use when nobody "
    "can sign in. Choose one with keys, a role taken with keys, or a program that hands them out."
)


class BotoGlassDoor:
    """Looks at profiles, and lets a workspace reach AWS by one."""

    def __init__(self, aws: BotoAwsAccess) -> None:
        """Reach AWS by these clients."""
        self._aws = aws

    def check(self, profile: str) -> None:
        """Refuse a profile that would be of no use; see the port."""
        kinds = kinds_of_profile(profile)
        if CredentialKind.NONE in kinds:
            raise ValidationFailed(_UNKNOWN.format(profile=profile))
        if any(kind.is_sso or kind is CredentialKind.LOGIN_SESSION for kind in kinds):
            raise ValidationFailed(_NEEDS_SIGN_IN.format(profile=profile))

    def use(self, profile: str) -> None:
        """Reach AWS with a profile from now on; see the port."""
        self._aws.use_profile(profile)

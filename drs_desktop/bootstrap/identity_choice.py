"""The door to AWS of one open workspace: the sign-in it rests on, and the profile that was chosen."""

import os

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.aws_config import read_aws_config
from drs_desktop.aws.profile_list import profile_choices
from drs_desktop.bootstrap.sign_in import can_open_browser, has_desktop, open_browser
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.identity_choice import ProfileChoice
from drs_desktop.domain.sign_in import SsoSession


class _Browser:
    """The browser of this computer, where there is one."""

    @property
    def can_open_browser(self) -> bool:
        """Return whether a browser could be opened here; see the port."""
        return can_open_browser(os.environ, has_display=has_desktop())

    def open_browser(self, address: str) -> None:
        """Open an address; see the port."""
        open_browser(address)


class SimulatedIdentityChoice(_Browser):
    """The only sign-in of a simulator; there are no profiles."""

    def __init__(self, aws: BotoAwsAccess, session: SsoSession) -> None:
        self._aws = aws
        self._session = session

    def session(self) -> SsoSession | None:
        """Return the simulator's sign-in."""
        return self._session

    def profiles(self) -> tuple[ProfileChoice, ...]:
        """Return nothing to choose from."""
        return ()

    def use_profile(self, name: str) -> None:
        """Refuse: a simulated workspace ignores the profiles of this computer.

        Raises:
            ValidationFailed: always.
        """
        raise ValidationFailed(f"A simulated workspace knows no AWS profile, so not {name!r} either.")

    def forget(self) -> None:
        """Look afresh who is signed in; see the port."""
        self._aws.forget_identity()


class AwsIdentityChoice(_Browser):
    """The profiles of this computer, and the sign-in on which the chosen one rests."""

    def __init__(self, aws: BotoAwsAccess) -> None:
        self._aws = aws
        self._profile = ""

    def session(self) -> SsoSession | None:
        """Return the sign-in of the profile in force; see the port."""
        config = read_aws_config()
        profile = config.profile(self._profile or config.chosen_profile)
        if profile is not None and profile.problem:
            raise ValidationFailed(profile.problem)
        return profile.session if profile else None

    def profiles(self) -> tuple[ProfileChoice, ...]:
        """Return what can be chosen from; see the port."""
        config = read_aws_config()
        return profile_choices(config, self._profile or config.chosen_profile)

    def use_profile(self, name: str) -> None:
        """Reach AWS with this profile from now on; see the port."""
        self._profile = name
        self._aws.use_profile(name)

    def forget(self) -> None:
        """Look afresh who is signed in; see the port."""
        self._aws.forget_identity()

"""Which identity AWS is reached with from a window, and choosing another while it is open."""

from dataclasses import dataclass
from typing import Protocol

from drs_desktop.domain.sign_in import SsoSession


@dataclass(frozen=True, kw_only=True)
class ProfileChoice:
    """A profile of the AWS configuration.

    Attributes:
        session: the Identity Center that it signs in to, if that is how it works.
        problem: why it cannot be used, as a sentence, or empty.
    """

    name: str
    session: SsoSession | None = None
    is_chosen: bool = False
    problem: str = ""


class IdentityChoice(Protocol):
    """The door to AWS of one open workspace."""

    def session(self) -> SsoSession | None:
        """Return the Identity Center on which everything rests; None where no sign-in does; reads files.

        Raises:
            ValidationFailed: the configuration or the chosen profile cannot be used.
        """

    def profiles(self) -> tuple[ProfileChoice, ...]:
        """Return what can be chosen from; nothing at a simulator; reads files.

        Raises:
            ValidationFailed: the configuration cannot be read.
        """

    def use_profile(self, name: str) -> None:
        """Reach AWS with this profile from now on."""

    def forget(self) -> None:
        """Look afresh who is signed in, at the next call to AWS."""

    @property
    def can_open_browser(self) -> bool:
        """Return whether a browser could be opened here."""

    def open_browser(self, address: str) -> None:
        """Open an address, as far as that can be done; waits for nothing."""

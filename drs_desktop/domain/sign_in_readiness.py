"""Whether a sign-in would still be possible if the Region were gone that a plan recovers from."""

from collections.abc import Collection

from drs_desktop.domain.ids import Region
from drs_desktop.domain.readiness_finding import Check, Level, ReadinessFinding
from drs_desktop.domain.sign_in import SsoSession
from drs_desktop.domain.source_server import SourceServer


def source_regions(servers: Collection[SourceServer]) -> frozenset[Region]:
    """Return the Regions in which servers stand that run in AWS; one that runs elsewhere has none."""
    return frozenset(Region(server.origin.region) for server in servers if server.origin.region)


def sign_in_findings(
    session: SsoSession | None, sources: Collection[Region], *, break_glass: str = ""
) -> tuple[ReadinessFinding, ...]:
    """Return what is to say about the home Region of the sign-in; nothing where nobody signs in.

    Args:
        session: the Identity Center on which everything rests, if one does.
        sources: the Regions that may be lost, because the plan's servers stand there.
        break_glass: the profile that is registered for the hour when nobody can sign in, or empty.
    """
    if session is None:
        return ()
    if session.region not in sources:
        text = f"The sign-in to {session.title} has its home in {session.region}, away from the servers."
        return (_finding(Level.PASSED, text),)
    text = (
        f"The sign-in to {session.title} depends on {session.region}, the Region in which servers of this "
        "plan stand: if it is lost, nobody can sign in anew."
    )
    if break_glass:
        return (_finding(Level.PASSED, f"{text} The profile {break_glass} is registered for that hour."),)
    fix = "Register a profile that needs no sign-in: `drs-desktop access break-glass PROFILE`."
    return (_finding(Level.WARNING, text, fix),)


def _finding(level: Level, text: str, fix: str = "") -> ReadinessFinding:
    return ReadinessFinding(level=level, text=text, fix=fix, check=Check.SIGN_IN, is_essential=False)

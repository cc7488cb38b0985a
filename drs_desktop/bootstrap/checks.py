"""The checks before a start that look at who would make it, for one open workspace."""

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.aws_config import read_aws_config
from drs_desktop.bootstrap.endpoints import Place
from drs_desktop.bootstrap.no_aws import NoAws
from drs_desktop.bootstrap.sign_in import must_sign_in
from drs_desktop.domain.ports import Clock, WorkspaceRepository
from drs_desktop.domain.sign_in import SsoSession
from drs_desktop.services.identity_checks import PermissionCheck, SignInCheck
from drs_desktop.services.staging_check import StagingCheck
from drs_desktop.services.start_preview import MoreChecks
from drs_desktop.storage.access_store import SqlAccessStore
from drs_desktop.storage.database import Database


def identity_checks(
    place: Place,
    aws: BotoAwsAccess | NoAws,
    repository: WorkspaceRepository,
    database: Database,
    clock: Clock,
) -> tuple[MoreChecks, ...]:
    """Return the checks of permissions and of the sign-in; none where there is no AWS to ask."""
    if isinstance(aws, NoAws):
        return ()
    store = SqlAccessStore(database, clock)

    async def break_glass() -> str:
        return (await store.break_glass()).profile

    sign_in = SignInCheck(lambda: _session_in_force(place, aws.profile), break_glass)
    staging = StagingCheck(aws, repository)
    return (PermissionCheck(aws.prober, repository).findings, sign_in.findings, staging.findings)


def _session_in_force(place: Place, profile: str) -> SsoSession | None:
    """Return the Identity Center on which everything rests; None where no sign-in does; reads files."""
    if place.endpoint.is_simulated:
        return place.simulator.sign_in if place.simulator and must_sign_in(place) else None
    config = read_aws_config()
    chosen = config.profile(profile or config.chosen_profile)
    return chosen.session if chosen else None

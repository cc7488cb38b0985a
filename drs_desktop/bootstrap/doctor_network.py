"""What the doctor says of the way to AWS: proxy, certificates and, if asked to, whether AWS answers."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from drs_desktop.aws.reachability import SERVICES, proxy_in_force, reach_problem
from drs_desktop.cli.program import CheckState, DoctorLine
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ids import Region
from drs_desktop.storage.accounts_at_rest import read_accounts

_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def way_lines(environment: Mapping[str, str] = os.environ) -> tuple[DoctorLine, ...]:
    """Return what proxies and certificates the environment names; nothing is asked."""
    return (
        DoctorLine(name="Proxy", value=proxy_in_force(environment)),
        _bundle_line(environment),
    )


def _bundle_line(environment: Mapping[str, str]) -> DoctorLine:
    name = next((one for one in _BUNDLES if environment.get(one, "").strip()), "")
    if not name:
        return DoctorLine(name="Certificates", value="those that come with botocore, or the profile's")
    path = Path(environment[name].strip())
    if path.is_file() and os.access(path, os.R_OK):
        return DoctorLine(name="Certificates", value=f"{name}: {path}")
    return DoctorLine(
        name="Certificates",
        value=f"{name} names {path}, which is no file that this user may read",
        state=CheckState.FAILED,
        hint="Name a file of PEM certificates, or unset the variable: as it is, nothing can be reached.",
    )


async def reach_lines(database: Path) -> tuple[DoctorLine, ...]:
    """Ask STS and DRS in every Region of every target account for an answer, all at once."""
    try:
        accounts = await asyncio.to_thread(read_accounts, database)
    except StorageError as error:
        return (DoctorLine(name="Way to AWS", value=str(error), state=CheckState.NOT_CHECKED),)
    regions = sorted({region for account in accounts for region in account.regions})
    if not regions:
        hint = "Register one with `drs-desktop accounts add`."
        value = "not asked: there is no target account yet"
        return (DoctorLine(name="Way to AWS", value=value, state=CheckState.NOT_CHECKED, hint=hint),)
    return tuple(await asyncio.gather(*_asked(regions)))


def _asked(regions: Iterable[Region]) -> list["asyncio.Future[DoctorLine]"]:
    loop = asyncio.get_running_loop()
    return [
        loop.run_in_executor(None, reach_line, service, region) for region in regions for service in SERVICES
    ]


def reach_line(service: str, region: Region) -> DoctorLine:
    """Return whether a service in a Region answers; blocks."""
    name = f"{service.upper()} in {region}"
    problem = reach_problem(service, region)
    if problem is None:
        return DoctorLine(name=name, value="answers")
    return DoctorLine(name=name, value=problem.what, state=CheckState.FAILED, hint=problem.advice)

"""What the program stands on: versions, database, keyring, endpoint."""

import asyncio
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from drs_desktop import __version__
from drs_desktop.aws.endpoint import connection_problem, endpoint_url
from drs_desktop.bootstrap.doctor_machine import machine_lines
from drs_desktop.bootstrap.doctor_network import reach_lines, way_lines
from drs_desktop.bootstrap.endpoints import Place, find_place
from drs_desktop.bootstrap.ground import DATABASE_FILE, operator_name
from drs_desktop.cli.program import CheckState, DoctorLine, WorkspaceChoice
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.storage.audit_inspection import AuditFindings, inspect_audit
from drs_desktop.storage.inspection import DatabaseFindings, DatabaseState, inspect_database
from drs_desktop.system.paths import DataFolder, check_workspace_name, data_folder
from drs_desktop.system.resource_paths import resource_path

_PACKAGES = ("PySide6-Essentials", "qasync", "boto3", "botocore", "SQLAlchemy", "keyring", "moto")


async def doctor_lines(choice: WorkspaceChoice, *, asks_aws: bool = False) -> tuple[DoctorLine, ...]:
    """Return one line for each thing looked at; whatever could not be looked at says so.

    Args:
        choice: which workspace is looked at.
        asks_aws: whether STS and DRS are asked for an answer, without an identity.

    Raises:
        ValidationFailed: what was named cannot be a workspace.
    """
    data = data_folder()
    if choice.name is not None:
        check_workspace_name(choice.name)
    return (
        DoctorLine(name="DRS Desktop", value=__version__),
        DoctorLine(name="Python", value=f"{platform.python_version()} on {platform.platform()}"),
        *(_package(name) for name in _PACKAGES),
        *await machine_lines(data.root),
        _resources_line(),
        DoctorLine(name="Operator", value=operator_name()),
        *way_lines(),
        *await _place_lines(choice, data, asks_aws=asks_aws),
    )


def _package(name: str) -> DoctorLine:
    try:
        return DoctorLine(name=name, value=version(name))
    except PackageNotFoundError:
        frozen = bool(getattr(sys, "frozen", False))
        hint = "" if frozen else "Run the set-up again."
        state = CheckState.NOT_CHECKED if frozen else CheckState.FAILED
        return DoctorLine(name=name, value="no version recorded", state=state, hint=hint)


def _resources_line() -> DoctorLine:
    try:
        return DoctorLine(name="Resources", value=str(resource_path("demo", "scenario.yaml").parent.parent))
    except (DrsDesktopError, OSError) as error:
        return DoctorLine(
            name="Resources", value=str(error), state=CheckState.FAILED, hint="Install the program again."
        )


async def _place_lines(
    choice: WorkspaceChoice, data: DataFolder, *, asks_aws: bool
) -> tuple[DoctorLine, ...]:
    try:
        place, logs = await find_place(choice, data), data.logs
    except DrsDesktopError as error:
        not_checked = DoctorLine(name="Database", value="not looked at", state=CheckState.NOT_CHECKED)
        return (DoctorLine(name="Workspace", value=str(error), state=CheckState.FAILED), not_checked)
    database = place.folder / DATABASE_FILE
    return (
        DoctorLine(name="Data folder", value=str(data.root)),
        DoctorLine(name="Log file", value=str(logs / "drs-desktop.log")),
        DoctorLine(name="Workspace", value=f"{place.name}, database {database}"),
        _database_line(await asyncio.to_thread(inspect_database, database)),
        _audit_line(await asyncio.to_thread(inspect_audit, database)),
        await asyncio.to_thread(_endpoint_line, place),
        *(await _asked_lines(place, database) if asks_aws else ()),
    )


async def _asked_lines(place: Place, database: Path) -> tuple[DoctorLine, ...]:
    if not place.endpoint.is_simulated:
        return await reach_lines(database)
    value = "not asked: this workspace belongs to a simulator"
    return (DoctorLine(name="Way to AWS", value=value, state=CheckState.NOT_CHECKED),)


_DATABASE_STATES = {
    DatabaseState.ABSENT: CheckState.PASSED,
    DatabaseState.SOUND: CheckState.PASSED,
    DatabaseState.UNUSABLE: CheckState.FAILED,
}


def _database_line(findings: DatabaseFindings) -> DoctorLine:
    state = _DATABASE_STATES[findings.state]
    return DoctorLine(name="Database", value=findings.sentence, state=state, hint=findings.remedy)


def _audit_line(found: AuditFindings) -> DoctorLine:
    if found.unread:
        state = CheckState.PASSED if found.is_absent else CheckState.NOT_CHECKED
        return DoctorLine(name="Audit trail", value=found.unread, state=state)
    if not found.problems:
        return DoctorLine(name="Audit trail", value=f"{found.rows} rows, all as they were written")
    first = found.problems[0]
    return DoctorLine(
        name="Audit trail",
        value=f"changed outside this program: row {first.sequence}: {first.problem}",
        state=CheckState.FAILED,
        hint="`drs-desktop journal verify` names every problem; compare with an export first.",
    )


def _endpoint_line(place: Place) -> DoctorLine:
    endpoint, simulator = place.endpoint, place.simulator
    if simulator is not None:
        clock = f"{simulator.scale:g} times real speed"
        return DoctorLine(
            name="Endpoint", value=f"{endpoint.title}, instance {simulator.instance_id}, {clock}"
        )
    if endpoint.is_simulated:
        # One that was named must answer; the sample's own may have ended by itself.
        state = CheckState.WARNING if endpoint_url() is None else CheckState.FAILED
        return DoctorLine(name="Endpoint", value="simulator, not running", state=state, hint=place.absence)
    if endpoint.url is None:
        value = "AWS; whether it can be reached is asked by the first command that needs it"
        return DoctorLine(name="Endpoint", value=value, state=CheckState.NOT_CHECKED)
    if problem := connection_problem(endpoint.url):
        hint = "Start what should answer there, or unset AWS_ENDPOINT_URL."
        value = f"{endpoint.title}, {problem}"
        return DoctorLine(name="Endpoint", value=value, state=CheckState.FAILED, hint=hint)
    return DoctorLine(name="Endpoint", value=f"{endpoint.title}, answers", state=CheckState.WARNING)

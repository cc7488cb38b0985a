"""plan preflight, over the real services and a fake AWS."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.compute_facts import NetworkUse
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.api import Services
from tests.helpers.builders import SCOPE, a_key, a_server, a_snapshot
from tests.helpers.fake_compute import SUBNET
from tests.unit.cli.fakes import FakeProgram, ran
from tests.unit.services.office import ENDPOINT, Office, an_office


def _as_it_is(office: Office) -> None:
    """Change nothing."""


@dataclass
class OfficeProgram(FakeProgram):
    """A program that opens an office as a test has prepared it."""

    prepare: Callable[[Office], None] = _as_it_is
    office: Office | None = None

    @asynccontextmanager
    async def open(self, choice: WorkspaceChoice) -> AsyncIterator[Services]:
        async with an_office() as office:
            self.prepare(office)
            self.office = office
            yield replace(
                self._services(),
                info=WorkspaceInfo(name="test", endpoint=ENDPOINT, operator="anna"),
                plans=office.plans,
                executions=office.executions,
            )


def test_plan_that_could_be_started_ends_with_0_and_calls_nothing_that_changes_anything() -> None:
    program = OfficeProgram()
    result = ran(program, "plan", "preflight", "payroll", "--json")
    assert (result.code, result.json["is_startable"], result.json["to_accept"]) == (0, True, [])
    assert "The drill could be started." in result.err
    assert [server["name"] for server in result.json["servers"]] == ["srv-1", "srv-2"]
    assert result.json["servers"][0]["subnet"] == "subnet-1"
    assert program.office is not None
    assert program.office.aws.mutating_calls == ()


def _lands_in_the_recovery_network(office: Office) -> None:
    reader = office.compute.compute(SCOPE)
    reader.known_subnets = {SUBNET.subnet_id: replace(SUBNET, use=NetworkUse.RECOVERY)}


def test_what_needs_a_reason_names_the_word_and_ends_with_3() -> None:
    result = ran(OfficeProgram(prepare=_lands_in_the_recovery_network), "plan", "preflight", "payroll")
    assert result.code == 3
    assert "--accept recovery-network=REASON" in result.out
    assert "The drill would be started with --accept recovery-network=…" in result.out


def test_same_plan_as_a_recovery_needs_no_such_reason() -> None:
    program = OfficeProgram(prepare=_lands_in_the_recovery_network)
    assert ran(program, "plan", "preflight", "payroll", "--mode", "recovery").code == 0


def _has_no_data(office: Office) -> None:
    stopped = a_server(1, replication_state=DataReplicationState.STOPPED)
    office.aws.drs(SCOPE).servers = [stopped]


def test_what_stands_against_a_start_comes_first_with_what_to_do() -> None:
    result = ran(OfficeProgram(prepare=_has_no_data), "plan", "preflight", "payroll", "--mode", "recovery")
    assert result.code == 3
    assert result.out.splitlines()[1:3] == [
        "FAILED       1 server without a usable point in time: srv-1 (STOPPED).",
        "             Mend the replication, or take them out of their groups.",
    ]
    assert result.out.splitlines()[-1] == "The recovery would not be started."


def test_points_in_time_of_a_file_are_looked_up(tmp_path: Path) -> None:
    def two_points(office: Office) -> None:
        now = office.clock.service_now()
        office.aws.drs(SCOPE).snapshots = [
            a_snapshot(a_key(1), now - timedelta(minutes=age)) for age in (10, 70)
        ]

    file = tmp_path / "points"
    file.write_text("srv-1 2026-01-01T00:00Z\nsrv-9 latest\n")
    result = ran(OfficeProgram(prepare=two_points), "plan", "preflight", "payroll", "--points", str(file))
    assert result.code == 3
    assert "srv-1 has no point in time at or before 2026-01-01 00:00 UTC; its earliest is of" in result.out
    assert "A point in time is chosen for srv-9, which is no server of this plan." in result.out


def test_plan_that_does_not_exist_ends_with_3() -> None:
    assert ran(OfficeProgram(), "plan", "preflight", "nothing").code == 3

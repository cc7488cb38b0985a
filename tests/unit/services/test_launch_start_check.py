"""Before a start launch settings are compared with AWS, and nothing is written."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.domain.errors import AwsUnreachable
from drs_desktop.domain.execution import FrozenServer
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.readiness import Level, PlanFacts, ReadinessFinding
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services import launch_start_check
from drs_desktop.services.launch_observer import Seen
from drs_desktop.services.launch_start_check import LaunchStartCheck
from drs_desktop.storage.database import Database
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import a_frozen_wave, a_key, a_plan
from tests.helpers.fakes import START
from tests.helpers.launch_rig import LaunchRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LaunchRig]:
    database = Database(tmp_path / "workspace.db")
    database.open()
    yield LaunchRig(database)
    database.close()


async def found(check: LaunchStartCheck) -> Sequence[ReadinessFinding]:
    servers = tuple(FrozenServer(key=a_key(number), name=f"web-{number:02}") for number in (1, 2))
    wave = replace(a_frozen_wave(1), servers=servers)
    facts = PlanFacts(
        plan=a_plan(1), groups={}, waves=(wave,), mode=ExecutionMode.DRILL, scopes=(), now=START
    )
    return await check.findings(facts)


@on_loop
async def test_servers_for_which_nothing_is_kept_cost_no_call_and_no_line(rig: LaunchRig) -> None:
    assert await found(rig.start_check) == ()
    assert rig.aws.calls == []


@on_loop
async def test_a_difference_is_a_warning_that_hinders_nothing_and_writes_nothing(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await rig.want("web-02", copy_tags=True)
    warning, passed = await found(rig.start_check)
    assert (warning.level, passed.level) == (Level.WARNING, Level.PASSED)
    assert "web-01: The copying of tags is on, wanted is off." in warning.text
    assert not warning.hinders()
    assert rig.aws.writes == []


@on_loop
async def test_what_could_not_be_read_is_not_checked_and_hinders_nothing(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False)
    rig.aws.fail("GetLaunchConfiguration", *[AwsUnreachable("No network.")] * 2)
    (finding,) = await found(rig.start_check)
    assert finding.level is Level.NOT_CHECKED
    assert finding.text.endswith("No network.")
    assert not finding.hinders()


@on_loop
async def test_what_was_seen_in_time_counts_though_the_rest_was_not(
    rig: LaunchRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.want(copy_tags=True)
    monkeypatch.setattr(launch_start_check, "_AT_ONCE", 1)
    look, looks = rig.observer.look, iter(range(9))

    async def late_at_the_second(keys: Iterable[ServerKey]) -> Seen:
        if next(looks):
            raise TimeoutError
        return await look(keys)

    rig.observer.look = late_at_the_second  # type: ignore[method-assign]
    levels = [one.level for one in await found(rig.start_check)]
    assert levels == [Level.NOT_CHECKED, Level.PASSED]


@on_loop
async def test_a_slow_aws_keeps_no_start_waiting(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False)
    never: Any = asyncio.Event().wait

    async def hang(_: object) -> object:
        return await never()

    rig.observer.look = hang  # type: ignore[method-assign, assignment]
    (finding,) = await found(replace(rig.start_check, longest=timedelta(milliseconds=1)))
    assert finding.level is Level.NOT_CHECKED
    assert "AWS took longer than" in finding.text

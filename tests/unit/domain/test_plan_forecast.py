"""How long a plan may take: by families, side by side where waves do not wait, quotas and waits counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.execution import FrozenWave
from drs_desktop.domain.plan_forecast import LINUX, WINDOWS, Expected, expected_length
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.steps import MANUAL_TASK, TIMED_WAIT, StepSpec
from tests.helpers.builders import OTHER_SCOPE, a_frozen_wave, a_key, a_server


def _length(waves: Sequence[FrozenWave], servers: Sequence[SourceServer]) -> Expected:
    return expected_length(waves, {server.key: server for server in servers})


def _windows(number: int) -> SourceServer:
    return a_server(number, operating_system="Microsoft Windows Server 2022")


def test_wave_takes_as_long_as_its_slowest_family() -> None:
    waves = [a_frozen_wave(1, [a_key(1), a_key(2)])]
    assert _length(waves, [a_server(1), a_server(2)]) == LINUX
    assert _length(waves, [a_server(1), _windows(2)]) == WINDOWS


def test_server_that_was_not_read_may_be_of_either_family() -> None:
    assert _length([a_frozen_wave(1)], []) == Expected(shortest=LINUX.shortest, longest=WINDOWS.longest)


def test_waves_that_follow_each_other_add_up_and_waves_side_by_side_do_not() -> None:
    servers = [a_server(1), a_server(2), _windows(3)]
    chain = [a_frozen_wave(n) for n in (1, 2, 3)]
    assert _length(chain, servers) == LINUX + LINUX + WINDOWS
    apart = [replace(wave, depends_on=()) for wave in chain]
    assert _length(apart, servers) == WINDOWS
    fork = [chain[0], replace(chain[1], depends_on=(1,)), replace(chain[2], depends_on=(1,))]
    assert _length(fork, servers) == LINUX + WINDOWS


@pytest.mark.parametrize(("count", "turns"), [(500, 1), (501, 2), (1001, 3)])
def test_more_servers_than_jobs_may_hold_take_turns(count: int, turns: int) -> None:
    keys = [a_key(n) for n in range(1, count + 1)]
    servers = [a_server(n) for n in range(1, count + 1)]
    assert _length([a_frozen_wave(1, keys)], servers).longest == LINUX.longest * turns


def test_accounts_and_regions_have_turns_of_their_own() -> None:
    here, there = [a_key(n) for n in range(1, 401)], [a_key(n, OTHER_SCOPE) for n in range(1, 401)]
    servers = [a_server(n, scope) for n in range(1, 401) for scope in (here[0].scope, OTHER_SCOPE)]
    assert _length([a_frozen_wave(1, here + there)], servers) == LINUX


@pytest.mark.parametrize(
    ("spec", "longer"),
    [
        ({"kind": TIMED_WAIT, "settings": (("seconds", "90"),)}, timedelta(seconds=90)),
        ({"kind": TIMED_WAIT, "settings": (("seconds", "soon"),)}, timedelta(0)),
        ({"kind": MANUAL_TASK}, timedelta(0)),
    ],
)
def test_timed_waits_count_and_what_people_do_does_not(spec: dict[str, Any], longer: timedelta) -> None:
    step = StepSpec(name="step", **spec)
    wave = a_frozen_wave(1, steps_before=(step,), steps_after=(step,))
    assert _length([wave], [a_server(1)]).longest == LINUX.longest + 2 * longer


def test_plan_without_waves_takes_no_time() -> None:
    assert expected_length([], {}) == Expected()

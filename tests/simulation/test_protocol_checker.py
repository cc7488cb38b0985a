"""The exhaustive check of the start protocol: every combination of choices, on the program's own code.

A variant in which the world is as bad as AWS may be must show no violation; a variant from which one
protection is taken away must show some, or the check could not fail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.domain import witnesses
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.witnesses import Finding, Judgement
from drs_desktop.engine import start_protocol
from drs_desktop.engine.start_protocol import StartProtocol
from tests.simulation.profile import by_profile, say
from tests.simulation.protocol_world import Variant, explore_variant

_SMALL = Variant(strangers=(None,), lags=(0, 3), pauses=(0, 4), durations=(1,))
_FINE = {"lags": (0, 1, 2, 3), "delays": (None, 0, 1, 2, 3, 4, 5), "durations": (1, 2, 4, 8)}

SOUND = {
    "tags": Variant(),
    "no tags": Variant(tags=False),
    "a real recovery": Variant(mode=ExecutionMode.RECOVERY),
    "a machine that sleeps": replace(_SMALL, sleeps=(0, 4.5, 7), strangers=(None, 3)),
    "a machine that sleeps, and a rival": replace(
        _SMALL, sleeps=(0, 4.5, 7), strangers=(None, 3), rival=True
    ),
    "reads that fail": replace(_SMALL, dark=(None, (0.5, 12), (4, 40))),
    "records that are deleted": replace(_SMALL, deletes=(False, True)),
}
FINER = {
    "tags, finer": Variant(**_FINE),
    "no tags, finer": Variant(**_FINE, tags=False),
}
WIDER = {
    "everything": Variant(lags=(0, 1, 2, 3), sleeps=(0, 4.5, 7), dark=(None, (0.5, 12))),
    "everything, no tags": Variant(lags=(0, 1, 2, 3), sleeps=(0, 4.5, 7), dark=(None, (0.5, 12)), tags=False),
}


@pytest.mark.parametrize("name", [*SOUND, *by_profile((), tuple(FINER), (*FINER, *WIDER))])
@pytest.mark.timeout(by_profile(60, 180, 3_600))
def test_no_combination_of_choices_breaks_the_protocol(name: str, pytestconfig: pytest.Config) -> None:
    found = explore_variant({**SOUND, **FINER, **WIDER}[name])
    say(pytestconfig, f"protocol, {name}: {found}")
    assert not found.violations, found.examples
    assert found.runs > 100


class WithoutFence(StartProtocol):
    """Sends however late it is."""

    def _fence_broken(self, armed: Any) -> str:
        return ""


def _adopt_unique(attempt: Any, execution_id: Any, testimony: Any, *, is_past_horizon: bool) -> Judgement:
    judged = witnesses.judge(attempt, execution_id, testimony, is_past_horizon=is_past_horizon)
    if len(judged.candidates) != 1:
        return judged
    job = next((job for job in testimony.jobs if job.job_id == judged.candidates[0]), None)
    return Judgement(finding=Finding.OURS, evidence="the only one", job=job) if job else judged


def _nothing_at_once(attempt: Any, execution_id: Any, testimony: Any, *, is_past_horizon: bool) -> Judgement:
    return witnesses.judge(attempt, execution_id, testimony, is_past_horizon=True)


BROKEN = {
    "no fence before the call": replace(_SMALL, sleeps=(0, 7), rival=True, protocol=WithoutFence),
    "no wait for the visibility lag": replace(_SMALL, sleeps=(0, 4.5), assumed_lag=0, poll=0.5),
    "no wait for the signing window": replace(_SMALL, sleeps=(0, 4.5), assumed_window=0),
    "the client sends again by itself": replace(_SMALL, sends=3, delays=(None, 0), pauses=(0,)),
    "a failed read is an empty one": replace(_SMALL, dark=((4, 40),), failed_is_empty=True),
    "the only candidate is adopted without a tag": replace(_SMALL, tags=False, strangers=(None, 3)),
    "decided at the first look": _SMALL,
    "the lag is larger than assumed (R-1)": replace(_SMALL, lags=(0, 12)),
    "our record deleted before a stranger starts the server (R-3)": replace(
        _SMALL, deletes=(False, True), strangers=(None, 3)
    ),
}
JUDGES = {
    "the only candidate is adopted without a tag": _adopt_unique,
    "decided at the first look": _nothing_at_once,
}


@contextmanager
def judged_by(judge: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start_protocol, "judge", judge)
        yield


@pytest.mark.parametrize("name", BROKEN)
def test_check_sees_what_is_missing(name: str, pytestconfig: pytest.Config) -> None:
    with judged_by(JUDGES.get(name, witnesses.judge)):
        found = explore_variant(BROKEN[name])
    say(pytestconfig, f"protocol without a protection, {name}: {found}")
    assert found.violations

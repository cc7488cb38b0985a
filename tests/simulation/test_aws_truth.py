"""The simulator's truth contradicts what must never be; each rule is shown a world that breaks it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.ids import IntentId
from drs_desktop.simulator.core.launching import StartRecovery, start_recovery
from tests.helpers.engine_rig import SCOPE, Rig
from tests.simulation.campaign import on_new_loop
from tests.simulation.stories import QUICK_JOBS

HOUR = timedelta(hours=1)


async def _drilled(*, tags: bool = True, executions: int = 1) -> Rig:
    """Return a rig after drills of one server each, one after the other."""
    rig = Rig(servers=2, tags=tags, changes={"durations": QUICK_JOBS})
    console = await rig.console()
    for _ in range(executions):
        execution_id = await console.start(*console.two_waves())
        await rig.clock.run_until(lambda e=execution_id: rig.folded(e).end_status is not None, HOUR)
    rig.assert_sound()
    return rig


def _after_drills(look: Callable[[Rig], Any], **how: Any) -> None:
    async def play() -> None:
        rig = await _drilled(**how)
        look(rig)
        await rig.close()

    on_new_loop(play)


def _unasked_job(rig: Rig, server: str, **tags: str) -> str:
    place = rig.simulation.state(SCOPE.account_id, SCOPE.region)
    wanted = StartRecovery(snapshot_ids={server: None}, is_drill=True, tags=tags)
    return start_recovery(rig.simulation, place, wanted).id


@pytest.mark.parametrize("tags", [True, False])
def test_two_jobs_for_one_decision_under_two_intents_are_seen(tags: bool) -> None:
    def look(rig: Rig) -> None:
        rig.made[IntentId("again")] = ["drsjob-again"]
        (state,) = rig.check.states.values()
        wave = state.wave(1)
        first = next(iter(wave.attempts.values()))
        key = replace(first.key, attempt=2)
        second = replace(first, key=key, intent_id=IntentId("again"), job_id=None)
        changed = replace(wave, attempts={**wave.attempts, key: second})
        rig.check.states[state.execution_id] = replace(state, waves=(changed, *state.waves[1:]))
        assert any("all for one decision" in found for found in rig.truth.wrong_jobs())

    _after_drills(look, tags=tags)


def test_two_jobs_with_the_tags_of_one_attempt_are_seen() -> None:
    def look(rig: Rig) -> None:
        job = rig.launch_jobs()[0]
        _unasked_job(rig, next(iter(job.participants)), **job.tags)
        (strange, twice) = rig.truth.wrong_jobs()
        assert "whose call did not make it" in strange
        assert "2 jobs carry the tags of one attempt" in twice

    _after_drills(look)


def test_start_of_a_server_whose_instance_this_execution_launched_is_seen() -> None:
    def look(rig: Rig) -> None:
        place = rig.simulation.state(SCOPE.account_id, SCOPE.region)
        instance = next(iter(place.instances.values()))
        intent = _intent_of(rig, instance.job_id)
        (found,) = rig.truth.wrong_start(intent, [instance.source_server_id], place)
        assert found.startswith("I-33")
        rig.simulation.compute.terminate(SCOPE.account_id, SCOPE.region, instance.id)
        assert rig.truth.wrong_start(intent, [instance.source_server_id], place) == []

    _after_drills(look)


def test_next_execution_may_start_what_an_earlier_one_launched() -> None:
    _after_drills(lambda rig: rig.assert_sound(), executions=2)


def test_termination_of_what_another_execution_of_ours_launched_is_seen() -> None:
    def look(rig: Rig) -> None:
        place = rig.simulation.state(SCOPE.account_id, SCOPE.region)
        instance = next(iter(place.instances.values()))
        earlier, later = (rig.folded(execution_id) for execution_id in rig.execution_ids)
        assert instance.job_id in rig.truth.jobs_of(later)
        for state, wrong in ((earlier, 1), (later, 0)):
            intent = state.attempts[0].intent_id
            assert len(rig.truth.wrong_termination(intent, [instance.id], place)) == wrong

    _after_drills(look, executions=2)


def _intent_of(rig: Rig, job_id: str) -> IntentId:
    return next(intent for intent, jobs in rig.made.items() if job_id in jobs)

"""retry, skip, wait, task, stop-watching, note, cancel --clean-up."""

from dataclasses import replace

import pytest

from drs_desktop.cli.person import only_a_person, way_on
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import WaveStatus
from drs_desktop.domain.steps import MANUAL_TASK, StepKey, StepPhase, StepStatus
from drs_desktop.services.views import ActionState, ExecutionView, StepRow
from tests.unit.cli.fakes import BANNER, EXECUTION, FakeExecutions, FakeProgram, polling, ran

WAVE = ("--wave", "1")
STEP = (*WAVE, "--step", "after:2")


@pytest.mark.parametrize(
    ("argv", "call"),
    [
        (("retry", EXECUTION, *WAVE), ("retry", 1)),
        (("skip", EXECUTION, *WAVE, "--reason", "no"), ("skip", 1, "no")),
        (("wait", EXECUTION, *STEP, "--end"), ("end wait", "step 2 after wave 1")),
        (("wait", EXECUTION, *STEP, "--extend", "600"), ("extend wait", "step 2 after wave 1", 600.0)),
        (("wait", EXECUTION, *STEP, "--extend", "-60"), ("extend wait", "step 2 after wave 1", -60.0)),
        (
            ("task", EXECUTION, *STEP, "--done", "--answer", "moved"),
            ("task", "step 2 after wave 1", True, "moved"),
        ),
        (
            ("task", EXECUTION, *WAVE, "--step", "BEFORE:1", "--failed"),
            ("task", "step 1 before wave 1", False, ""),
        ),
        (("stop-watching", EXECUTION, "--reason", "stuck"), ("stop watching", "stuck")),
        (("cancel", EXECUTION, "--clean-up", "--reason", "wrong"), ("clean up", "wrong")),
        (("note", EXECUTION, "The bank called."), ("note", "The bank called.")),
    ],
)
def test_a_command_says_just_that(argv: tuple[str, ...], call: tuple[object, ...]) -> None:
    program = FakeProgram(executions=FakeExecutions(polling()))
    result = ran(program, *argv)
    assert result.code == 0, result.err
    assert program.executions.calls == [call]


@pytest.mark.parametrize(
    "argv",
    [
        ("wait", EXECUTION, *STEP),
        ("wait", EXECUTION, *STEP, "--end", "--extend", "5"),
        ("wait", EXECUTION, *STEP, "--extend", "1e99"),
        ("wait", EXECUTION, *STEP, "--extend", "nan"),
        ("wait", EXECUTION, *WAVE, "--step", "during:1", "--end"),
        ("wait", EXECUTION, *WAVE, "--step", "after:0", "--end"),
        ("task", EXECUTION, *STEP),
        ("task", EXECUTION, *STEP, "--done", "--failed"),
        ("skip", EXECUTION, *WAVE),
        ("retry", EXECUTION),
    ],
)
def test_wrong_usage_calls_nothing(argv: tuple[str, ...]) -> None:
    program = FakeProgram(executions=FakeExecutions(polling()))
    assert ran(program, *argv).code == 2
    assert program.executions.calls == []


def test_a_refusal_ends_with_3_and_its_sentence() -> None:
    program = FakeProgram(executions=FakeExecutions(polling()))
    program.executions.refusals["retry"] = CommandRefused("Wave 1 is still under way.")
    result = ran(program, "retry", EXECUTION, *WAVE)
    assert (result.code, result.err) == (3, BANNER + "Wave 1 is still under way.\n")


def _with_task(view: ExecutionView) -> ExecutionView:
    key = StepKey(wave=1, phase=StepPhase.AFTER, index=1)
    task = StepRow(
        key=key,
        name="DNS",
        kind=MANUAL_TASK,
        status=StepStatus.RUNNING,
        instruction="Move it.",
        waits_for_person=True,
    )
    first = replace(view.waves[0], status=WaveStatus.VERIFYING, steps=(task,))
    return replace(view, waves=(first, *view.waves[1:]), tasks=(task,), needs_person=True)


def test_a_manual_task_that_is_left_ends_a_headless_run_with_5_and_the_way_on() -> None:
    program = FakeProgram(executions=FakeExecutions(_with_task(polling())))
    result = ran(program, "resume", EXECUTION, "--json")
    assert result.code == 5
    assert f"drs-desktop task {EXECUTION} --wave 1 --step after:1 --done | --failed" in result.err
    step = result.json["waves"][0]["steps"][0]
    assert (step["step"], step["waits_for_person"]) == ("after:1", True)


def test_a_task_beside_a_wave_that_moves_is_not_the_only_thing_left() -> None:
    view = _with_task(polling())
    assert only_a_person(view)
    moving = replace(view.waves[0], number=9, status=WaveStatus.POLLING, steps=())
    assert not only_a_person(replace(view, waves=(*view.waves, moving)))


def test_a_wave_that_may_be_retried_says_how() -> None:
    view = polling()
    wave = replace(view.waves[0], can_retry=ActionState(enabled=True))
    assert f"drs-desktop retry {EXECUTION} --wave 1" in way_on(replace(view, waves=(wave,)))


def test_status_shows_the_figures_of_this_process() -> None:
    program = FakeProgram(executions=FakeExecutions(polling()))
    metrics = ran(program, "status", EXECUTION, "--json").json["metrics"]
    assert metrics == {"executions_driven": 0, "waves_watched": 0, "operations": []}

"""The history check sees each kind of wrong; a check that cannot fail would prove nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Cancel, Pause, Terminate
from drs_desktop.domain.effects import TerminateBatch
from drs_desktop.domain.ids import ExecutionId, IntentId
from drs_desktop.domain.ports import StoredEvent
from tests.helpers.builders import OTHER_SCOPE, START, Play
from tests.helpers.history import Call, Entry, problems_of
from tests.simulation.check_history import main


def stored(play: Play, execution_id: str = "") -> list[Entry]:
    """Return the events of a play as its journal has them."""
    return [
        StoredEvent(
            position=number,
            execution_id=ExecutionId(execution_id or play.state.execution_id),
            sequence=number,
            recorded_at=START + timedelta(seconds=number),
            event=event,
        )
        for number, event in enumerate(play.events, start=1)
    ]


def call_of(play: Play) -> Call:
    latest = play.latest()
    return Call(
        operation="StartRecovery",
        scope=latest.key.scope,
        intent_id=latest.intent_id,
        request_digest=latest.request_digest,
        is_drill=True,
    )


def armed() -> tuple[Play, Call]:
    play = Play(1)
    play.arm()
    return play, call_of(play)


def test_call_after_its_committed_intent_is_right() -> None:
    play, call = armed()
    assert problems_of([*stored(play), call]) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"intent_id": "unknown"}, "I-02"),
        ({"request_digest": "another"}, "I-02"),
        ({"operation": "DeleteJob"}, "I-02"),
        ({"is_drill": False}, "I-05"),
        ({"scope": OTHER_SCOPE}, "I-26"),
    ],
)
def test_call_that_is_not_what_was_committed_is_wrong(change: dict[str, object], rule: str) -> None:
    play, call = armed()
    (problem,) = problems_of([*stored(play), replace(call, **change)])
    assert problem.startswith(rule)


def test_intent_that_is_sent_twice_is_wrong() -> None:
    play, call = armed()
    assert [p[:4] for p in problems_of([*stored(play), call, call])] == ["I-01"]


def test_intent_that_is_sent_after_its_verdict_is_wrong() -> None:
    play = Play(1)
    play.doubt()
    assert [p[:4] for p in problems_of([*stored(play), call_of(play)])] == ["I-02"]


@pytest.mark.parametrize("command", [Pause(), Cancel()])
def test_call_after_an_acknowledged_stop_is_wrong(command: Pause | Cancel) -> None:
    play, call = armed()
    play.say(command)
    assert [p[:4] for p in problems_of([*stored(play), call])] == ["I-19"]


def test_call_while_somebody_else_is_signed_in_is_wrong() -> None:
    play, call = armed()
    play.give(inputs.PrincipalChanged(before="anna", after="bob"))
    assert [p[:4] for p in problems_of([*stored(play), call])] == ["I-14"]


def test_server_of_another_live_attempt_may_not_be_started() -> None:
    play, call = armed()
    rival = Play(1)
    rival.arm(intent_id="intent-of-a-rival")
    history = [*stored(rival, "test-00000000000000000000000009"), *stored(play), call]
    assert [p[:4] for p in problems_of(history)] == ["I-15"]


def test_termination_of_what_others_launched_is_wrong() -> None:
    play = Play(1)
    play.run_to_the_end()
    play.say(Terminate())
    (effect,) = play.due
    play.give(_prepared(effect))
    (batch,) = play.state.termination_batches
    call = Call(operation="TerminateRecoveryInstances", scope=batch.scope, intent_id=batch.intent_id)
    assert problems_of([*stored(play), call]) == []
    foreign = replace(call, instance_ids=("i-of-somebody-else",))
    assert [p[:4] for p in problems_of([*stored(play), foreign])] == ["I-07"]


def _prepared(effect: object) -> inputs.TerminationPrepared:
    assert isinstance(effect, TerminateBatch)
    return inputs.TerminationPrepared(
        scope=effect.scope, batch=effect.batch, intent_id=IntentId("intent-t"), servers=effect.servers
    )


def test_folder_without_a_journal_is_not_called_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "history check: 0 events, 0 changing calls, 0 problems\n"


def test_check_of_no_folder_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "data folder" in capsys.readouterr().err

"""The history check sees each kind of wrong; a check that cannot fail would prove nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Cancel, Pause, Retry, Terminate
from drs_desktop.domain.effects import TerminateBatch
from drs_desktop.domain.events import Event, StartAccepted, StartArmed
from drs_desktop.domain.ids import ExecutionId, IntentId, JobId
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.recovery_plan import FailurePolicy
from tests.helpers.builders import OTHER_SCOPE, START, Play, a_frozen_wave
from tests.helpers.history import Announced, Call, Entry, problems_of, read_calls, unannounced
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


def stored_after(play: Play, event: Event) -> list[Entry]:
    """Return one more event of a play's journal, which no decider would have made."""
    (before, *_) = reversed(stored(play))
    assert isinstance(before, StoredEvent)
    number = before.sequence + 1
    return [replace(before, position=number, sequence=number, event=event)]


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
        ({"server_ids": ("s-of-somebody-else",)}, "I-02"),
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


def test_attempt_that_is_sent_for_a_second_intent_is_wrong() -> None:
    """A number that is given twice: each of the two intents is sent once, and the attempt twice."""
    play, call = armed()
    again = replace(play.events[-1], intent_id=IntentId("another"))
    second = replace(call, intent_id="another")
    found = problems_of([*stored(play), call, *stored_after(play, again), second])
    assert [problem[:4] for problem in found] == ["I-01"]


def test_part_that_is_started_again_under_a_new_number_without_anybodys_wish_is_wrong() -> None:
    play = Play(1)
    play.accept()
    accepted, intent = play.events[-1], play.events[-2]
    assert isinstance(accepted, StartAccepted)
    assert isinstance(intent, StartArmed)
    key = replace(intent.key, attempt=2)
    armed_again = replace(intent, key=key, intent_id=IntentId("again"))
    call = replace(call_of(play), intent_id="again")
    made = replace(accepted, key=key, job_id=JobId("drsjob-second"))
    found = problems_of([*stored(play), *stored_after(play, armed_again), call, *stored_after(play, made)])
    assert [p[:4] for p in found] == ["I-01", "I-15", "I-01"]
    assert "the same decision" in found[0]
    assert "for one decision" in found[2]


def test_retry_that_a_person_asked_for_may_make_a_second_job() -> None:
    play = Play((a_frozen_wave(1, failure_policy=FailurePolicy.ASK),))
    play.accept()
    play.end_job(failed=(1,))
    play.say(Retry(wave=1))
    first = stored(play)
    play.arm()
    call = call_of(play)
    play.give(
        inputs.StartWasAccepted(key=play.latest().key, job=play.job_of(job_id=JobId("drsjob-b")), evidence="")
    )
    history = stored(play)
    armed_at = next(n for n, e in enumerate(history) if n >= len(first) and _is_armed(e)) + 1
    assert problems_of([*history[:armed_at], call, *history[armed_at:]]) == []


def _is_armed(entry: Entry) -> bool:
    return isinstance(entry, StoredEvent) and isinstance(entry.event, StartArmed)


def test_start_of_a_server_that_is_launched_is_wrong() -> None:
    """Even after its first job is forgotten: the new launch would delete the instance."""
    play = Play(1)
    play.run_wave()
    intent = next(event for event in play.events if isinstance(event, StartArmed))
    again = replace(intent, key=replace(intent.key, attempt=2), intent_id=IntentId("again"))
    call = replace(call_of(play), intent_id="again")
    found = problems_of([*stored(play), *stored_after(play, again), call])
    assert "I-33" in {problem[:4] for problem in found}


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


def test_calls_are_read_from_the_log_and_its_older_file_in_order(tmp_path: Path) -> None:
    """As the program writes them (tests/unit/aws/test_drs_gateway.py); reads and ends are left out."""
    start = {"operation": "StartRecovery", "server_ids": ["s-1"], "is_drill": True}
    end = {"operation": "TerminateRecoveryInstances", "instance_ids": ["i-1"]}
    _write_log(tmp_path / "calls.jsonl.1", start)
    _write_log(tmp_path / "calls.jsonl", {"operation": "DescribeJobs"}, end, {**end, "phase": "end"})
    first, second = read_calls(tmp_path / "calls.jsonl")
    assert (first.server_ids, first.is_drill, first.instance_ids) == (("s-1",), True, None)
    assert (second.operation, second.instance_ids) == ("TerminateRecoveryInstances", ("i-1",))


def _write_log(path: Path, *lines: dict[str, Any]) -> None:
    about = {
        "at": START.isoformat(),
        "account": "1",
        "region": "eu-west-1",
        "intent_id": "i",
        "phase": "start",
    }
    path.write_text("".join(json.dumps({**about, **line}) + "\n" for line in lines), encoding="utf-8")


def test_call_that_no_earlier_audit_row_announces_is_wrong() -> None:
    _, call = armed()
    at = replace(call, at=START)
    assert unannounced([at], [Announced(START, call.intent_id)]) == []
    late = Announced(START + timedelta(seconds=1), call.intent_id)
    for rows in ([], [late], [Announced(START, "another")]):
        assert [problem[:4] for problem in unannounced([at], rows)] == ["I-08"]


def test_folder_without_a_journal_is_not_called_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "history check: 0 events, 0 changing calls, 0 problems\n"


def test_check_of_no_folder_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "data folder" in capsys.readouterr().err

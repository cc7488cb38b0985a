"""Journals of the first form still fold: a new field has a default, a new meaning a new type."""

import json

from drs_desktop.domain.commands import Resume
from drs_desktop.domain.decider import decide
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import ExecutionStatus, HoldKind, WaveStatus
from drs_desktop.domain.inputs import OperatorSaid
from drs_desktop.domain.times import Now
from drs_desktop.storage.event_codec import decode_event
from tests.helpers.builders import START

AT = "2026-11-02T03:00:00Z"
SERVER = {"account_id": "012345678901", "region": "eu-central-1", "source_server_id": "s-00000000000000001"}


def _wave(number: int) -> dict[str, object]:
    return {
        "number": number,
        "name": f"Wave {number}",
        "depends_on": [number - 1] if number > 1 else [],
        "pause_before": False,
        "instruction": "",
        "failure_policy": "ask",
        "servers": [{"key": SERVER, "name": "srv-1", "is_critical": True, "group_name": "Group 1"}],
    }


FIRST_FORM: list[tuple[str, dict[str, object]]] = [
    (
        "ExecutionCreated",
        {
            "at": AT,
            "execution_id": "test-01J9Z3NDEKTSV4RRFFQ69G5FAV",
            "plan_id": "plan-1",
            "plan_name": "payroll",
            "plan_revision": 3,
            "mode": "drill",
            "endpoint_fingerprint": "aws",
            "created_by": "anna",
            "waves": [_wave(1), _wave(2)],
        },
    ),
    ("DriverAttached", {"at": AT, "epoch": 1, "by": "anna"}),
    ("WaveStarted", {"at": AT, "wave": 1}),
    ("WaveEnded", {"at": AT, "wave": 1, "status": "FAILED", "reason": "1 of 1 servers did not come up"}),
    (
        "WaveHeld",
        {
            "at": AT,
            "wave": 2,
            "hold_id": "wave-2-at-4",
            "kind": "decision needed",
            "reason": "wave 1 failed.",
        },
    ),
]


def test_a_hold_that_an_older_program_put_before_the_next_wave_is_released_there() -> None:
    state = fold(decode_event(name, 1, json.dumps(payload)) for name, payload in FIRST_FORM)
    assert state is not None
    assert state.wave(1).end_status is WaveStatus.FAILED
    assert (state.wave(1).success_threshold, state.wave(1).time_limit, state.wave(1).steps) == (1.0, None, {})
    hold = state.wave(2).hold
    assert hold is not None
    assert hold.kind is HoldKind.DECISION
    resume = OperatorSaid(command=Resume(reason="as agreed"), by="anna")
    events = decide(state, resume, Now(service=START, local=START))
    after = fold(events, state)
    assert after is not None
    assert after.wave(2).started_at is not None
    assert after.end_status is not ExecutionStatus.FAILED

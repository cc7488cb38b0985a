"""What a run did, held against what it may do: reads events and calls in order, knows nothing of the engine.

A call is judged by the state that the events before it fold to. The same rules hold for a run under virtual
time, where the order is exact, and for a real one, whose journal and `aws-calls.jsonl` are merged by time.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drs_desktop.domain.events import StartAccepted
from drs_desktop.domain.evolve import evolve
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    Attempt,
    AttemptStatus,
    Execution,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.ids import AccountId, ExecutionId, IntentId, Region, Scope
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.start_recovery import AttemptKey
from tests.helpers.start_rounds import Rounds

READS = ("Describe", "Get", "List", "AssumeRole")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that changes AWS, at the moment it was sent; what the log does not tell is None."""

    operation: str
    scope: Scope
    intent_id: str
    at: datetime | None = None
    request_digest: str | None = None
    is_drill: bool | None = None
    server_ids: tuple[str, ...] | None = None
    instance_ids: tuple[str, ...] | None = None


Entry = StoredEvent | Call


class HistoryCheck:
    """Takes the entries one by one and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.states: dict[ExecutionId, Execution] = {}
        self.problems: list[str] = []
        self.calls = 0
        self.rounds = Rounds()
        self._sent: Counter[str] = Counter()
        self._sent_for: dict[tuple[ExecutionId, AttemptKey], set[IntentId]] = {}

    def take(self, entry: Entry) -> None:
        if isinstance(entry, StoredEvent):
            before = self.states.get(entry.execution_id)
            after = evolve(before, entry.event)
            self.states[entry.execution_id] = after
            self.rounds.take(before, after)
            self._judge_event(before, after)
            if isinstance(entry.event, StartAccepted):
                self._judge_jobs(after)
        else:
            self.calls += 1
            self._judge_call(entry)

    def _wrong(self, rule: str, what: str) -> None:
        self.problems.append(f"{rule}: {what}")

    # ---- events

    def _judge_event(self, before: Execution | None, after: Execution) -> None:
        if before is None:
            return
        if before.end_status is not None and after.end_status is not before.end_status:
            self._wrong("I-18", f"{after.execution_id} ended as {before.end_status}, then {after.end_status}")
        for old, new in zip(before.waves, after.waves, strict=True):
            if old.end_status is not None and new.end_status is not old.end_status:
                self._wrong("I-18", f"wave {new.number} ended as {old.end_status}, then {new.end_status}")
            if new.end_status is WaveStatus.COMPLETED and not new.servers:
                self._wrong("I-16", f"wave {new.number} has no server and counts as completed")
            if new.end_status is WaveStatus.COMPLETED and not all(
                s.is_launched for s in new.servers.values()
            ):
                self._wrong("I-17", f"wave {new.number} is completed without every server launched")
            if [s.key for s in old.servers.values()] != [s.key for s in new.servers.values()]:
                self._wrong("I-20", f"wave {new.number} has other servers than it was frozen with")

    def _judge_jobs(self, after: Execution) -> None:
        for (part, number), jobs in self.rounds.jobs_of(after).items():
            if len(jobs) > 1:
                self._wrong(
                    "I-01", f"{part} has the jobs {sorted(jobs)} for one decision ({number}) to start"
                )

    # ---- calls

    def _judge_call(self, call: Call) -> None:
        self._sent[call.intent_id] += 1
        if self._sent[call.intent_id] > 1:
            self._wrong("I-01", f"{call.operation} was sent {self._sent[call.intent_id]} times for an intent")
        if call.operation == "StartRecovery":
            self._judge_start(call)
        elif call.operation == "TerminateRecoveryInstances":
            self._judge_termination(call)
        else:
            self._wrong("I-02", f"{call.operation} changes AWS, and no intent of it is known")

    def _judge_start(self, call: Call) -> None:
        found = [
            (state, attempt)
            for state in self.states.values()
            for attempt in state.attempts
            if attempt.intent_id == call.intent_id
        ]
        if not found:
            self._wrong("I-02", f"StartRecovery {call.intent_id} was sent before its intent was committed")
            return
        state, attempt = found[0]
        self._judge_once(state, attempt)
        if attempt.status is not AttemptStatus.ARMED:
            self._wrong("I-02", f"StartRecovery of {attempt.key} was sent while it was {attempt.status}")
        if call.server_ids is not None and set(call.server_ids) != set(attempt.source_server_ids):
            self._wrong(
                "I-02", f"{attempt.key} was sent with {call.server_ids}: other servers than committed"
            )
        if call.request_digest not in (None, attempt.request_digest):
            self._wrong("I-02", f"the request of {attempt.key} is not the one that was committed")
        if call.is_drill not in (None, state.mode.is_drill):
            self._wrong("I-05", f"{attempt.key} of a {state.mode} was sent with isDrill={call.is_drill}")
        if call.scope != attempt.key.scope:
            self._wrong("I-26", f"{attempt.key} was sent to {call.scope}")
        if state.pause_request or state.cancel_request:
            asked = "cancel" if state.cancel_request else "pause"
            self._wrong("I-19", f"{attempt.key} was sent after the {asked} was acknowledged")
        if state.starts_held:
            self._wrong("I-14", f"{attempt.key} was sent while all starts are held: {state.starts_held}")
        if state.frozen:
            self._wrong("I-05", f"{attempt.key} was sent although AWS contradicts the mode")
        self._judge_order(state, attempt)

    def _judge_once(self, state: Execution, attempt: Attempt) -> None:
        """Whatever number an attempt has: between two decisions of a person a part is started once."""
        intents = self._sent_for.setdefault((state.execution_id, attempt.key), set())
        if intents - {attempt.intent_id}:
            self._wrong("I-01", f"{attempt.key} was sent for another intent before: {intents}")
        intents.add(attempt.intent_id)
        for job_id in self.rounds.jobs_of(state).get(self.rounds.of(attempt), ()):
            self._wrong("I-01", f"{attempt.key} was sent although {job_id} was started by the same decision")
        for server in state.wave(attempt.key.wave).servers.values():
            is_named = server.key.source_server_id in attempt.source_server_ids
            is_there = server.is_launched and server.termination is not TerminationState.TERMINATED
            if is_named and is_there and server.key.scope == attempt.key.scope:
                self._wrong("I-33", f"{attempt.key} was sent although {server.name} of it is launched")

    def _judge_order(self, state: Execution, attempt: Attempt) -> None:
        wave = state.wave(attempt.key.wave)
        open_gates = [number for number in wave.depends_on if not state.wave(number).is_ended]
        if open_gates:
            self._wrong("I-15", f"wave {wave.number} was started before wave {open_gates[0]} ended")
        if wave.started_at is None or wave.is_ended:
            self._wrong("I-15", f"{attempt.key} was sent while its wave was not under way")
        if wave.pause_before and not wave.is_pause_released:
            self._wrong("I-15", f"wave {wave.number} was started before its pause was released")
        servers = set(attempt.source_server_ids)
        for other in self.states.values():
            for rival in other.attempts:
                is_same = rival.intent_id == attempt.intent_id or rival.key.scope != attempt.key.scope
                if (
                    not is_same
                    and rival.status in IN_FLIGHT_ATTEMPTS
                    and servers & set(rival.source_server_ids)
                ):
                    self._wrong("I-15", f"{attempt.key} was sent while {rival.key} holds its servers")

    def _judge_termination(self, call: Call) -> None:
        found = [
            (state, batch)
            for state in self.states.values()
            for batch in state.termination_batches
            if batch.intent_id == call.intent_id
        ]
        if not found:
            self._wrong("I-02", "TerminateRecoveryInstances was sent before its intent was committed")
            return
        state, batch = found[0]
        if batch.status is not AttemptStatus.ARMED:
            self._wrong("I-02", f"TerminateRecoveryInstances was sent while its batch was {batch.status}")
        if call.scope != batch.scope:
            self._wrong("I-26", f"TerminateRecoveryInstances of {batch.scope} was sent to {call.scope}")
        servers = [server for server in state.servers if server.key in batch.servers]
        for server in servers:
            if server.job_id not in state.accepted_job_ids or server.key.scope != batch.scope:
                self._wrong("I-07", f"{server.name} was not launched by this execution's own job there")
        own = {str(server.recovery_instance_id) for server in servers}
        for instance_id in call.instance_ids or ():
            if instance_id not in own:
                self._wrong("I-07", f"{instance_id} is not an instance of this execution")


def problems_of(history: Iterable[Entry]) -> list[str]:
    """Return what is wrong with a whole history."""
    check = HistoryCheck()
    for entry in history:
        check.take(entry)
    return check.problems


# ---- a real run


def read_calls(path: Path) -> list[Call]:
    """Return the calls of a log, its older files included, that change something, oldest first."""
    older = sorted(path.parent.glob(path.name + ".*"), key=lambda file: int(file.suffix[1:]), reverse=True)
    files = [file for file in (*older, path) if file.exists()]
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        _call_of(line)
        for line in lines
        if line["phase"] == "start" and not line["operation"].startswith(READS)
    ]


def _call_of(line: dict[str, Any]) -> Call:
    return Call(
        operation=line["operation"],
        scope=Scope(account_id=AccountId(line["account"]), region=Region(line["region"])),
        intent_id=str(line.get("intent_id")),
        at=datetime.fromisoformat(line["at"]),
        is_drill=line.get("is_drill"),
        server_ids=_ids(line, "server_ids"),
        instance_ids=_ids(line, "instance_ids"),
    )


def _ids(line: dict[str, Any], name: str) -> tuple[str, ...] | None:
    """Return the ids that a line names; None where a log of an older version does not tell."""
    return tuple(line[name]) if name in line else None


def merged(events: Sequence[StoredEvent], calls: Sequence[Call]) -> list[Entry]:
    """Return both in order of time; an intent is stamped before its commit, a call as it is sent."""
    timed: list[tuple[datetime, int, Entry]] = [(event.recorded_at, 0, event) for event in events]
    for call in calls:
        assert call.at is not None
        timed.append((call.at, 1, call))
    return [entry for _, _, entry in sorted(timed, key=lambda item: item[:2])]


@dataclass(frozen=True)
class Announced:
    """A row of the audit trail: a call is about to be made for an intent."""

    at: datetime
    intent_id: str


def unannounced(calls: Iterable[Call], announced: Iterable[Announced]) -> list[str]:
    """Return the calls that change AWS and that no earlier row of the audit trail speaks of."""
    first: dict[str, datetime] = {}
    for row in announced:
        first[row.intent_id] = min(row.at, first.get(row.intent_id, row.at))
    return [
        f"I-08: {call.operation} in {call.scope} ({call.intent_id}) has no earlier row in the audit trail"
        for call in calls
        if call.at is not None and not first.get(call.intent_id, datetime.max.replace(tzinfo=UTC)) <= call.at
    ]

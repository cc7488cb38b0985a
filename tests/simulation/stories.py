"""Stories of an operator, told so that they can be taken up after any kill.

The operator remembers only what was acknowledged, and repeats the rest: every command may be given twice.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drs_desktop.domain.commands import (
    AnswerStart,
    AnswerTask,
    Cancel,
    Command,
    Pause,
    Resume,
    Retry,
    StartAnswer,
    Terminate,
)
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.events import RetryRequested
from drs_desktop.domain.execution import AttemptStatus, Execution, ExecutionStatus, FrozenWave
from drs_desktop.domain.ids import AccountId, ExecutionId, Region, Scope
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import MANUAL_TASK, STATUS_CHECKS, TCP_PROBE, TIMED_WAIT, StepSpec, StepStatus
from drs_desktop.simulator.core.faults import FaultRule, ResetAfter, ResetBefore
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from tests.helpers.engine_rig import SCOPE, Console, Rig, a_wave
from tests.helpers.simulator_process import OTHER, TARGET, small_scenario

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
QUICK_JOBS: dict[str, Any] = {
    "linux": {"conversion": [20, 30], "launch": [10, 15], "cleanup": [5, 5], "terminate": [20, 20]}
}
"""Short phases: a kill point more in a job that only runs on would show nothing new."""
OTHER_REGION = "eu-central-1"
ELSEWHERE = Scope(account_id=AccountId(OTHER), region=Region(OTHER_REGION))


@dataclass
class Telling:
    """One telling of a story on one rig: what the operator did and knows."""

    rig: Rig
    waves: Callable[[Rig], tuple[FrozenWave, ...]]
    mode: ExecutionMode = ExecutionMode.DRILL
    execution_id: ExecutionId | None = None
    done: set[str] = field(default_factory=set)
    console: Console = field(init=False)

    @property
    def state(self) -> Execution:
        assert self.execution_id is not None
        return self.rig.folded(self.execution_id)

    async def take_seat(self, *, decided: bool = True) -> None:
        """Start the execution, or take it up where a killed console left it."""
        known = self.rig.execution_ids
        if known:
            self.execution_id = known[0]
            await self.console.drive(known[0], decided=decided)
        else:
            self.execution_id = await self.console.start(*self.waves(self.rig), mode=self.mode)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self.rig.clock.sleep_local(3 * SECOND)

    async def once(self, name: str, command: Command) -> None:
        """Give a command unless it is known to have been accepted."""
        if name not in self.done:
            assert self.execution_id is not None
            await self.console.say(self.execution_id, command)
            self.done.add(name)

    async def until_over(self) -> None:
        await self.until(lambda: self.state.end_status is not None)

    async def until_left(self) -> None:
        """Wait until nothing is due any more."""
        await self.until(lambda: not self.console.tasks_driving)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is told, in which world, and what must be true at the end."""

    name: str
    tell: Callable[[Telling], Awaitable[None]]
    check: Callable[[Telling], None]
    waves: Callable[[Rig], tuple[FrozenWave, ...]] = lambda rig: _one_each(rig)
    mode: ExecutionMode = ExecutionMode.DRILL
    servers: int = 2
    changes: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Rig], None] = lambda rig: None

    def rig(self, **options: Any) -> Rig:
        rig = Rig(servers=self.servers, changes={"durations": QUICK_JOBS, **self.changes}, **options)
        self.prepare(rig)
        return rig

    def telling(self, rig: Rig) -> Telling:
        return Telling(rig, self.waves, self.mode)


def _one_each(rig: Rig) -> tuple[FrozenWave, ...]:
    keys = rig.server_keys
    return (a_wave(1, keys[:1]), a_wave(2, keys[1:]))


def jobs_per_part(telling: Telling) -> dict[tuple[str, str], int]:
    return dict(telling.rig.jobs_per_part())


# ---- two waves


async def _to_the_end(telling: Telling) -> None:
    await telling.take_seat()
    await telling.until_over()
    await telling.until_left()


def _completed(telling: Telling) -> None:
    assert telling.state.end_status is ExecutionStatus.COMPLETED
    assert jobs_per_part(telling) == {("1", "1"): 1, ("2", "1"): 1}


# ---- pause and resume


async def _pause_and_resume(telling: Telling) -> None:
    await telling.take_seat(decided=False)
    if "waited" not in telling.done:
        await telling.until(lambda: bool(telling.rig.launch_jobs()) or telling.state.starts_held != "")
        await telling.once("pause", Pause(reason="look first"))
        before = len(telling.rig.sent)
        await telling.rig.clock.sleep_local(timedelta(minutes=5))
        assert len(telling.rig.sent) == before, "I-04: it started something while it was paused"
        assert telling.state.pause_request is not None, "I-04: the pause is gone"
        telling.done.add("waited")
    await telling.once("resume", Resume())
    if telling.state.starts_held:  # the console was killed after the resume: a person says it once more
        await telling.console.say(telling.state.execution_id, Resume())
    await telling.until_over()
    await telling.until_left()


# ---- cancel in flight


async def _cancel_in_flight(telling: Telling) -> None:
    await telling.take_seat()
    await telling.until(lambda: bool(telling.rig.launch_jobs()))
    with suppress(CommandRefused):  # killed in the middle, it may have ended before the operator is back
        await telling.once("cancel", Cancel(reason="enough"))
    await telling.until_over()
    await telling.until_left()


def _cancelled(telling: Telling) -> None:
    assert telling.state.end_status in {ExecutionStatus.CANCELLED, ExecutionStatus.COMPLETED}
    if "cancel" in telling.done:
        assert telling.state.end_status is ExecutionStatus.CANCELLED
    assert set(jobs_per_part(telling).values()) == {1}


# ---- terminate


async def _terminate(telling: Telling) -> None:
    await telling.take_seat()
    await telling.until_over()
    await telling.once("terminate", Terminate())
    await telling.until(lambda: bool(telling.state.termination_request) and not telling.state.is_terminating)
    await telling.until_left()


def _terminated(telling: Telling) -> None:
    _completed(telling)
    assert not any(place.instances for place in telling.rig.simulation.states())


# ---- two accounts and Regions side by side

_TWO_PLACES: dict[str, Any] = {
    **small_scenario(1),
    "regions": ["eu-west-1", OTHER_REGION],
}
_TWO_PLACES["accounts"] = [
    {**account, "initialized": True} if not account.get("hub") else account
    for account in _TWO_PLACES["accounts"]
]
_TWO_PLACES["servers"] = [
    _TWO_PLACES["servers"][0],
    {**_TWO_PLACES["servers"][0], "account": "other", "region": OTHER_REGION},
]


def _side_by_side(rig: Rig) -> tuple[FrozenWave, ...]:
    return (a_wave(1, (*rig.keys_in(SCOPE), *rig.keys_in(ELSEWHERE))),)


def _both_places(telling: Telling) -> None:
    assert telling.state.end_status is ExecutionStatus.COMPLETED
    assert sorted((job.account_id, job.region) for job in telling.rig.launch_jobs()) == [
        (TARGET, "eu-west-1"),
        (OTHER, OTHER_REGION),
    ]


# ---- answers and requests that are lost


def _start_fault(action: Any) -> Callable[[Rig], None]:
    def prepare(rig: Rig) -> None:
        rule = FaultRule(id="start", action=action, operation="StartRecovery", times=1)
        rig.simulation.faults.add(rule)

    return prepare


def _nothing_lost(telling: Telling) -> None:
    _completed(telling)


# ---- a server that fails

_FAILING: dict[str, Any] = {
    "servers": [
        {
            **small_scenario(4)["servers"][0],
            "changes": {
                1: {"fail_launch": {"event": "LAUNCH_FAILED", "raw_error": "not enough addresses"}},
                2: {"fail_launch": "silent"},
            },
        }
    ]
}


def _with_policies(rig: Rig) -> tuple[FrozenWave, ...]:
    by_name = {server.profile.hostname: server.id for server in _servers(rig)}
    keys = {key.source_server_id: key for key in rig.server_keys}
    names = sorted(by_name)
    ordered = [keys[by_name[name]] for name in names]
    return (
        a_wave(1, (ordered[0], ordered[2]), policy=FailurePolicy.CONTINUE),
        a_wave(2, ordered[1:2], policy=FailurePolicy.STOP),
        a_wave(3, ordered[3:4]),
    )


def _servers(rig: Rig) -> list[Any]:
    return list(rig.simulation.state(SCOPE.account_id, SCOPE.region).servers.values())


def _stopped(telling: Telling) -> None:
    assert telling.state.end_status is ExecutionStatus.FAILED
    assert jobs_per_part(telling) == {("1", "1"): 1, ("2", "1"): 1}
    assert [wave.end_status.value for wave in telling.state.waves if wave.end_status] == [
        "PARTIAL",
        "FAILED",
        "SKIPPED",
    ]


# ---- a real recovery


async def _recovery(telling: Telling) -> None:
    """Recover; where the program cannot know whether AWS started it, a person looks and answers."""
    await telling.take_seat()
    while telling.state.end_status is None:
        await telling.rig.clock.sleep_local(SECOND)
        for attempt in telling.state.attempts:
            if attempt.status is AttemptStatus.ASK:
                assert not attempt.candidates
                answer = AnswerStart(key=attempt.key, answer=StartAnswer.NOTHING_STARTED, reason="looked")
                await telling.console.say(telling.state.execution_id, answer)
                await telling.console.say(telling.state.execution_id, Resume())
    await telling.until_left()


def _recovered(telling: Telling) -> None:
    _completed(telling)
    assert {job.is_drill for job in telling.rig.launch_jobs()} == {False}


# ---- steps of a wave


def _with_steps(rig: Rig) -> tuple[FrozenWave, ...]:
    before = (
        StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", "60"),)),
        StepSpec(kind=MANUAL_TASK, name="switch", instruction="Switch the name over."),
    )
    after = (
        StepSpec(kind=STATUS_CHECKS, name="boots"),
        StepSpec(kind=TCP_PROBE, name="listens", settings=(("port", "443"),), retries=1),
    )
    return (a_wave(1, rig.server_keys, steps_before=before, steps_after=after),)


async def _carry_out_tasks(telling: Telling) -> None:
    await telling.take_seat()
    while telling.state.end_status is None:
        await telling.rig.clock.sleep_local(SECOND)
        for step in telling.state.wave(1).steps.values():
            if step.waits_for_person:
                await telling.once("task", AnswerTask(key=step.key, is_done=True, answer="switched"))
    await telling.until_left()


def _deaf_at_first(rig: Rig) -> None:
    rig.prober.answers = [False]


def _stepped(telling: Telling) -> None:
    assert telling.state.end_status is ExecutionStatus.COMPLETED
    assert jobs_per_part(telling) == {("1", "1"): 1}
    assert {step.status for step in telling.state.wave(1).steps.values()} == {StepStatus.DONE}


# ---- a failure, retried


def _fails_once(rig: Rig) -> None:
    _servers(rig)[0].next_failure = PlannedFailure(kind=LaunchFailure.SILENT)


def _asks_on_failure(rig: Rig) -> tuple[FrozenWave, ...]:
    keys = rig.server_keys
    return (a_wave(1, keys[:1], policy=FailurePolicy.ASK), a_wave(2, keys[1:]))


async def _retry(telling: Telling) -> None:
    await telling.take_seat()
    await telling.until(lambda: telling.state.wave(1).hold is not None or _is_retried(telling))
    with suppress(CommandRefused):  # killed before it was acknowledged, the retry may be under way already
        await telling.once("retry", Retry(wave=1))
    await telling.until_over()
    await telling.until_left()


def _is_retried(telling: Telling) -> bool:
    return any(isinstance(stored.event, RetryRequested) for stored in telling.rig.store.events)


def _retried(telling: Telling) -> None:
    assert telling.state.end_status is ExecutionStatus.COMPLETED
    assert jobs_per_part(telling) == {("1", "1"): 2, ("2", "1"): 1}
    assert set(map(len, telling.rig.made.values())) == {1}


STORIES = (
    Story(name="two waves", tell=_to_the_end, check=_completed),
    Story(name="pause and resume", tell=_pause_and_resume, check=_completed),
    Story(name="cancel in flight", tell=_cancel_in_flight, check=_cancelled),
    Story(name="terminate", tell=_terminate, check=_terminated),
    Story(
        name="two accounts and Regions",
        tell=_to_the_end,
        check=_both_places,
        waves=_side_by_side,
        changes=_TWO_PLACES,
    ),
    Story(name="lost answer", tell=_to_the_end, check=_nothing_lost, prepare=_start_fault(ResetAfter())),
    Story(
        name="request that never arrived",
        tell=_to_the_end,
        check=_nothing_lost,
        prepare=_start_fault(ResetBefore()),
    ),
    Story(
        name="failed server, continue and stop",
        tell=_to_the_end,
        check=_stopped,
        waves=_with_policies,
        servers=4,
        changes=_FAILING,
    ),
    Story(name="steps", tell=_carry_out_tasks, check=_stepped, waves=_with_steps, prepare=_deaf_at_first),
    Story(name="retry", tell=_retry, check=_retried, waves=_asks_on_failure, prepare=_fails_once),
    Story(name="real recovery", tell=_recovery, check=_recovered, mode=ExecutionMode.RECOVERY),
)
BY_NAME = {story.name: story for story in STORIES}

"""Scenarios that hold one rule each against the engine: short, and the same each time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.clients import Timeouts
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import Pause, Retry, Terminate
from drs_desktop.domain.errors import AnotherDriver, AwsError, StorageError
from drs_desktop.domain.events import StartArmed
from drs_desktop.domain.ids import ExecutionId, IntentId, SourceServerId
from drs_desktop.domain.job import LaunchStatus, ParticipatingServer
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.domain.status import ExecutionStatus, execution_status
from drs_desktop.simulator.core.faults import FaultRule, ResetAfter
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from drs_desktop.simulator.core.visibility import VisibilityLag
from drs_desktop.simulator.core.words import Subject
from tests.helpers.builders import Play
from tests.helpers.engine_rig import SCOPE as RIG_SCOPE
from tests.helpers.engine_rig import Console, Rig, a_wave
from tests.helpers.sql_rig import SqlHouse
from tests.simulation.campaign import Campaign, on_new_loop
from tests.simulation.detours import instances_are_gone_or_replaced_when_they_are_to_be_terminated
from tests.simulation.kill_points import distinct, told
from tests.simulation.protocol_world import Variant, explore_variant
from tests.simulation.stories import BY_NAME, QUICK_JOBS
from tests.unit.aws.fake_aws import ACCOUNT, SCOPE, SECRET_CANARY, FakeAws, TurnableClock, aws_error

HOUR = timedelta(hours=1)
SMALL = Variant(strangers=(None,), lags=(0, 3), pauses=(0, 4), durations=(1,))
DARK = replace(SMALL, dark=(None, (0.5, 12), (4, 40)))
"""Reads that fail for a while, when it matters."""


def on_a_rig(scenario: Callable[[Rig, Console], Awaitable[None]], **options: Any) -> None:
    """Play a scenario on a small AWS with one console; at its end all rules are looked at."""

    async def play() -> None:
        rig = Rig(servers=2, changes={"durations": QUICK_JOBS}, **options)
        try:
            await scenario(rig, await rig.console())
            rig.assert_sound()
        finally:
            await rig.close()

    on_new_loop(play)


def answer_is_lost() -> None:
    """AWS starts the job, and its answer is lost; the job carries no tags that would tell of it."""
    on_new_loop(lambda: told(BY_NAME["lost answer"], is_checked=False, tags=False))


def drill_ends_well() -> None:
    """A drill of two waves."""
    on_new_loop(lambda: told(BY_NAME["two waves"]))


def pause_is_met_by_kills() -> None:
    """An operator pauses and resumes, and the console is killed while the pause is in force."""
    campaign = Campaign(BY_NAME["pause and resume"])
    worlds = distinct(campaign.undisturbed().legs[0])
    campaign.kill_at((number,) for number in worlds[:: len(worlds) // 12])


def instance_is_replaced_by_a_stranger() -> None:
    """Of two instances to be terminated one is gone, and the other's id belongs to a stranger's job now."""
    on_new_loop(instances_are_gone_or_replaced_when_they_are_to_be_terminated)


def second_console_wants_the_seat() -> None:
    """A second console on another machine reaches for the lease of a living driver."""

    async def play(rig: Rig, console: Console) -> None:
        execution_id = await console.start(*console.two_waves())
        await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
        other = await rig.console("driver-2")
        try:
            await other.drive(execution_id)
        except AnotherDriver:
            return
        raise AssertionError("I-09: a second driver has the seat of a living one")

    on_a_rig(play, journal_of=SqlHouse().journal_of)


def reads_go_dark() -> None:
    """Every combination of choices of the start protocol in which reads fail for a while."""
    found = explore_variant(DARK)
    assert not found.violations, found


def aws_says_a_word_of_tomorrow() -> None:
    """AWS gives the servers a launch status that nobody knows, and keeps to it."""

    async def play(rig: Rig, console: Console) -> None:
        rig.simulation.words.tell(Subject.LAUNCH_STATUS, "TELEPORTED")
        execution_id = await console.start(*console.two_waves())
        await rig.clock.run_until(
            lambda: not console.is_driving(execution_id) or _needs_person(rig, execution_id), 6 * HOUR
        )
        state = rig.folded(execution_id)
        assert execution_status(state).status is not ExecutionStatus.COMPLETED, "I-17: it counts as launched"
        assert len(rig.launch_jobs()) == 1, "I-17: the next wave was started upon it"

    on_a_rig(play)


def _needs_person(rig: Rig, execution_id: ExecutionId) -> bool:
    return execution_status(rig.folded(execution_id)).needs_person


def old_news_comes_late() -> None:
    """A page of jobs that was asked for earlier arrives after a later one."""
    play = Play(1)
    play.accept()
    for word in (LaunchStatus.LAUNCHED, LaunchStatus.IN_PROGRESS):
        play.see_job(servers=_all_of(play, word))
        seen = play.server().launch_status
        assert seen is LaunchStatus.LAUNCHED, f"I-18: LAUNCHED became {seen}"


def _all_of(play: Play, word: LaunchStatus) -> tuple[ParticipatingServer, ...]:
    keys = play.wave().parts[0].servers
    return tuple(
        ParticipatingServer(source_server_id=key.source_server_id, launch_status=word) for key in keys
    )


def pause_comes_between_intent_and_call() -> None:
    """The operator's pause is acknowledged when the intent is committed and the call is not made yet."""

    async def play(rig: Rig, console: Console) -> None:
        said: list[asyncio.Task[Any]] = []

        def pause(where: Console, name: str) -> None:
            if name == "actor: before" and not said:
                said.append(rig.begin(where, where.say(rig.execution_ids[0], Pause())))

        rig.on_point = pause
        await console.start(*console.two_waves())
        await rig.clock.advance(HOUR)
        assert [task.done() for task in said] == [True]
        assert rig.sent == [], "I-19: a start went out after the pause was acknowledged"

    on_a_rig(play)


def disk_is_full() -> None:
    """The database takes nothing any more when the first wave has its job."""

    async def play(rig: Rig, console: Console) -> None:
        execution_id = await console.start(*console.two_waves())
        await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
        console.journal.write_error = StorageError("The disk is full.")
        await rig.clock.advance(2 * HOUR)
        assert not console.is_driving(execution_id), "I-24: it drives on although nothing can be committed"
        assert len(rig.launch_jobs()) == 1

    on_a_rig(play)


def aws_answers_500() -> None:
    """A real client sends StartRecovery, and AWS answers with an internal error."""
    aws = FakeAws()
    access = BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim-1", url=aws.url, is_simulated=True),
        operator="tester",
        clock=TurnableClock(),
        hub_keys=HubKeys(access_key_id="AKIADRSDEMOHUB000001", secret_access_key=SECRET_CANARY),
        timeouts=Timeouts(act=timedelta(seconds=30)),
    )
    request = StartRecoveryRequest(
        scope=SCOPE, source_server_ids=(SourceServerId("s-0a1b2c3d4e5f60718"),), is_drill=True, tags=()
    )

    async def start() -> None:
        actor = await access.actor(SCOPE, IntentId("01M83SM9Z4CDV6PC50H80T829S"))
        aws.script = [aws_error(500, "InternalServerException")]
        await actor.start_recovery(request)

    try:
        asyncio.run(start())
        raise AssertionError("a 500 was taken for an answer")
    except AwsError:
        sent = aws.drs_connections
        assert sent == 1, f"StartRecovery was sent {sent} times"
    finally:
        aws.close()
        access.close()


def conflict_comes_after_a_doubt() -> None:
    """AWS shows a job later than is assumed (R-1), so that its start is made again, and meets a conflict.

    What became of the first start is not held against the truth here: the assumed lag is what is wrong. But
    the conflict after a doubt is a hint at our own job: it is looked for, and followed.
    """

    async def play() -> None:
        durations = {"linux": {**QUICK_JOBS["linux"], "conversion": [300, 300]}}
        rig = Rig(servers=2, changes={"durations": durations})
        rig.simulation.visibility_lag = VisibilityLag(
            describe_jobs_seconds=90, last_launch_seconds=90, recovery_instances_seconds=90
        )
        rig.simulation.faults.add(
            FaultRule(id="start", action=ResetAfter(), operation="StartRecovery", times=1)
        )
        console = await rig.console()
        execution_id = await console.start(*console.two_waves())
        await rig.clock.advance(HOUR)
        state = rig.folded(execution_id)
        assert [len(jobs) for jobs in rig.made.values() if jobs] == [1] * len(rig.launch_jobs())
        attempts = tuple(state.wave(1).attempts.values())
        assert len(attempts) == 2, (
            f"409 after a doubt is a plain refusal: {[str(a.status) for a in attempts]}"
        )
        assert attempts[-1].job_id == rig.launch_jobs()[0].id, "409 after a doubt is a plain refusal"
        await rig.close()

    on_new_loop(play)


def machine_sleeps_and_its_wall_clock_is_set_back() -> None:
    """Between intent and call the machine sleeps for a minute, and on waking its wall clock is set back."""

    async def play(rig: Rig, console: Console) -> None:
        slept: timedelta | None = None
        ages: list[timedelta] = []

        def sleep(_where: Console, name: str) -> None:
            nonlocal slept
            if name == "StartRecovery: before":
                ages.append(rig.clock.local_elapsed() - (slept or timedelta(0)))
            is_armed = any(isinstance(stored.event, StartArmed) for stored in rig.store.events)
            if is_armed and name == "journal.append: done, not answered" and slept is None:
                slept = rig.clock.local_elapsed()
                rig.clock.sleep_through(timedelta(minutes=1))
                rig.clock.set_wall(-HOUR)

        rig.on_point = sleep
        await console.start(*console.two_waves())
        await rig.clock.advance(timedelta(seconds=10))
        assert slept is not None, "the machine never slept"
        assert ages == [], f"I-12: the call was sent {ages[0]} after its intent"

    on_a_rig(play)


def launched_server_stands_beside_one_to_retry() -> None:
    """Of two servers of a wave one failed, and a person asks for a retry."""

    async def play(rig: Rig, console: Console) -> None:
        first = next(iter(rig.simulation.state(RIG_SCOPE.account_id, RIG_SCOPE.region).servers.values()))
        first.next_failure = PlannedFailure(kind=LaunchFailure.SILENT)
        wave = a_wave(1, rig.server_keys, policy=FailurePolicy.ASK)
        execution_id = await console.start(wave)
        await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
        said = rig.begin(console, console.say(execution_id, Retry(wave=1)))
        await rig.clock.run_until(said.done, HOUR)
        await rig.clock.run_until(lambda: rig.folded(execution_id).end_status is not None, HOUR)
        assert rig.folded(execution_id).end_status is ExecutionStatus.COMPLETED

    on_a_rig(play)


def instance_belongs_to_another_execution_of_ours() -> None:
    """What the first execution launched is by now the second one's: the first wants to terminate it."""

    async def play(rig: Rig, console: Console) -> None:
        place = rig.simulation.state(RIG_SCOPE.account_id, RIG_SCOPE.region)
        execution_ids = []
        for key in rig.server_keys:
            execution_ids.append(await console.start(a_wave(1, (key,))))
            await rig.clock.run_until(lambda: rig.folded(execution_ids[-1]).end_status is not None, HOUR)
        of_first, of_second = place.instances.values()
        of_first.job_id = of_second.job_id
        said = rig.begin(console, console.say(execution_ids[0], Terminate()))
        await rig.clock.run_until(said.done, HOUR)
        await rig.clock.advance(HOUR)

    on_a_rig(play)

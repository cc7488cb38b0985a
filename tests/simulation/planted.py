"""Mistakes, each a change of the program's text, and the scenario that must see it.

A scenario passes on the program as it is, and fails an assertion with the mistake in it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation import sightings


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One mistake.

    Attributes:
        rule: the invariant that it breaks.
        name: what is wrong.
        file: the file of the program, below drs_desktop/.
        old: what stands there, once.
        new: what is planted in its place.
        seen_by: what must fail with it.
        tells: what the failure says, so that no other failure counts.
    """

    rule: str
    name: str
    file: str
    old: str
    new: str
    seen_by: Callable[[], None]
    tells: str


PLANTED = (
    Planted(
        rule="I-01",
        name="an intent without an answer counts as not sent",
        file="domain/decide_starts.py",
        old="    return (ev.StartOutcomeUnknown(at=now.service, key=given.key, reason=given.reason),)",
        new="    return (ev.StartNotSent(at=now.service, key=given.key, reason='', retry_at=now.service),)",
        seen_by=sightings.answer_is_lost,
        tells="I-01",
    ),
    Planted(
        rule="I-01",
        name="a conflict after a doubt counts as a plain refusal",
        file="engine/start_protocol.py",
        old="            if self._had_doubt(key):",
        new="            if self._had_doubt(key) and False:",
        seen_by=sightings.conflict_comes_after_a_doubt,
        tells="409 after a doubt is a plain refusal",
    ),
    Planted(
        rule="I-02",
        name="the call is made before the intent is committed",
        file="engine/start_protocol.py",
        old="        events = await self._submit(\n            inputs.StartPrepared(",
        new="        await actor.start_recovery(request)\n"
        "        events = await self._submit(\n            inputs.StartPrepared(",
        seen_by=sightings.drill_ends_well,
        tells="I-02",
    ),
    Planted(
        rule="I-04",
        name="a restart forgets a pause",
        file="domain/evolve.py",
        old="    return replace(state, driver_epoch=event.epoch)",
        new="    return replace(state, driver_epoch=event.epoch, pause_request=None)",
        seen_by=sightings.pause_is_met_by_kills,
        tells="I-04",
    ),
    Planted(
        rule="I-05",
        name="the drill flag is turned round",
        file="engine/start_protocol.py",
        old="            is_drill=state.mode.is_drill,",
        new="            is_drill=not state.mode.is_drill,",
        seen_by=sightings.drill_ends_well,
        tells="I-05",
    ),
    Planted(
        rule="I-07",
        name="terminate does not ask whose instance it is",
        file="engine/terminator.py",
        old="            elif reason := self._not_ours(server, instance):",
        new="            elif (reason := self._not_ours(server, instance)) and False:",
        seen_by=sightings.instance_is_replaced_by_a_stranger,
        tells="I-07",
    ),
    Planted(
        rule="I-07",
        name="terminate takes what another execution of ours launched",
        file="engine/terminator.py",
        old="            elif reason := self._not_ours(server, instance):",
        new="            elif (reason := self._not_ours(server, instance)) and False:",
        seen_by=sightings.instance_belongs_to_another_execution_of_ours,
        tells="not by this execution",
    ),
    Planted(
        rule="I-09",
        name="the lease is taken from a living driver",
        file="storage/leases.py",
        old="    if row is not None and not _may_take(row, driver, now, holds_lock=holds_lock):",
        new="    if row is not None and not _may_take(row, driver, now, holds_lock=True):",
        seen_by=sightings.second_console_wants_the_seat,
        tells="I-09",
    ),
    Planted(
        rule="I-12",
        name="the fence knows the wall clock only",
        file="engine/start_protocol.py",
        old=" or clock.local_elapsed() >= armed.elapsed_limit:",
        new=":",
        seen_by=sightings.machine_sleeps_and_its_wall_clock_is_set_back,
        tells="I-12",
    ),
    Planted(
        rule="I-13",
        name="a read that fails counts as nothing seen",
        file="engine/start_protocol.py",
        old='            looks.forget()  # a failed read never counts as "nothing"\n'
        "            return Judgement(finding=Finding.KEEP_LOOKING)",
        new="            testimony = Testimony(jobs=(), servers=(), instances=())",
        seen_by=sightings.reads_go_dark,
        tells="declared NOT_STARTED, but it runs",
    ),
    Planted(
        rule="I-17",
        name="a word of tomorrow counts as launched",
        file="domain/execution.py",
        old="        return self.launch_status is LaunchStatus.LAUNCHED",
        new="        return self.launch_status not in {None, LaunchStatus.FAILED}",
        seen_by=sightings.aws_says_a_word_of_tomorrow,
        tells="I-17",
    ),
    Planted(
        rule="I-18",
        name="old news overwrites new",
        file="domain/decide_jobs.py",
        old="    return new if _STATUS_RANK[new] > _STATUS_RANK[old] else old",
        new="    return new or old",
        seen_by=sightings.old_news_comes_late,
        tells="I-18",
    ),
    Planted(
        rule="I-19",
        name="a start goes on after the stop was acknowledged",
        file="domain/execution.py",
        old="            self.pause_request or self.cancel_request or self.starts_held",
        new="            self.starts_held",
        seen_by=sightings.pause_comes_between_intent_and_call,
        tells="I-19",
    ),
    Planted(
        rule="I-24",
        name="a commit that fails is passed over",
        file="engine/runner.py",
        old="        except (LeaseLost, StorageError) as error:\n"
        "            _fail(letter, error)\n"
        "            raise",
        new="        except (LeaseLost, StorageError) as error:\n            _fail(letter, error)",
        seen_by=sightings.disk_is_full,
        tells="I-24",
    ),
    Planted(
        rule="I-33",
        name="a retry also starts the servers that are launched",
        file="domain/decide_wave_commands.py",
        old="    return server.launch_status in _WITHOUT_INSTANCE or server.recovery_instance_id is None",
        new="    return True",
        seen_by=sightings.launched_server_stands_beside_one_to_retry,
        tells="I-33",
    ),
    Planted(
        rule="SDK",
        name="the SDK repeats a StartRecovery by itself",
        file="aws/clients.py",
        old='"total_max_attempts": 4 if read else 1}',
        new='"total_max_attempts": 4}',
        seen_by=sightings.aws_answers_500,
        tells="sent 4 times",
    ),
)

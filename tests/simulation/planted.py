"""Twelve mistakes, each a change of the program's text, and the tests that must see them.

The program has no such switch: the change is made in a copy of it, in which the named tests then run.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """One mistake.

    Attributes:
        rule: the invariant that it breaks.
        name: what is wrong.
        file: the file of the program, below drs_desktop/.
        old: what stands there, once.
        new: what is planted in its place.
        tests: the narrowest selection that must turn red.
    """

    rule: str
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


_KILLS = "tests/simulation/test_kill_points.py"
_UNIT = "tests/unit/engine"
_SEES = "test_killed_at_every_point_a_story_ends_as_if_undisturbed"

PLANTED = (
    Planted(
        "I-01",
        "an intent without an answer counts as not sent",
        "domain/decide_starts.py",
        "    return (ev.StartOutcomeUnknown(at=now.service, key=given.key, reason=given.reason),)",
        "    return (ev.StartNotSent(at=now.service, key=given.key, reason='', retry_at=now.service),)",
        (f"{_KILLS}::{_SEES}[lost answer]",),
    ),
    Planted(
        "I-02",
        "the call is made before the intent is committed",
        "engine/start_protocol.py",
        "        events = await self._submit(\n            inputs.StartPrepared(",
        "        await actor.start_recovery(request)\n"
        "        events = await self._submit(\n            inputs.StartPrepared(",
        (f"{_KILLS}::{_SEES}[two waves]",),
    ),
    Planted(
        "I-04",
        "a restart forgets a pause",
        "domain/evolve.py",
        "    return replace(state, driver_epoch=event.epoch)",
        "    return replace(state, driver_epoch=event.epoch, pause_request=None)",
        (f"{_KILLS}::{_SEES}[pause and resume]",),
    ),
    Planted(
        "I-05",
        "the drill flag is turned round",
        "engine/start_protocol.py",
        "            is_drill=state.mode.is_drill,",
        "            is_drill=not state.mode.is_drill,",
        (f"{_KILLS}::{_SEES}[two waves]",),
    ),
    Planted(
        "I-07",
        "terminate does not ask whose instance it is",
        "engine/terminator.py",
        "            elif reason := self._not_ours(server, instance):",
        "            elif (reason := self._not_ours(server, instance)) and False:",
        ("tests/simulation/test_await_sites.py", "-k", "gone_or_replaced"),
    ),
    Planted(
        "I-09",
        "the lease is taken from a living driver",
        "storage/leases.py",
        "    if row is not None and not _may_take(row, driver, now, holds_lock=holds_lock):",
        "    if row is not None and not _may_take(row, driver, now, holds_lock=True):",
        ("tests/contract/test_journal.py",),
    ),
    Planted(
        "I-13",
        "a read that fails counts as nothing seen",
        "engine/start_protocol.py",
        '            looks.forget()  # a failed read never counts as "nothing"\n'
        "            return Judgement(finding=Finding.KEEP_LOOKING)",
        "            testimony = Testimony(jobs=(), servers=(), instances=())",
        ("tests/simulation/test_protocol_checker.py", "-k", "reads and fail"),
    ),
    Planted(
        "I-17",
        "a word of tomorrow counts as launched",
        "domain/execution.py",
        "        return self.launch_status is LaunchStatus.LAUNCHED",
        "        return self.launch_status not in {None, LaunchStatus.FAILED}",
        (f"{_KILLS}::{_SEES}[failed server, continue and stop]", "tests/unit/domain/test_jobs.py"),
    ),
    Planted(
        "I-18",
        "old news overwrites new",
        "domain/decide_jobs.py",
        "    return new if _STATUS_RANK[new] > _STATUS_RANK[old] else old",
        "    return new or old",
        ("tests/unit/domain/test_jobs.py", "tests/unit/domain/test_decider_properties.py"),
    ),
    Planted(
        "I-19",
        "a start goes on after the stop was acknowledged",
        "domain/execution.py",
        "            self.pause_request or self.cancel_request or self.starts_held",
        "            self.starts_held",
        (f"{_UNIT}/test_start_protocol.py", "tests/unit/domain/test_starts.py"),
    ),
    Planted(
        "I-24",
        "a commit that fails is passed over",
        "engine/runner.py",
        "        except (LeaseLost, StorageError) as error:\n"
        "            _fail(letter, error)\n"
        "            raise",
        "        except (LeaseLost, StorageError) as error:\n            _fail(letter, error)",
        (_UNIT,),
    ),
    Planted(
        "SDK",
        "the SDK repeats a StartRecovery by itself",
        "aws/clients.py",
        '"total_max_attempts": 4 if read else 1}',
        '"total_max_attempts": 4}',
        ("tests/unit/aws/test_clients.py", "tests/unit/aws/test_drs_gateway.py"),
    ),
)

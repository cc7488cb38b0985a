"""Terminations that end otherwise than by the job: not ours to remove, gone meanwhile, denied, delayed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Terminate
from drs_desktop.domain.effects import TerminateBatch, WatchTermination
from drs_desktop.domain.errors import AccessDenied, AwsUnreachable
from drs_desktop.domain.execution import TerminationState
from drs_desktop.domain.ids import IntentId, JobId
from drs_desktop.domain.job import JobStatus
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.engine.terminator import Terminator
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, Play, a_frozen_wave, a_job, a_key, an_instance
from tests.helpers.fakes import settle
from tests.unit.engine.desk import Desk

UNREACHABLE = AwsUnreachable("No answer came.", operation="any", scope=SCOPE)
DENIED = AccessDenied(
    "not authorized to perform it", operation="any", scope=SCOPE, code="AccessDeniedException"
)
TERMINATE_JOB = JobId("drsjob-terminate")


class _Removing:
    """A desk whose drill of two servers is over and is to be terminated."""

    def __init__(self) -> None:
        play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
        play.run_to_the_end()
        play.say(Terminate())
        self.desk, self.play = Desk(play), play
        self.drs = self.desk.drs
        self.drs.instances += [an_instance(server.key, str(server.job_id)) for server in play.state.servers]
        self.terminator = Terminator(self.desk.context, self.desk.state, self.desk.submit)

    def change_instances(self, change: Callable[[RecoveryInstance], RecoveryInstance]) -> None:
        self.drs.instances = [change(instance) for instance in self.drs.instances]

    def begin(self) -> "asyncio.Task[None]":
        return self.desk.begin(self.terminator.terminate(self.desk.due(TerminateBatch)))

    def aws_will_accept(self) -> None:
        self.drs.answers.append(a_job(job_id=TERMINATE_JOB))

    def arm(self) -> None:
        """Commit the batch's intent, as `terminate` does before its call."""
        effect = self.desk.due(TerminateBatch)
        self.play.give(
            inputs.TerminationPrepared(
                scope=SCOPE, batch=effect.batch, intent_id=IntentId("intent-t"), servers=effect.servers
            )
        )

    def watch_without_a_job(self) -> "asyncio.Task[None]":
        effect = self.desk.due(TerminateBatch)  # armed, but never answered
        watching = WatchTermination(scope=SCOPE, batch=effect.batch, job_id=None, servers=effect.servers)
        return self.desk.begin(self.terminator.watch(watching))

    @property
    def found(self) -> dict[TerminationState | None, set[str]]:
        """Return the reasons given, by what became of the instances."""
        found: dict[TerminationState | None, set[str]] = {}
        for server in self.play.state.servers:
            found.setdefault(server.termination, set()).add(server.termination_reason)
        return found

    def assert_nothing_was_called(self) -> None:
        assert self.desk.aws.mutating_calls == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"is_drill": False}, "is not of this execution's mode"),
        ({"failback_state": "FAILBACK_IN_PROGRESS"}, "end the failback first"),
        (
            {"job_id": JobId("drsjob-of-somebody-else")},
            "was launched by job drsjob-of-somebody-else, not by us",
        ),
        ({"job_id": None}, "not by us"),
    ],
)
def test_instance_that_is_not_this_drills_to_remove_is_left_alone(
    change: dict[str, Any], sentence: str
) -> None:
    @on_loop
    async def body() -> None:
        removing = _Removing()
        removing.change_instances(lambda instance: replace(instance, **change))
        await removing.desk.ended(removing.begin())
        assert set(removing.found) == {TerminationState.SKIPPED}
        assert all(sentence in reason for reason in removing.found[TerminationState.SKIPPED])
        removing.assert_nothing_was_called()

    body()


@on_loop
async def test_instances_that_are_gone_already_need_no_role_and_no_call() -> None:
    removing = _Removing()
    removing.drs.instances.clear()
    await removing.desk.ended(removing.begin())
    assert removing.found == {TerminationState.TERMINATED: {"It was already gone."}}
    assert removing.desk.aws.operations("AssumeRole") == ()
    removing.assert_nothing_was_called()


@on_loop
async def test_instance_that_goes_between_the_proof_and_the_intent_is_not_terminated() -> None:
    removing = _Removing()
    looking = removing.drs.gates["DescribeRecoveryInstances"] = asyncio.Event()
    task = removing.begin()
    await settle()
    removing.play.give(
        inputs.TerminationSeen(server=a_key(1), state=TerminationState.TERMINATED, reason="gone")
    )
    looking.set()
    await removing.desk.ended(task)
    removing.assert_nothing_was_called()
    assert removing.desk.due(TerminateBatch).servers == (a_key(2),)


@on_loop
async def test_denied_role_fails_every_server_of_the_batch_in_awss_words() -> None:
    removing = _Removing()
    removing.desk.aws.role_error = DENIED
    await removing.desk.ended(removing.begin())
    assert set(removing.found) == {TerminationState.FAILED}
    assert all("not authorized to perform it" in reason for reason in removing.found[TerminationState.FAILED])
    removing.assert_nothing_was_called()


@on_loop
async def test_termination_waits_until_the_proof_can_be_read() -> None:
    removing = _Removing()
    removing.drs.errors["DescribeRecoveryInstances"] = UNREACHABLE
    task = removing.begin()
    await removing.desk.clock.advance(3 * removing.desk.context.settings.line_wait)
    assert not task.done()
    removing.assert_nothing_was_called()

    removing.drs.errors.clear()
    removing.aws_will_accept()
    await removing.desk.ended(task)
    assert len(removing.desk.aws.mutating_calls) == 1
    assert removing.desk.due(WatchTermination).job_id == TERMINATE_JOB


@on_loop
async def test_look_that_fails_while_watching_says_nothing_of_the_instances() -> None:
    removing = _Removing()
    removing.aws_will_accept()
    await removing.desk.ended(removing.begin())
    removing.drs.jobs[TERMINATE_JOB] = a_job(status=JobStatus.COMPLETED, job_id=TERMINATE_JOB)
    removing.drs.instances.clear()
    removing.drs.errors["DescribeRecoveryInstances"] = UNREACHABLE
    task = removing.desk.begin(removing.terminator.watch(removing.desk.due(WatchTermination)))
    await removing.desk.clock.advance(10 * removing.desk.context.settings.quick_poll)
    assert set(removing.found) == {TerminationState.TERMINATING}

    removing.drs.errors.clear()
    await removing.desk.ended(task)
    assert set(removing.found) == {TerminationState.TERMINATED}


@on_loop
async def test_termination_whose_job_is_not_known_is_watched_by_its_instances() -> None:
    removing = _Removing()
    removing.arm()
    task = removing.watch_without_a_job()
    await removing.desk.clock.advance(10 * removing.desk.context.settings.quick_poll)
    assert set(removing.found) == {TerminationState.TERMINATING}

    removing.drs.instances.clear()
    await removing.desk.ended(task)
    assert set(removing.found) == {TerminationState.TERMINATED}
    assert removing.desk.aws.operations("DescribeJobs") == ()

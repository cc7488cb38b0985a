"""What stands against a StartRecovery just before it: quotas, busy servers, a real recovery's instances."""

import pytest

from drs_desktop.domain import witnesses
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.job import Job, JobStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.start_checks import busy_server, protected_instances, quota_in_use, reason_to_refuse
from drs_desktop.domain.start_recovery import ExecutionMode, StartClaim
from tests.helpers.builders import EXECUTION_ID, Play, a_frozen_wave, a_job, a_key, a_server, an_instance

WANTED = [a_key(1).source_server_id, a_key(2).source_server_id]


def _jobs(count: int, servers_each: int = 1, status: JobStatus = JobStatus.STARTED) -> list[Job]:
    return [
        a_job(
            [a_key(1000 + 100 * n + m) for m in range(servers_each)], status=status, job_id=JobId(f"job-{n}")
        )
        for n in range(count)
    ]


def test_the_twentieth_job_may_start_and_the_twenty_first_waits() -> None:
    assert quota_in_use(_jobs(19), (), 2) == ""
    assert quota_in_use(_jobs(20), (), 2) == "20 of 20 concurrent jobs are in use."


def test_finished_jobs_take_no_room_and_jobs_in_an_unknown_state_do() -> None:
    assert quota_in_use(_jobs(30, status=JobStatus.COMPLETED), (), 2) == ""
    assert quota_in_use(_jobs(20, status=JobStatus("NEW")), (), 2) != ""


@pytest.mark.parametrize(("last", "waits"), [(98, False), (99, True)])
def test_five_hundred_servers_may_be_in_jobs_at_once(last: int, waits: bool) -> None:
    jobs = [*_jobs(4, servers_each=100), *_jobs(1, servers_each=last)]
    reason = quota_in_use(jobs, (), 2)
    assert reason == (f"{400 + last} of 500 servers are in active jobs; 2 are due." if waits else "")


def _claims(attempt: str, *numbers: int) -> list[StartClaim]:
    return [
        StartClaim(execution_id=EXECUTION_ID, attempt=attempt, source_server_id=a_key(n).source_server_id)
        for n in numbers
    ]


def test_an_attempt_that_no_active_job_has_is_a_job_to_come() -> None:
    claims = _claims("attempt 1", 1, 2)
    assert quota_in_use(_jobs(19), claims, 1) == "20 of 20 concurrent jobs are in use."
    assert quota_in_use(_jobs(18), claims, 1) == ""
    jobs = [*_jobs(4, servers_each=100), *_jobs(1, servers_each=98)]
    assert quota_in_use(jobs, claims, 1) == "500 of 500 servers are in active jobs; 1 are due."


def test_an_attempt_whose_job_is_seen_counts_once() -> None:
    job = a_job([a_key(1), a_key(2)], job_id=JobId("drsjob-7"))
    assert quota_in_use([*_jobs(18), job], _claims("attempt 1", 1, 2), 1) == ""


def test_a_job_that_ended_keeps_no_server_busy() -> None:
    assert busy_server([a_job([a_key(2)], status=JobStatus.COMPLETED)], WANTED, {}) == ""


def test_a_busy_server_waits_for_its_job_and_is_called_by_its_name() -> None:
    job = a_job([a_key(2)], job_id=JobId("drsjob-7"))
    named = busy_server([job], WANTED, {WANTED[1]: "db-2"})
    assert named == "db-2 is being processed by job drsjob-7."
    assert busy_server([job], WANTED, {}).startswith(WANTED[1])


@pytest.mark.parametrize("mode", ExecutionMode)
def test_a_real_recoverys_instance_is_protected_from_drills_and_recoveries(mode: ExecutionMode) -> None:
    instances = [
        an_instance(a_key(1), "foreign", is_drill=False),
        an_instance(a_key(2), "foreign", is_drill=True),
        an_instance(a_key(3), "foreign", is_drill=False, ec2_state=Ec2InstanceState.TERMINATED),
        an_instance(a_key(4), "foreign", is_drill=False, ec2_state=Ec2InstanceState("NEW")),
        an_instance(a_key(5), "own", is_drill=False),
    ]
    protected = protected_instances(mode, instances, frozenset({"own"}))
    assert [instance.server for instance in protected] == [a_key(1), a_key(4)]


def _testimony(*instances: object, servers: tuple[int, ...] = (1, 2)) -> witnesses.Testimony:
    return witnesses.Testimony(jobs=(), servers=tuple(map(a_server, servers)), instances=instances)  # type: ignore[arg-type]


def test_a_part_with_all_its_servers_and_no_production_instance_may_start() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    drill = an_instance(a_key(1), "foreign")
    assert reason_to_refuse(play.state, [a_key(1), a_key(2)], _testimony(drill)) == ""


def test_a_vanished_server_is_named() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    reason = reason_to_refuse(play.state, [a_key(1), a_key(2)], _testimony(servers=(1,)))
    assert reason == "DRS no longer has srv-2."


def test_the_instance_that_would_be_deleted_is_named_with_its_server() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    real = an_instance(a_key(2), "foreign", is_drill=False)
    reason = reason_to_refuse(play.state, [a_key(1), a_key(2)], _testimony(real))
    assert reason == (
        f"A real recovery's instance would be deleted: srv-2 ({real.recovery_instance_id}). "
        "Nothing was called."
    )

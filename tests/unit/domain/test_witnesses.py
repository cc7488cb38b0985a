"""What one complete look proves about a start in doubt."""

from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.domain import witnesses
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.job import Job, JobType
from drs_desktop.domain.source_server import LastLaunch
from drs_desktop.domain.start_recovery import Baseline
from drs_desktop.domain.witnesses import Finding, Judgement, judge, known_jobs
from tests.helpers.builders import EXECUTION_ID, Play, a_job, a_key, a_server, an_instance

ATTEMPT = "intent-1-0-1"


def _judge(is_past_horizon: bool = False, baseline: tuple[str, ...] = (), **seen: Any) -> Judgement:
    play = Play(1)
    play.doubt(baseline=Baseline(job_ids=tuple(map(JobId, baseline))))
    testimony = witnesses.Testimony(
        jobs=seen.get("jobs", ()), servers=seen.get("servers", ()), instances=seen.get("instances", ())
    )
    return judge(play.latest(), EXECUTION_ID, testimony, is_past_horizon=is_past_horizon)


def _tagged(**tags: str) -> Job:
    return a_job([a_key(1)], tags=tuple((f"drs-desktop:{key}", value) for key, value in tags.items()))


@pytest.mark.parametrize("is_past_horizon", [False, True])
def test_a_job_with_our_intent_is_ours_at_once(is_past_horizon: bool) -> None:
    job = _tagged(intent=ATTEMPT)
    judgement = _judge(is_past_horizon, jobs=(a_job([a_key(1)], job_id=JobId("other")), job))
    assert (judgement.finding, judgement.job) == (Finding.OURS, job)
    assert judgement.evidence == "the job carries our tags"


def test_a_job_of_an_earlier_attempt_for_the_same_part_is_ours_too() -> None:
    job = _tagged(intent="earlier", execution=EXECUTION_ID, wave="1", part="1", attempt="1")
    assert _judge(jobs=(job,)).finding is Finding.OURS


def test_an_earlier_attempts_job_that_was_known_before_is_not_this_attempts() -> None:
    job = _tagged(intent="earlier", execution=EXECUTION_ID, wave="1", part="1")
    assert _judge(jobs=(job,), baseline=(job.job_id,)).finding is Finding.KEEP_LOOKING
    assert _judge(True, jobs=(job,), baseline=(job.job_id,)).finding is Finding.NOTHING


@pytest.mark.parametrize(
    "foreign",
    [
        {"execution": "test-other", "wave": "1", "part": "1"},
        {"execution": EXECUTION_ID, "wave": "2", "part": "1"},
        {"execution": EXECUTION_ID, "wave": "1", "part": "2"},
        {"intent": "another"},
        {},
    ],
)
def test_a_job_with_other_tags_or_none_is_only_a_candidate(foreign: dict[str, str]) -> None:
    job = _tagged(**foreign)
    early, late = _judge(jobs=(job,)), _judge(True, jobs=(job,))
    assert (early.finding, early.candidates) == (Finding.KEEP_LOOKING, (job.job_id,))
    assert (late.finding, late.candidates) == (Finding.UNDECIDABLE, (job.job_id,))
    assert "1 new launch(es) of the same servers were seen (drsjob-1)" in late.evidence


def test_every_witness_can_name_a_candidate() -> None:
    last = LastLaunch(job_id=JobId("by-server"), launch_type="DRILL", at=None)
    judgement = _judge(
        True,
        jobs=(a_job([a_key(1)], job_id=JobId("by-job")),),
        servers=(a_server(1, last_launch=last),),
        instances=(an_instance(a_key(1), "by-instance"),),
    )
    assert judgement.candidates == ("by-instance", "by-job", "by-server")


def test_other_servers_terminations_and_what_was_there_before_are_no_candidates() -> None:
    last = LastLaunch(job_id=JobId("old-1"), launch_type="DRILL", at=None)
    judgement = _judge(
        True,
        baseline=("old-1", "old-2", "old-3"),
        jobs=(
            a_job([a_key(2)], job_id=JobId("others")),
            a_job([a_key(1)], job_id=JobId("termination"), job_type=JobType.TERMINATE),
            a_job([a_key(1)], job_id=JobId("old-3")),
        ),
        servers=(a_server(1, last_launch=last), a_server(2, last_launch=last)),
        instances=(
            an_instance(a_key(1), "old-2"),
            replace(an_instance(a_key(1)), job_id=None),
            an_instance(a_key(2)),
        ),
    )
    assert judgement.finding is Finding.NOTHING
    assert "complete reads of jobs, last launches and recovery instances" in judgement.evidence


def test_seeing_nothing_counts_only_after_the_horizon() -> None:
    assert _judge().finding is Finding.KEEP_LOOKING
    assert _judge(True).finding is Finding.NOTHING


def test_the_baseline_is_every_job_that_any_witness_knows() -> None:
    last = LastLaunch(job_id=JobId("by-server"), launch_type="DRILL", at=None)
    testimony = witnesses.Testimony(
        jobs=(a_job(job_id=JobId("by-job")),),
        servers=(a_server(1, last_launch=last), a_server(2)),
        instances=(an_instance(a_key(1), "by-instance"), replace(an_instance(a_key(2)), job_id=None)),
    )
    assert known_jobs(testimony) == ("by-instance", "by-job", "by-server")

"""Limits: the boundaries of each band, what counts, and that what was not read never looks good."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.capacity import Band, Limit, LimitUse, ScopeCapacity, limit_uses
from drs_desktop.domain.job import Job, JobStatus
from drs_desktop.domain.source_server import DataReplicationState, StagingStatus
from tests.helpers.builders import SCOPE, a_job, a_key, a_server


def use_of(limit: Limit, uses: tuple[LimitUse, ...]) -> LimitUse:
    return next(use for use in uses if use.limit is limit)


def jobs_of(*sizes: int) -> list[Job]:
    numbers = iter(range(1, 2_000))
    return [a_job([a_key(next(numbers)) for _ in range(size)], job_id=f"drsjob-{size}") for size in sizes]


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, Band.OK),
        (199, Band.OK),
        (200, Band.INFO),
        (224, Band.INFO),
        (225, Band.WARNING),
        (249, Band.WARNING),
        (250, Band.CRITICAL),
        (279, Band.CRITICAL),
        (280, Band.HYPER_CRITICAL),
    ],
)
def test_replicating_servers_have_five_bands(count: int, band: Band) -> None:
    uses = limit_uses([a_server(number) for number in range(1, count + 1)], ())
    assert use_of(Limit.REPLICATING, uses).band is band


@pytest.mark.parametrize(
    ("count", "band"),
    [(3_199, Band.OK), (3_200, Band.WARNING), (3_600, Band.WARNING), (3_601, Band.CRITICAL)],
)
def test_source_servers_warn_at_eighty_and_alarm_beyond_ninety_percent(count: int, band: Band) -> None:
    uses = limit_uses([a_server(number) for number in range(1, count + 1)], ())
    assert use_of(Limit.SOURCE_SERVERS, uses).band is band


@pytest.mark.parametrize(
    ("sizes", "limit", "band"),
    [
        ([1] * 17, Limit.ACTIVE_JOBS, Band.OK),
        ([1] * 18, Limit.ACTIVE_JOBS, Band.WARNING),
        ([1] * 20, Limit.ACTIVE_JOBS, Band.CRITICAL),
        ([90], Limit.LARGEST_JOB, Band.WARNING),
        ([100], Limit.LARGEST_JOB, Band.CRITICAL),
        ([90] * 5, Limit.SERVERS_IN_JOBS, Band.WARNING),
        ([89] * 5, Limit.SERVERS_IN_JOBS, Band.OK),
    ],
)
def test_jobs_warn_from_nine_tenths(sizes: list[int], limit: Limit, band: Band) -> None:
    assert use_of(limit, limit_uses((), jobs_of(*sizes))).band is band


def test_an_extended_server_counts_in_the_total_only() -> None:
    servers = [a_server(1), a_server(2, staging_status=StagingStatus.EXTENDED)]
    uses = limit_uses(servers, ())
    assert (use_of(Limit.REPLICATING, uses).used, use_of(Limit.SOURCE_SERVERS, uses).used) == (1, 2)


@pytest.mark.parametrize("state", [DataReplicationState.STOPPED, DataReplicationState.DISCONNECTED])
def test_a_server_that_does_not_replicate_is_not_counted_as_replicating(state: DataReplicationState) -> None:
    assert use_of(Limit.REPLICATING, limit_uses([a_server(1, replication_state=state)], ())).used == 0


def test_a_job_that_ended_uses_nothing() -> None:
    ended = replace(jobs_of(5)[0], status=JobStatus.COMPLETED)
    assert [use.used for use in limit_uses((), [ended])] == [0, 0, 0, 0, 0, 0]


def test_what_could_not_be_read_is_not_checked_and_never_ok() -> None:
    uses = limit_uses(None, ())
    assert use_of(Limit.REPLICATING, uses).band is Band.NOT_CHECKED
    assert use_of(Limit.REPLICATING, uses).available is None
    assert ScopeCapacity(scope=SCOPE, account_name="a", uses=uses).worst is Band.NOT_CHECKED


def test_something_bad_is_told_though_the_rest_could_not_be_read() -> None:
    uses = limit_uses(None, jobs_of(*[1] * 20))
    assert ScopeCapacity(scope=SCOPE, account_name="a", uses=uses).worst is Band.CRITICAL


@given(st.lists(st.integers(0, 150), max_size=30))
def test_used_and_available_make_the_limit_until_it_is_used_up(sizes: list[int]) -> None:
    for use in limit_uses((), jobs_of(*sizes)):
        assert use.used is not None
        assert use.available == max(0, use.maximum - use.used)


@pytest.mark.parametrize(
    ("count", "band"),
    [(19, Band.OK), (20, Band.INFO), (23, Band.WARNING), (25, Band.CRITICAL), (28, Band.HYPER_CRITICAL)],
)
def test_another_limit_has_its_bands_at_the_same_shares(count: int, band: Band) -> None:
    servers = [a_server(number) for number in range(1, count + 1)]
    use = use_of(Limit.REPLICATING, limit_uses(servers, (), {"L-C1D14A2B": 30}))
    assert (use.maximum, use.band) == (30, band)


def test_limit_of_nothing_is_used_up_and_has_no_share() -> None:
    use = use_of(Limit.SOURCE_SERVERS, limit_uses([a_server(1)], (), {"L-E28BE5E0": 0}))
    assert (use.band, use.available, use.share) == (Band.CRITICAL, 0, None)

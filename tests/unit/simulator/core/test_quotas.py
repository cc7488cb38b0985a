import pytest

from drs_desktop.simulator.core.errors import ServiceQuotaError
from drs_desktop.simulator.core.quotas import Quotas


@pytest.mark.parametrize(
    ("wanted", "active"),
    [(100, []), (1, [1] * 19), (100, [100] * 4)],
)
def test_what_just_fits_passes(wanted: int, active: list[int]) -> None:
    Quotas().check_new_job(wanted=wanted, active_jobs=active)


@pytest.mark.parametrize(
    ("wanted", "active", "code"),
    [
        (101, [], "L-B827C881"),
        (1, [1] * 20, "L-D88FAC3A"),
        (1, [100] * 5, "L-05AFA8C6"),
        (100, [100, 100, 100, 100, 1], "L-05AFA8C6"),
    ],
)
def test_one_too_many_is_refused_with_its_code(wanted: int, active: list[int], code: str) -> None:
    with pytest.raises(ServiceQuotaError) as caught:
        Quotas().check_new_job(wanted=wanted, active_jobs=active)
    assert caught.value.members["quotaCode"] == code

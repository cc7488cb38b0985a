"""The limits of every account and Region, read side by side; one that fails hides no other."""

from drs_desktop.domain.capacity import Band, Limit, LimitUse, ScopeCapacity
from drs_desktop.domain.errors import AccessDenied, AwsUnreachable
from drs_desktop.domain.ids import JobId
from drs_desktop.services.capacity_service import CapacityService
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_job, a_key, a_server, an_account
from tests.helpers.fake_compute import FakeCompute
from tests.helpers.fakes import FakeAws, FakeRepository


class _Desk:
    def __init__(self) -> None:
        self.aws, self.compute = FakeAws(), FakeCompute()
        self.aws.drs(SCOPE).servers = [a_server(1), a_server(2)]
        self.aws.drs(SCOPE).jobs = {JobId("drsjob-1"): a_job([a_key(1)])}
        repository = FakeRepository((an_account(SCOPE), an_account(OTHER_SCOPE)))
        self.service = CapacityService(self.aws, repository, self.compute)

    async def here(self) -> ScopeCapacity:
        return next(one for one in await self.service.current() if one.scope == SCOPE)

    async def use(self, limit: Limit) -> LimitUse:
        return next(use for use in (await self.here()).uses if use.limit is limit)


@on_loop
async def test_every_account_and_region_has_the_six_limits_in_order() -> None:
    found = await _Desk().service.current()
    assert [one.scope for one in found] == sorted([SCOPE, OTHER_SCOPE])
    assert {one.account_name for one in found} == {"account-1", "account-2"}
    assert {len(one.uses) for one in found} == {6}


@on_loop
async def test_uses_are_counted_from_servers_and_active_jobs() -> None:
    desk = _Desk()
    assert (await desk.use(Limit.REPLICATING)).used == 2
    assert (await desk.use(Limit.ACTIVE_JOBS)).used == 1
    assert (await desk.use(Limit.JOBS_OF_ONE_SERVER)).used == 1


@on_loop
async def test_limits_in_force_take_the_place_of_awss_defaults() -> None:
    desk = _Desk()
    desk.compute.compute(SCOPE).drs = {"L-E28BE5E0": 2, "L-C1D14A2B": 8}
    assert (await desk.use(Limit.SOURCE_SERVERS)).maximum == 2
    assert (await desk.use(Limit.SOURCE_SERVERS)).band is Band.CRITICAL
    assert (await desk.use(Limit.REPLICATING)).band is Band.OK
    assert (await desk.use(Limit.ACTIVE_JOBS)).maximum == 20
    assert not (await desk.here()).are_defaults


@on_loop
async def test_limits_that_could_not_be_read_are_the_defaults_and_say_so() -> None:
    desk = _Desk()
    desk.compute.compute(SCOPE).errors["ListServiceQuotas"] = AccessDenied("The role may not ask.")
    here = await desk.here()
    assert here.are_defaults
    assert here.problem == "The role may not ask."
    assert (await desk.use(Limit.REPLICATING)).maximum == 300


@on_loop
async def test_account_that_cannot_be_read_is_not_checked_and_hides_no_other() -> None:
    desk = _Desk()
    error = AwsUnreachable("No network.")
    desk.aws.drs(OTHER_SCOPE).errors = {"DescribeSourceServers": error, "DescribeJobs": error}
    found = {one.scope: one for one in await desk.service.current()}
    assert found[OTHER_SCOPE].worst is Band.NOT_CHECKED
    assert found[OTHER_SCOPE].problem == "No network."
    assert found[SCOPE].worst is Band.OK


@on_loop
async def test_jobs_that_cannot_be_read_leave_the_servers_counted() -> None:
    desk = _Desk()
    desk.aws.drs(SCOPE).errors["DescribeJobs"] = AwsUnreachable("No answer.")
    assert (await desk.use(Limit.REPLICATING)).used == 2
    assert (await desk.use(Limit.ACTIVE_JOBS)).used is None
    assert (await desk.here()).worst is Band.NOT_CHECKED

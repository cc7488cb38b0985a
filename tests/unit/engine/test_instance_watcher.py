"""Looking at good instances once a minute: who is told, and that a failed look tells nobody."""

from datetime import timedelta

from drs_desktop.domain.errors import AwsUnreachable
from drs_desktop.domain.ids import ExecutionId, ServerKey
from drs_desktop.engine.instance_watcher import InstanceSighting, InstanceWatcher
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, a_key, an_instance
from tests.unit.engine.desk import Desk

MINUTE = timedelta(minutes=1)
FIRST, SECOND = ExecutionId("x-1"), ExecutionId("x-2")
LOOK = "DescribeRecoveryInstances"


class _Post:
    """A watcher of one account and Region, and what each execution was told."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.drs = self.desk.drs
        self.drs.instances = [an_instance(a_key(1)), an_instance(a_key(2))]
        self.watcher = InstanceWatcher(SCOPE, self.desk.context)
        self.good: dict[ExecutionId, set[ServerKey]] = {}
        self.told: dict[ExecutionId, list[InstanceSighting]] = {}

    def watch(self, execution_id: ExecutionId, *good: ServerKey) -> None:
        told = self.told.setdefault(execution_id, [])
        self.good[execution_id] = set(good)

        async def sink(sighting: InstanceSighting) -> None:
            told.append(sighting)

        self.watcher.watch(execution_id, lambda: frozenset(self.good[execution_id]), sink)

    async def pass_minutes(self, count: int) -> None:
        await self.desk.clock.advance(count * MINUTE)

    @property
    def looks(self) -> int:
        return len(self.desk.aws.operations(LOOK))


@on_loop
async def test_nothing_is_asked_while_no_instance_is_good() -> None:
    post = _Post()
    post.watch(FIRST)
    await post.pass_minutes(5)
    assert post.looks == 0

    post.good[FIRST].add(a_key(1))
    await post.pass_minutes(1)
    assert post.looks == 1
    await post.watcher.close()


@on_loop
async def test_look_that_fails_tells_nobody_and_the_next_minute_tells() -> None:
    post = _Post()
    post.watch(FIRST, a_key(1))
    post.drs.errors[LOOK] = AwsUnreachable("No answer came.", operation=LOOK, scope=SCOPE)
    await post.pass_minutes(2)
    assert (post.looks, post.told[FIRST]) == (2, [])

    post.drs.errors.clear()
    await post.pass_minutes(1)
    assert len(post.told[FIRST]) == 1
    await post.watcher.close()


@on_loop
async def test_execution_without_good_instances_is_not_told_of_those_of_others() -> None:
    post = _Post()
    post.watch(FIRST, a_key(1))
    post.watch(SECOND)
    await post.pass_minutes(1)
    assert [sighting.servers for sighting in post.told[FIRST]] == [{a_key(1)}]
    assert post.told[SECOND] == []
    await post.watcher.close()


@on_loop
async def test_watching_ends_with_the_last_execution_and_begins_again_with_the_next() -> None:
    post = _Post()
    post.watch(FIRST, a_key(1))
    post.watch(SECOND, a_key(2))
    post.watcher.unwatch(FIRST)
    await post.pass_minutes(1)
    assert (len(post.told[FIRST]), len(post.told[SECOND])) == (0, 1)

    post.watcher.unwatch(SECOND)
    await post.pass_minutes(3)
    assert post.looks == 1

    post.watch(FIRST, a_key(1))
    await post.pass_minutes(1)
    assert len(post.told[FIRST]) == 1
    await post.watcher.close()


@on_loop
async def test_watcher_that_never_watched_can_be_closed() -> None:
    post = _Post()
    await post.watcher.close()
    await post.pass_minutes(2)
    assert post.looks == 0

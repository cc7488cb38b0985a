"""The bridge: one signal per frame, nothing lost in it, errors and cancellation passed on."""

import asyncio

import pytest

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.bridge import Bridge, UpdateBatch, WindowClosed, merge
from tests.helpers import fake_services as fake
from tests.ui.conftest import Run, until


def update(version: int, *numbers: int, execution_id: ExecutionId = fake.DRILL_ID) -> fake.ExecutionUpdate:
    return fake.ExecutionUpdate(
        view=fake.a_view(version=version, execution_id=execution_id),
        changed_servers=tuple(fake.a_launch(n, message=str(version)) for n in numbers),
        changed_waves=(),
        new_log=(fake.a_log_line(version),),
    )


def flat(batches: list[UpdateBatch]) -> list[fake.ExecutionUpdate]:
    return [update for batch in batches for update in batch.updates]


def test_merge_keeps_the_newest_view_and_every_change() -> None:
    merged = merge((update(1, 1, 2), update(2, 2, 3)))
    assert merged.view.version == 2
    assert [(row.name, row.message) for row in merged.changed_servers] == [
        ("db-pay-01", "1"),
        ("db-pay-02", "2"),
        ("db-pay-03", "2"),
    ]
    assert [line.position for line in merged.new_log] == [1, 2]


def test_burst_arrives_as_one_batch(run: Run, engine: EngineThread) -> None:
    batches: list[UpdateBatch] = []
    bridge = Bridge(engine)
    bridge.updated.connect(batches.append)

    async def burst() -> None:
        for version in range(500):
            bridge.post(update(version, version % 7))
        bridge.post(update(1, 1, execution_id=ExecutionId("other")))

    async def body() -> None:
        await bridge.call(burst())
        await until(lambda: any(each.view.execution_id == "other" for each in flat(batches)))

    run(body())
    seen = flat(batches)
    assert len(batches) < 10
    assert {each.view.execution_id for each in seen} == {fake.DRILL_ID, "other"}
    lines = [
        line.position for each in seen for line in each.new_log if each.view.execution_id == fake.DRILL_ID
    ]
    assert lines == list(range(500))


def test_listening_ends_with_unsubscribe(run: Run, engine: EngineThread) -> None:
    bridge = Bridge(engine)
    executions = fake.FakeExecutions()

    async def body() -> None:
        await bridge.listen(executions)
        assert len(executions.callbacks) == 1
        await bridge.unsubscribe()

    run(body())
    assert executions.callbacks == []


def test_error_of_a_service_reaches_the_caller(run: Run, engine: EngineThread) -> None:
    bridge = Bridge(engine)
    with pytest.raises(NotFound, match="There is no plan x"):
        run(bridge.call(fake.FakePlans().plan_named("x")))


def test_cancelling_the_caller_cancels_the_work(run: Run, engine: EngineThread) -> None:
    bridge = Bridge(engine)
    seen: list[str] = []

    async def forever() -> None:
        try:
            seen.append("began")
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def body() -> None:
        task = asyncio.get_running_loop().create_task(bridge.call(forever()))
        await until(lambda: seen)
        task.cancel()
        await until(lambda: "cancelled" in seen)

    run(body())


def test_closed_bridge_asks_nothing(run: Run, engine: EngineThread) -> None:
    bridge = Bridge(engine)
    bridge.close()
    with pytest.raises(WindowClosed):
        run(bridge.call(fake.FakePlans().list_plans()))

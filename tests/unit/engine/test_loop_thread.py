"""The engine's thread: results, errors and cancellation pass between loops, and it ends cleanly."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterator

import pytest

from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.engine.tasks import spawn
from tests.helpers.asynchronous import on_loop

PATIENCE = 60.0


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    engine = EngineThread("engine under test").start()
    yield engine
    assert engine.stop(PATIENCE)


async def _where() -> str:
    return threading.current_thread().name


async def _fail() -> None:
    raise LookupError("nothing there")


class _Wait:
    """Work that waits until it is cancelled."""

    def __init__(self) -> None:
        self.has_begun, self.was_cancelled = threading.Event(), threading.Event()

    async def __call__(self) -> None:
        self.has_begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.was_cancelled.set()
            raise


def test_work_runs_on_the_engines_own_thread_and_its_result_comes_back(engine: EngineThread) -> None:
    assert engine.submit(_where()).result(PATIENCE) == "engine under test"


def test_engines_loop_is_a_selector_loop_of_its_own(engine: EngineThread) -> None:
    assert isinstance(engine.loop, asyncio.SelectorEventLoop)
    assert engine.loop.is_running()


def test_error_of_the_engine_reaches_the_awaiting_loop(engine: EngineThread) -> None:
    @on_loop
    async def body() -> None:
        with pytest.raises(LookupError, match="nothing there"):
            await engine.call(_fail())

    body()


def test_cancelling_the_call_cancels_the_engines_work(engine: EngineThread) -> None:
    waiting = _Wait()

    @on_loop
    async def body() -> None:
        call = spawn(engine.call(waiting()), name="call")
        assert await asyncio.to_thread(waiting.has_begun.wait, PATIENCE)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    body()
    assert waiting.was_cancelled.wait(PATIENCE)


def test_engine_that_submits_to_itself_is_told_to_await(engine: EngineThread) -> None:
    async def misuse() -> None:
        engine.submit(_where())

    with pytest.raises(RuntimeError, match="on the engine's own thread await"):
        engine.submit(misuse()).result(PATIENCE)


def test_stopping_cancels_what_is_left_and_may_be_repeated() -> None:
    engine, waiting = EngineThread().start(), _Wait()
    left = engine.submit(waiting())
    assert waiting.has_begun.wait(PATIENCE)
    assert engine.stop(PATIENCE)
    assert waiting.was_cancelled.is_set()
    with pytest.raises(concurrent.futures.CancelledError):
        left.result(0)
    assert engine.stop(PATIENCE)


def test_stop_says_when_the_thread_does_not_end_in_time() -> None:
    engine = EngineThread().start()
    is_blocked, may_end = threading.Event(), threading.Event()

    async def block() -> None:
        is_blocked.set()
        may_end.wait(PATIENCE)

    engine.submit(block())
    assert is_blocked.wait(PATIENCE)
    assert not engine.stop(0.0)
    may_end.set()
    assert engine.stop(PATIENCE)

"""The engine's own thread and loop: started once, asked from other threads, stopped cleanly."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

_T = TypeVar("_T")


class EngineThread:
    """One thread that owns one plain asyncio loop.

    A selector loop of its own: under qasync `new_event_loop` would give a Qt loop on Python 3.11, and a
    blocked window would then delay a recovery.
    """

    def __init__(self, name: str = "engine") -> None:
        self._thread = threading.Thread(target=self._run, name=name)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        assert self._loop is not None, "start() comes first"
        return self._loop

    def start(self) -> Self:
        """Start the thread and wait until its loop runs."""
        self._thread.start()
        self._ready.wait()
        return self

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            self._loop = runner.get_loop()
            self._stop = asyncio.Event()
            runner.run(self._main())

    async def _main(self) -> None:
        assert self._stop is not None
        self._ready.set()
        await self._stop.wait()

    def submit(self, work: Coroutine[Any, Any, _T]) -> concurrent.futures.Future[_T]:
        """Run a coroutine on the engine's loop, from any other thread; the future may be waited for."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError(
                "submit() is for other threads; on the engine's own thread await the coroutine."
            )
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    async def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Await a coroutine of the engine from another loop; errors and cancellation pass through."""
        return await asyncio.wrap_future(self.submit(work))

    def stop(self, timeout: float = 10.0) -> bool:
        """End the loop, cancelling what is left on it; return whether the thread ended in time."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout)
        return not self._thread.is_alive()

"""A bounded pool of daemon threads for blocking AWS calls.

The standard library's pool joins its threads when the interpreter ends, so that one call into a dead network
would hold the process for minutes; these threads hold nobody.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

_Work = tuple[Future[Any], Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class DaemonThreadPool(Executor):
    """An executor whose threads never keep the process from ending."""

    def __init__(self, size: int, name: str) -> None:
        """Start with no thread; at most `size` are made, as calls need them."""
        self._size = size
        self._name = name
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Queue a call and return its future.

        Raises:
            RuntimeError: the pool is closed.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"The pool {self._name} is closed: no call can be made any more.")
            self._queue.put((future, fn, args, kwargs))
            self._grow()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, seconds: float = 5.0) -> None:
        """Take no more calls; with `wait`, give running ones `seconds` together to end, then leave them."""
        with self._lock:
            self._closed = True
            if cancel_futures:
                self._cancel_queued()
            for _ in self._threads:
                self._queue.put(None)
        if wait:
            share = seconds / max(len(self._threads), 1)
            for thread in self._threads:
                thread.join(share)

    def _grow(self) -> None:
        if self._idle >= self._queue.qsize() or len(self._threads) >= self._size:
            return
        number = len(self._threads) + 1
        thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _cancel_queued(self) -> None:
        with suppress(queue.Empty):  # a thread may take the last one at any moment
            while True:
                work = self._queue.get_nowait()
                if work is not None:
                    work[0].cancel()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._queue.get()
            with self._lock:
                self._idle -= 1
            if work is None:
                return
            _perform(*work)
            del work  # a result must not live on until the next call


def _perform(
    future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001  # whatever it was belongs to whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)

"""Tasks that nobody loses: named, referenced, their errors heard."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

_T = TypeVar("_T")
_live: set[asyncio.Task[Any]] = set()
_log = structlog.get_logger(__name__)


def spawn(work: Coroutine[Any, Any, _T], *, name: str) -> asyncio.Task[_T]:
    """Start a task on the running loop, keep a reference to it, and log an error that would vanish."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _live.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[Any]) -> None:
    _live.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        _log.error("task failed", task=task.get_name(), error=str(error), error_type=type(error).__name__)

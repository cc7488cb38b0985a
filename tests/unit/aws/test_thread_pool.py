"""A pool that holds nobody."""

import threading

import pytest

from drs_desktop.aws.thread_pool import DaemonThreadPool


def test_calls_run_and_give_their_results() -> None:
    pool = DaemonThreadPool(2, "test")
    futures = [pool.submit(pow, 2, n) for n in range(20)]
    assert [one.result(5) for one in futures] == [2**n for n in range(20)]
    pool.shutdown()


def test_an_error_reaches_whoever_waits() -> None:
    pool = DaemonThreadPool(1, "test")
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result(5)
    pool.shutdown()


def test_no_more_threads_than_allowed_and_all_of_them_used() -> None:
    pool = DaemonThreadPool(3, "bounded")
    meeting = threading.Barrier(4)
    futures = [pool.submit(meeting.wait, 5) for _ in range(3)]
    extra = pool.submit(int, "7")
    assert sum(t.name.startswith("bounded") for t in threading.enumerate()) == 3
    assert all(t.daemon for t in threading.enumerate() if t.name.startswith("bounded"))
    meeting.wait(5)
    for one in futures:
        one.result(5)
    assert extra.result(5) == 7
    pool.shutdown()


def test_a_closed_pool_takes_no_call_and_cancels_queued_ones() -> None:
    pool = DaemonThreadPool(1, "test")
    go = threading.Event()
    running = pool.submit(go.wait, 5)
    while not running.running():
        pass
    queued = pool.submit(int)
    pool.shutdown(wait=False, cancel_futures=True)
    assert queued.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(int)
    go.set()
    assert running.result(5)
    pool.shutdown()

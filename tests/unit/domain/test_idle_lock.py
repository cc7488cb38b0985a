"""The idle lock as a rule: when it closes, what input does to it, and what opens it again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.idle_lock import IdleLock

LIMIT = timedelta(minutes=45)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def a_lock() -> IdleLock:
    return IdleLock().limited(LIMIT, minutes(0))


def test_console_locks_at_the_end_of_its_limit() -> None:
    assert not a_lock().at(minutes(44.9)).is_locked
    assert a_lock().at(minutes(45)).is_locked


def test_input_puts_the_limit_off() -> None:
    assert not a_lock().touched(minutes(30)).at(minutes(74)).is_locked
    assert a_lock().touched(minutes(30)).at(minutes(75)).is_locked


def test_first_key_after_a_long_sleep_does_not_keep_it_open() -> None:
    assert a_lock().touched(minutes(600)).is_locked


def test_lock_says_since_when_even_if_nobody_looked() -> None:
    assert a_lock().at(minutes(600)).locked_at == LIMIT


def test_input_unlocks_nothing() -> None:
    assert a_lock().at(minutes(50)).touched(minutes(51)).is_locked


def test_unlocked_console_counts_from_then() -> None:
    lock = a_lock().at(minutes(50)).unlocked(minutes(60))
    assert not lock.at(minutes(104)).is_locked
    assert lock.at(minutes(105)).is_locked


def test_no_limit_never_locks() -> None:
    assert not IdleLock().at(minutes(10**6)).is_locked
    assert not a_lock().limited(timedelta(), minutes(1)).at(minutes(10**6)).is_locked


def test_console_without_a_limit_can_be_locked_by_hand() -> None:
    lock = IdleLock().locked(minutes(1))
    assert lock.is_locked
    assert lock.reason == "The console is locked: unlock it before anything is changed."


def test_reason_names_how_long_nobody_was_there() -> None:
    assert "nobody touched it for 45 minutes" in a_lock().at(LIMIT).reason
    assert a_lock().reason == ""


def test_another_limit_opens_no_locked_console() -> None:
    assert a_lock().at(minutes(50)).limited(None, minutes(51)).is_locked


@given(
    st.lists(st.tuples(st.sampled_from(["at", "touched", "limited"]), st.integers(0, 10_000)), max_size=30)
)
def test_nothing_but_unlocking_opens_it(steps: list[tuple[str, int]]) -> None:
    lock, now = a_lock().locked(minutes(1)), minutes(1)
    for verb, later in steps:
        now += minutes(later)
        lock = lock.limited(minutes(later), now) if verb == "limited" else getattr(lock, verb)(now)
    assert lock.is_locked

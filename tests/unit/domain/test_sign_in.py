"""Where a sign-in stands, and the warnings before it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from drs_desktop.domain.ids import Region
from drs_desktop.domain.sign_in import (
    SignIn,
    SignInState,
    SsoSession,
    drill_warning,
    minutes_left,
    outlasts_sign_in,
    warning_due,
)

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
SESSION = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))


def signed_in(minutes: float, *, renews: bool = False) -> SignIn:
    return SignIn(session=SESSION, ends_at=NOW + timedelta(minutes=minutes), renews_itself=renews)


@pytest.mark.parametrize(
    ("sign_in", "state"),
    [
        (SignIn(session=SESSION), SignInState.SIGNED_OUT),
        (SignIn(session=SESSION, is_under_way=True), SignInState.SIGNING_IN),
        (signed_in(31), SignInState.SIGNED_IN),
        (signed_in(30), SignInState.EXPIRING_SOON),
        (signed_in(5, renews=True), SignInState.SIGNED_IN),
        (signed_in(0), SignInState.EXPIRED),
        (signed_in(-1, renews=True), SignInState.EXPIRED),
    ],
)
def test_state_follows_from_the_end_of_the_token(sign_in: SignIn, state: SignInState) -> None:
    assert sign_in.state(NOW) is state


@pytest.mark.parametrize(
    ("before", "after", "is_due"),
    [(31, 30, True), (30, 29, False), (11, 10, True), (10, 9, False), (60, 31, False), (40, 9, True)],
)
def test_each_warning_comes_once(before: float, after: float, is_due: bool) -> None:
    sign_in = SignIn(session=SESSION, ends_at=NOW)
    looks = {"looked_at": NOW - timedelta(minutes=before), "now": NOW - timedelta(minutes=after)}
    assert (warning_due(sign_in, **looks) is not None) is is_due


def test_warning_says_how_long_is_left() -> None:
    warning = warning_due(signed_in(10), looked_at=NOW - timedelta(minutes=1), now=NOW)
    assert warning is not None
    assert "ends in 10 minutes" in warning


@pytest.mark.parametrize("sign_in", [SignIn(session=SESSION), signed_in(10, renews=True), signed_in(-1)])
def test_no_warning_without_an_end_ahead(sign_in: SignIn) -> None:
    assert warning_due(sign_in, looked_at=NOW - timedelta(hours=1), now=NOW) is None


def test_drill_that_ends_in_time_is_not_warned_of() -> None:
    assert drill_warning(signed_in(60), planned=timedelta(minutes=60), now=NOW) is None


def test_drill_that_outlasts_the_sign_in_is_warned_of() -> None:
    warning = drill_warning(signed_in(60), planned=timedelta(minutes=61), now=NOW)
    assert warning is not None
    assert "ends in 1 h, before the planned end in 1 h 1 min" in warning


def test_sign_in_that_renews_itself_is_not_outlasted() -> None:
    assert not outlasts_sign_in(signed_in(5, renews=True), planned=timedelta(hours=9), now=NOW)


@pytest.mark.parametrize("sign_in", [SignIn(session=SESSION), signed_in(-1)])
def test_drill_without_a_sign_in_asks_for_one(sign_in: SignIn) -> None:
    warning = drill_warning(sign_in, planned=timedelta(minutes=1), now=NOW)
    assert warning is not None
    assert warning.startswith("Nobody is signed in")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "less than a minute"),
        (119, "1 minute"),
        (1_800, "30 minutes"),
        (3_600, "1 h"),
        (5_400, "1 h 30 min"),
    ],
)
def test_spans_are_rounded_down(seconds: int, words: str) -> None:
    assert minutes_left(timedelta(seconds=seconds)) == words

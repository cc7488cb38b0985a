"""Text that nobody vouches for is printed and never obeyed."""

from datetime import timedelta

import pytest

from drs_desktop.cli.plain_text import aligned, counted, plain, span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended", ""),
        ("\x9b2Jgone", "gone"),
        ("\x1bPdevice\x1b\\after", "after"),
        ("\x1bc reset", " reset"),
        ("two\r\nlines\tand", "two lines and"),
        ("bell\x07 back\x08space", "bell backspace"),
        ("right\u202eleft\u2066", "rightleft"),
        ("half\ud800", "half"),
        ("[bold]brackets[/bold] :smile:", "[bold]brackets[/bold] :smile:"),
        ("Zürich 東京", "Zürich 東京"),
    ],
)
def test_plain_text_is_one_harmless_line(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_columns_are_aligned_by_how_wide_they_are_shown() -> None:
    assert aligned([("東京", "x"), ("a", "y"), ("bcde", "")]) == ["東京  x", "a     y", "bcde"]


def test_span_shows_hours_and_never_goes_below_nothing() -> None:
    assert span(timedelta(hours=27, seconds=61)) == "27:01:01"
    assert span(timedelta(seconds=-5)) == "0:00:00"


def test_counted_takes_a_plural() -> None:
    assert (counted(1, "job"), counted(2, "job")) == ("1 job", "2 jobs")

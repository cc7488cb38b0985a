"""Fonts are counted without a window."""

from drs_desktop.system.fonts import count_fonts


def test_fonts_of_this_machine_are_counted_where_fontconfig_is_there() -> None:
    count = count_fonts("linux")
    assert count is None or count >= 0


def test_nothing_is_known_without_fontconfig() -> None:
    assert count_fonts("linux", libraries=("libno-such-library.so.9",)) is None


def test_other_systems_are_not_asked() -> None:
    assert count_fonts("win32") is None

"""Colours: readable on every background, light and dark, and the same set in both."""

import pytest
from PySide6.QtWidgets import QApplication

from drs_desktop.ui.models.status_text import Tone
from drs_desktop.ui.widgets.theme import (
    BACKGROUNDS,
    DARK,
    LIGHT,
    READABLE,
    Appearance,
    Theme,
    Token,
    contrast,
)

PROMISED = 5.4


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("token", READABLE)
@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_token_is_readable(tokens: dict[Token, str], token: Token, ground: Token) -> None:
    assert contrast(tokens[token], tokens[ground]) >= PROMISED


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_the_accent_is_readable(tokens: dict[Token, str]) -> None:
    assert contrast(tokens[Token.PAGE], tokens[Token.RUNNING]) >= PROMISED


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_both_themes_have_every_token() -> None:
    assert set(LIGHT) == set(DARK) == set(Token)
    assert {tone.value for tone in Tone} <= {token.value for token in Token}


def test_style_has_no_name_left_to_fill_in(theme: Theme) -> None:
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.choose(appearance)
        assert "${" not in theme.style_sheet()


def test_choice_changes_the_palette(theme: Theme, qapp: QApplication) -> None:
    theme.choose(Appearance.DARK)
    assert theme.is_dark
    assert qapp.palette().base().color().name().upper() == DARK[Token.PAGE]
    theme.choose(Appearance.LIGHT)
    assert qapp.palette().base().color().name().upper() == LIGHT[Token.PAGE]

"""Colour tokens, light and dark, and the style that is made from them."""

from enum import StrEnum
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from drs_desktop.ui.models.status_text import Tone

TEXT_PIXELS = 13
ROW_PIXELS = 28
MONOSPACED = ("DejaVu Sans Mono", "Menlo", "Consolas", "monospace")


class Token(StrEnum):
    """What a colour is for."""

    DONE = "done"
    RUNNING = "running"
    HELD = "held"
    FAILED = "failed"
    IDLE = "idle"
    UNKNOWN = "unknown"
    TEXT = "text"
    MUTED = "muted"
    RECOVERY = "recovery"
    PAGE = "page"
    PANEL = "panel"
    SELECTED = "selected"
    LINE = "line"


class Appearance(StrEnum):
    """What the View menu offers."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


READABLE = (
    Token.DONE,
    Token.RUNNING,
    Token.HELD,
    Token.FAILED,
    Token.IDLE,
    Token.UNKNOWN,
    Token.TEXT,
    Token.MUTED,
    Token.RECOVERY,
)
"""Tokens that text or icons are drawn in; their contrast is tested on all of BACKGROUNDS."""
BACKGROUNDS = (Token.PAGE, Token.PANEL, Token.SELECTED)

LIGHT = {
    Token.DONE: "#00694A",
    Token.RUNNING: "#005A9C",
    Token.HELD: "#7A4F00",
    Token.FAILED: "#A62B00",
    Token.IDLE: "#595E65",
    Token.UNKNOWN: "#6B3FA0",
    Token.TEXT: "#1B1D21",
    Token.MUTED: "#565B63",
    Token.RECOVERY: "#A3142B",
    Token.PAGE: "#FFFFFF",
    Token.PANEL: "#F4F5F7",
    Token.SELECTED: "#E9EBEF",
    Token.LINE: "#D3D7DD",
}
DARK = {
    Token.DONE: "#4FD1A5",
    Token.RUNNING: "#6FB9F2",
    Token.HELD: "#F2B84B",
    Token.FAILED: "#FF8F66",
    Token.IDLE: "#A6ABB3",
    Token.UNKNOWN: "#C7A3F5",
    Token.TEXT: "#ECEEF1",
    Token.MUTED: "#A6ABB3",
    Token.RECOVERY: "#FF8791",
    Token.PAGE: "#1B1C1F",
    Token.PANEL: "#232529",
    Token.SELECTED: "#2E3136",
    Token.LINE: "#3B3F46",
}

_QT_SCHEME = {
    Appearance.SYSTEM: Qt.ColorScheme.Unknown,
    Appearance.LIGHT: Qt.ColorScheme.Light,
    Appearance.DARK: Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The colours in force; follows the system unless the operator chose.

    Signals:
        changed: every colour may be another one.
    """

    changed = Signal()

    def __init__(self, style_sheet: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._template = Template(style_sheet.read_text(encoding="utf-8"))
        self._appearance = Appearance.SYSTEM
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    @property
    def is_dark(self) -> bool:
        if self._appearance is Appearance.SYSTEM:
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._appearance is Appearance.DARK

    @property
    def tokens(self) -> dict[Token, str]:
        return DARK if self.is_dark else LIGHT

    def colour(self, token: Token) -> QColor:
        return QColor(self.tokens[token])

    def tone(self, tone: Tone) -> QColor:
        """Return the colour of a status."""
        return self.colour(Token(tone.value))

    def choose(self, appearance: Appearance) -> None:
        """Take light, dark, or what the system says."""
        self._appearance = appearance
        QGuiApplication.styleHints().setColorScheme(_QT_SCHEME[appearance])
        self.apply()

    def apply(self) -> None:
        """Give the application palette, font and style sheet anew."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(self._palette())
        application.setFont(text_font())
        application.setStyleSheet(self.style_sheet())
        self.changed.emit()

    def style_sheet(self) -> str:
        return self._template.substitute({token.value: colour for token, colour in self.tokens.items()})

    def _on_system_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self._appearance is Appearance.SYSTEM:
            self.apply()

    def _palette(self) -> QPalette:
        role = QPalette.ColorRole
        of = self.colour
        palette = QPalette(of(Token.PANEL))
        for roles, token in (
            ((role.Window, role.AlternateBase, role.Button, role.ToolTipBase), Token.PANEL),
            ((role.Base,), Token.PAGE),
            ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), Token.TEXT),
            ((role.HighlightedText, role.BrightText), Token.TEXT),
            ((role.Highlight,), Token.SELECTED),
            ((role.PlaceholderText,), Token.MUTED),
            ((role.Link, role.LinkVisited, role.Accent), Token.RUNNING),
            ((role.Mid, role.Dark, role.Midlight, role.Light), Token.LINE),
        ):
            for each in roles:
                palette.setColor(each, of(token))
        for each in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, each, of(Token.MUTED))
        return palette


def text_font(pixels: int = TEXT_PIXELS, *, is_strong: bool = False) -> QFont:
    """Return the system's face in our size, with figures of one width."""
    font = QFont(QGuiApplication.font().families())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if is_strong else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def id_font() -> QFont:
    """Return the monospaced face for identifiers."""
    font = QFont(list(MONOSPACED))
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(TEXT_PIXELS - 1)
    return font


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours as WCAG 2 computes it, from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

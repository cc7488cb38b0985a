"""Labels and tips that show outside text letter by letter, and controls that say why they are disabled."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from drs_desktop.services.views import ActionState
from drs_desktop.ui.models.plain_text import plain_tooltip
from drs_desktop.ui.widgets.theme import text_font

WORD_JOINER = "\N{WORD JOINER}"


def plain_label(
    text: str = "",
    *,
    name: str = "",
    mark: str = "",
    pixels: int = 0,
    is_strong: bool = False,
    wraps: bool = False,
) -> QLabel:
    """Return a label that never takes its text for HTML.

    Args:
        name: the object name.
        mark: a property that the style sheet knows, such as `muted`.
        pixels: the text size, if another than the usual.
    """
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setObjectName(name)
    label.setWordWrap(wraps)
    if mark:
        label.setProperty(mark, True)
    if pixels or is_strong:
        label.setFont(text_font(pixels, is_strong=is_strong) if pixels else text_font(is_strong=True))
    return label


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget its tooltip, status tip and description for a screen reader."""
    widget.setToolTip(plain_tooltip(text))
    widget.setStatusTip(text)
    widget.setAccessibleDescription(text)


def set_action_state(widget: QWidget, state: ActionState, about: str) -> None:
    """Enable a control, or disable it and let it say why."""
    widget.setEnabled(state.enabled)
    set_tip(widget, about if state.enabled else state.reason or about)


class NamesLabel(QLabel):
    """A text that wraps between names and never inside one such as `db-pay-01`; `text()` stays as given."""

    def __init__(self, text: str, *, name: str = "", mark: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(name)
        self.setWordWrap(True)
        if mark:
            self.setProperty(mark, True)
        self.show_words(text)

    def show_words(self, text: str) -> None:
        self._words = text
        self.setText(text.replace("-", f"{WORD_JOINER}-{WORD_JOINER}"))
        self.setAccessibleName(text)

    def text(self) -> str:
        return self._words


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where there is no room; the whole text is in the tooltip."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            set_tip(self, text)
            self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        self.style().drawItemText(
            painter, self.contentsRect(), int(self.alignment()), self.palette(), self.isEnabled(), text
        )
        painter.end()

"""What all panes have in common: a place for content, and words where there is none."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.theme import Theme

TEXT_WIDTH = 480


def rule() -> QFrame:
    """Return a thin line between two parts."""
    line = QFrame()
    line.setProperty("rule", True)
    return line


def filter_field(placeholder: str) -> QLineEdit:
    """Return the field that `/` leads to."""
    field = QLineEdit()
    field.setObjectName("filterField")
    field.setPlaceholderText(placeholder)
    field.setAccessibleName(placeholder)
    field.setClearButtonEnabled(True)
    field.setMaximumWidth(320)
    return field


class EmptyState(QWidget):
    """Says what would be here, and the one next step.

    Signals:
        pressed: the button of the next step was.
    """

    pressed = Signal()

    def __init__(self, prefix: str = "empty", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = plain_label(name=f"{prefix}Title", pixels=16, is_strong=True)
        self._text = plain_label(name=f"{prefix}Text", mark="muted", wraps=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._text.setFixedWidth(TEXT_WIDTH)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._text)
        middle.addStretch(1)
        layout.addLayout(middle)
        self._button = QPushButton()
        self._button.setObjectName(f"{prefix}Button")
        self._button.setAccessibleName(self.tr("The next step"))
        self._button.clicked.connect(self.pressed)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

        self._button.hide()

    def show_words(self, title: str, text: str, step: str = "") -> None:
        """Show words, and a button for the next step if it has a name."""
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(step)
        self._button.setAccessibleName(step or self.tr("The next step"))
        self._button.setVisible(bool(step))


class Pane(QWidget):
    """A pane of the main window: shows its content or, while there is none, words.

    Signals:
        action_wanted: the id of the action that an empty pane leads to.
    """

    action_wanted = Signal(str)

    def __init__(self, desk: Desk, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("pane", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.desk = desk
        self.theme = theme
        self.content = QWidget()
        self._empty = EmptyState()
        self._empty_action = ""
        self._empty.pressed.connect(self._on_step)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.content)
        self.show_words(self.tr("Opening…"), self.tr("The workspace is being opened."))

    def show_words(self, title: str, text: str, *, action_id: str = "", step: str = "") -> None:
        """Show words instead of the content, with a button that leads to an action if one is named."""
        self._empty_action = action_id
        self._empty.show_words(title, text, step)
        self._stack.setCurrentWidget(self._empty)

    def _on_step(self) -> None:
        self.action_wanted.emit(self._empty_action)

    def show_content(self) -> None:
        self._stack.setCurrentWidget(self.content)

    @property
    def is_empty(self) -> bool:
        return self._stack.currentWidget() is self._empty

    def tick(self) -> None:
        """Renew what shows an age; called once a second while the window is open."""

    def focus_filter(self) -> None:
        """Put the cursor into the pane's filter field."""
        field = self.findChild(QLineEdit, "filterField")
        if isinstance(field, QLineEdit) and field.isVisible():
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            field.selectAll()

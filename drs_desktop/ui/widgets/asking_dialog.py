"""What all dialogs have in common: opened, never run in a nested loop, and awaited."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.ui.widgets.simulation_band import SimulationBand
from drs_desktop.ui.widgets.theme import Theme, Token


class ModeEdge(QWidget):
    """The coloured edge that says the mode: one line for a drill, two for a recovery."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(10)
        self._theme = theme
        self._mode: ExecutionMode | None = None
        theme.changed.connect(self.update)

    def show_mode(self, mode: ExecutionMode | None) -> None:
        self._mode = mode
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._mode is None:
            return
        painter = QPainter(self)
        if self._mode.is_drill:
            painter.fillRect(0, 0, 4, self.height(), self._theme.colour(Token.RUNNING))
        else:
            painter.fillRect(0, 0, 4, self.height(), self._theme.colour(Token.RECOVERY))
            painter.fillRect(6, 0, 2, self.height(), self._theme.colour(Token.RECOVERY))
        painter.end()


class TypedField(QLineEdit):
    """A field to type a confirmation into; Enter in it starts nothing and closes nothing."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)


class AskingDialog(QDialog):
    """A window-modal dialog that a coroutine opens and awaits; its safe button is the default one."""

    def __init__(
        self, theme: Theme, name: str, title: str, mode: ExecutionMode | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(560)
        self._answer: asyncio.Future[bool] | None = None
        edge = ModeEdge(theme)
        edge.show_mode(mode)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(14, 16, 24, 16)
        self.body.setSpacing(12)
        band = SimulationBand(theme)
        band.setObjectName("dialogBand")
        band.show_title(str(parent.window().property("banner") or ""))
        framed = QHBoxLayout()
        framed.setSpacing(0)
        framed.addWidget(edge)
        framed.addLayout(self.body, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(band)
        outer.addLayout(framed, 1)
        self.finished.connect(self._on_finished)

    def add_foot(
        self, safe: QPushButton, risky: QPushButton | None = None, *, is_risky_default: bool = False
    ) -> None:
        """Add the buttons; Enter presses the safe one wherever the focus is, unless the other is harmless."""
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(safe)
        safe.setDefault(not is_risky_default)
        safe.clicked.connect(self.reject)
        if risky is not None:
            risky.setAutoDefault(is_risky_default)
            risky.setDefault(is_risky_default)
            risky.clicked.connect(self.accept)
            foot.addWidget(risky)
        self.body.addLayout(foot)

    async def answer(self) -> bool:
        """Open, and return whether the risky button was pressed."""
        self._answer = asyncio.get_running_loop().create_future()
        self.open()
        try:
            return await self._answer
        finally:
            self.hide()
            self.deleteLater()

    def _on_finished(self, result: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(result == QDialog.DialogCode.Accepted)

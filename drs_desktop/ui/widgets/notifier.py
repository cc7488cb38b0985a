"""Tells a person who looks elsewhere: by the desktop's own notifications, else in the status bar."""

from typing import Protocol

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from drs_desktop.ui.models.attention import Call
from drs_desktop.ui.models.status_text import Shape
from drs_desktop.ui.widgets.shapes import paint_shape

SHOWN_MILLISECONDS = 20_000
_ICON_PIXELS = 64


class Tray(Protocol):
    """What the desktop offers; `None` stands where it offers nothing."""

    def show_message(self, title: str, text: str, *, is_urgent: bool) -> None: ...

    def close(self) -> None: ...


class SystemTray(QObject):
    """The tray of the desktop.

    Signals:
        clicked: the message was.
    """

    clicked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icon = QSystemTrayIcon(_icon(), self)
        self._icon.messageClicked.connect(self.clicked)
        self._icon.activated.connect(self.clicked)
        self._icon.show()

    @staticmethod
    def is_there() -> bool:
        """Return whether the desktop has a tray that shows messages."""
        return QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()

    def show_message(self, title: str, text: str, *, is_urgent: bool) -> None:
        """Show a message for a while; it takes no focus and waits for nobody."""
        kind = QSystemTrayIcon.MessageIcon
        icon = kind.Warning if is_urgent else kind.Information
        self._icon.showMessage(title, text, icon, SHOWN_MILLISECONDS)

    def close(self) -> None:
        """Take the icon away."""
        self._icon.hide()


class Notifier(QObject):
    """Tells what is called for; never blocks, never takes the focus.

    Signals:
        answered: the person came, and wants this execution shown; empty where it was about none.
    """

    answered = Signal(str)

    def __init__(self, window: QMainWindow, tray: Tray | None = None) -> None:
        """Use a tray, or the desktop's own where it has one."""
        super().__init__(window)
        self._window = window
        self._tray = tray or self._of_the_desktop()
        self._execution_id = ""

    def _of_the_desktop(self) -> Tray | None:
        if not SystemTray.is_there():
            return None
        tray = SystemTray(self)
        tray.clicked.connect(self.answer)
        return tray

    def tell(self, call: Call) -> None:
        """Tell it in the status bar, and by the desktop when the window is not in front."""
        words = f"{call.title}. {call.text}" if call.text else call.title
        self._window.statusBar().showMessage(words, SHOWN_MILLISECONDS)
        if self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        self._execution_id = call.execution_id
        if self._tray is not None:
            self._tray.show_message(call.title, call.text, is_urgent=call.is_urgent)

    def answer(self) -> None:
        """Take note that the person came because of the last message."""
        self.answered.emit(self._execution_id)

    def close(self) -> None:
        """Leave nothing behind in the desktop's tray."""
        if self._tray is not None:
            self._tray.close()


def _icon() -> QIcon:
    picture = QPixmap(_ICON_PIXELS, _ICON_PIXELS)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    box = QRectF(4, 4, _ICON_PIXELS - 8, _ICON_PIXELS - 8)
    paint_shape(painter, box, Shape.HALF, QColor("#2F7FC1"), QColor("#FFFFFF"))
    painter.end()
    return QIcon(picture)

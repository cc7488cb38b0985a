"""Notices that somebody is there: keys, clicks, wheel and pointer in any window of this program."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class InputWatch(QObject):
    """Filters the events of whole windows, not of every widget: so it costs nothing while nobody is there."""

    def __init__(self, touch: Callable[[], None], parent: QObject | None = None) -> None:
        """Call `touch` at every input, in every window that ever has the focus."""
        super().__init__(parent)
        self._touch = touch
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self.watch)

    def watch(self, window: QWindow | None) -> None:
        """Watch a window too; once more does nothing more."""
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._touch()
        return False

"""How the window was left: its place, panes, splitters, columns and colours, kept beside the workspace."""

import re
from collections.abc import Iterator
from pathlib import Path

import structlog
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from drs_desktop.ui.widgets.table_view import ConsoleTable

_log = structlog.get_logger(__name__)

_WIDTHS = re.compile(r"(\d+):(\d+)")
_WIDEST = 4000


class LayoutMemory:
    """Keeps the layout of one window in one file; what cannot be read is as if it had never been kept."""

    def __init__(self, file: Path | None) -> None:
        """Use a file that may not be there yet; None keeps nothing."""
        is_usable = file is not None and _is_private(file)
        self._settings = QSettings(str(file), QSettings.Format.IniFormat) if is_usable else None

    def restore(self, window: QMainWindow) -> None:
        """Give a window back the layout in which one was left."""
        if self._settings is None:
            return
        geometry = self._settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        for key, splitter in _splitters(window):
            state = self._settings.value(f"splitters/{key}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        for table in window.findChildren(ConsoleTable):
            table.size_by_hand(_widths(self.word(f"columns/{table.objectName()}")))

    def word(self, key: str) -> str:
        """Return a word that was kept, or an empty one."""
        value = self._settings.value(key) if self._settings is not None else None
        return value if isinstance(value, str) else ""

    def keep(self, window: QMainWindow, **words: str) -> None:
        """Keep the layout of a window, and words that it gives names to."""
        if self._settings is None:
            return
        self._settings.setValue("window/geometry", window.saveGeometry())
        for key, splitter in _splitters(window):
            self._settings.setValue(f"splitters/{key}", splitter.saveState())
        for table in window.findChildren(ConsoleTable):
            widths = " ".join(f"{column}:{width}" for column, width in table.widths_by_hand.items())
            self._settings.setValue(f"columns/{table.objectName()}", widths)
        for name, word in words.items():
            self._settings.setValue(name, word)
        self._settings.sync()


def _is_private(file: Path) -> bool:
    """Make the file, for its owner alone, before Qt does; return whether that could be done."""
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
    except OSError as error:
        _log.warning("the layout is not kept", error=error.strerror)
        return False
    return True


def _splitters(window: QMainWindow) -> Iterator[tuple[str, QSplitter]]:
    """Yield every splitter of the window itself with a key that stays the same."""
    counts: dict[str, int] = {}
    for splitter in window.findChildren(QSplitter):
        if splitter.window() is window:
            place = _named_ancestor(splitter)
            counts[place] = counts.get(place, 0) + 1
            yield f"{place}-{counts[place]}", splitter


def _named_ancestor(widget: QWidget) -> str:
    at: QWidget | None = widget
    while at is not None and (not at.objectName() or at.objectName().startswith("qt_")):
        at = at.parentWidget()
    return at.objectName() if at is not None else ""


def _widths(text: str) -> dict[int, int]:
    found = ((int(column), int(width)) for column, width in _WIDTHS.findall(text))
    return {column: width for column, width in found if 0 < width <= _WIDEST}

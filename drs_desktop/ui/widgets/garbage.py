"""Collect cyclic garbage on the GUI thread only.

Python collects on whichever thread allocates at the wrong moment. A cycle that holds Qt objects, collected on
the engine's thread, destroys them there, and Qt ends the process. So automatic collection is off while a
window lives, and a timer of the GUI thread collects instead, by the interpreter's own thresholds.
"""

import gc
import threading

from PySide6.QtCore import QObject, QTimer

LOOK_MILLISECONDS = 2000


def set_imports_aside() -> None:
    """Take what lives now out of later collections; with all that was imported each would be a visible stop.

    Raises:
        RuntimeError: called on another thread than the GUI's, where Qt objects would die.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Garbage is collected on the GUI thread only.")
    gc.collect()
    gc.freeze()


class GuiGarbageCollector(QObject):
    """Takes collection over from the interpreter until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.collect_if_due)

    def start(self) -> None:
        """Turn automatic collection off and look at the counts from now on."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Give collection back to the interpreter."""
        self._timer.stop()
        gc.enable()

    def collect_if_due(self) -> int:
        """Collect the oldest generation whose threshold is passed; return it, or -1 for none."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if thresholds[generation] and counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return generation
        return -1

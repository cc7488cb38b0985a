"""Cyclic garbage that holds Qt objects dies on the GUI thread."""

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from drs_desktop.ui.widgets.garbage import GuiGarbageCollector


class _Ring(QObject):
    """A cycle that only the collector can break."""

    def __init__(self) -> None:
        super().__init__()
        self.me = self


def test_another_thread_that_allocates_collects_no_qt_object(qapp: QApplication) -> None:
    collector = GuiGarbageCollector()
    collector.start()
    try:
        ring = weakref.ref(_Ring())
        thread = threading.Thread(target=lambda: [[] for _ in range(200_000)])
        thread.start()
        thread.join()
        assert ring() is not None
    finally:
        collector.stop()
    gc.collect()
    assert ring() is None


def test_what_is_due_is_collected_by_the_interpreters_thresholds(qapp: QApplication) -> None:
    collector = GuiGarbageCollector()
    collector.start()
    try:
        gc.collect()
        assert collector.collect_if_due() == -1
        keep = [[] for _ in range(5_000)]  # type: list[list[object]]
        assert collector.collect_if_due() >= 0
        assert keep
    finally:
        collector.stop()

"""Guards against a PySide6 that loses references to None and True, as 6.12.0 does on Python 3.11.

Such a build aborts the interpreter after some hundred signals, which looks like a flaky crash elsewhere.
Python 3.12 and later cannot lose these objects, so there the test passes with any build.
"""

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel

CALLS = 100
NOISE = CALLS // 2  # other code may take or drop a few references meanwhile; the fault drops one per call


class Emitter(QObject):
    happened = Signal()


@pytest.fixture
def label(qapp: QApplication) -> QLabel:
    return QLabel()


def test_emitting_a_signal_keeps_every_reference_to_true(qapp: QApplication) -> None:
    emitter = Emitter()
    before = sys.getrefcount(True)
    for _ in range(CALLS):
        emitter.happened.emit()
    assert sys.getrefcount(True) > before - NOISE


def test_calling_a_void_method_keeps_every_reference_to_none(label: QLabel) -> None:
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.setText("x")
    assert sys.getrefcount(None) > before - NOISE

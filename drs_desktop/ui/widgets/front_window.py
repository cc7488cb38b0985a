"""Which of the program's windows a person is looking at."""

from PySide6.QtWidgets import QApplication, QMainWindow, QWidget


def front_window(main: QMainWindow) -> QWidget:
    """Return the window of an execution or plan that is in front, else the main window."""
    active = QApplication.activeWindow()
    return active if isinstance(active, QMainWindow) else main

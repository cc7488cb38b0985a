"""When in time the servers of a start come from: the newest data, or a moment, for all or for one."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import (
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.services.views import PlannedServer
from drs_desktop.ui.models.status_text import moment_words
from drs_desktop.ui.widgets.plain_text import ElidedLabel, plain_label, set_tip

USUAL_AGE = timedelta(hours=1)
_FORMAT = "yyyy-MM-dd HH:mm"


class StartPoints(QWidget):
    """The choice of points in time.

    Signals:
        changed: another choice; what was checked was checked for another one.
    """

    changed = Signal()

    def __init__(self, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPoints")
        self._server: PlannedServer | None = None
        self._by_server: dict[ServerKey, datetime] = {}
        self._build(now)
        self.show_server(None)

    def _build(self, now: datetime) -> None:
        self.newest = QRadioButton(self.tr("The newest data"))
        self.newest.setObjectName("startNewest")
        self.newest.setChecked(True)
        self.moment = QRadioButton(self.tr("As of this moment, never later:"))
        self.moment.setObjectName("startMoment")
        self.at = _moment_field(now, "startMomentField", self.tr("The moment for all servers"))
        self.at.setEnabled(False)
        self.newest.toggled.connect(self._on_toggled)
        self.at.dateTimeChanged.connect(self.changed)
        line = QHBoxLayout()
        line.setSpacing(12)
        for widget in (self.newest, self.moment, self.at):
            line.addWidget(widget)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(plain_label(self.tr("Point in time"), is_strong=True))
        layout.addLayout(line)
        layout.addLayout(self._single(now))

    def _single(self, now: datetime) -> QHBoxLayout:
        self.server_name = ElidedLabel("startPointServer")
        self.server_at = _moment_field(now, "startServerMoment", self.tr("The moment for the chosen server"))
        self.set_server = QPushButton(self.tr("Set for this server"))
        self.set_server.setObjectName("startSetPoint")
        self.set_server.clicked.connect(self._on_set)
        self.clear_server = QPushButton(self.tr("As the others"))
        self.clear_server.setObjectName("startClearPoint")
        self.clear_server.clicked.connect(self._on_clear)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.server_name, 1)
        for widget in (self.server_at, self.set_server, self.clear_server):
            line.addWidget(widget)
        return line

    # ---- what is chosen

    @property
    def choice(self) -> PointChoice:
        """Return what is chosen now."""
        for_all = _aware(self.at.dateTime()) if self.moment.isChecked() else None
        return PointChoice(
            for_all=for_all, by_server=tuple((str(key), at) for key, at in self._by_server.items())
        )

    def show_server(self, server: PlannedServer | None) -> None:
        """Take the server that is chosen in the table."""
        self._server = server
        own = self._by_server.get(server.key) if server else None
        if server is None:
            words = self.tr("Choose a server below to give it a moment of its own.")
        elif own is None:
            words = self.tr("{0}: as the others").format(server.name)
        else:
            words = self.tr("{0}: as of {1}").format(server.name, moment_words(own))
        self.server_name.show_text(words)
        self.set_server.setEnabled(server is not None)
        self.server_at.setEnabled(server is not None)
        self.clear_server.setEnabled(own is not None)
        set_tip(self.set_server, words)
        set_tip(self.clear_server, words)

    def _on_toggled(self) -> None:
        self.at.setEnabled(self.moment.isChecked())
        self.changed.emit()

    def _on_set(self) -> None:
        if self._server is not None:
            self._by_server[self._server.key] = _aware(self.server_at.dateTime())
            self.show_server(self._server)
            self.changed.emit()

    def _on_clear(self) -> None:
        if self._server is not None and self._by_server.pop(self._server.key, None) is not None:
            self.show_server(self._server)
            self.changed.emit()


def _moment_field(now: datetime, name: str, title: str) -> QDateTimeEdit:
    field = QDateTimeEdit()
    field.setObjectName(name)
    field.setAccessibleName(title)
    field.setDisplayFormat(_FORMAT)
    field.setButtonSymbols(QDateTimeEdit.ButtonSymbols.NoButtons)  # the arrow keys step
    field.setMaximumDateTime(_local(now))
    field.setDateTime(_local(now - USUAL_AGE))
    for label in field.findChildren(QLabel):
        label.setAccessibleName(title)
    return field


def _local(at: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(at.timestamp()) // 60 * 60)


def _aware(at: QDateTime) -> datetime:
    return datetime.fromtimestamp(at.toSecsSinceEpoch(), UTC)

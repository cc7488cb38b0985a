"""The chosen server of an execution: what happened in words, why, what to do, and its own log."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from drs_desktop.services.views import ActionState, JobLogRow, ServerLaunchRow
from drs_desktop.ui.models.aws_commands import server_commands
from drs_desktop.ui.models.execution_server_model import server_look
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.models.status_text import health_look, moment_words, phase_words
from drs_desktop.ui.widgets.plain_text import ElidedLabel, NamesLabel, set_action_state, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme, text_font

_L = JobLogModel.Columns
_LOG_WIDTHS = {_L.AT: 80, _L.WORDS: 300, _L.EVENT: 170}


class ServerCard(QWidget):
    """Shows one server; says what to do when none is chosen.

    Signals:
        asked: `retry`.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("serverCard")
        self._theme = theme
        self._row: ServerLaunchRow | None = None
        self.log = JobLogModel(self)
        self._build()
        self.show_server(None, ())

    # ---- building

    def _build(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self._words())
        split.addWidget(self._log())
        split.setSizes([560, 320])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _words(self) -> QScrollArea:
        self.name = ElidedLabel("serverName")
        self.name.setFont(text_font(is_strong=True))
        self.status = StatusLabel(self._theme, "serverStatus")
        self.facts = NamesLabel("", name="serverFacts", mark="muted")
        self.happened = NamesLabel("", name="serverHappened")
        self.cause = NamesLabel("", name="serverCause")
        self.remedy = NamesLabel("", name="serverRemedy")
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(self._head())
        for widget in (self.happened, self.cause, self.remedy, self.facts):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("The chosen server"))
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        return scroll

    def _head(self) -> QHBoxLayout:
        self.retry = QPushButton(self.tr("Retry what failed…"))
        self.retry.setObjectName("serverRetryButton")
        self.retry.clicked.connect(self._on_retry)
        self.copy = QPushButton(self.tr("Copy AWS commands"))
        self.copy.setObjectName("serverCopyButton")
        set_tip(
            self.copy, self.tr("Copy the commands that show this server, its job and its instance in AWS")
        )
        self.copy.clicked.connect(self._on_copy)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.name, 1)
        line.addWidget(self.status)
        line.addWidget(self.retry)
        line.addWidget(self.copy)
        return line

    def _log(self) -> ConsoleTable:
        table = ConsoleTable(
            self.log,
            self._theme,
            name="serverLogTable",
            title=self.tr("What happened to the chosen server"),
            widths=_LOG_WIDTHS,
        )
        for column in (_L.WAVE, _L.SERVER):
            table.setColumnHidden(column, True)
        return table

    # ---- what is shown

    def show_server(self, row: ServerLaunchRow | None, log: Iterable[JobLogRow]) -> None:
        """Show a server with its lines of the job log."""
        self._row = row
        self.log.set_rows(log)
        has_failed = row is not None and bool(row.message or row.cause)
        for widget in (self.status, self.copy, self.facts):
            widget.setVisible(row is not None)
        self.retry.setVisible(has_failed)
        if row is None:
            self.name.show_text(self.tr("Choose a server above to see what happened to it."))
            for label in (self.happened, self.cause, self.remedy):
                label.hide()
            return
        self.name.show_text(row.name)
        self.status.show_look(server_look(row), row.launch_status.value if row.launch_status else "")
        self._say(self.happened, self.tr("What happened: {0}"), row.termination_reason or row.message)
        self._say(self.cause, self.tr("Why, as a rule: {0}"), row.cause)
        self._say(self.remedy, self.tr("What to do: {0}"), row.remedy)
        self.facts.show_words(self._facts(row))

    def take_log(self, rows: Iterable[JobLogRow]) -> None:
        """Add those of some new lines that are about the server shown."""
        row = self._row
        if row is not None:
            self.log.upsert(lines_of(row, rows))

    def show_states(self, states: Mapping[str, ActionState]) -> None:
        """Enable the button, or let it say why it cannot be used."""
        about = self.tr("Start the failed servers of a wave again; shows first what is called")
        set_action_state(self.retry, states["retry"], about)

    def _say(self, label: NamesLabel, words: str, text: str) -> None:
        label.show_words(words.format(text))
        label.setVisible(bool(text))

    def _facts(self, row: ServerLaunchRow) -> str:
        facts = [
            self.tr('wave {0} "{1}"').format(row.wave, row.wave_name),
            f"{row.account_name} ({row.account_id}), {row.region}",
            self.tr("phase: {0}").format(phase_words(row.phase)),
            self.tr("health: {0}").format(health_look(row.health).word),
            str(row.key.source_server_id),
        ]
        facts += [str(each) for each in (row.job_id, row.recovery_instance_id) if each]
        if row.changed_at is not None:
            facts.append(self.tr("changed {0}").format(moment_words(row.changed_at)))
        if not row.is_critical:
            facts.append(self.tr("optional: the wave does not fail with it"))
        return " · ".join(facts)

    def _on_retry(self) -> None:
        self.asked.emit("retry")

    def _on_copy(self) -> None:
        if self._row is not None:
            QGuiApplication.clipboard().setText(server_commands(self._row))


def lines_of(row: ServerLaunchRow, rows: Iterable[JobLogRow]) -> list[JobLogRow]:
    """Return the lines of a log that are about a server."""
    return [line for line in rows if line.server_name == row.name and line.wave in {None, row.wave}]

"""The line above the servers of an execution: words, wave, state and account, and how many are shown."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.execution_server_model import account_mark, tone_mark, wave_mark
from drs_desktop.ui.models.status_text import Tone
from drs_desktop.ui.widgets.pane import filter_field
from drs_desktop.ui.widgets.plain_text import plain_label

CHOICE_PIXELS = (112, 150)
WORDS_PIXELS = 110
_Choices = Sequence[tuple[str, str]]


class ServerFilter(QWidget):
    """What to show of the servers.

    Signals:
        changed: the words of `text` are others.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = filter_field(self.tr("Filter servers  ( / )"))
        self.words.setMinimumWidth(WORDS_PIXELS)
        self.wave = self._choice("serverFilterWave", self.tr("Wave"))
        self.state = self._choice("serverFilterState", self.tr("State"))
        self.account = self._choice("serverFilterAccount", self.tr("Account"))
        self._count = plain_label(name="executionServersCount", mark="muted")
        self._fill(self.state, self._states())
        bar = QHBoxLayout(self)
        bar.setContentsMargins(16, 6, 16, 6)
        bar.setSpacing(8)
        bar.addWidget(self.words, 1)
        for choice in (self.wave, self.state, self.account):
            bar.addWidget(choice)
        bar.addStretch(0)
        bar.addWidget(self._count)
        self.words.textChanged.connect(self.changed)

    def _choice(self, name: str, title: str) -> QComboBox:
        choice = QComboBox()
        choice.setObjectName(name)
        choice.setAccessibleName(title)
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choice.setMinimumWidth(CHOICE_PIXELS[0])
        choice.setMaximumWidth(CHOICE_PIXELS[1])
        choice.currentIndexChanged.connect(self.changed)
        return choice

    def _states(self) -> _Choices:
        return (
            (self.tr("All states"), ""),
            (self.tr("Failed"), tone_mark(Tone.FAILED)),
            (self.tr("Not known"), tone_mark(Tone.UNKNOWN)),
            (self.tr("Under way"), tone_mark(Tone.RUNNING)),
            (self.tr("Not started"), tone_mark(Tone.IDLE)),
            (self.tr("Launched"), tone_mark(Tone.DONE)),
        )

    def show_view(self, view: ExecutionView) -> None:
        """Offer the waves and accounts of an execution; what is chosen stays chosen while it is offered."""
        waves = [(f"{wave.number} {wave.name}", wave_mark(wave.number)) for wave in view.waves]
        self._fill(self.wave, ((self.tr("All waves"), ""), *waves))
        names = {row.account_id: row.account_name or row.account_id for row in view.servers}
        accounts = [(name, account_mark(account_id)) for account_id, name in sorted(names.items())]
        self._fill(self.account, ((self.tr("All accounts"), ""), *accounts))
        self.account.setVisible(len(accounts) > 1)

    def show_count(self, shown: int, total: int) -> None:
        self._count.setText(self.tr("{0} of {1} servers").format(shown, total))

    @property
    def text(self) -> str:
        """Return the words that a row must hold."""
        chosen = (choice.currentData() or "" for choice in (self.wave, self.state, self.account))
        return " ".join((self.words.text(), *chosen)).strip()

    def _fill(self, choice: QComboBox, offered: _Choices) -> None:
        if [choice.itemText(index) for index in range(choice.count())] == [text for text, _ in offered]:
            return
        kept = choice.currentData()
        choice.blockSignals(True)
        choice.clear()
        for text, mark in offered:
            choice.addItem(text, mark)
        choice.setCurrentIndex(max(0, choice.findData(kept)))
        choice.blockSignals(False)
        if choice.currentData() != kept:
            self.changed.emit()

"""What others did in AWS to the jobs and instances of an execution, and when that was seen."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from drs_desktop.services.views import DriftRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone, time_words
from drs_desktop.ui.widgets.plain_text import NamesLabel
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme

SHOWN = 4
NAMED = 3


class DriftNotes(QFrame):
    """A card with what changed behind the console's back; nothing has to be answered."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("driftNotes")
        self.setProperty("card", True)
        self._drifts: tuple[DriftRow, ...] = ()
        self._status = StatusLabel(theme, "driftStatus")
        self._text = NamesLabel("", name="driftText")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(13, 8, 12, 8)
        layout.setSpacing(2)
        layout.addWidget(self._status)
        layout.addWidget(self._text)
        self.hide()

    def show_drifts(self, drifts: tuple[DriftRow, ...]) -> None:
        """Show them, newest first; the job log has all of them in their places."""
        if drifts == self._drifts:
            return
        self._drifts = drifts
        title = self.tr("Others changed something in AWS ({0})").format(len(drifts))
        self._status.show_look(Look(title, Tone.HELD, Shape.TRIANGLE))
        lines = [self._line(drift) for drift in reversed(drifts[-SHOWN:])]
        if len(drifts) > SHOWN:
            lines.append(self.tr("and {0} more, in the job log").format(len(drifts) - SHOWN))
        self._text.show_words("\n".join(lines))
        self.setAccessibleName(title)
        self.setAccessibleDescription("\n".join(lines))
        self.setVisible(bool(drifts))

    def _line(self, drift: DriftRow) -> str:
        names = ", ".join(drift.server_names[:NAMED])
        if len(drift.server_names) > NAMED:
            names = self.tr("{0} and {1} more").format(names, len(drift.server_names) - NAMED)
        where = self.tr("{0} · wave {1}").format(time_words(drift.seen_at), drift.wave)
        return f"{where} · {names}: {drift.words}" if names else f"{where}: {drift.words}"

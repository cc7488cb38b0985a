"""Asks what a control of an execution is to be used on and why, and shows what would be called."""

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.controls import Choice, Control, Decision, control_of
from drs_desktop.ui.widgets.asking_dialog import AskingDialog, TypedField
from drs_desktop.ui.widgets.plain_text import NamesLabel, plain_label, set_tip
from drs_desktop.ui.widgets.theme import Theme

LONGEST_EXTENSION = 1440
USUAL_EXTENSION = 10


class NoteField(QLineEdit):
    """A field whose Enter presses the dialog's default button, once something is written."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.text().strip():
            event.accept()
            return
        super().keyPressEvent(event)


class ControlDialog(AskingDialog):
    """One control, asked before it is done."""

    def __init__(
        self, theme: Theme, control: Control, view: ExecutionView, wave: int | None, parent: QWidget
    ) -> None:
        super().__init__(theme, "controlDialog", control.title, view.mode, parent)
        self._control = control
        self._build(view)
        self._choose(wave)
        self._show_state()

    @classmethod
    async def ask(
        cls, parent: QWidget, theme: Theme, verb: str, view: ExecutionView, wave: int | None = None
    ) -> Decision | None:
        """Return what was decided, or None; `wave` is chosen beforehand where it can be."""
        dialog = cls(theme, control_of(verb, view), view, wave, parent)
        return dialog.decision() if await dialog.answer() else None

    def decision(self) -> Decision:
        """Return what is chosen and written now."""
        return Decision(
            verb=self._control.verb,
            choice=self._choice,
            text=self.text_field.text().strip(),
            by=timedelta(minutes=int(self.minutes.text())),
        )

    # ---- building

    def _build(self, view: ExecutionView) -> None:
        control = self._control
        self.body.addWidget(
            plain_label(control.title, name="controlTitle", pixels=16, is_strong=True, wraps=True)
        )
        self._build_choice()
        self.preview = NamesLabel("", name="controlPreview")
        self.body.addWidget(self.preview)
        self._build_text()
        self._build_minutes()
        self.body.addStretch(1)
        self.confirm_button = QPushButton(control.action)
        self.confirm_button.setObjectName("controlConfirmButton")
        self.confirm_button.setProperty("danger" if control.is_danger else "primary", True)
        self.cancel_button = QPushButton(self.tr("Go back"))
        self.cancel_button.setObjectName("controlCancelButton")
        self.add_foot(self.cancel_button, self.confirm_button, is_risky_default=control.is_harmless)

    def _build_choice(self) -> None:
        self.choice = QComboBox()
        self.choice.setObjectName("controlChoice")
        self.choice.setAccessibleName(self._control.title)
        self.choice.addItems([choice.text for choice in self._control.choices])
        self.choice.currentIndexChanged.connect(self._show_state)
        choices = self._control.choices
        self.choice.setVisible(len(choices) > 1)
        self.body.addWidget(self.choice)
        only = plain_label(choices[0].text, name="controlOnly", is_strong=True, wraps=True)
        only.setVisible(len(choices) == 1 and bool(choices[0].text))
        self.body.addWidget(only)

    def _build_text(self) -> None:
        self.text_field: QLineEdit = NoteField() if self._control.is_harmless else TypedField()
        self.text_field.setObjectName("controlText")
        self.text_field.setAccessibleName(self._control.asks or self._control.title)
        self.text_field.textChanged.connect(self._show_state)
        label = plain_label(self._control.asks, wraps=True)
        label.setBuddy(self.text_field)
        for widget in (label, self.text_field):
            widget.setVisible(bool(self._control.asks))
            self.body.addWidget(widget)
        if self._control.asks:
            self.text_field.setFocus()

    def _build_minutes(self) -> None:
        self.minutes = TypedField()
        self.minutes.setObjectName("controlMinutes")
        self.minutes.setValidator(QIntValidator(1, LONGEST_EXTENSION, self.minutes))
        self.minutes.setText(str(USUAL_EXTENSION))
        words = self.tr("Minutes later, from 1 to {0}:").format(LONGEST_EXTENSION)
        self.minutes.setAccessibleName(words)
        self.minutes.textChanged.connect(self._show_state)
        label = plain_label(words)
        label.setBuddy(self.minutes)
        for widget in (label, self.minutes):
            widget.setVisible(self._control.asks_minutes)
            self.body.addWidget(widget)
        if self._control.asks_minutes:
            self.minutes.setFocus()
            self.minutes.selectAll()

    # ---- what is shown

    @property
    def _choice(self) -> Choice:
        return self._control.choices[max(0, self.choice.currentIndex())]

    def _choose(self, wave: int | None) -> None:
        waves = [choice.wave for choice in self._control.choices]
        if wave in waves:
            self.choice.setCurrentIndex(waves.index(wave))

    def _show_state(self) -> None:
        if not hasattr(self, "confirm_button"):
            return
        self.preview.show_words("\n".join(self._choice.preview))
        missing = self._missing()
        self.confirm_button.setEnabled(not missing)
        set_tip(self.confirm_button, missing or self._control.title)

    def _missing(self) -> str:
        """Return what must still be written, or an empty string."""
        if self._control.asks and not self.text_field.text().strip():
            return self.tr("Nothing is written yet: {0}").format(self._control.asks)
        if not self.minutes.hasAcceptableInput():
            return self.minutes.accessibleName()
        return ""

"""The small questions about who is there: unlock, take an emergency role, after how long to lock."""

from dataclasses import dataclass

from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QSpinBox, QWidget

from drs_desktop.domain.idle_lock import MOST_IDLE_MINUTES
from drs_desktop.domain.role_mapping import ELEVATION_LASTS, SHORTEST_REASON
from drs_desktop.domain.roles import Role
from drs_desktop.services.operator_api import UNLOCK_WORD, OperatorView, SignInWay
from drs_desktop.ui.models.operator_words import person
from drs_desktop.ui.models.status_text import duration_words
from drs_desktop.ui.widgets.asking_dialog import AskingDialog, TypedField
from drs_desktop.ui.widgets.plain_text import plain_label, set_tip
from drs_desktop.ui.widgets.theme import Theme


class UnlockDialog(AskingDialog):
    """Asks for a typed word; AWS is then asked whether the sign-in still counts."""

    def __init__(self, theme: Theme, view: OperatorView, parent: QWidget) -> None:
        super().__init__(theme, "unlockDialog", parent.tr("Unlock the console"), None, parent)
        self.body.addWidget(plain_label(self.windowTitle(), pixels=16, is_strong=True))
        self.body.addWidget(plain_label(self._who(view), name="unlockText", wraps=True))
        words = self.tr("Type the word {0}:").format(UNLOCK_WORD)
        self.body.addWidget(plain_label(words))
        self.word = QLineEdit()
        self.word.setObjectName("unlockWord")
        self.word.setAccessibleName(words)
        self.word.textChanged.connect(self._show_state)
        self.body.addWidget(self.word)
        self.body.addStretch(1)
        self.go = QPushButton(self.tr("Unlock"))
        self.go.setObjectName("unlockButton")
        self.go.setProperty("primary", True)
        stay = QPushButton(self.tr("Stay locked"))
        stay.setObjectName("unlockCancelButton")
        self.add_foot(stay, self.go, is_risky_default=True)
        self._show_state()

    def _who(self, view: OperatorView) -> str:
        if view.way is SignInWay.NOT_NEEDED:
            return self.tr("{0} worked here last. What is done from now on is done in this name.").format(
                person(view)
            )
        text = self.tr(
            "{0} is signed in. AWS is asked whether that still counts; if you are somebody else, sign in "
            "instead."
        )
        return text.format(person(view))

    def _show_state(self) -> None:
        fits = self.word.text().strip().lower() == UNLOCK_WORD
        self.go.setEnabled(fits)
        set_tip(self.go, "" if fits else self.tr("The word is not typed yet."))

    @classmethod
    async def ask(cls, parent: QWidget, theme: Theme, view: OperatorView) -> str | None:
        """Return the word that was typed, or None."""
        dialog = cls(theme, view, parent)
        dialog.word.setFocus()
        return dialog.word.text() if await dialog.answer() else None


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """The role that somebody takes, and why."""

    role: Role
    reason: str


class EmergencyDialog(AskingDialog):
    """Break-glass: a role for a few hours, for a reason that everybody will read."""

    def __init__(self, theme: Theme, view: OperatorView, parent: QWidget) -> None:
        super().__init__(theme, "emergencyDialog", parent.tr("Take an emergency role"), None, parent)
        self.body.addWidget(plain_label(self.windowTitle(), pixels=16, is_strong=True))
        text = self.tr(
            "{0} is {1} now. The role you take lasts {2}, goes as far as AWS itself allows you, stands above "
            "every window, and is written into the audit trail with the reason."
        ).format(person(view), view.access.role.value, duration_words(ELEVATION_LASTS))
        self.body.addWidget(plain_label(text, name="emergencyText", wraps=True))
        self.role = QComboBox()
        self.role.setObjectName("emergencyRole")
        self.role.setAccessibleName(self.tr("The role to take"))
        for role in (Role.OPERATOR, Role.ADMIN):
            self.role.addItem(role.value, role)
        self.body.addWidget(self.role)
        words = self.tr("Why, in at least {0} characters:").format(SHORTEST_REASON)
        self.body.addWidget(plain_label(words))
        self.reason = TypedField()
        self.reason.setObjectName("emergencyReason")
        self.reason.setAccessibleName(words)
        self.reason.textChanged.connect(self._show_state)
        self.body.addWidget(self.reason)
        self.body.addStretch(1)
        self.go = QPushButton(self.tr("Take the role"))
        self.go.setObjectName("emergencyButton")
        self.go.setProperty("danger", True)
        back = QPushButton(self.tr("Go back"))
        back.setObjectName("emergencyCancelButton")
        self.add_foot(back, self.go)
        self._show_state()

    def _show_state(self) -> None:
        is_enough = len(self.reason.text().strip()) >= SHORTEST_REASON
        self.go.setEnabled(is_enough)
        set_tip(self.go, "" if is_enough else self.tr("The reason says too little yet."))

    @classmethod
    async def ask(cls, parent: QWidget, theme: Theme, view: OperatorView) -> Emergency | None:
        """Return what is taken, or None."""
        dialog = cls(theme, view, parent)
        if not await dialog.answer():
            return None
        return Emergency(role=Role(dialog.role.currentText()), reason=dialog.reason.text())


class IdleDialog(AskingDialog):
    """Asks after how many minutes without input every console of the workspace locks."""

    def __init__(self, theme: Theme, view: OperatorView, parent: QWidget) -> None:
        title = parent.tr("Lock the console when nobody is there")
        super().__init__(theme, "idleDialog", title, None, parent)
        self.body.addWidget(plain_label(self.windowTitle(), pixels=16, is_strong=True))
        text = self.tr(
            "After so many minutes without a key or the pointer nothing can be changed until somebody "
            "unlocks; executions go on. It counts for every console of this workspace. 0 never locks."
        )
        self.body.addWidget(plain_label(text, wraps=True))
        self.minutes = QSpinBox()
        self.minutes.setObjectName("idleMinutes")
        self.minutes.setAccessibleName(self.tr("Minutes without input"))
        self.minutes.setRange(0, MOST_IDLE_MINUTES)
        self.minutes.setSuffix(self.tr(" min"))
        self.minutes.setValue(int(view.lock.limit.total_seconds() // 60) if view.lock.limit else 0)
        self.body.addWidget(self.minutes)
        self.body.addStretch(1)
        go = QPushButton(self.tr("Keep it so"))
        go.setObjectName("idleButton")
        back = QPushButton(self.tr("Go back"))
        back.setObjectName("idleCancelButton")
        self.add_foot(back, go)

    @classmethod
    async def ask(cls, parent: QWidget, theme: Theme, view: OperatorView) -> int | None:
        """Return the minutes, or None."""
        dialog = cls(theme, view, parent)
        return dialog.minutes.value() if await dialog.answer() else None

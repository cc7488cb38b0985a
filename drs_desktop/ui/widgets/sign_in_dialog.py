"""Signing in from the window: where, how, and the wait for somebody to approve it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.identity_choice import ProfileChoice
from drs_desktop.domain.sign_in import Flow, Invitation, SsoSession
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.operator_api import SignInChoices
from drs_desktop.ui.models.status_text import Look, Shape, Tone, moment_words
from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme, id_font


@dataclass(frozen=True, kw_only=True)
class SignInRequest:
    """What a person chose: a sign-in to a session, or another profile that needs none from us."""

    session: SsoSession | None = None
    profile: str = ""
    flow: Flow = Flow.BROWSER
    share: bool = False


Attempt = Callable[[SignInRequest, Callable[[Invitation], None]], Awaitable[None]]
"""Does what was chosen; the second argument shows what a person needs to approve it."""


class SignInDialog(AskingDialog):
    """Asks where and how, then waits for the browser; the rest of the window stays in use meanwhile."""

    def __init__(self, theme: Theme, choices: SignInChoices, attempt: Attempt, parent: QWidget) -> None:
        super().__init__(theme, "signInDialog", parent.tr("Sign in"), None, parent)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self._attempt = attempt
        self._choices = choices
        self._task: asyncio.Task[None] | None = None
        self.body.addWidget(plain_label(self.windowTitle(), pixels=16, is_strong=True))
        self.pages = QStackedWidget()
        self.pages.addWidget(self._choosing())
        self.pages.addWidget(self._waiting(theme))
        self.body.addWidget(self.pages, 1)
        self._build_foot()
        self._on_place_changed()

    def open(self) -> None:
        """Show the dialog beside the window, not in its way."""
        self.show()

    @classmethod
    async def ask(cls, parent: QWidget, theme: Theme, choices: SignInChoices, attempt: Attempt) -> bool:
        """Return whether somebody signed in, or another profile was taken."""
        dialog = cls(theme, choices, attempt, parent)
        try:
            return await dialog.answer()
        finally:
            await dialog.give_up()

    async def give_up(self) -> None:
        """Cancel what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ---- building

    def _choosing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.place = QComboBox()
        self.place.setObjectName("signInPlace")
        self.place.setAccessibleName(self.tr("Where to sign in, or with which profile"))
        self._fill_places()
        self.place.currentIndexChanged.connect(self._on_place_changed)
        self.in_browser = QRadioButton(self.tr("In the browser of this computer; it comes back by itself"))
        self.in_browser.setObjectName("signInBrowser")
        self.by_code = QRadioButton(self.tr("With a code, on any device that has a browser"))
        self.by_code.setObjectName("signInDevice")
        self.in_browser.setChecked(self._choices.can_open_browser)
        self.by_code.setChecked(not self._choices.can_open_browser)
        self.share = QCheckBox(self.tr("Also keep it for the AWS CLI, in a file that only you can read"))
        self.share.setObjectName("signInShare")
        self.about = plain_label(name="signInAbout", mark="muted", wraps=True)
        self.failure = plain_label(name="signInFailure", mark="bad", wraps=True)
        self.failure.hide()
        for widget in (self.place, self.about, self.in_browser, self.by_code, self.share, self.failure):
            column.addWidget(widget)
        column.addStretch(1)
        return page

    def _fill_places(self) -> None:
        for session in self._choices.sessions:
            words = f"{session.name} · {session.start_url}" if session.name else session.start_url
            self.place.addItem(words, session)
        for profile in self._choices.profiles:
            self.place.addItem(self.tr("profile {0}").format(profile.name), profile)
        current = self._choices.current
        row = next((n for n in range(self.place.count()) if self.place.itemData(n) == current), 0)
        self.place.setCurrentIndex(row)

    def _waiting(self, theme: Theme) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.state = StatusLabel(theme, "signInState")
        self.how = plain_label(name="signInHow", wraps=True)
        self.code = plain_label(name="signInCode", pixels=22, is_strong=True)
        self.code.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.address = QLineEdit()
        self.address.setObjectName("signInAddress")
        self.address.setAccessibleName(self.tr("The address at which it is approved"))
        self.address.setReadOnly(True)
        self.address.setFont(id_font())
        self.until = plain_label(name="signInUntil", mark="muted", wraps=True)
        self.copy_address = self._copy_button("signInCopyAddress", self.tr("Copy the address"))
        self.copy_code = self._copy_button("signInCopyCode", self.tr("Copy the code"))
        self.copy_address.clicked.connect(self._on_copy_address)
        self.copy_code.clicked.connect(self._on_copy_code)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.code)
        line.addWidget(self.copy_code)
        line.addStretch(1)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.address, 1)
        place.addWidget(self.copy_address)
        column.addWidget(self.state)
        column.addWidget(self.how)
        column.addLayout(place)
        column.addLayout(line)
        column.addWidget(self.until)
        column.addStretch(1)
        return page

    def _copy_button(self, name: str, words: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _build_foot(self) -> None:
        self.go = QPushButton(self.tr("Sign in"))
        self.go.setObjectName("signInButton")
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.clicked.connect(self._on_go)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("signInCancelButton")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        self.body.addLayout(foot)

    # ---- choosing

    def _chosen(self) -> tuple[SsoSession | None, str]:
        data = self.place.currentData()
        if isinstance(data, ProfileChoice):
            return data.session, data.name
        return data, ""

    def _on_place_changed(self) -> None:
        session, profile = self._chosen()
        data = self.place.currentData()
        problem = data.problem if isinstance(data, ProfileChoice) else ""
        for widget in (self.in_browser, self.by_code, self.share):
            widget.setVisible(session is not None)
        self.about.setText(problem or self._about(session, profile))
        self.about.setVisible(bool(self.about.text()))
        self.go.setText(self.tr("Sign in") if session is not None else self.tr("Use this profile"))
        self.go.setEnabled(not problem and (session is not None or bool(profile)))

    def _about(self, session: SsoSession | None, profile: str) -> str:
        if session is not None:
            return self.tr("IAM Identity Center in {0}").format(session.region)
        if profile:
            return self.tr("AWS is then reached with what this profile gives; no sign-in is needed here.")
        return self.tr(
            "The AWS configuration has no Identity Center and no profile. "
            "Add one with `aws configure sso-session`, then open this again."
        )

    def _on_go(self) -> None:
        session, profile = self._chosen()
        flow = Flow.BROWSER if self.in_browser.isChecked() else Flow.DEVICE
        request = SignInRequest(session=session, profile=profile, flow=flow, share=self.share.isChecked())
        self._show_waiting()
        self._task = spawn(self._try(request), name="sign in")

    async def _try(self, request: SignInRequest) -> None:
        try:
            await self._attempt(request, self.show_invitation)
        except DrsDesktopError as error:
            self.show_failure(str(error))
        else:
            self.accept()

    # ---- waiting

    def _show_waiting(self) -> None:
        self.failure.hide()
        self.state.show_look(Look(self.tr("Asking Identity Center…"), Tone.RUNNING, Shape.HALF))
        self.how.setText("")
        self.until.setText("")
        for widget in (self.address, self.copy_address, self.code, self.copy_code):
            widget.hide()
        self.pages.setCurrentIndex(1)
        self.go.hide()

    def show_invitation(self, invitation: Invitation) -> None:
        """Show what a person needs to approve it."""
        is_device = invitation.user_code is not None
        words = self.tr("Waiting for the approval") if is_device else self.tr("Waiting for the browser")
        self.state.show_look(Look(words, Tone.RUNNING, Shape.HALF))
        self.how.setText(self._how(is_device))
        self.address.setText(invitation.url)
        self.address.setCursorPosition(0)
        self.code.setText(invitation.user_code or "")
        self.code.setAccessibleName(self.tr("Code: {0}").format(invitation.user_code or ""))
        self.until.setText(
            self.tr("It can be approved until {0}.").format(moment_words(invitation.expires_at))
        )
        self.code.setVisible(is_device)
        self.copy_code.setVisible(is_device)
        self.address.show()
        self.copy_address.show()
        self.copy_address.setFocus()

    def _how(self, is_device: bool) -> str:
        if is_device:
            return self.tr("Open this address on any device, check that it shows the code, and approve:")
        return self.tr("Approve it there. If no browser has opened, open this address on this computer:")

    def show_failure(self, sentence: str) -> None:
        """Say why it did not work, and let it be tried again."""
        self.failure.setText(sentence)
        self.failure.setAccessibleName(sentence)
        self.failure.show()
        self.pages.setCurrentIndex(0)
        self.go.setText(self.tr("Try again"))
        self.go.show()
        self.go.setFocus()

    def _on_copy_address(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())

    def _on_copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())

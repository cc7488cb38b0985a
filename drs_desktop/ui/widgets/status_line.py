"""The status bar: who is signed in, where, how old the data is, what is running."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar

from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.services.operator_api import OperatorView
from drs_desktop.services.views import ExecutionRow, InventoryView
from drs_desktop.ui.models.operator_words import is_in_memory, status_words, tip_words
from drs_desktop.ui.models.status_text import age_words, counted
from drs_desktop.ui.widgets.plain_text import ElidedLabel, plain_label, set_tip


class StatusLine(QObject):
    """Fills the status bar of the window, from left to right in the order in which a person looks."""

    def __init__(self, bar: QStatusBar, sign_in: Callable[[], None]) -> None:
        """Build it.

        Args:
            sign_in: called by the button that stands there while nobody is signed in.
        """
        super().__init__(bar)
        self._bar = bar
        bar.setSizeGripEnabled(False)
        self.sign_in_button = QPushButton(self.tr("Sign in…"))
        self.sign_in_button.setObjectName("statusSignIn")
        self.sign_in_button.setProperty("flat", True)
        self.sign_in_button.clicked.connect(sign_in)
        self.sign_in_button.hide()
        self.workspace = self._label("statusWorkspace", self.tr("Opening…"))
        self.operator = ElidedLabel("statusOperator")
        bar.addPermanentWidget(self.operator)
        bar.addPermanentWidget(self.sign_in_button)
        self.endpoint = self._label("statusEndpoint")
        self.accounts = self._label("statusAccounts")
        self.age = self._label("statusAge")
        about = self.tr("The oldest read of the source servers; an execution tells the age of its own data")
        set_tip(self.age, about)
        self.live = self._label("statusLive")

    def _label(self, name: str, text: str = "") -> QLabel:
        label = plain_label(text, name=name)
        self._bar.addPermanentWidget(label)
        return label

    def show_workspace(self, info: WorkspaceInfo) -> None:
        """Say which workspace is open, at which AWS."""
        self.workspace.setText(self.tr("workspace {0}").format(info.name))
        self.operator.show_text(info.operator)
        self.endpoint.setText(info.endpoint.title)
        self.endpoint.setProperty("alert", info.endpoint.url is not None)
        self.endpoint.style().polish(self.endpoint)

    def show_operator(self, view: OperatorView) -> None:
        """Say who is signed in, with which role, until when."""
        words = status_words(view)
        self.operator.show_text(words)
        set_tip(self.operator, f"{words}\n{tip_words(view)}")
        self.operator.setProperty("alert", is_in_memory(view) or view.access.elevation is not None)
        self.operator.style().polish(self.operator)
        self.sign_in_button.setVisible(view.must_sign_in)

    def show_places(self, inventory: InventoryView) -> None:
        """Say how many accounts and Regions are looked into, and how many could not be read."""
        accounts = {state.scope.account_id for state in inventory.scopes}
        failed = sum(1 for state in inventory.scopes if not state.is_ok)
        regions = {state.scope.region for state in inventory.scopes}
        text = ", ".join(
            (
                counted(len(accounts), self.tr("account"), self.tr("accounts")),
                counted(len(regions), self.tr("Region"), self.tr("Regions")),
            )
        )
        self.accounts.setText(self.tr("{0}, {1} not read").format(text, failed) if failed else text)

    def show_age(self, inventory: InventoryView, now: datetime) -> None:
        """Say how old the oldest read is."""
        seen = [state.observed_at for state in inventory.scopes if state.is_ok and state.observed_at]
        self.age.setText(age_words(min(seen, default=None), now))

    def show_live(self, live: Sequence[ExecutionRow]) -> None:
        """Say how many executions are live, and how many of them wait for a person."""
        waiting = sum(1 for row in live if row.needs_person)
        text = self.tr("live executions: {0}").format(len(live))
        self.live.setText(self.tr("{0}, {1} waiting for you").format(text, waiting) if waiting else text)

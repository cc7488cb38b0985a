"""What the window knows of the person in front of it, kept fresh, and what they can do about it."""

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from drs_desktop.domain.errors import DrsDesktopError, SignInNeeded
from drs_desktop.domain.sign_in import Invitation
from drs_desktop.services.administration import Administration
from drs_desktop.services.api import Services
from drs_desktop.services.operator_api import OperatorApi, OperatorView
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.input_watch import InputWatch
from drs_desktop.ui.widgets.presence_dialogs import EmergencyDialog, IdleDialog, UnlockDialog
from drs_desktop.ui.widgets.sign_in_dialog import SignInDialog, SignInRequest
from drs_desktop.ui.widgets.theme import Theme

LOOK_MILLISECONDS = 5_000
"""How often it is looked whether the sign-in ends or the console has locked; it asks nothing of AWS."""


class OperatorDesk(QObject):
    """Looks at who is there, and carries out what they ask about themselves.

    Signals:
        changed: an `OperatorView` was read.
        access_changed: another person, role or lock: what may be done has to be read anew.
        alerted: a sentence that has come due, such as the end of the sign-in.
    """

    changed = Signal(object)
    access_changed = Signal()
    alerted = Signal(str)

    def __init__(self, desk: Desk, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self.view: OperatorView | None = None
        self._desk = desk
        self._theme = theme
        self._window = window
        self._operator: OperatorApi | None = None
        self._administration: Administration | None = None
        self._watch: InputWatch | None = None
        self._is_looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look_soon)

    # ---- looking

    async def open(self, services: Services) -> None:
        """Begin to look, and to notice whether somebody is there."""
        if services.operator is None:
            return
        self._operator, self._administration = services.operator, services.administration
        self._watch = InputWatch(services.operator.touch, self)
        self._watch.watch(self._window.windowHandle())
        self._take(await self._desk.bridge.call(services.operator.attend()))
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look_soon(self) -> None:
        """Look without waiting; a look that is under way counts."""
        if self._operator is not None and not self._is_looking:
            self._is_looking = True
            self._desk.flows.start(self._look(), title=self.tr("Look at the sign-in"))

    async def _look(self) -> None:
        assert self._operator is not None
        try:
            self._take(await self._desk.bridge.call(self._operator.look()))
        finally:
            self._is_looking = False

    def _take(self, view: OperatorView) -> None:
        before, self.view = self.view, view
        self.changed.emit(view)
        if before is not None and _what_may_be_done(before) != _what_may_be_done(view):
            self.access_changed.emit()
        if view.alert:
            self.alerted.emit(view.alert)

    # ---- what a person asks

    def ask(self, verb: str) -> None:
        """Do one of SESSION_VERBS; what has to be asked is asked first."""
        if self._operator is None:
            return
        titles = {
            "sign_in": self.tr("Sign in"),
            "sign_out": self.tr("Sign out"),
            "elevate": self.tr("Take an emergency role"),
            "give_up": self.tr("Give the emergency role back"),
            "lock": self.tr("Lock the console"),
            "unlock": self.tr("Unlock the console"),
            "idle": self.tr("Lock the console when nobody is there"),
        }
        work: Callable[[], Awaitable[None]] = getattr(self, f"_{verb}")
        self._desk.flows.start(self._asked(work), title=titles[verb])

    async def _asked(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self.look_soon()

    async def _sign_in(self) -> None:
        if self._window.findChild(SignInDialog):
            return
        operator = self._known
        choices = await self._desk.bridge.call(operator.choices())
        if await SignInDialog.ask(self._window, self._theme, choices, self._attempt):
            await self._desk.refresh()

    async def _attempt(self, request: SignInRequest, show: Callable[[Invitation], None]) -> None:
        call, operator = self._desk.bridge.call, self._known
        if request.profile:
            self._take(await call(operator.choose_profile(request.profile)))
        if request.session is not None:
            invite = self._desk.bridge.relay(show)
            signing_in = operator.sign_in(request.session, request.flow, invite, share=request.share)
            self._take(await call(signing_in))

    async def _sign_out(self) -> None:
        self._take(await self._desk.bridge.call(self._known.sign_out()))

    async def _elevate(self) -> None:
        assert self.view is not None
        taken = await EmergencyDialog.ask(self._window, self._theme, self.view)
        if taken is not None and self._administration is not None:
            access = self._administration.access
            await self._desk.bridge.call(access.elevate(taken.role, taken.reason))

    async def _give_up(self) -> None:
        if self._administration is not None:
            await self._desk.bridge.call(self._administration.access.give_up())

    async def _lock(self) -> None:
        self._take(await self._desk.bridge.call(self._known.lock()))

    async def _unlock(self) -> None:
        if self.view is None or self._window.findChild(UnlockDialog):
            return
        if self.view.must_sign_in:
            await self._sign_in()
            return
        word = await UnlockDialog.ask(self._window, self._theme, self.view)
        if word is not None:
            await self._unlock_with(word)

    async def _unlock_with(self, word: str) -> None:
        try:
            self._take(await self._desk.bridge.call(self._known.unlock(word)))
        except SignInNeeded:
            await self._sign_in()

    async def _idle(self) -> None:
        assert self.view is not None
        minutes = await IdleDialog.ask(self._window, self._theme, self.view)
        if minutes is not None:
            self._take(await self._desk.bridge.call(self._known.set_idle_minutes(minutes)))

    @property
    def _known(self) -> OperatorApi:
        if self._operator is None:
            raise DrsDesktopError(self.tr("The workspace is not open."))
        return self._operator


def _what_may_be_done(view: OperatorView) -> object:
    access = view.access
    return access.role, access.principal, access.accounts, access.elevation, view.lock.is_locked

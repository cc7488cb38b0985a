"""Every action of the window, as records: menus, shortcuts and the list of keys are made from them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from drs_desktop.services.views import ActionState
from drs_desktop.ui.models.controls import VERBS
from drs_desktop.ui.models.palette_model import PaletteRow
from drs_desktop.ui.models.plain_text import plain_tooltip
from drs_desktop.ui.widgets.keys_dialog import KeyRow


@dataclass(frozen=True, kw_only=True)
class ActionSpec:
    """One action.

    Attributes:
        action_id: also the object name of the QAction.
        menu: the menu it stands in.
        shortcuts: the first is shown in the menu.
        about: what it does, for the status bar.
        group: actions of one group exclude each other and carry a mark.
    """

    action_id: str
    menu: str
    text: str
    shortcuts: tuple[str, ...] = ()
    about: str = ""
    group: str = ""
    is_after_line: bool = False


CHANGING = frozenset(VERBS) | {"start_drill", "start_recovery"}
"""The actions that change something: a locked console has none of them."""
MENUS = (
    ("file", "&File"),
    ("view", "&View"),
    ("plan", "&Plan"),
    ("execution", "&Execution"),
    ("session", "&Session"),
    ("help", "&Help"),
)
PALETTE = "palette"
SPECS = (
    ActionSpec(
        action_id="refresh",
        menu="file",
        text="&Refresh",
        shortcuts=("F5",),
        about="Ask every account and Region now",
    ),
    ActionSpec(action_id="quit", menu="file", text="&Quit", shortcuts=("Ctrl+Q",), about="Close this window"),
    ActionSpec(action_id="show_servers", menu="view", text="&Source servers", shortcuts=("Ctrl+1", "Alt+1")),
    ActionSpec(
        action_id="show_groups", menu="view", text="Protection &groups", shortcuts=("Ctrl+2", "Alt+2")
    ),
    ActionSpec(action_id="show_plans", menu="view", text="Recovery &plans", shortcuts=("Ctrl+3", "Alt+3")),
    ActionSpec(action_id="show_executions", menu="view", text="&Executions", shortcuts=("Ctrl+4", "Alt+4")),
    ActionSpec(
        action_id="filter", menu="view", text="&Filter", shortcuts=("/", "Ctrl+F"), about="Filter the list"
    ),
    ActionSpec(
        action_id="appearance_system",
        menu="view",
        text="Colours of the s&ystem",
        group="appearance",
        is_after_line=True,
    ),
    ActionSpec(action_id="appearance_light", menu="view", text="&Light", group="appearance"),
    ActionSpec(action_id="appearance_dark", menu="view", text="&Dark", group="appearance"),
    ActionSpec(
        action_id="start_drill",
        menu="plan",
        text="Start &drill…",
        shortcuts=("Ctrl+D",),
        about="Check the chosen plan and start a drill of it",
    ),
    ActionSpec(
        action_id="start_recovery",
        menu="plan",
        text="Start &recovery…",
        shortcuts=("Ctrl+Shift+R",),
        about="Check the chosen plan and start a recovery; its name must be typed",
    ),
    ActionSpec(
        action_id="edit_plan",
        menu="plan",
        text="&Edit plan…",
        shortcuts=("F2",),
        about="Change the chosen plan in a window of its own; a draft is kept at every step",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="pause",
        menu="execution",
        text="&Pause",
        shortcuts=("Ctrl+P",),
        about="Start nothing new until somebody resumes",
    ),
    ActionSpec(
        action_id="resume",
        menu="execution",
        text="&Resume",
        shortcuts=("Ctrl+R",),
        about="Release what waits; what it allows is then started in AWS",
    ),
    ActionSpec(
        action_id="note",
        menu="execution",
        text="&Note…",
        shortcuts=("N",),
        about="Write something down in the history",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="retry",
        menu="execution",
        text="Retr&y what failed…",
        shortcuts=("Ctrl+Y",),
        about="Start the failed servers of a wave again; shows first what is called",
    ),
    ActionSpec(
        action_id="skip",
        menu="execution",
        text="&Skip a wave…",
        shortcuts=("Ctrl+Shift+S",),
        about="Never run a wave that has started nothing; needs a reason",
    ),
    ActionSpec(
        action_id="end_wait",
        menu="execution",
        text="&End a wait now…",
        shortcuts=("Ctrl+E",),
        about="Go on before a timed wait is over",
    ),
    ActionSpec(
        action_id="extend_wait",
        menu="execution",
        text="E&xtend a wait…",
        shortcuts=("Ctrl+Shift+E",),
        about="Let a timed wait end later",
    ),
    ActionSpec(
        action_id="cancel",
        menu="execution",
        text="&Cancel…",
        shortcuts=("Ctrl+Shift+C",),
        about="Start nothing more; asks before it does",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="clean_up",
        menu="execution",
        text="Cancel and clean &up…",
        about="Cancel a drill, wait for its jobs, then delete what it launched; asks before it does",
    ),
    ActionSpec(
        action_id="stop_watching",
        menu="execution",
        text="Stop &watching…",
        about="Look no more at the jobs of a cancelled execution; needs a reason",
    ),
    ActionSpec(
        action_id="terminate",
        menu="execution",
        text="&Terminate…",
        shortcuts=("Ctrl+Shift+T",),
        about="Delete what the execution launched; asks before it does",
    ),
    ActionSpec(
        action_id="open_window",
        menu="execution",
        text="&Open in a window of its own",
        shortcuts=("Ctrl+Shift+N",),
        about="Show the execution in another window too; closing that one stops nothing",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="sign_in",
        menu="session",
        text="Sign &in…",
        shortcuts=("Ctrl+Shift+I",),
        about="Sign in to IAM Identity Center, or choose another AWS profile",
    ),
    ActionSpec(
        action_id="sign_out",
        menu="session",
        text="Sign &out",
        about="Forget the sign-in and end it at AWS; what was started there goes on",
    ),
    ActionSpec(
        action_id="lock",
        menu="session",
        text="&Lock now",
        shortcuts=("Ctrl+L",),
        about="Let nothing be changed from here until somebody unlocks; executions go on",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="unlock",
        menu="session",
        text="&Unlock…",
        shortcuts=("Ctrl+U",),
        about="Let things be changed from here again",
    ),
    ActionSpec(
        action_id="idle",
        menu="session",
        text="Lock by &itself…",
        about="Say after how many minutes without input the console locks",
    ),
    ActionSpec(
        action_id="elevate",
        menu="session",
        text="Take an &emergency role…",
        about="More than your own role for a few hours; needs a reason that everybody reads",
        is_after_line=True,
    ),
    ActionSpec(
        action_id="give_up",
        menu="session",
        text="&Give the emergency role back",
        about="Have your own role again",
    ),
    ActionSpec(
        action_id=PALETTE,
        menu="help",
        text="&Find an action…",
        shortcuts=("Ctrl+K",),
        about="Type a few letters of what you want to do",
    ),
    ActionSpec(
        action_id="sample",
        menu="help",
        text="Open the &sample workspace",
        about="A simulated AWS on this computer, to look around and drill; nothing in it can cost or break",
    ),
    ActionSpec(
        action_id="keys", menu="help", text="&Keys", shortcuts=("?", "F1"), about="List every shortcut"
    ),
)
CLOSE_WINDOW = ActionSpec(
    action_id="close_window",
    menu="view",
    text="&Close this window",
    shortcuts=("Ctrl+W",),
    about="The execution goes on, and stays in the main window",
    is_after_line=True,
)
EXECUTION_SPECS = (
    *(spec for spec in SPECS if spec.action_id == "filter"),
    *(spec for spec in SPECS if spec.menu == "execution" and spec.action_id != "open_window"),
    CLOSE_WINDOW,
)
"""What the window of a single execution has."""
MORE = ("note", "retry", "skip", "end_wait", "extend_wait", "clean_up", "stop_watching")
"""What stands behind the button More of an execution."""


def _plain(text: str) -> str:
    return text.replace("&", "")


class Actions(QObject):
    """The QActions of a window, made from records; `on_action` is told the id."""

    def __init__(
        self,
        window: QMainWindow,
        on_action: Callable[[str], None],
        specs: Sequence[ActionSpec] = SPECS,
    ) -> None:
        super().__init__(window)
        self._on_action = on_action
        self._specs = specs
        self.by_id: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._states: dict[str, ActionState] = {}
        self._lock_reason = ""
        used = {spec.menu for spec in specs}
        menus = {name: window.menuBar().addMenu(self.tr(title)) for name, title in MENUS if name in used}
        menus["execution"].setToolTipsVisible(True)
        for spec in specs:
            self._add(spec, menus[spec.menu])

    def check(self, action_id: str) -> None:
        """Put the mark of a group on one of its actions."""
        self.by_id[action_id].setChecked(True)

    def show_states(self, states: Mapping[str, ActionState]) -> None:
        """Enable actions, or disable them and let them say why."""
        for action_id, state in states.items():
            self._states[action_id] = state
            self._show_state(action_id, state)

    def _show_state(self, action_id: str, state: ActionState) -> None:
        is_locked = bool(self._lock_reason) and action_id in CHANGING
        action = self.by_id[action_id]
        reason = self._lock_reason if is_locked else state.reason
        is_enabled = state.enabled and not is_locked
        words = str(action.property("about")) if is_enabled else reason
        action.setEnabled(is_enabled)
        action.setStatusTip(words)
        action.setToolTip(plain_tooltip(words))

    def show_lock(self, reason: str) -> None:
        """Disable everything that changes something, for this reason; an empty one gives it back."""
        if reason != self._lock_reason:
            self._lock_reason = reason
            usual = ActionState(enabled=True)
            self.show_states({one: self._states.get(one, usual) for one in CHANGING & self.by_id.keys()})

    def menu_of(self, action_ids: Iterable[str], parent: QWidget) -> QMenu:
        """Return a menu of some of the actions."""
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        for action_id in action_ids:
            menu.addAction(self.by_id[action_id])
        return menu

    def rows(self) -> tuple[PaletteRow, ...]:
        """Return every action but the palette's own, with whether it can be used now."""
        menus = dict(MENUS)
        return tuple(
            PaletteRow(
                action_id=spec.action_id,
                name=_plain(self.tr(spec.text)),
                menu=_plain(self.tr(menus[spec.menu])),
                keys=", ".join(spec.shortcuts),
                about=str(self.by_id[spec.action_id].property("about")),
                why_not="" if self._can_use(spec) else self.by_id[spec.action_id].statusTip(),
            )
            for spec in self._specs
            if spec.action_id != PALETTE
        )

    def _can_use(self, spec: ActionSpec) -> bool:
        return self.by_id[spec.action_id].isEnabled()

    def key_rows(self) -> tuple[KeyRow, ...]:
        """Return every action that has a shortcut."""
        menus = dict(MENUS)
        return tuple(
            KeyRow(
                menu=_plain(self.tr(menus[spec.menu])),
                keys=self.tr(" or ").join(spec.shortcuts),
                name=_plain(self.tr(spec.text)).rstrip("…"),
            )
            for spec in self._specs
            if spec.shortcuts
        )

    def _add(self, spec: ActionSpec, menu: QMenu) -> None:
        if spec.is_after_line:
            menu.addSeparator()
        action = QAction(self.tr(spec.text), self)
        action.setObjectName(spec.action_id)
        action.setStatusTip(self.tr(spec.about) if spec.about else "")
        action.setProperty("about", action.statusTip())
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.triggered.connect(self._on_triggered)
        if spec.group:
            action.setCheckable(True)
            self._group(spec.group).addAction(action)
        menu.addAction(action)
        self.by_id[spec.action_id] = action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]

    def _on_triggered(self) -> None:
        self._on_action(self.sender().objectName())

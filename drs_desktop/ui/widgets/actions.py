"""Every action of the window, as records: menus, shortcuts and the list of keys are made from them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from drs_desktop.services.views import ActionState
from drs_desktop.ui.models.palette_model import PaletteRow
from drs_desktop.ui.models.plain_text import plain_tooltip


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


MENUS = (
    ("file", "&File"),
    ("view", "&View"),
    ("plan", "&Plan"),
    ("execution", "&Execution"),
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
        action_id=PALETTE,
        menu="help",
        text="&Find an action…",
        shortcuts=("Ctrl+K",),
        about="Type a few letters of what you want to do",
    ),
    ActionSpec(
        action_id="keys", menu="help", text="&Keys", shortcuts=("?", "F1"), about="List every shortcut"
    ),
)


def _plain(text: str) -> str:
    return text.replace("&", "")


class Actions(QObject):
    """The QActions of a window, made from SPECS; `on_action` is told the id."""

    def __init__(self, window: QMainWindow, on_action: Callable[[str], None]) -> None:
        super().__init__(window)
        self._on_action = on_action
        self.by_id: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        menus = {name: window.menuBar().addMenu(self.tr(title)) for name, title in MENUS}
        menus["execution"].setToolTipsVisible(True)
        for spec in SPECS:
            self._add(spec, menus[spec.menu])

    def check(self, action_id: str) -> None:
        """Put the mark of a group on one of its actions."""
        self.by_id[action_id].setChecked(True)

    def show_states(self, states: Mapping[str, ActionState]) -> None:
        """Enable actions, or disable them and let them say why."""
        for action_id, state in states.items():
            action = self.by_id[action_id]
            words = str(action.property("about")) if state.enabled else state.reason
            action.setEnabled(state.enabled)
            action.setStatusTip(words)
            action.setToolTip(plain_tooltip(words))

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
            for spec in SPECS
            if spec.action_id != PALETTE
        )

    def _can_use(self, spec: ActionSpec) -> bool:
        return self.by_id[spec.action_id].isEnabled()

    def key_words(self) -> str:
        """Return every shortcut with what it does, a line each."""
        lines = []
        for spec in SPECS:
            if spec.shortcuts:
                name = _plain(self.tr(spec.text)).rstrip("…")
                lines.append(f"{' or '.join(spec.shortcuts)}: {name}")
        return "\n".join(lines)

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

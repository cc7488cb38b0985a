"""The stable object names of the window: what tests and automation find controls by.

Frame: `mainWindow`, `navigation` (QListWidget; rows in the order of `PANES`), `panes` (QStackedWidget),
`simulationBand`, `banners` (its `texts`; each line a `banner-KEY` with `bannerText` and `bannerButton`),
`refreshButton`; in the status bar `statusWorkspace`, `statusOperator`, `statusEndpoint`,
`statusAccounts`, `statusAge`, `statusLive`, and `statusSignIn` while nobody is signed in.

Panes: `sourceServersPane`, `groupsPane`, `plansPane`, `executionsPane`. In each, `filterField` and, while
there is nothing to show, `emptyTitle`, `emptyText`, and `emptyButton` where an action leads on.

Tables (QTableView; the row's dataclass by `Role.ROW`): `sourceServersTable`, `groupsTable`,
`groupMembersTable`, `planList`, `executionsTable`, `executionServersTable`, `jobLogTable`;
trees: `planTree` for the waves of a plan, `wavesTree` for those of an execution. The `timeline` is painted:
its `accessibleDescription()` tells the current lane.

Plans pane: `startDrillButton`, `startRecoveryButton`, `planProblems`.

Executions pane: `executionTitle`, `executionMode`, `executionStatus` (a `StatusLabel`; `.text()` is the
word), `executionReason`, `executionClock`, `executionWave`, `executionAge`, `executionExpected`,
`pauseButton`, `resumeButton`, `cancelButton`, `terminateButton`, `moreButton` (its menu has the actions
named in `actions.py`), `executionTabs`, `needsYou`; in it one `holdCard` per wave that waits, with
`holdText`, `holdResumeButton`, `holdRetryButton`; one `taskCard` per manual task, with `taskText`,
`taskAnswer`, `taskDoneButton`, `taskFailedButton`; and one `questionCard` per start in doubt, with
`questionKeepLooking`, `questionOurs`, `questionNothingStarted`, `questionJob`, `questionAnswerButton`.

More of an execution: `executionTarget` and `executionStale` (`StatusLabel`s), `driftNotes` with `driftText`,
`serverFilterWave`, `serverFilterState`, `serverFilterAccount`; in the tab Server `serverName`,
`serverHappened`, `serverCause`, `serverRemedy`, `serverRetryButton`, `serverCopyButton`, `serverLogTable`.
A window of one execution is an `executionWindow` and has the same names inside.

Plan editor: a `planEditor` window for each plan, opened by `editPlanButton`; in it `editorWaves` (tree),
`planGraph`, `planInspector` with `editorPlanName`, `editorPlanOwner`, `editorPlanRto`, `editorWaveName`,
`editorPause`, `editorInstruction`, `editorWaits`, `editorGroups`; `editorServers`, `editorProblems`,
`editorNotice`, `editorSaveButton`; its actions are `editorUndo`, `editorAdd`, `editorEarlier` and so on.


Dialogs: `startDialog` with `startConfirmButton`, `startCancelButton`, `startPlanName` (recovery only),
`startFindings`, `startCalls`; `confirmDialog` with `confirmButton`, `confirmCancelButton`,
`confirmPlanName`, `confirmCount`; `controlDialog` with `controlChoice`, `controlPreview`, `controlText`,
`controlMinutes`, `controlConfirmButton`, `controlCancelButton`; `messageDialog` with `messageText` and
`messageCloseButton`; `signInDialog` with `signInPlace`, `signInBrowser`, `signInDevice`, `signInShare`,
`signInButton`, `signInCancelButton`, `signInAddress`, `signInCode`, `signInFailure`; `unlockDialog` with
`unlockWord` and `unlockButton`; `emergencyDialog` with `emergencyRole`, `emergencyReason`, `emergencyButton`;
`keysDialog` with `keysName`, `keysKeys`, `keysCloseButton`; `idleDialog` with `idleMinutes` and `idleButton`;
`closeDialog` with `closeQuitButton` and `closeStayButton`;
`commandPalette` with `paletteField` and `paletteList`.
"""

PANES = ("sourceServersPane", "groupsPane", "plansPane", "executionsPane")

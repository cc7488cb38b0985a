"""The stable object names of the window: what tests and automation find controls by.

Frame: `mainWindow`, `navigation` (QListWidget; rows in the order of `PANES`), `panes` (QStackedWidget),
`simulationBand`, `refreshButton`; in the status bar `statusWorkspace`, `statusOperator`, `statusEndpoint`,
`statusAccounts`, `statusAge`, `statusLive`.

Panes: `sourceServersPane`, `groupsPane`, `plansPane`, `executionsPane`. In each, `filterField` and, while
there is nothing to show, `emptyTitle`, `emptyText`.

Tables (QTableView; the row's dataclass by `Role.ROW`): `sourceServersTable`, `groupsTable`,
`groupMembersTable`, `planList`, `executionsTable`, `wavesTable`, `executionServersTable`, `jobLogTable`;
the waves of a plan are the tree `planTree`.

Plans pane: `startDrillButton`, `startRecoveryButton`, `planProblems`.

Executions pane: `executionTitle`, `executionMode`, `executionStatus` (a `StatusLabel`; `.text()` is the
word), `executionReason`, `executionClock`, `executionWave`, `executionAge`, `pauseButton`, `resumeButton`,
`cancelButton`, `terminateButton`, `needsYou`; in it one `holdCard` per wave that waits, with `holdText` and
`holdResumeButton`, and one `questionCard` per start in doubt, with `questionKeepLooking`, `questionOurs`,
`questionNothingStarted`, `questionJob` and `questionAnswerButton`.

Dialogs: `startDialog` with `startConfirmButton`, `startCancelButton`, `startPlanName` (recovery only),
`startFindings`, `startCalls`; `confirmDialog` with `confirmButton`, `confirmCancelButton`,
`confirmPlanName`, `confirmCount`; `messageDialog` with `messageText` and `messageCloseButton`;
`closeDialog` with `closeQuitButton` and `closeStayButton`.
"""

PANES = ("sourceServersPane", "groupsPane", "plansPane", "executionsPane")

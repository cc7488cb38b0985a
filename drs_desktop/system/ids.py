"""Fresh identifiers: ULIDs, which sort by the time they were made."""

from ulid import ULID

from drs_desktop.domain.ids import ExecutionId, IntentId


class UlidIds:
    """Make the identifiers of one workspace."""

    def __init__(self, workspace: str) -> None:
        """Remember the workspace, whose name begins each execution id."""
        self._workspace = workspace

    def new_execution_id(self) -> ExecutionId:
        """Return `<workspace>-<ULID>`."""
        return ExecutionId(f"{self._workspace}-{ULID()}")

    def new_intent_id(self) -> IntentId:
        """Return a ULID, fresh for each mutating call."""
        return IntentId(str(ULID()))

"""Drafts of plans as files beside the database, each written in one piece."""

import asyncio
import hashlib
import os
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from drs_desktop.domain.draft_ports import PlanDraft
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ids import PlanId

_log = structlog.get_logger(__name__)


class PlanDrafts:
    """Implements `DraftStore` in a folder, which is made with the first draft."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()

    async def keep(self, draft: PlanDraft) -> None:
        """Keep a draft; see the port."""
        async with self._lock:
            await asyncio.to_thread(self._write, draft)

    async def drop(self, plan_id: PlanId) -> None:
        """Forget a draft; see the port."""
        async with self._lock:
            await asyncio.to_thread(self._path(plan_id).unlink, missing_ok=True)

    async def drafts(self) -> tuple[PlanDraft, ...]:
        """Return every draft that can be read; see the port."""
        async with self._lock:
            found = await asyncio.to_thread(self._read_all)
        return tuple(sorted(found, key=lambda draft: draft.kept_at, reverse=True))

    def _path(self, plan_id: PlanId) -> Path:
        """Return a plan's file: its name says nothing, for an id may hold what a file name may not."""
        return self._folder / f"{hashlib.sha256(plan_id.encode()).hexdigest()[:32]}.json"

    def _write(self, draft: PlanDraft) -> None:
        path = self._path(draft.plan.plan_id)
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_bytes(_adapter().dump_json(draft))
            os.replace(fresh, path)
        except OSError as error:
            raise StorageError(f"The draft of plan {draft.plan.name} could not be kept: {error}") from error

    def _read_all(self) -> list[PlanDraft]:
        drafts = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                drafts.append(_adapter().validate_json(path.read_bytes()))
            except (OSError, ValidationError, ValueError) as error:
                _log.warning("a draft cannot be read", file=path.name, error=type(error).__name__)
        return drafts


def _adapter() -> TypeAdapter[PlanDraft]:
    return TypeAdapter(PlanDraft)

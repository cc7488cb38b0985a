"""The figures of each process that drives executions, kept in a file so that others can show them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

_log = structlog.get_logger(__name__)
_PREFIX, _SUFFIX = "figures-", ".json"
KEPT_FOR = timedelta(days=1)
"""How long the last figures of a process that has ended are shown."""


@dataclass(frozen=True, kw_only=True)
class KeptFigures:
    """What another process last wrote about itself.

    Attributes:
        process: its id on this machine.
        kept_at: when it wrote them.
    """

    process: int
    kept_at: datetime
    figures: Mapping[str, Any]


class FiguresFolder:
    """One small file for each process, in the workspace's folder; a figure that is lost is no harm."""

    def __init__(self, folder: Path, process: int | None = None) -> None:
        self._folder = folder
        self._process = process or os.getpid()

    def keep(self, figures: Mapping[str, Any], now: datetime) -> None:
        """Write this process's figures over what it wrote before."""
        path = self._folder / f"{_PREFIX}{self._process}{_SUFFIX}"
        body = json.dumps({"kept_at": now.isoformat(), "figures": dict(figures)})
        try:
            handle = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(body)
            path.with_suffix(".new").replace(path)
        except OSError as error:
            _log.warning("figures were not kept", error=str(error))

    def of_others(self, now: datetime) -> tuple[KeptFigures, ...]:
        """Return what other processes wrote, newest first; what is old is removed, what is torn left out."""
        found = [kept for path in self._folder.glob(f"{_PREFIX}*{_SUFFIX}") if (kept := _read(path))]
        for kept in found:
            if now - kept.kept_at > KEPT_FOR:
                (self._folder / f"{_PREFIX}{kept.process}{_SUFFIX}").unlink(missing_ok=True)
        new = (k for k in found if now - k.kept_at <= KEPT_FOR and k.process != self._process)
        return tuple(sorted(new, key=lambda kept: kept.kept_at, reverse=True))


def _read(path: Path) -> KeptFigures | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kept_at = datetime.fromisoformat(data["kept_at"])
        process = int(path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX))
        if kept_at.tzinfo is None or not isinstance(data["figures"], dict):
            return None
        return KeptFigures(process=process, kept_at=kept_at, figures=data["figures"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""Source servers of all accounts and Regions."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.views import SourceServerRow
from drs_desktop.ui.models.status_text import duration_words, replication_look, size_words
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell

_REPLICATION_ORDER = tuple(DataReplicationState)


class SourceServerModel(TableModel[SourceServerRow]):
    """One line per source server."""

    class Columns(IntEnum):
        NAME = 0
        ACCOUNT = 1
        REGION = 2
        REPLICATION = 3
        LAG = 4
        SYSTEM = 5
        GROUPS = 6
        INSTANCE_TYPE = 7
        DISKS = 8
        SERVER_ID = 9

    def key_of(self, row: SourceServerRow) -> Any:
        return row.key

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Server"),
            self.tr("Account"),
            self.tr("Region"),
            self.tr("Replication"),
            self.tr("Lag"),
            self.tr("Operating system"),
            self.tr("Protection groups"),
            self.tr("Instance type"),
            self.tr("Disks"),
            self.tr("Source server"),
        )

    def search_text(self, row: SourceServerRow) -> str:
        tags = " ".join(f"{name}={value}" for name, value in row.tags)
        return f"{row.hostname} {row.private_ip} {row.account_id} {row.replication_state} {tags}"

    def cells_of(self, row: SourceServerRow) -> tuple[Cell, ...]:
        account = row.account_name or row.account_id
        if row.is_extended:
            account = self.tr("{0}, extended from {1}").format(account, row.staging_account_id)
        return (
            Cell(text=row.name, tooltip=self._about(row)),
            Cell(text=account, tooltip=f"{row.account_name} {row.account_id}".strip()),
            Cell(text=row.region),
            self._replication(row),
            self._lag(row),
            Cell(text=row.operating_system or "–"),
            Cell(text=", ".join(row.group_names) or "–"),
            Cell(text=row.instance_type or "–"),
            self._disks(row),
            Cell(text=row.key.source_server_id, is_id=True),
        )

    def _about(self, row: SourceServerRow) -> str:
        tags = [f"{name} = {value}" for name, value in row.tags]
        return "\n".join([row.name, f"{row.hostname} {row.private_ip}".strip(), *tags])

    def _replication(self, row: SourceServerRow) -> Cell:
        look = replication_look(row.replication_state)
        words = f"{look.word} ({row.replication_state.value})"
        if row.replication_error:
            words = f"{words}: {row.replication_error}"
        return status_cell(look, _REPLICATION_ORDER.index(row.replication_state), words)

    def _lag(self, row: SourceServerRow) -> Cell:
        if row.lag is None:
            return Cell(text=self.tr("not known"), sort=-1.0, is_number=True)
        text = duration_words(row.lag) if row.lag.total_seconds() else self.tr("none")
        return Cell(text=text, sort=row.lag.total_seconds(), is_number=True)

    def _disks(self, row: SourceServerRow) -> Cell:
        tooltip = self.tr("{0} disks, {1} in all").format(row.disk_count, size_words(row.disk_bytes))
        text = f"{row.disk_count} · {size_words(row.disk_bytes)}"
        return Cell(text=text, sort=row.disk_bytes, tooltip=tooltip, is_number=True)

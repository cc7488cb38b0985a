"""The servers of a start that is about to be made: what each would be made from, and where it would land."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.views import PlannedServer
from drs_desktop.ui.models.status_text import duration_words, moment_words, replication_look
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell

_STATES = tuple(DataReplicationState)


class PlannedServerModel(TableModel[PlannedServer]):
    """One line per server, in the order of the waves."""

    class Columns(IntEnum):
        NAME = 0
        WAVE = 1
        DATA = 2
        REPLICATION = 3
        TYPE = 4
        SUBNET = 5
        VPC = 6
        ADDRESS = 7

    def key_of(self, row: PlannedServer) -> Any:
        return row.key

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Server"),
            self.tr("Wave"),
            self.tr("Point in time"),
            self.tr("Replication"),
            self.tr("Type"),
            self.tr("Subnet"),
            self.tr("VPC"),
            self.tr("Address"),
        )

    def search_text(self, row: PlannedServer) -> str:
        return f"{row.key.account_id} {row.key.source_server_id}"

    def cells_of(self, row: PlannedServer) -> tuple[Cell, ...]:
        where = f"{row.key.account_id} {row.key.region}\n{row.key.source_server_id}"
        return (
            Cell(text=row.name, tooltip=f"{row.name}\n{where}", is_name=True),
            Cell(text=str(row.wave), sort=(row.wave, row.name)),
            self._data(row),
            status_cell(replication_look(row.replication_state), _STATES.index(row.replication_state)),
            Cell(text=row.instance_type or self.tr("not known")),
            Cell(text=row.subnet_id or self.tr("EC2 chooses"), is_id=bool(row.subnet_id)),
            Cell(text=row.vpc_id or "–", is_id=bool(row.vpc_id)),
            Cell(text=row.private_ip or self.tr("EC2 chooses"), is_id=bool(row.private_ip)),
        )

    def _data(self, row: PlannedServer) -> Cell:
        if row.snapshot_id:
            words = moment_words(row.data_at)
            return Cell(text=words, sort=words, tooltip=f"{words}\n{row.snapshot_id}")
        if row.lag is None:
            return Cell(text=self.tr("newest, lag not known"), sort="~")
        behind = self.tr("newest, {0} behind").format(duration_words(row.lag))
        return Cell(text=behind if row.lag else self.tr("newest"), sort="~")

"""Which groups and plans somebody asks for; text in any case, tags exactly, as for source servers."""

from collections.abc import Iterable
from dataclasses import dataclass

from drs_desktop.services.server_filter import has_text, is_one_of
from drs_desktop.services.views import PlanRow, ProtectionGroupRow, SourceServerRow

NEVER = "never"
"""Asks for plans of which there was no execution."""


@dataclass(frozen=True, kw_only=True)
class PlanFilter:
    """What a plan must have; what is left empty asks for nothing.

    Attributes:
        text: part of its name, description, owner or notes.
        accounts: numbers or names: it has a server in one of them.
        statuses: its newest execution has one of them; `NEVER` stands for none at all.
        is_sharing: whether it must share servers with another plan.
    """

    text: str = ""
    accounts: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    is_sharing: bool = False

    def matches(self, row: PlanRow) -> bool:
        """Return whether a plan is asked for."""
        servers = [server for wave in row.waves for server in wave.servers]
        status = row.last_execution.status if row.last_execution else NEVER
        return (
            has_text(self.text, (row.name, row.description, row.owner, row.notes))
            and (not self.accounts or is_one_of(_accounts(servers), self.accounts))
            and (not self.statuses or is_one_of((status,), self.statuses))
            and (not self.is_sharing or bool(row.shares_with))
        )


@dataclass(frozen=True, kw_only=True)
class GroupFilter:
    """What a group must have; what is left empty asks for nothing.

    Attributes:
        text: part of its name or description.
        accounts: numbers or names: it looks into one of them.
        tags: it selects by all of them; one whose value is None may have any.
    """

    text: str = ""
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()

    def matches(self, row: ProtectionGroupRow) -> bool:
        """Return whether a group is asked for."""
        numbers = [scope.account_id for scope in row.scopes]
        asked = dict(row.tags)
        return (
            has_text(self.text, (row.name, row.description))
            and (not self.accounts or is_one_of((*numbers, *_accounts(row.members)), self.accounts))
            and (not self.regions or is_one_of((scope.region for scope in row.scopes), self.regions))
            and all(key in asked and value in (None, asked[key]) for key, value in self.tags)
        )


def _accounts(servers: Iterable[SourceServerRow]) -> Iterable[str]:
    return {word for server in servers for word in (server.account_id, server.account_name)}

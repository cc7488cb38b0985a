"""Which rows of source servers somebody asks for.

One rule for case everywhere: text that people search by (names, hosts, accounts, states) is compared without
regard to case; tags, which AWS tells apart by case, are compared exactly, as groups do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.views import SourceServerRow


@dataclass(frozen=True, kw_only=True)
class ServerFilter:
    """What a row must have; what is left empty asks for nothing.

    Attributes:
        text: part of a name, host, id, address, account or tag.
        tags: all must be there; a tag whose value is None may have any.
        states: one of them.
        accounts: numbers or names; one of them.
        is_free: whether it must be in no group.
    """

    text: str = ""
    tags: tuple[tuple[str, str | None], ...] = ()
    states: frozenset[DataReplicationState] = frozenset()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    is_free: bool = False

    def chosen(self, rows: Iterable[SourceServerRow]) -> tuple[SourceServerRow, ...]:
        """Return the rows asked for, in their order."""
        return tuple(row for row in rows if self.matches(row))

    def matches(self, row: SourceServerRow) -> bool:
        """Return whether a row is asked for."""
        return (
            not (self.is_free and row.group_names)
            and (not self.states or row.replication_state in self.states)
            and (not self.accounts or is_one_of((row.account_id, row.account_name), self.accounts))
            and (not self.regions or is_one_of((row.region,), self.regions))
            and self._has_tags(row)
            and self._has_text(row)
        )

    def _has_tags(self, row: SourceServerRow) -> bool:
        held = dict(row.tags)
        return all(key in held and value in (None, held[key]) for key, value in self.tags)

    def _has_text(self, row: SourceServerRow) -> bool:
        return has_text(self.text, _words(row))


def _words(row: SourceServerRow) -> Iterable[str]:
    yield from (row.name, row.hostname, row.key.source_server_id, row.private_ip)
    yield from (row.account_name, row.account_id, *row.group_names)
    yield from (f"{key}={value}" for key, value in row.tags)


def has_text(text: str, words: Iterable[str]) -> bool:
    """Return whether a text is part of one of the words, in any case; no text is part of everything."""
    wanted = text.casefold()
    return not wanted or any(wanted in word.casefold() for word in words)


def is_one_of(words: Iterable[str], wanted: Iterable[str]) -> bool:
    """Return whether one of the words is among those wanted, in any case."""
    asked = {one.casefold() for one in wanted}
    return any(word.casefold() in asked for word in words)


def named(rows: Iterable[SourceServerRow], name: str) -> tuple[SourceServerRow, ...]:
    """Return the rows that a name, host, key or id means; an id means its own server alone."""
    found = tuple(rows)
    by_id = tuple(row for row in found if name in (row.key.source_server_id, str(row.key)))
    return by_id or tuple(row for row in found if is_one_of((row.name, row.hostname), (name,)))

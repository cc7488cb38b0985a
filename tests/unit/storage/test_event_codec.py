"""Every event, command and document survives the way to JSON and back."""

import inspect
import json
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain import commands, events
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.storage.event_codec import (
    EVENT_VERSION,
    decode_command,
    decode_document,
    decode_event,
    encode_command,
    encode_document,
    encode_event,
)
from tests.helpers.builders import START, a_key, a_plan, a_plan_wave

EVENTS = [
    kind
    for _, kind in inspect.getmembers(events, inspect.isclass)
    if issubclass(kind, events.Event) and kind is not events.Event
]
COMMANDS = list(typing.get_args(commands.Command))
DOCUMENTS = [TargetAccount, ProtectionGroup, RecoveryPlan]

_ZONES = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (0, 2, -9)])
_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    timedelta: st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    type(None): st.none(),
    datetime: st.datetimes(min_value=datetime(2020, 1, 1), timezones=_ZONES),  # noqa: DTZ001 - zones are drawn
}


def strategy_for(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any type that stands in an event, a command or a document."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if isinstance(kind, typing.NewType):
        return strategy_for(kind.__supertype__)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(strategy_for, args))
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(strategy_for(args[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(strategy_for, args))
    if origin is frozenset:
        return st.frozensets(strategy_for(args[0]), max_size=2)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    assert is_dataclass(kind), f"{kind} needs a line here"
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{f.name: strategy_for(hints[f.name]) for f in fields(kind)})


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_comes_back_as_it_was(kind: type[events.Event]) -> None:
    @given(strategy_for(kind))
    def check(event: events.Event) -> None:
        name, payload = encode_event(event)
        again = decode_event(name, EVENT_VERSION, payload)
        assert again == event
        assert encode_event(again) == (name, payload), "the canonical form is stable"

    check()


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_comes_back_as_it_was(kind: type[Any]) -> None:
    @given(strategy_for(kind))
    def check(command: Any) -> None:
        assert decode_command(encode_command(command)) == command

    check()


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_document_comes_back_as_it_was(kind: type[Any]) -> None:
    @given(strategy_for(kind))
    def check(document: Any) -> None:
        assert decode_document(kind, encode_document(document)) == document

    check()


def test_a_set_in_a_document_has_one_canonical_form() -> None:
    keys = [a_key(n) for n in range(1, 40)]
    forms = {
        encode_document(a_plan([a_plan_wave(1, optional_servers=frozenset(order))]))
        for order in (keys, keys[::-1], keys[20:] + keys[:20])
    }
    assert len(forms) == 1
    (form,) = forms
    ids = [key["source_server_id"] for key in json.loads(form)["waves"][0]["optional_servers"]]
    assert ids == sorted(ids)


def test_the_payload_is_canonical_json() -> None:
    _, payload = encode_event(events.PauseRequested(at=START, by="anna", reason="Überprüfung"))
    assert payload == '{"at":"2026-11-02T03:00:00Z","by":"anna","reason":"Überprüfung"}'


def test_a_field_that_this_version_does_not_know_is_ignored_and_a_missing_one_has_its_default() -> None:
    payload = '{"at":"2026-11-02T03:00:00Z","by":"anna","invented":{"later":1}}'
    assert decode_event("PauseRequested", 1, payload) == events.PauseRequested(at=START, by="anna")


@pytest.mark.parametrize(("name", "version"), [("PauseRequested", EVENT_VERSION + 1), ("InventedLater", 1)])
def test_what_a_newer_program_wrote_is_refused_with_a_sentence(name: str, version: int) -> None:
    with pytest.raises(StorageError, match=f"event {name} .* Install the newer program"):
        decode_event(name, version, "{}")


@pytest.mark.parametrize("payload", ["", "{}", "[]", '{"at":"yesterday","by":"anna"}'])
def test_a_damaged_row_is_a_storage_error_with_its_type(payload: str) -> None:
    with pytest.raises(StorageError, match="type PauseRequested cannot be read"):
        decode_event("PauseRequested", 1, payload)


@pytest.mark.parametrize(
    ("decode", "text"),
    [
        (lambda: decode_command('{"type":"Invented","value":{}}'), "does not know"),
        (lambda: decode_command('{"type":"AnswerStart","value":{}}'), "cannot be read"),
        (lambda: decode_command("not json"), "cannot be read"),
        (lambda: decode_command("[]"), "cannot be read"),
        (lambda: decode_document(RecoveryPlan, "{}"), "RecoveryPlan cannot be read"),
    ],
)
def test_a_command_or_document_that_cannot_be_read_is_a_storage_error(
    decode: Callable[[], object], text: str
) -> None:
    with pytest.raises(StorageError, match=text):
        decode()


def test_text_that_is_no_unicode_is_kept_readable() -> None:
    event = events.ServerErrorRecorded(at=START, wave=1, server=a_key(), error="bad \ud800 text")
    again = decode_event(*_versioned(encode_event(event)))
    assert isinstance(again, events.ServerErrorRecorded)
    assert again.error == "bad \N{REPLACEMENT CHARACTER} text"


def _versioned(encoded: tuple[str, str]) -> tuple[str, int, str]:
    return encoded[0], EVENT_VERSION, encoded[1]

"""Events and commands to JSON and back.

Old rows are read for ever: unknown fields are ignored, and new fields have defaults.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args

import rfc8785
from pydantic import TypeAdapter

from drs_desktop.domain import commands, events
from drs_desktop.domain.errors import StorageError

EVENT_VERSION = 1


@cache
def _command_types() -> dict[str, type[Any]]:
    kinds = get_args(commands.Command)
    return {kind.__name__: kind for kind in kinds}


_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    name = kind.__qualname__
    if name not in _adapters:
        _adapters[name] = TypeAdapter(kind)
    return _adapters[name]


@cache
def _event_decoders() -> dict[str, Callable[[str], events.Event]]:
    """Return for each type of event what reads its JSON: the validator itself, for every row counts."""
    found = inspect.getmembers(events, inspect.isclass)
    kinds = [kind for _, kind in found if issubclass(kind, events.Event) and kind is not events.Event]
    return {kind.__name__: _adapter(kind).validator.validate_json for kind in kinds}


def encode_event(event: events.Event) -> tuple[str, str]:
    """Return the event's type name and its canonical JSON (RFC 8785)."""
    kind = type(event)
    return kind.__name__, _canonical(_adapter(kind).dump_python(event, mode="json"))


def _canonical(value: Any) -> str:
    try:
        return rfc8785.dumps(value).decode()
    except rfc8785.CanonicalizationError:
        return rfc8785.dumps(_mended(value)).decode()


def _mended(value: Any) -> Any:
    """Return the value with what is no Unicode replaced: half characters, which AWS's texts may hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


def decode_event(type_name: str, version: int, payload: str) -> events.Event:
    """Return the event that a journal row holds.

    Raises:
        StorageError: the row was written by a newer program, or was damaged.
    """
    decode = _event_decoders().get(type_name)
    if decode is None or version > EVENT_VERSION:
        raise StorageError(
            f"The journal holds an event {type_name} (version {version}) that this version of the program "
            "does not know. Install the newer program that wrote it."
        )
    try:
        return decode(payload)
    except ValueError as error:
        raise StorageError(f"A journal row of type {type_name} cannot be read: {error}") from error


def encode_command(command: commands.Command) -> str:
    """Return a command as JSON with its type name inside."""
    kind = type(command)
    return json.dumps({"type": kind.__name__, "value": _adapter(kind).dump_python(command, mode="json")})


def decode_command(payload: str) -> commands.Command:
    """Return the command that `encode_command` wrote.

    Raises:
        StorageError: it was left by a newer program, or was damaged.
    """
    try:
        data = json.loads(payload)
        kind = _command_types().get(data["type"])
        if kind is None:
            raise StorageError(
                f"A command {data['type']} was left that this version of the program does not know. "
                "Install the newer program that left it."
            )
        command: commands.Command = _adapter(kind).validate_python(data["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"A command that was left cannot be read: {error}") from error
    return command


def encode_document(document: object) -> str:
    """Return a group, plan or account as canonical JSON."""
    dumped = _adapter(type(document)).dump_python(document, mode="json")
    return _canonical(_with_ordered_sets(document, dumped))


def _with_ordered_sets(source: object, dumped: Any) -> Any:
    """Return the dumped form with every set in one order, so that equal documents read the same."""
    if isinstance(source, frozenset):
        return sorted(dumped, key=rfc8785.dumps)
    if isinstance(source, tuple):
        return [_with_ordered_sets(*pair) for pair in zip(source, dumped, strict=True)]
    if is_dataclass(source):
        return {name: _with_ordered_sets(getattr(source, name), dumped[name]) for name in dumped}
    return dumped


def decode_document(kind: type[Any], body: str) -> Any:
    """Return the group, plan or account that `encode_document` wrote.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return _adapter(kind).validate_json(body)
    except ValueError as error:
        raise StorageError(f"A stored {kind.__name__} cannot be read: {error}") from error

"""Requests checked against botocore's model: members, types, lengths, patterns, enums."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from moto.core.utils import get_service_model

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (str, int, float),
}

_WRONG_TYPE = "must be of type"
_DATE = "ISO8601DatetimeString"

Problem = tuple[str, str]
"""A member and what is wrong about it."""


def find_problems(service: str, operation: str, members: dict[str, Any]) -> list[Problem]:
    """Return every member that the model does not allow, each with what is wrong about it."""
    shape = _operation(service, operation).input_shape
    return list(_structure(shape, members, "")) if shape is not None else []


def find_wrong_types(service: str, operation: str, members: dict[str, Any]) -> list[Problem]:
    """Return the members whose type is not the model's."""
    return [one for one in find_problems(service, operation, members) if one[1].startswith(_WRONG_TYPE)]


@cache
def _operation(service: str, operation: str) -> OperationModel:
    model: OperationModel = get_service_model(service).operation_model(operation)
    return model


def _value(shape: Shape, value: Any, place: str) -> Iterator[Problem]:
    if not _is_a(shape, value):
        yield place, f"{_WRONG_TYPE} {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structure(shape, value, place)
    elif isinstance(shape, ListShape):
        yield from _size(shape, len(value), place, "number of items")
        for index, item in enumerate(value):
            yield from _value(shape.member, item, f"{place}[{index}]")
    elif isinstance(shape, MapShape):
        for name, item in value.items():
            yield from _value(shape.key, name, f"{place} (key)")
            yield from _value(shape.value, item, f"{place}.{name}")
    elif isinstance(value, str):
        yield from _text(shape, value, place)
    elif not isinstance(value, bool):
        yield from _size(shape, value, place, "value")


def _is_a(shape: Shape, value: Any) -> bool:
    wanted = _TYPES.get(shape.type_name, (object,))
    return isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted)


def _structure(shape: StructureShape, value: dict[str, Any], place: str) -> Iterator[Problem]:
    prefix = f"{place}." if place else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield prefix + name, "is required"
    for name, item in value.items():
        if name in shape.members and item is not None:
            yield from _value(shape.members[name], item, prefix + name)


def _text(shape: Shape, value: str, place: str) -> Iterator[Problem]:
    yield from _size(shape, len(value), place, "length")
    if (words := shape.metadata.get("enum")) and value not in words:
        yield place, f"must be one of {', '.join(words)}"
    if (pattern := shape.metadata.get("pattern")) and not _compiled(pattern).fullmatch(value):
        yield place, f"must match {pattern}"
    elif shape.name == _DATE and not _is_date(value):
        yield place, "must be a day and a time that exist"


def _size(shape: Shape, size: float, place: str, what: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield place, f"{what} must be at least {least}"
    if most is not None and size > most:
        yield place, f"{what} must be at most {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_date(text: str) -> bool:
    """Return whether the calendar has this day; the model's pattern lets the 31st of every month pass."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True

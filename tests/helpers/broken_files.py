"""Files as accidents and enemies leave them: bytes cut and doubled, well-formed files of the wrong shape."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_MORSELS = (
    *("&a ", "*a ", "!x ", "- ", ": ", "? ", "| ", "> ", "{", "}", "[", "]", "'", '"', "#", "%", "@", "`"),
    *("\t", "\n", "\r", "\x00", "\x85", "\ufeff", "\U0001f600", "\\ud800", "012", "1e999", "0x", ".nan"),
    *("~", "<<: ", "---\n", "...\n", "null", "NaN", "0001-01-01T00:00+23:59"),
)
_STRANGERS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 10**30, 1.5, -0.0, 1e300, "", " ", "x", "\u0000", "\U0001f600"),
    *("s-0a1b2c3d4e5f60718", "012345678901", "eu-west-1", "2026-11-02T03:00:00Z", "1e9", "yes", "a" * 5_000),
    *([], {}, [[]], {"": ""}, ["x", "x"], {"id": "x", "name": "x"}),
)


def broken(content: bytes, chance: random.Random) -> bytes:
    """Return the file with a few places cut, doubled, overwritten or swollen."""
    bent = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(bent) or 1), chance.randint(1, 30)
        morsel = chance.choice(_MORSELS).encode() * chance.choice([1, 1, 1, 40])
        change = chance.randrange(4)
        if change == 0:
            del bent[at : at + length]
        elif change == 1:
            bent[at:at] = bent[at : at + length] * chance.randint(1, 3)
        elif change == 2:
            bent[at : at + 1] = bytes([chance.randrange(256)])
        else:
            bent[at:at] = morsel
    return bytes(bent)


def misshapen(data: Any, chance: random.Random) -> bytes:
    """Return what a file says as JSON (so as YAML too), with a few of its parts replaced or taken out."""
    bent = copy.deepcopy(data)
    for _ in range(chance.randint(1, 4)):
        spots = list(_spots(bent))
        if not spots:
            break
        holder, place = chance.choice(spots)
        _change(holder, place, chance)
    return json.dumps(bent, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys or positions."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in parts:
        yield value, place
        yield from _spots(part)


def _change(holder: Any, place: Any, chance: random.Random) -> None:
    change = chance.randrange(5)
    if change == 0:
        del holder[place]
    elif change == 1 and isinstance(holder, dict):
        holder[chance.choice(["", "extra", "id", "ids", "\u0000", "__class__"])] = holder.pop(place)
    elif change == 2 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[place]))
    elif change == 3:
        holder[place] = _deep(chance.choice([3, 30, 200]))
    else:
        holder[place] = copy.deepcopy(chance.choice(_STRANGERS))


def _deep(levels: int) -> Any:
    nested: Any = "deep"
    for _ in range(levels):
        nested = [nested]
    return nested

"""Options of a start: from which points in time, and what is accepted with a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from drs_desktop.cli.failures import UsageProblem
from drs_desktop.domain.point_in_time import PointChoice, Wish
from drs_desktop.domain.readiness import Accept
from drs_desktop.domain.recovery_snapshot import SnapshotId

LATEST_WORD = "latest"
_LARGEST_FILE = 1_000_000

PointInTime = Annotated[
    str,
    typer.Option(
        "--point-in-time",
        metavar="latest|TIME",
        help="Start every server from its newest data, or from its point in time nearest to TIME and not "
        "after it, such as 2026-11-02T03:10Z.",
    ),
]
Points = Annotated[
    Path | None,
    typer.Option(
        "--points",
        metavar="FILE",
        help="Single servers' points: a line each, server and then latest, TIME or a point's id.",
    ),
]
Accepted = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="WORD=REASON",
        help="Start in spite of a finding that may be accepted; `plan preflight` names the words. May be "
        "repeated.",
    ),
]


def point_choice(point_in_time: str, points: Path | None) -> PointChoice:
    """Return what the two options ask for.

    Raises:
        UsageProblem: one of them cannot be read.
    """
    wish = _wish(point_in_time, "--point-in-time")
    if wish is not None and not isinstance(wish, datetime):
        raise UsageProblem("--point-in-time: a point's id belongs to one server: name both in --points FILE.")
    by_server = tuple(_lines(points)) if points is not None else ()
    return PointChoice(for_all=wish, by_server=by_server)


def _lines(file: Path) -> list[tuple[str, Wish]]:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise UsageProblem(f"--points {file}: it is larger than {_LARGEST_FILE:,} bytes.")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"--points {file}: it cannot be read: {error}") from None
    found: dict[str, Wish] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        place = f"--points {file}, line {number}"
        if len(words) != 2:
            raise UsageProblem(f"{place}: a line has two words, the server and its point in time.")
        if words[0] in found:
            raise UsageProblem(f"{place}: {words[0]} has a point in time already.")
        found[words[0]] = _wish(words[1], place)
    return list(found.items())


def _wish(word: str, place: str) -> Wish:
    if word.lower() == LATEST_WORD:
        return None
    if word.startswith("pit-"):
        return SnapshotId(word)
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        text = f"{place}: {word!r} is neither {LATEST_WORD}, nor a time such as 2026-11-02T03:10Z, nor pit-…."
        raise UsageProblem(text) from None
    if moment.tzinfo is None:
        raise UsageProblem(f"{place}: {word!r} names no time zone; add Z for UTC.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UsageProblem(f"{place}: {word!r} is outside of all time.") from None


def acceptances(options: Sequence[str]) -> dict[str, str]:
    """Return, by word, why it is accepted.

    Raises:
        UsageProblem: an option has another form, a word that does not exist, or no reason.
    """
    known = [one.value for one in Accept]
    found: dict[str, str] = {}
    for option in options:
        word, _, reason = option.partition("=")
        if word not in known:
            raise UsageProblem(f"--accept: {word!r} is none of {', '.join(known)}.")
        if not reason.strip():
            raise UsageProblem(f"--accept {word}: give the reason, as in --accept {word}='…'.")
        found[word] = reason.strip()
    return found

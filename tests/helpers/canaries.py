"""Finds secrets in whatever a program wrote, in every form in which one could have got there.

What was written is turned back (UTF-16, URL-encoding, hexadecimal, base64 wherever it may begin) and then
searched for pieces of the secrets, so that a secret that was cut is found as well.
"""

import base64
import binascii
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PIECE = 12
"""Each piece of so many characters counts; shorter secrets count as a whole."""
_RUN = re.compile(rb"[A-Za-z0-9+/=_.~-]{%d,}" % PIECE)
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){%d,}" % PIECE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % PIECE)


@dataclass(frozen=True, order=True)
class Leak:
    """A secret that was found.

    Attributes:
        where: the file.
        secret: what the secret is called; never the secret.
        form: how it was written.
    """

    where: str
    secret: str
    form: str


class SecretScanner:
    """Knows secrets by name and looks for them."""

    def __init__(self, secrets: Mapping[str, Iterable[str]]) -> None:
        """Take the texts of each kind of secret."""
        named = [(name, text.encode()) for name, texts in secrets.items() for text in texts]
        self._short = [(name, text) for name, text in named if len(text) < PIECE]
        self._pieces = {
            text[start : start + PIECE]: name
            for name, text in named
            for start in range(len(text) - PIECE + 1)
        }

    def scan_folder(self, folder: Path, *, without: Iterable[Path] = ()) -> list[Leak]:
        """Return every leak in the files of a folder and below, except in those named."""
        left_out = set(without)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in left_out]
        assert files, f"{folder} holds no file, so that nothing was looked at"
        return [
            leak for path in files for leak in self.scan(path.read_bytes(), str(path.relative_to(folder)))
        ]

    def scan(self, content: bytes, where: str = "") -> list[Leak]:
        """Return every kind of secret in some bytes, once for each form."""
        found = {Leak(where, name, form) for form, view in _views(content) for name in self._named_in(view)}
        return sorted(found)

    def _named_in(self, view: bytes) -> Iterator[str]:
        yield from (name for name, text in self._short if text in view)
        for run in set(_RUN.findall(view)):
            for start in range(len(run) - PIECE + 1):
                if name := self._pieces.get(run[start : start + PIECE]):
                    yield name


def _views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the content as it is and turned back from each form that could hide a secret."""
    yield "as it is", content
    yield "UTF-16", content.replace(b"\0", b"")
    yield "JSON", content.replace(b"\\/", b"/")
    yield "URL", urllib.parse.unquote_to_bytes(content)
    yield "hexadecimal", b"\n".join(binascii.unhexlify(run) for run in set(_HEX.findall(content)))
    yield "base64", b"\n".join(_decoded(content))


def _decoded(content: bytes) -> Iterator[bytes]:
    """Decode what may be base64, from each of the four places where a group may begin."""
    for run in set(_BASE64.findall(content)):
        standard = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            part = standard[start:]
            whole = part[: len(part) // 4 * 4]
            yield base64.b64decode(whole)
            rest = part[len(whole) :]
            if len(rest) > 1:
                yield base64.b64decode(part + b"=" * (4 - len(rest)))

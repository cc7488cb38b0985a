"""The scanner finds what is planted, in every form: only then does its silence say anything."""

import base64
import json
import sqlite3
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.canaries import Leak, SecretScanner

SECRET = "wJalr/XUtnFEMI+K7MDENG/bPxRfiCYplanted0=="
SCANNER = SecretScanner({"a key": [SECRET], "a code": ["739184"]})

FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper().encode(),
    "URL": lambda text: urllib.parse.quote(text, safe="").encode(),
    "JSON": lambda text: json.dumps(text).replace("/", "\\/").encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 after one byte": lambda text: base64.b64encode(b"x" + text.encode() + b"tail"),
    "base64 after two bytes": lambda text: base64.b64encode(b"xy" + text.encode() + b"tail"),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"?>" + text.encode()),
}


@pytest.mark.parametrize("form", FORMS)
def test_planted_secret_is_found_in_every_form(form: str) -> None:
    content = b'{"told": "' + FORMS[form](SECRET) + b'", "more": 1}\n'
    assert {leak.secret for leak in SCANNER.scan(content)} == {"a key"}


@pytest.mark.parametrize("part", [SECRET[:15], SECRET[-15:], SECRET[13:28]])
def test_part_of_a_secret_is_found(part: str) -> None:
    assert {leak.secret for leak in SCANNER.scan(f"it begins with {part}…".encode())} == {"a key"}


def test_short_secret_is_found_as_a_whole() -> None:
    assert {leak.secret for leak in SCANNER.scan(b"the code 739184 was typed")} == {"a code"}
    assert not SCANNER.scan(b"the code 73918 was typed")


def test_what_is_no_secret_is_not_found() -> None:
    assert not SCANNER.scan(b"wJalr is a beginning only, and *** stands for the rest " * 50)


def test_planted_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "clean.log").write_text("nothing", encoding="utf-8")
    with sqlite3.connect(tmp_path / "a.sqlite3") as connection:
        connection.execute("CREATE TABLE planted (told TEXT)")
        connection.execute("INSERT INTO planted VALUES (?)", (f"key {SECRET}",))
    connection.close()
    assert {leak.where for leak in SCANNER.scan_folder(tmp_path)} == {"a.sqlite3"}
    assert not SCANNER.scan_folder(tmp_path, without=[tmp_path / "a.sqlite3"])
    assert SECRET not in repr(Leak("here", "a key", "as it is"))


def test_empty_folder_is_no_proof(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="holds no file"):
        SCANNER.scan_folder(tmp_path)

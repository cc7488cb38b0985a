"""Hostile and broken YAML ends as a sentence with line and column, quickly."""

from pathlib import Path

import pytest

from drs_desktop.files.yaml_text import DEEPEST, LARGEST_FILE, MOST_PARTS, FileProblem, parse_yaml, read_yaml

PATH = Path("plans.yaml")
BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


def problem(content: bytes) -> str:
    with pytest.raises(FileProblem) as caught:
        parse_yaml(content, PATH)
    [text] = caught.value.problems
    return text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB, "Line 1, column 4: anchors and aliases"),
        (b"a: 1\nb: *x\n", "Line 2, column 4: anchors and aliases"),
        (b"a: !!python/object/apply:os.system [ls]", "Line 1, column 4: tags (!)"),
        (b"[" * 50_000, f"nested more than {DEEPEST} deep"),
        (b"{a: " * 5_000, f"nested more than {DEEPEST} deep"),
        (b"a: 1\nb: 2\na: 3\n", "Line 3, column 1: duplicate key 'a'"),
        (b"a: 1\nb: [\n", "Line 3, column 1"),
        (b"a: 1\n  b: 2\n", "Line 2, column 4"),
        (b"ok: yes\nbad: \xff\n", "Line 2, column 6: it is not UTF-8 text"),
        (b"ok: yes\nbad: \x07\n", "Line 2, column 6: this character cannot be in a file"),
        (b'a: "\\ud800"', "Line 1, column 4: it holds half a character"),
        (b"a: " + b"9" * 5_000, "Line 1, column 4: a number has at most"),
        (b"a: 0x_", "Line 1, column 4: '0x_' is no number"),
        (b"a: 1\n---\nb: 2\n", "a second document begins"),
        (b"? [a]\n: 1\n", "a key is text"),
        (b"7: a\n", "Line 1, column 1: a key is text"),
    ],
)
def test_what_is_hostile_or_broken_is_told_with_its_place(content: bytes, said: str) -> None:
    assert said in problem(content)


def test_a_file_of_too_many_parts_is_refused_before_it_is_built() -> None:
    assert f"more than {MOST_PARTS:,} parts" in problem(b"[" + b"a," * MOST_PARTS + b"]")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(FileProblem, match="larger than 1,000,000 bytes"):
        read_yaml(path)


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(FileProblem, match="cannot be read"):
            read_yaml(path)


def test_words_dates_and_times_stay_text() -> None:
    data = parse_yaml(b"country: no\nday: 2026-11-24\ntime: 12:30:45\nzero: '012'\n", PATH).data
    assert data == {"country": "no", "day": "2026-11-24", "time": "12:30:45", "zero": "012"}


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n", PATH).data == {"a": 1}


def test_the_place_of_what_is_missing_is_that_of_what_it_is_missing_in() -> None:
    tree = parse_yaml(b"plans:\n  - id: x\n", PATH)
    assert tree.place(("plans", 0, "waves")) == "Line 2, column 5"

"""YAML read with suspicion: small, plain, without references, every problem with its line and column.

Safe for a file from anywhere: its size, depth and number of parts are limited before anything is built of it,
anchors, aliases, tags and duplicate keys are refused, and whatever is wrong ends as a `FileProblem`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from drs_desktop.domain.errors import ValidationFailed

LARGEST_FILE = 1_000_000
DEEPEST = 24
MOST_PARTS = 60_000
LONGEST_NUMBER = 40
"""Characters of a number; Python itself refuses to read one of thousands."""


class FileProblem(ValidationFailed):
    """A file cannot be used.

    Attributes:
        path: the file.
        problems: one sentence for each thing that is wrong, beginning with its place.
    """

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        """Compose the sentence from the file and its problems."""
        super().__init__(f"The file {path} cannot be used:\n" + "\n".join(f"- {text}" for text in problems))
        self.path = path
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class YamlTree:
    """What a file says, and where it says it."""

    data: Any
    root: Node | None

    def place(self, path: Sequence[int | str]) -> str:
        """Return the line and column of the deepest part of a path that is really in the file."""
        node = self.root
        if node is None:
            return "The file"
        for part in path:
            found = _step(node, part)
            if found is None:
                break
            node = found
        return _place(node.start_mark)


class _Refused(Exception):
    """What the file says is not taken, whatever it means."""


def read_bytes(path: Path) -> bytes:
    """Return what stands in a file.

    Raises:
        FileProblem: it cannot be read or is too large.
    """
    if path.is_fifo():
        raise FileProblem(path, ["It is a pipe, no plain file: nothing may ever come out of it."])
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise FileProblem(path, [f"It cannot be read: {what}."]) from None
    if len(content) > LARGEST_FILE:
        raise FileProblem(path, [f"It is larger than {LARGEST_FILE:,} bytes."])
    return content


def read_yaml(path: Path) -> YamlTree:
    """Read one plain YAML document from a file.

    Raises:
        FileProblem: it cannot be read, is no YAML, or is more than plain YAML.
    """
    return parse_yaml(read_bytes(path), path)


def parse_yaml(content: bytes, path: Path) -> YamlTree:
    """Read one plain YAML document; `path` is named in what is wrong.

    Raises:
        FileProblem: it is no YAML, or is more than plain YAML.
    """
    text = _decoded(content, path)
    try:
        _refuse_excess(text)
        root = _yaml().compose(text)
        return YamlTree(data=None if root is None else _Builder().build(root), root=root)
    except _Refused as error:
        raise FileProblem(path, [str(error)]) from None
    except ReaderError as error:
        raise FileProblem(path, [_character_problem(error, text)]) from None
    except YAMLError as error:
        raise FileProblem(path, [_yaml_problem(error)]) from None
    except (ValueError, OverflowError, RecursionError, LookupError, AttributeError, TypeError) as error:
        # A fault of the YAML library must not become one of this program.
        raise FileProblem(
            path, [f"Line 1, column 1: it is not valid YAML ({type(error).__name__})."]
        ) from None


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise FileProblem(path, [f"Line {line}, column {column}: it is not UTF-8 text."]) from None


# ---- what is refused before anything is built


def _refuse_excess(text: str) -> None:
    """Walk the file once without building anything, and stop at what is too much or not plain."""
    depth = documents = 0
    for parts, event in enumerate(_yaml().parse(text), start=1):
        documents += isinstance(event, DocumentStartEvent)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        _refuse_reference(event)
        if documents > 1:
            raise _Refused(f"{_place(event.start_mark)}: a second document begins; one is allowed.")
        if depth > DEEPEST:
            raise _Refused(f"{_place(event.start_mark)}: it is nested more than {DEEPEST} deep.")
        if parts > MOST_PARTS:
            raise _Refused(f"{_place(event.start_mark)}: it has more than {MOST_PARTS:,} parts.")


def _refuse_reference(event: Event) -> None:
    if not isinstance(event, NodeEvent):
        return
    if isinstance(event, AliasEvent) or event.anchor:
        raise _Refused(f"{_place(event.start_mark)}: anchors and aliases (& and *) are not allowed.")
    if getattr(event, "tag", None):
        raise _Refused(f"{_place(event.start_mark)}: tags (!) are not allowed.")
    if isinstance(event, ScalarEvent):
        _refuse_endless_number(event)


def _refuse_endless_number(event: ScalarEvent) -> None:
    text, characters = str(event.value), set(str(event.value).lower())
    looks_like_one = event.style is None and characters <= set("+-.:_0123456789abcdefox")
    if looks_like_one and len(text) > LONGEST_NUMBER and text[0] in "+-.0123456789":
        raise _Refused(f"{_place(event.start_mark)}: a number has at most {LONGEST_NUMBER} characters.")


# ---- what is built: mappings, lists, text, numbers, yes and no, nothing


class _Builder:
    """Makes plain values of nodes; a text in the form of a date stays a text."""

    def __init__(self) -> None:
        constructor = _yaml().constructor
        self._readers: Mapping[str, Callable[[ScalarNode], Any]] = {
            "tag:yaml.org,2002:int": constructor.construct_yaml_int,
            "tag:yaml.org,2002:float": constructor.construct_yaml_float,
            "tag:yaml.org,2002:bool": constructor.construct_yaml_bool,
            "tag:yaml.org,2002:null": lambda node: None,
        }

    def build(self, node: Node) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            return [self.build(part) for part in node.value]
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        raise _Refused(f"{_place(node.start_mark)}: it is neither text, a list nor a mapping.")

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                raise _Refused(f"{_place(key_node.start_mark)}: a key is text; put it in quotation marks.")
            if key in built:
                raise _Refused(f"{_place(key_node.start_mark)}: duplicate key {key!r}.")
            built[key] = self.build(value_node)
        return built

    def _scalar(self, node: ScalarNode) -> Any:
        try:
            value = self._readers.get(str(node.tag), _text)(node)
        except (ValueError, OverflowError, LookupError):
            raise _Refused(f"{_place(node.start_mark)}: {str(node.value)!r} is no number.") from None
        return value


def _text(node: ScalarNode) -> str:
    text = str(node.value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _Refused(f"{_place(node.start_mark)}: it holds half a character.")
    return text


# ---- places


def _place(mark: Any) -> str:
    return f"Line {mark.line + 1}, column {mark.column + 1}"


def _character_problem(error: ReaderError, text: str) -> str:
    before = text[: error.position]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return f"Line {line}, column {column}: this character cannot be in a file."


def _yaml_problem(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) if isinstance(error, MarkedYAMLError) else None
    text = str(what or "it is not valid YAML").splitlines()[0]
    return f"{_place(mark) if mark else 'Line 1, column 1'}: {text}."


def _step(node: Node, part: int | str) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else None
    if isinstance(node, MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    return None

"""Plan files: groups and plans as YAML that git can review; what cannot come back the same is refused."""

import json
import os
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.files.plan_shapes import FileShape, document_of, shape_of
from drs_desktop.files.shapes import shape_problems
from drs_desktop.files.yaml_text import FileProblem, YamlTree, parse_yaml, read_bytes

_HEADING = "Protection groups and recovery plans. The schema is resources/schema/plans.schema.json."


class YamlPlanFiles:
    """Reads and writes plan files (port `PlanFiles`)."""

    def read(self, path: Path) -> PlanDocument:
        """Read a plan file; see the port."""
        return parse_plans(read_bytes(path), path)

    def write(self, path: Path, document: PlanDocument) -> None:
        """Write a plan file, whole or not at all; see the port."""
        earlier = read_bytes(path) if path.exists() else None
        _replace(path, render_plans(document, path, earlier))


def parse_plans(content: bytes, path: Path) -> PlanDocument:
    """Return the groups and plans of a file's content.

    Raises:
        FileProblem: it is hostile, has another shape, or says something that would be lost.
    """
    shape, tree = _shape(content, path)
    if problems := _double_ids(shape, tree):
        raise FileProblem(path, problems)
    document = document_of(shape)
    if problems := _losses(shape, document, tree):
        raise FileProblem(path, problems)
    return document


def _shape(content: bytes, path: Path) -> tuple[FileShape, YamlTree]:
    tree = parse_yaml(content, path)
    try:
        return FileShape.model_validate(tree.data), tree
    except ValidationError as error:
        raise FileProblem(path, shape_problems(error, tree)) from None


def _double_ids(shape: FileShape, tree: YamlTree) -> list[str]:
    problems = []
    ids = {"groups": [one.id for one in shape.groups], "plans": [one.id for one in shape.plans]}
    for kind, found in ids.items():
        for index, entry_id in enumerate(found):
            if entry_id in found[:index]:
                place = tree.place((kind, index, "id"))
                problems.append(f"{place}, {kind}: {entry_id!r} stands there twice.")
    return problems


def _losses(shape: FileShape, document: PlanDocument, tree: YamlTree) -> list[str]:
    """Return a sentence for each entry that would not be written as it was read."""
    try:
        written = shape_of(document)
    except ValidationError as error:
        return shape_problems(error, tree)
    problems = []
    for kind in ("groups", "plans"):
        for index, (read, back) in enumerate(zip(getattr(shape, kind), getattr(written, kind), strict=True)):
            for field in type(read).model_fields:
                if getattr(read, field) != getattr(back, field):
                    place = tree.place((kind, index, field))
                    problems.append(
                        f"{place}, {kind}[{index}].{field}: it would not be written back as it stands here."
                    )
    return problems


# ---- writing


def render_plans(document: PlanDocument, path: Path, earlier: bytes | None = None) -> bytes:
    """Return a file's content; comments of the earlier content stay with their entries.

    Raises:
        FileProblem: the document cannot be read back the same, or the earlier file cannot be read.
    """
    try:
        shape = shape_of(document)
    except ValidationError as error:
        raise FileProblem(path, shape_problems(error, YamlTree(data=None, root=None))) from None
    whole = shape.model_dump(mode="json")
    words = {"schema_version": shape.schema_version, **shape.model_dump(mode="json", exclude_defaults=True)}
    content = _dumped(_merged(_earlier(earlier, path), words, whole))
    if parse_plans(content, path) != unversioned(document):
        raise FileProblem(
            path, ["What was to be written would not be read back the same; nothing was written."]
        )
    return content


def unversioned(document: PlanDocument) -> PlanDocument:
    """Return the document as a file has it, where nothing has a revision."""
    return PlanDocument(
        groups=tuple(replace(group, revision=1) for group in document.groups),
        plans=tuple(replace(plan, revision=1) for plan in document.plans),
    )


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def _earlier(content: bytes | None, path: Path) -> CommentedMap:
    if content is None:
        fresh = CommentedMap()
        fresh.yaml_set_start_comment(_HEADING)
        return fresh
    parse_plans(content, path)  # hostile content is refused before a reader that keeps comments sees it
    kept = _round_trip().load(content.decode("utf-8-sig"))
    return kept if isinstance(kept, CommentedMap) else CommentedMap()


def _dumped(tree: CommentedMap) -> bytes:
    buffer = BytesIO()
    _round_trip().dump(tree, buffer)
    return buffer.getvalue()


def _merged(kept: Any, words: Any, whole: Any) -> Any:
    """Return the words, in the kept containers where there are some, so that their comments stay.

    Args:
        words: what must stand there; what is as usual is left out, the order is that of the shape.
        whole: the same with everything that is as usual: where the kept file says it outright, it stays.
    """
    if isinstance(words, dict):
        return _merged_map(kept if isinstance(kept, CommentedMap) else CommentedMap(), words, whole)
    if isinstance(words, list):
        return _merged_list(kept if isinstance(kept, CommentedSeq) else CommentedSeq(), words, whole)
    if isinstance(kept, str | int | float) and not isinstance(kept, bool) and _same_scalar(kept, words):
        return kept
    return _scalar(words)


def _same_scalar(kept: str | float, words: Any) -> bool:
    return kept == words or (isinstance(words, str) and str(kept) == words)


def _merged_map(kept: CommentedMap, words: dict[str, Any], whole: dict[str, Any]) -> CommentedMap:
    for key in [key for key in kept if key not in words and not (key in whole and kept[key] == whole[key])]:
        del kept[key]
    for position, (key, value) in enumerate(words.items()):
        merged = _merged(kept.get(key), value, whole.get(key))
        if key in kept:
            kept[key] = merged
        else:
            kept.insert(position, _scalar(key), merged)
    return kept


def _merged_list(kept: CommentedSeq, words: list[Any], whole: list[Any]) -> CommentedSeq:
    """Return the list; entries with an id or a name are found again by it, others by their value."""
    identities = [_identity(one) for one in words]
    pool: dict[str, list[Any]] = {}
    for one in reversed(kept):
        pool.setdefault(_identity(one), []).append(one)
    merged = []
    for identity, word, full in zip(identities, words, whole, strict=True):
        same = pool.get(identity)  # each kept entry is used once: one object in two places is an alias
        merged.append(_merged(same.pop() if same else None, word, full))
    if [_identity(one) for one in kept] == identities:
        for index, value in enumerate(merged):
            kept[index] = value
        return kept
    fresh = CommentedSeq(merged)
    if kept.fa.flow_style():
        fresh.fa.set_flow_style()
    return fresh


def _identity(entry: Any) -> str:
    if not isinstance(entry, dict):
        return json.dumps(entry, default=str)
    named = entry.get("id") or entry.get("name")
    return f"id {named}" if named else json.dumps([entry.get("account"), entry.get("region")], default=str)


def _scalar(value: Any) -> Any:
    """Return a value as it stands in the file: digits keep their zeros in quotation marks, 60.0 is 60."""
    if isinstance(value, str) and (value.isdecimal() or not value.replace("\n", "").isprintable()):
        return DoubleQuotedScalarString(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _replace(path: Path, content: bytes) -> None:
    """Put the content in the file's place in one step, so that a reader sees the old or the new."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # also when interrupted: no half-written file stays behind
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileProblem(path, [f"It cannot be written: {error.strerror or error}."]) from None

"""YAML text as plain data with the line of every key.

Only plain YAML is read: mappings, lists and scalars, anchors and merge keys. Nesting, size and what aliases expand to
are bounded, so that no file can exhaust the console. Nothing here knows what an inventory is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from console.inventory.problems import Keys, Problem, printable

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 24
MAX_VALUES = 200_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
# What YAML 1.2 calls not printable (section 5.1): found here, because a reader's own error carries no line.
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Document:
    """`data`: dict, list, str, int, float, bool or None. `lines`: from 1, of every key and list item.

    With `problems`, `data` holds what could be read (None where nothing could).
    """

    data: object = None
    lines: dict[Keys, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, keys: Keys) -> int:
        """Line of the value at `keys`, or of the nearest thing around it that is there."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


class _TooMuch(Exception):
    """The file nests too deep or its aliases expand to too much; carries the line."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


def read_document(content: bytes) -> Document:
    """Read YAML. Never raises, whatever the bytes: what is wrong is in `problems`."""
    document = Document()
    text = _decoded(content, document.problems)
    if text is None:
        return document
    try:
        _refuse_deep_nesting(text)
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            document.problems.append(Problem((), "the file is empty", 1))
        else:
            document.lines[()] = node.start_mark.line + 1
            document.data = _Converter(document).convert(node, (), 0)
    except _TooMuch as error:
        document.problems.append(Problem((), error.text, error.line))
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error))
    except (ValueError, OverflowError, RecursionError) as error:
        document.problems.append(Problem((), f"is not valid YAML: {printable(str(error))}", 1))
    return document


def _decoded(content: bytes, problems: list[Problem]) -> str | None:
    if len(content) > MAX_BYTES:
        problems.append(Problem((), f"is larger than {MAX_BYTES // 1024**2} MiB: this is no inventory"))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem((), "is not UTF-8 text here", line))
        return None
    bad = _NOT_YAML.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        problems.append(Problem((), f"has a character that YAML forbids here (U+{ord(bad[0]):04X})", line))
        return None
    return text


def _refuse_deep_nesting(text: str) -> None:
    """Walk the events, which needs no recursion, before anything that recurses sees the text."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark is not None else 1
                raise _TooMuch(f"is nested deeper than {MAX_DEPTH} levels", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = ", ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    line = mark.line + 1 if mark is not None else 1
    column = f" (column {mark.column + 1})" if mark is not None else ""
    return Problem((), f"is not valid YAML: {printable(what or str(error), 160)}{column}", line)


class _Converter:
    """Nodes to plain data; fills the document's lines and problems."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values = 0
        self._scalars = SafeConstructor()

    def convert(self, node: yaml.Node, keys: Keys, depth: int) -> object:
        """Plain data of a node at `keys`. Raises _TooMuch where aliases expand without bounds."""
        self._values += 1
        line = node.start_mark.line + 1
        if self._values > MAX_VALUES:
            raise _TooMuch(f"expands to more than {MAX_VALUES} values: check its aliases", line)
        if depth > MAX_DEPTH:
            raise _TooMuch("has an alias that contains itself, or aliases nested too deep", line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, keys, depth)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, keys, depth)
        return self._scalar(node, keys)

    def _sequence(self, node: yaml.SequenceNode, keys: Keys, depth: int) -> list[object]:
        items = []
        for position, child in enumerate(node.value):
            place = (*keys, position)
            self._document.lines[place] = child.start_mark.line + 1
            items.append(self.convert(child, place, depth + 1))
        return items

    def _mapping(self, node: yaml.MappingNode, keys: Keys, depth: int) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for name, (key_node, value_node) in self._entries(node, keys, depth).items():
            place = (*keys, name)
            self._document.lines[place] = key_node.start_mark.line + 1
            mapping[name] = self.convert(value_node, place, depth + 1)
        return mapping

    def _entries(self, node: yaml.MappingNode, keys: Keys, depth: int) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """The mapping's own entries over those it merges; a key of its own written twice is a problem."""
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                for source in self._merge_sources(value_node, keys):
                    merged = self._within_bounds(source, keys, depth) | merged
                continue
            name = self._key(key_node, keys)
            if name is None:
                continue
            if name in own:
                first = own[name][0].start_mark.line + 1
                text = f"is written twice (first in line {first}): one of them would be lost"
                self._problem((*keys, name), text, key_node)
            else:
                own[name] = (key_node, value_node)
        return merged | own

    def _within_bounds(
        self, source: yaml.MappingNode, keys: Keys, depth: int
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        self._values += 1 + len(source.value)
        line = source.start_mark.line + 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise _TooMuch("has merge keys that contain themselves or expand too far", line)
        return self._entries(source, keys, depth + 1)

    def _merge_sources(self, node: yaml.Node, keys: Keys) -> Iterator[yaml.MappingNode]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if isinstance(source, yaml.MappingNode):
                yield source
            else:
                self._problem((*keys, "<<"), "must name mappings to merge, such as <<: *base", node)

    def _key(self, node: yaml.Node, keys: Keys) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag in (_TAG + "str", _TAG + "timestamp"):
            return str(node.value)
        shown = printable(node.value) if isinstance(node, yaml.ScalarNode) else "a list or mapping"
        self._problem(keys, f"a key must be text, not {shown}: put it in quotes if it is meant", node)
        return None

    def _scalar(self, node: yaml.Node, keys: Keys) -> object:
        tag = node.tag.removeprefix(_TAG)
        text = str(node.value)
        if tag in ("str", "timestamp", "value", "merge"):
            return text
        if tag in ("int", "float") and ":" in text:
            # YAML 1.1 reads 1:2:3 in base 60; an IPv6 address is meant here.
            return text
        try:
            if tag in ("int", "float", "bool"):
                return getattr(self._scalars, f"construct_yaml_{tag}")(node)
            if tag == "null":
                return None
            self._problem(keys, f"has the tag {printable(node.tag)}, which is not read here", node)
        except (ValueError, KeyError, OverflowError):
            self._problem(keys, f"is no valid {tag}", node)
        return None

    def _problem(self, keys: Keys, text: str, node: yaml.Node) -> None:
        self._document.problems.append(Problem(keys, text, node.start_mark.line + 1))

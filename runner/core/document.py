"""The strict YAML reader behind every declaration: YAML 1.2 scalars, no surprises, bounded work.

PyYAML's libyaml parser is used for its events only; scalars are resolved here, since PyYAML reads
YAML 1.1, where `no` is false, `012` is ten and `1:30` is ninety.
Source: https://yaml.org/spec/1.2.2/#103-core-schema.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from runner.core.problem import Complaint, MalformedError, Pointer, Problem, dotted, printable

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_INTEGER = 2**63 - 1
_QUOTED = 40

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_PLAIN_WORDS = {
    "could not find expected ':'": "expected `key: value`",
    "did not find expected key": "expected another key at the same indentation",
    "did not find expected '-' indicator": "expected another `- item` at the same indentation",
    "did not find expected ',' or ']'": "expected `,` or `]`: the list `[` is not closed",
    "did not find expected ',' or '}'": "expected `,` or `}`: the mapping `{` is not closed",
    "mapping values are not allowed in this context": (
        "a second `: ` on one line; put the value in quotes"
    ),
    "found unexpected end of stream": "the file ends inside quotes",
    "did not find expected node content": "expected a value",
    "did not find expected <document start>": "text after the end of the document",
}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as a plain JSON value that remembers the line of each of its parts.

    Attributes:
        data: Mappings with string keys, lists, strings, integers, finite floats, booleans, None.
        lines: Pointer to line, from 1; a mapping's entry stands on the line of its key.
    """

    path: str
    data: Any
    lines: Mapping[Pointer, int]

    def line(self, pointer: Pointer) -> int:
        """Return the line of what `pointer` names, or of its nearest parent that exists."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)

    def problem(self, complaint: Complaint) -> Problem:
        """Give a complaint about the data its file, line and dotted place."""
        place = dotted(complaint.pointer)
        text = f"{place}: {complaint.text}" if place else complaint.text
        return Problem(self.path, self.line(complaint.pointer), text)


def parse(data: bytes, *, path: str) -> Document:
    """Read one YAML document; `path` is only quoted in messages.

    Work is bounded by the size of the file: neither depth nor aliases can multiply it.

    Raises:
        MalformedError: `path:line: ...` for anything that a declaration may not contain: more than
            64 KiB or 20 levels, several documents, duplicate or non-string keys, anchors,
            aliases, tags, NaN, infinities, integers beyond 64 bits, bytes that are not UTF-8.
    """
    text = _decode(data, path)
    reader = _Reader(text, path)
    try:
        return reader.document()
    except yaml.YAMLError as err:
        raise _syntax_error(err, text, path) from err
    finally:
        reader.dispose()


class _Reader:
    """Builds the value from parser events; recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._lines: dict[Pointer, int] = {}
        self._parser = _Loader(text)

    def dispose(self) -> None:
        self._parser.dispose()

    def document(self) -> Document:
        self._parser.get_event()
        start = self._parser.get_event()
        if isinstance(start, yaml.StreamEndEvent):
            raise self._error(start, "the file is empty")
        if start.tags or (start.version not in {None, (1, 2)}):
            raise self._error(start, "directives are not allowed; remove the line with `%`")
        value = self._node((), self._parser.get_event())
        self._parser.get_event()
        end = self._parser.get_event()
        if not isinstance(end, yaml.StreamEndEvent):
            raise self._error(end, "a second document begins here; one file holds one document")
        return Document(path=self._path, data=value, lines=self._lines)

    def _node(self, pointer: Pointer, event: Any) -> Any:  # noqa: ANN401 - untyped events
        self._check(event, depth=len(pointer))
        self._lines.setdefault(pointer, event.start_mark.line + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(pointer)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(pointer)
        return self._scalar(event)

    def _check(self, event: Any, *, depth: int) -> None:  # noqa: ANN401 - untyped events
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._error(event, "anchors (&) and aliases (*) are not allowed; write it out")
        if event.tag is not None:
            raise self._error(event, f"tags are not allowed; remove {_short(event.tag)}")
        if depth >= MAX_DEPTH and isinstance(event, yaml.CollectionStartEvent):
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")

    def _sequence(self, pointer: Pointer) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._parser.get_event(), yaml.SequenceEndEvent):
            items.append(self._node((*pointer, len(items)), event))
        return items

    def _mapping(self, pointer: Pointer) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := self._parser.get_event(), yaml.MappingEndEvent):
            key = self._key(event)
            entry = (*pointer, key)
            if key in entries:
                first = self._lines[entry]
                raise self._error(event, f"key {_short(key)} appears twice, first on line {first}")
            self._lines[entry] = event.start_mark.line + 1
            entries[key] = self._node(entry, self._parser.get_event())
        return entries

    def _key(self, event: Any) -> str:  # noqa: ANN401 - untyped events
        self._check(event, depth=0)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, "a list or mapping cannot be a key")
        key = self._scalar(event)
        if not isinstance(key, str):
            raise self._error(event, f"the key {_short(event.value)} needs quotes to be a string")
        return key

    def _scalar(self, event: Any) -> str | float | bool | None:  # noqa: ANN401 - untyped events
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return self._integer(text, event)
        if _NOT_FINITE.fullmatch(text):
            raise self._error(event, f"{_short(text)} is not a finite number")
        if not _FLOAT.fullmatch(text):
            return text
        number = float(text)
        if not math.isfinite(number):
            raise self._error(event, f"{_short(text)} is not a finite number")
        return number

    def _integer(self, text: str, event: Any) -> int:  # noqa: ANN401 - untyped events
        digits = text.removeprefix("+")
        base = {"0o": 8, "0x": 16}.get(digits[:2], 10)
        # int() refuses more than 4300 digits, and its work is quadratic below that
        small = len(digits.lstrip("-0ox")) <= len(str(MAX_INTEGER)) + 2
        if not small or abs(number := int(digits, base)) > MAX_INTEGER:
            raise self._error(event, f"{_short(text)} does not fit into 64 bits")
        return number

    def _error(self, event: Any, text: str) -> MalformedError:  # noqa: ANN401 - untyped events
        return _error(self._path, event.start_mark.line + 1, text)


def _error(path: str, line: int, text: str) -> MalformedError:
    return MalformedError([Problem(path, line, text)])


def _decode(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise _error(path, 1, f"{len(data)} bytes; a declaration has at most {MAX_BYTES}")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise _error(path, line, f"byte 0x{data[err.start]:02x} is not UTF-8") from err
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _error(path, line, "a NUL character; the file is not text")
    return text


def _syntax_error(err: yaml.YAMLError, text: str, path: str) -> MalformedError:
    mark = getattr(err, "problem_mark", None)
    problem = getattr(err, "problem", None) or getattr(err, "reason", None) or str(err)
    if mark is None:
        position = getattr(err, "position", 0)
        line = text.count("\n", 0, position if isinstance(position, int) else 0) + 1
        return _error(path, line, _PLAIN_WORDS.get(problem, problem))
    if problem.startswith("found character"):
        return _error(path, mark.line + 1, _bad_start(text, mark.line, mark.column))
    return _error(path, mark.line + 1, _PLAIN_WORDS.get(problem, problem))


def _bad_start(text: str, line: int, column: int) -> str:
    row = text.splitlines()[line : line + 1]
    found = row[0][column : column + 1] if row else ""
    if found == "\t":
        return "a tab; YAML indents with spaces only"
    return f"a value cannot begin with {_short(found)}; put it in quotes"


def _short(text: str) -> str:
    cut = text if len(text) <= _QUOTED else f"{text[: _QUOTED - 3]}..."
    return f'"{printable(cut)}"'

"""Splits: JSONL files of cases, read the same way every time."""

import json
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from runner.core.build import MisfitError
from runner.core.canonical import canonical, digest
from runner.core.document import Document, parse
from runner.core.problem import Complaint, MalformedError, Problem, dotted, shown

T = TypeVar("T")

MAX_BYTES = 256 * 1024 * 1024
_SHOWN = 20
_BOOKKEEPING = {"id", "slices", "cluster"}


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a split.

    Attributes:
        id: Unique within the split.
        line: Line of the file, from 1.
        slices: Slices that it belongs to.
        data: The whole JSON object.
    """

    id: str
    line: int
    slices: tuple[str, ...]
    data: Mapping[str, Any]


def read_split(data: bytes, *, path: str) -> tuple[Case, ...]:
    """Read the cases of a `.jsonl`, `.jsonl.xz` or `.yaml` file, in file order.

    Blank lines are skipped; a YAML file is one list of cases, for a few that are written by hand.

    Raises:
        MalformedError: each line that is no case (`path:line: ...`, the first 20), an id that
            occurs twice, no case at all, a damaged or too large archive, a sealed file.
    """
    problems: list[Problem] = []
    cases: dict[str, Case] = {}
    listed = _listed(data, path) if path.endswith(".yaml") else _lines(data, path)
    for number, case in listed:
        if isinstance(case, str):
            problems.append(Problem(path, number, case))
        elif case.id in cases:
            first = cases[case.id].line
            twice = f"case {shown(case.id)} appears twice, first on line {first}"
            problems.append(Problem(path, number, twice))
        else:
            cases[case.id] = case
    if not cases and not problems:
        problems.append(Problem(path, 1, "no case; a split has at least one"))
    if problems:
        raise MalformedError(problems[:_SHOWN])
    return tuple(cases.values())


def read_each(data: bytes, take: Callable[[Mapping[str, Any]], T], *, path: str) -> tuple[T, ...]:
    """Read the cases of a split as a checker's own, in file order.

    Args:
        data: The file.
        take: Returns a checker's case; raises MisfitError with all that is wrong with it.
        path: The file's name, for messages.

    Raises:
        MalformedError: as `read_split`; `path:line: ...` for each complaint of each case.
    """
    cases, problems = [], []
    for each in read_split(data, path=path):
        try:
            cases.append(take(each.data))
        except MisfitError as err:
            problems += [Problem(path, each.line, _said(found)) for found in err.complaints]
    if problems:
        raise MalformedError(problems)
    return tuple(cases)


def jsonl(data: bytes, *, path: str) -> bytes:
    """Return a split file's cases as plain JSONL, as makers and checkers are given them.

    Raises:
        MalformedError: as `read_split` for YAML; a damaged or too large archive.
    """
    if not path.endswith(".yaml"):
        plain = _plain(data, path)
        return plain if plain.endswith(b"\n") or not plain else plain + b"\n"
    return b"".join(canonical(dict(case.data)) for case in read_split(data, path=path))


def text_key(case: Case) -> str:
    """Return a digest of what a case asks: its `text` or `input` without case and spacing.

    A case with neither is digested whole but for its slices, cluster and, unless it has nothing
    else, its id.
    """
    asked = case.data.get("text", case.data.get("input"))
    if isinstance(asked, str):
        return digest(" ".join(asked.casefold().split()).encode())
    rest = {key: value for key, value in case.data.items() if key not in _BOOKKEEPING}
    return digest(canonical((rest or case.id) if asked is None else asked))


def distinct_keys(cases: Sequence[Case]) -> dict[str, Case]:
    """Return what the cases of a split ask, by `text_key`, each with its first case.

    Left out is what several cases without `text` and `input` have in common: labels, most likely,
    of cases whose questions are elsewhere.
    """
    first: dict[str, Case] = {}
    common: set[str] = set()
    for case in cases:
        key = text_key(case)
        known = first.setdefault(key, case)
        if known is not case and not {"text", "input"} & case.data.keys():
            common.add(key)
    return {key: case for key, case in first.items() if key not in common}


def overlaps(splits: Mapping[str, Sequence[Case]]) -> list[str]:
    """Name the cases that stand in two splits, by id or by text, one sentence each.

    Args:
        splits: Name of a split (`train`, `dev`, `heldout`) to its cases.
    """
    found: list[str] = []
    ids: dict[str, tuple[str, str]] = {}
    texts: dict[str, tuple[str, str]] = {}
    for split, cases in splits.items():
        distinct = distinct_keys(cases)
        for case in cases:
            by_id = ids.setdefault(case.id, (split, case.id))
            key, mine = text_key(case), (split, case.id)
            by_text = texts.setdefault(key, mine) if key in distinct else mine
            other, name = by_id if by_id[0] != split else by_text
            if other != split:
                how = "id" if by_id[0] != split else "text"
                here = f"{split}:{case.line} {shown(case.id)}"
                found.append(f"{here} is also in {other}, by {how} ({shown(name)})")
    return found


def _lines(data: bytes, path: str) -> Iterator[tuple[int, Case | str]]:
    for number, text in enumerate(_plain(data, path).split(b"\n"), start=1):
        if text.strip():
            yield number, _decoded(text, number)


def _listed(data: bytes, path: str) -> Iterator[tuple[int, Case | str]]:
    document: Document = parse(data, path=path)
    if not isinstance(document.data, list):
        yield 1, f"expected a list of cases, got {shown(document.data)}"
        return
    for index, value in enumerate(document.data):
        line = document.line((index,))
        yield line, _case(value, line)


def _plain(data: bytes, path: str) -> bytes:
    if path.endswith(".age"):
        raise MalformedError([Problem(path, 1, "sealed; open it before reading its cases")])
    if not path.endswith(".xz"):
        return data
    try:
        unpacker = lzma.LZMADecompressor(memlimit=MAX_BYTES)
        plain = unpacker.decompress(data, max_length=MAX_BYTES)
    except lzma.LZMAError as err:
        raise MalformedError([Problem(path, 1, f"not an xz archive: {err}")]) from err
    if not unpacker.eof:
        text = f"the xz archive is cut short, or holds more than {MAX_BYTES} bytes"
        raise MalformedError([Problem(path, 1, text)])
    return plain


def _decoded(text: bytes, line: int) -> Case | str:
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as err:
        return f"not JSON: {err}"
    return _case(data, line)


def _case(data: object, line: int) -> Case | str:
    """Return the case, or what is wrong with it."""
    if not isinstance(data, dict):
        return f"expected a JSON object, got {shown(data)}"
    name, slices = data.get("id"), data.get("slices", [])
    if not isinstance(name, str) or not name.strip():
        return f"id: expected a non-empty string, got {shown(name)}"
    if not isinstance(slices, list) or not all(isinstance(each, str) for each in slices):
        return f"slices: expected a list of strings, got {shown(slices)}"
    return Case(id=name, line=line, slices=tuple(slices), data=data)


def _said(complaint: Complaint) -> str:
    place = dotted(complaint.pointer)
    return f"{place}: {complaint.text}" if place else complaint.text


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a finite number")

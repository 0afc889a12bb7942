"""Gold labels: JSONL of verdicts that a cheaper prompt is to reproduce, and their split."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runner.core.canonical import canonical
from runner.core.problem import MalformedError, Problem, shown, suggestion
from runner.evals.split import Case, text_key

Side = Literal["train", "heldout"]
_SIDES: Mapping[str, Side] = {
    "train": "train",
    "test": "heldout",
    "heldout": "heldout",
    "holdout": "heldout",
}
_NAMES = ("id", "scenarioId")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled example.

    Attributes:
        id: As written; `a:b` and `a__b` are two.
        line: Line of the file, from 1.
        input: What is asked: a text, or any other JSON value but null.
        label: The gold verdict; None is a verdict too.
        side: Where the record says that it belongs; None where it leaves that open.
        more: Every further key, such as `slices` or `label_again`.
    """

    id: str
    line: int
    input: Any
    label: Any
    side: Side | None
    more: Mapping[str, Any]

    def case(self) -> dict[str, Any]:
        """Return the record as a case of a split."""
        return {"id": self.id, "input": self.input, "label": self.label, **self.more}


@dataclass(frozen=True, slots=True)
class Gold:
    """Records, split; no id and no input stands on both sides."""

    train: tuple[dict[str, Any], ...]
    heldout: tuple[dict[str, Any], ...]


def read_gold(data: bytes, *, path: str) -> tuple[Record, ...]:
    """Read `{id|scenarioId, input, label, split?}` lines in file order; blank lines are skipped.

    Args:
        data: The file's bytes.
        path: What to call the file in messages.

    Raises:
        MalformedError: `path:line: ...` for each line that is no record (the first 20), for an id
            that occurs twice under either name, for a file without any record.
    """
    problems: list[Problem] = []
    records: dict[str, Record] = {}
    for number, text in enumerate(data.split(b"\n"), start=1):
        if not text.strip():
            continue
        found = _record(text, number)
        if isinstance(found, list):
            problems += [Problem(path, number, each) for each in found]
        elif found.id in records:
            first = records[found.id].line
            twice = f"record {shown(found.id)} appears twice, first on line {first}"
            problems.append(Problem(path, number, twice))
        else:
            records[found.id] = found
    if not records and not problems:
        problems.append(Problem(path, 1, "no record; expected lines of {id, input, label}"))
    if problems:
        raise MalformedError(problems[:_SHOWN])
    return tuple(records.values())


def split_gold(records: Sequence[Record], *, path: str, test_every_nth: int = 4) -> Gold:
    """Split records: by their own `split`, else every nth of the others is held out.

    Args:
        records: In file order, which decides who is the nth: equal files split equally.
        path: What to call the file in messages.
        test_every_nth: At least 2; with 4, the 4th, 8th, ... untagged record is held out.

    Raises:
        MalformedError: a stride below 2, an empty side, an input that stands on both sides.
    """
    if test_every_nth < 2:  # noqa: PLR2004 - 1 would hold out everything
        text = f"test_every_nth: expected at least 2, got {test_every_nth}"
        raise MalformedError([Problem(path, 1, text)])
    sides: dict[Side, list[Record]] = {"train": [], "heldout": []}
    untagged = 0
    for record in records:
        untagged += record.side is None
        sides[record.side or _nth(untagged, test_every_nth)].append(record)
    _refuse_empty(sides, path, test_every_nth)
    _refuse_shared(sides, path)
    train, heldout = (tuple(record.case() for record in side) for side in sides.values())
    return Gold(train=train, heldout=heldout)


def _nth(number: int, stride: int) -> Side:
    return "train" if number % stride else "heldout"


def _refuse_empty(sides: Mapping[Side, Sequence[Record]], path: str, stride: int) -> None:
    hints = {
        "heldout": f"give at least {stride} without a split, or tag some with split: heldout",
        "train": "tag some with split: train",
    }
    for name, records in sides.items():
        if not records:
            total = sum(map(len, sides.values()))
            text = f"none of the {total} records is in {name}; {hints[name]}"
            raise MalformedError([Problem(path, 1, text)])


def _refuse_shared(sides: Mapping[Side, Sequence[Record]], path: str) -> None:
    asked = {_key(record): record for record in sides["train"]}
    problems = []
    for record in sides["heldout"]:
        other = asked.get(_key(record))
        if other is not None:
            text = (
                f"{shown(record.id)} is held out and asks the same as {shown(other.id)} of train "
                f"(line {other.line}); give both the same split"
            )
            problems.append(Problem(path, record.line, text))
    if problems:
        raise MalformedError(problems[:_SHOWN])


def _key(record: Record) -> str:
    data = {"input": record.input}
    return text_key(Case(id=record.id, line=record.line, slices=(), data=data))


def _record(text: bytes, line: int) -> Record | list[str]:
    """Return the record, or all that is wrong with the line."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_distinct)
        canonical(data)  # what cannot be written again: 1e999, half of a surrogate pair
    except (ValueError, RecursionError) as err:
        return [f"not JSON: {err}"]
    if not isinstance(data, dict):
        return [f"expected a JSON object, got {shown(data)}"]
    wrong = [*_wrong_id(data), *_wrong_content(data), *_wrong_split(data)]
    if wrong:
        return wrong
    more = {key: data[key] for key in data if key not in {*_NAMES, "input", "label", "split"}}
    return Record(
        id=data[next(name for name in _NAMES if name in data)],
        line=line,
        input=data["input"],
        label=data["label"],
        side=_SIDES.get(data.get("split", "")),
        more=more,
    )


def _wrong_id(data: Mapping[str, Any]) -> list[str]:
    names = [name for name in _NAMES if name in data]
    if not names:
        return ["id: missing; expected a non-empty string, as id or scenarioId"]
    wrong = [
        f"{name}: expected a non-empty string, got {shown(data[name])}"
        for name in names
        if not isinstance(data[name], str) or not data[name].strip()
    ]
    if not wrong and len({data[name] for name in names}) > 1:
        both = " and ".join(f"{name} {shown(data[name])}" for name in names)
        wrong.append(f"{both} differ; keep one of them")
    return wrong


def _wrong_content(data: Mapping[str, Any]) -> list[str]:
    asked = data.get("input")
    wrong = []
    if "input" not in data:
        wrong.append("input: missing; expected what is asked")
    elif asked is None or (isinstance(asked, str) and not asked.strip()):
        wrong.append(f"input: expected what is asked, got {shown(asked)}")
    if "label" not in data:
        wrong.append("label: missing; expected the gold verdict (null is one)")
    return wrong


def _wrong_split(data: Mapping[str, Any]) -> list[str]:
    if "split" not in data:
        return []
    word = data["split"]
    if isinstance(word, str) and word in _SIDES:
        return []
    hint = suggestion(word, tuple(_SIDES)) if isinstance(word, str) else ""
    known = ", ".join(_SIDES)
    return [f"split: expected one of {known}, got {shown(word)}{hint.partition('; known')[0]}"]


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"key {shown(twice)} appears twice")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a finite number")

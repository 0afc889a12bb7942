"""`git-loop trace ls|show|grep|diff|export NAME [N] ...`."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.cli.answer import hint
from runner.cli.paint import Tone, paint
from runner.core.problem import printable
from runner.report.number import plural
from runner.report.trace import Kind, Line, conversation, score_words
from runner.trace.index import CaseEntry, PackEntry
from runner.wiring.house import House, enter
from runner.wiring.terminal import columns
from runner.wiring.trace import SEEN, Found, Traces, find, open_heldout, open_traces, search
from runner.wiring.trace_diff import Pair, arms_pair, origin, pair
from runner.wiring.trace_export import export

_INDENT = "  "
_TONES: Mapping[Kind, Tone | None] = {"heading": "strong", "said": None, "thought": "faint"}
_SCORES, _LEAST = 1, 12
"""Which column gives way on a narrow terminal, and how far."""


def run(arguments: Namespace) -> int:
    """Look at a row's traces; held-out ones only where they were asked for by name."""
    house = enter(Path.cwd())
    traces = _open(house, arguments, arguments.number).only(arguments.arm)
    if traces.heldout and not arguments.json:
        print(f"note: {SEEN}")
    _ACTS[arguments.act](house, arguments, traces)
    return 0


def _open(house: House, arguments: Namespace, number: int | None) -> Traces:
    opener = open_heldout if arguments.heldout else open_traces
    return opener(house, arguments.name, number)


def _print_json(traces: Traces, told: Mapping[str, Any]) -> None:
    note = {"note": SEEN} if traces.heldout else {}
    print(json.dumps({"loop": traces.loop, "row": traces.row.number, **note, **told}))


def _ls(_: House, arguments: Namespace, traces: Traces) -> None:
    listed = {pack.arm: traces.cases(pack) for pack in traces.packs}
    if arguments.json:
        packs = [_pack_json(pack, listed.get(pack.arm)) for pack in (*traces.packs, *traces.shut)]
        _print_json(traces, {"packs": packs})
        return
    for pack in traces.packs:
        print(f"{pack.arm} ({_split(pack)}): {plural(len(listed[pack.arm]), 'trace')}")
        cells = [_cells(case) for case in listed[pack.arm]]
        for line in _table(cells, columns(sys.stdout)):
            print(f"{_INDENT}{line}")
    for pack in traces.shut:
        how = "sealed, --heldout opens it with the key" if pack.sealed else "--heldout shows it"
        print(f"{pack.arm} ({_split(pack)}): {pack.size} bytes; {how}")
    case = next((each.id for cases in listed.values() for each in cases), None)
    if case is not None:
        print(f"next: git-loop trace show {traces.loop} {traces.row.number} {printable(case)}")


def _split(pack: PackEntry) -> str:
    return "held out" if pack.split == "heldout" else pack.split


def _pack_json(pack: PackEntry, cases: tuple[CaseEntry, ...] | None) -> dict[str, Any]:
    told = pack.model_dump(mode="json")
    return told | {"cases": cases and [case.model_dump(mode="json") for case in cases]}


def _cells(case: CaseEntry) -> tuple[str, ...]:
    ends = [case.error and printable(case.error), "failed" if case.failed else ""]
    ends.append("" if case.whole else "cut short")
    return (
        printable(case.id) + (f" rep {case.rep}" if case.rep else ""),
        score_words(case.scores),
        f"{case.tokens_in} in, {case.tokens_out} out",
        f"{case.cost_usd:.4f} USD",
        f"{case.seconds:.2f} s",
        ", ".join(each for each in ends if each),
    )


def _table(rows: list[tuple[str, ...]], width: int | None) -> Iterator[str]:
    """Yield aligned lines; on a terminal the scores give way where there is no room for all."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is not None and widths:
        over = len(_INDENT) + sum(widths) + 2 * len(widths[1:]) - width
        widths[_SCORES] = max(_LEAST, widths[_SCORES] - max(0, over))
    for row in rows:
        cells = (f"{_cut(cell, room):<{room}}" for cell, room in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _cut(cell: str, room: int) -> str:
    return cell if len(cell) <= room else f"{cell[: room - 1]}…"


def _show(_: House, arguments: Namespace, traces: Traces) -> None:
    found = find(traces, arguments.case)
    if arguments.json:
        _print_json(traces, {"traces": [_trace_json(each) for each in found]})
        return
    for each in found:
        _print(Line(f"== {each.title}", "heading"))
        for line in conversation(each.trace):
            _print(line)
    number = traces.row.number
    hint(f"git-loop trace diff {traces.loop} {number} {printable(arguments.case)}")


def _trace_json(found: Found) -> dict[str, Any]:
    spans = [
        {"name": span.name, "seconds": span.seconds, "attributes": dict(span.attributes)}
        for span in found.trace.spans
    ]
    case = found.case.model_dump(mode="json")
    return {"arm": found.pack.arm, "split": found.pack.split, "case": case, "spans": spans}


def _print(line: Line) -> None:
    indent = "" if line.kind == "heading" else _INDENT
    print(paint(f"{indent}{line.text}".rstrip(), _TONES[line.kind]))


def _grep(_: House, arguments: Namespace, traces: Traces) -> None:
    matches = search(traces, arguments.pattern)
    if arguments.json:
        told = [
            {"arm": each.found.pack.arm, "case": each.found.case.id, "rep": each.found.case.rep}
            | {"said": each.said, "line": each.line}
            for each in matches
        ]
        _print_json(traces, {"matches": told})
        return
    count = 0
    for count, each in enumerate(matches, 1):  # noqa: B007 - counted while they come
        case = each.found.case
        where = f"{each.found.pack.arm} {printable(case.id)} rep {case.rep}"
        print(f"{where}: {each.said if each.said != each.line else ''} {each.line}")
    if not count:
        print(f'"{printable(arguments.pattern)}" is in no trace of {_row(traces)}')
        hint(f"git-loop trace ls {_row(traces)}")
        return
    hint(f"git-loop trace show {_row(traces)} {printable(case.id)}")


def _row(traces: Traces) -> str:
    return f"{traces.loop} {traces.row.number}"


def _diff(house: House, arguments: Namespace, traces: Traces) -> None:
    found = _pair(house, arguments, traces)
    if arguments.json:
        both = {"before": _trace_json(found.before), "after": _trace_json(found.after)}
        _print_json(traces, both | {"diff": list(found.lines)})
        return
    for line in found.lines or (f"no difference: {found.before.title}, {found.after.title}",):
        print(line)
    hint(f"git-loop trace show {_row(traces)} {printable(arguments.case)}")


def _pair(house: House, arguments: Namespace, traces: Traces) -> Pair:
    other = arguments.other
    if other is None:
        together = arms_pair(traces, arguments.case)
        if together is not None:
            return together
        other = origin(house, traces)
    kind = arguments.arm and arguments.arm.partition("/")[0]  # each row counts its own attempts
    return pair(_open(house, arguments, other).only(kind), traces, arguments.case)


def _export(_: House, arguments: Namespace, traces: Traces) -> None:
    into = Path(arguments.out)
    count = export(traces, into)
    if arguments.json:
        _print_json(traces, {"file": str(into), "samples": count})
        return
    print(f"{into}: {plural(count, 'sample')} of {_row(traces)} {traces.packs[0].arm}")
    print(f"next: inspect view start --log-dir {into.parent}")


_ACTS = {"ls": _ls, "show": _show, "grep": _grep, "diff": _diff, "export": _export}

"""`git-loop verify NAME [--row N]`."""

import dataclasses
import json
from argparse import Namespace
from collections import Counter
from pathlib import Path

from runner.audit.finding import Audit, Check, Fault, Unchecked
from runner.cli.say import say
from runner.report.number import plural
from runner.wiring.house import enter
from runner.wiring.look import NothingThereError
from runner.wiring.verify import verify

_NAMES = 14
"""Columns before what a check says."""
_SHOWN = 12
"""Row numbers that a line names; the JSON has them all."""


def run(arguments: Namespace) -> int:
    """Print what was computed again, then what does not hold; exit 1 if something does not."""
    audit = verify(enter(Path.cwd()), arguments.name)
    if arguments.row is not None:
        audit = _only(audit, arguments.row)
    if arguments.json:
        print(json.dumps(_json(audit)))
        return 1 if audit.faults else 0
    print(f"loop {audit.loop}: {plural(audit.rows, 'row')} at {audit.commit[:12]}")
    for check in audit.checks:
        say(f"  {_line(check)}", indent=_NAMES)
    for fault in audit.faults:
        say(f"FAULT {fault.check}: {fault.told}")
    print(f"next: {_next(audit)}")
    return 1 if audit.faults else 0


def _only(audit: Audit, number: int) -> Audit:
    """Return the audit with what it says of one row.

    Raises:
        NothingThereError: there is no such row.
    """
    if number >= audit.rows:
        raise NothingThereError(f"loop {audit.loop} has rows 0 to {audit.rows - 1}, not {number}")
    checks = tuple(
        dataclasses.replace(
            check,
            faults=tuple(each for each in check.faults if each.row == number),
            unchecked=tuple(each for each in check.unchecked if each.row == number),
        )
        for check in audit.checks
    )
    return dataclasses.replace(audit, checks=checks)


def _line(check: Check) -> str:
    """Say of one kind of check how many hold, and what was not looked at."""
    words = [f"{check.name:<11} {check.held} of {check.of} {check.what}"]
    rows: dict[str, list[int | None]] = {}
    for each in check.unchecked:
        rows.setdefault(each.why, []).append(each.row)
    words += [f"not {_rows(numbers)}: {why}" for why, numbers in rows.items()]
    return "; ".join([*words, *check.notes])


def _rows(numbers: list[int | None]) -> str:
    known = [number for number in numbers if number is not None]
    if not known:
        return "looked at"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    word = "row" if len(known) == 1 else "rows"
    return f"{word} {', '.join(map(str, known[:_SHOWN]))}{more}"


def _next(audit: Audit) -> str:
    if audit.faults:
        return f"git log --stat refs/loops/{audit.loop}, which shows who changed what is recorded"
    if audit.keyed or not any(_sealed(each) for c in audit.checks for each in c.unchecked):
        return f"git-loop replay {audit.loop} N makes row N again"
    return f"LOOP_HELDOUT_KEY=... git-loop verify {audit.loop} computes the sealed verdicts, too"


def _sealed(each: Unchecked) -> bool:
    return "the key is not here" in each.why


def _json(audit: Audit) -> dict[str, object]:
    return {
        "loop": audit.loop,
        "commit": audit.commit,
        "rows": audit.rows,
        "keyed": audit.keyed,
        "holds": not audit.faults,
        "checks": [
            {
                "name": check.name,
                "held": check.held,
                "of": check.of,
                "unchecked": [dataclasses.asdict(each) for each in check.unchecked],
                "why": dict(Counter(each.why for each in check.unchecked)),
                "notes": list(check.notes),
            }
            for check in audit.checks
        ],
        "faults": [_fault(each) for each in audit.faults],
    }


def _fault(fault: Fault) -> dict[str, object]:
    return dataclasses.asdict(fault)

"""The README's tables of what was measured, written from the figures in `bench/results`.

`python bench/readme.py --write` rewrites what stands between the marker comments of README.md;
`--check` says whether that is current, exit 1 if not; without either the rows are printed. A row is
a function of `readme_*.py`: CONTRIBUTING says how to add one.
"""

import argparse
import re
import sys
from collections.abc import Iterable

from figure import ROOT
from readme_agent import AGENT
from readme_engine import ENGINE, HOLDS
from readme_family import FAMILY, TEXT
from readme_five import five
from readme_row import Ask, MissingError, Results, Row
from readme_tool import TOOL

README = ROOT / "README.md"
ROWS: tuple[Ask, ...] = (*ENGINE, *FAMILY, *AGENT, *TEXT, *HOLDS, *TOOL)
HEAD = "| figure | measured | aim |\n|---|---|---|\n"


def rendered(results: Results) -> dict[str, str]:
    """Return name of a pair of markers to what belongs between them.

    Raises:
        MissingError: a row shows what no file holds.
    """
    measured = HEAD + "".join(f"{ask(results)}\n" for ask in ROWS)
    return {"five": five(results), "measured": measured}


def filled(text: str, parts: dict[str, str]) -> str:
    """Return a page with its parts between their markers.

    Raises:
        ValueError: the page lacks a marker.
    """
    for name, part in parts.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        if len(re.findall(f"{begin}.*?{end}", text, re.DOTALL)) != 1:
            raise ValueError(f"README.md: expected {begin.strip()} and {end}, once each")
        before, _, rest = text.partition(begin)
        text = before + begin + part + end + rest.partition(end)[2]
    return text


def found(results: Results) -> dict[str, Row]:
    """Return the rows that can be told of what was measured, by their names."""
    told = {}
    for ask in ROWS:
        try:
            told[ask.__name__] = ask(results)
        except MissingError:
            continue
    return told


def unexplained(rows: Iterable[Row]) -> list[str]:
    """Return the figures that miss their aim and do not say why."""
    return [row.figure for row in rows if any(aim.unexplained for aim in row.aims)]


def main() -> None:
    """Write, check or print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="rewrite README.md's tables")
    what.add_argument("--check", action="store_true", help="exit 1 if they are not current")
    given = parser.parse_args()
    results, rows = Results(), found(Results())
    if not (given.write or given.check):
        print("\n".join(map(str, rows.values())))
        return
    before = README.read_text()
    after = filled(before, rendered(results))
    for figure in unexplained(rows.values()):
        print(f"missed, and no reason is written: {figure}", file=sys.stderr)
    if given.write:
        README.write_text(after)
    elif after != before:
        sys.exit("README.md is not what bench/results says; run python bench/readme.py --write")


if __name__ == "__main__":
    main()

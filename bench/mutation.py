"""How many slips in the code its tests notice: mutants of whole rooms, and those that live.

Run with `make mutate`, or `make mutate ONLY=ledger`; `--write` keeps the figures under
`bench/results`. mutmut makes the mutants and runs, for each, the room's own fast tests that reach
its function (`[tool.mutmut]` in pyproject.toml). A room has thousands: `--sample` of them are
drawn, uniformly and by a seed, and the share comes with its 95 % interval. One core, about a second
each.

A mutant that changes nothing anybody can see is named in `bench/mutation.toml` with the reason, and
is counted apart. A name there that no mutant has any more is told.
"""

import math
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from figure import ROOT, keep, measured, options
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import get_mutant_name

ROOMS = ("gate", "ledger", "spec", "publish")
EQUIVALENTS = ROOT / "bench/mutation.toml"
NOTICED = {"killed", "timeout", "segfault", "suspicious"}
"""A test failed, or never ended, or the process died."""
MUTMUT = """
import resource, sys
from mutmut.__main__ import cli
from mutmut.configuration import config
room = sys.argv.pop(1)
config().only_mutate = [f"runner/{room}/*"]
config().pytest_add_cli_args_test_selection = [f"tests/{room}"]
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
cli()
"""
"""mutmut's command line, told a room: tests of others reach its functions, too, and would take
their time over every mutant that lives. A mutant that eats memory dies of it alone."""
SAMPLE, SEED = 400, 20261121
Change = tuple[str, str, str]
ONE = re.compile(r"\.x_?(?P<function>[^.]+)__mutmut_\d+$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change to one function.

    Attributes:
        name: mutmut's own; its number changes with the function.
        status: mutmut's word; `killed` where a test failed.
        change: The function with its module, the lines taken out, and the lines put in.
    """

    name: str
    status: str
    change: Change


def room(name: str, *, tree: Path, sample: int, seed: int) -> dict[str, Any]:
    """Try mutants of one room.

    Args:
        name: The package below `runner`.
        tree: A copy of the repository that mutmut may fill.
        sample: How many to draw; 0 for all.
        seed: Of the draw.
    """
    there = {each: path for path in walk_mutatable_files() for each in _names(path, name)}
    drawn = sorted(there) if not sample else _drawn(sorted(there), sample, seed)
    command = [sys.executable, "-c", MUTMUT, name, "run", "--max-children", "1"]
    subprocess.run([*command, *drawn], cwd=tree, check=True)
    known = _known()
    tried = [_tried(each, there[each]) for each in drawn]
    for gone in _gone(known, there, name):
        print("no such mutant any more, says bench/mutation.toml:", *gone, sep="\n  ")
    alive = [each for each in tried if each.status not in NOTICED]
    equal = [each for each in alive if each.change in known]
    lived = [each for each in alive if each.change not in known]
    for each in lived:
        print(_shown(each))
    counted, killed = len(tried) - len(equal), len(tried) - len(alive)
    return {
        "there_are": len(there),
        "mutants": len(tried),
        "seed": seed if sample else None,
        "killed": killed,
        "survived": len(lived),
        "equivalent": len(equal),
        "share_killed": round(killed / counted, 4),
        "interval_95": _interval(killed, counted) if len(tried) < len(there) else None,
        "outcomes": dict(sorted(Counter(each.status for each in tried).items())),
        "survivors": [_written(each) for each in lived],
        "equivalents": [{**_written(each), "why": known[each.change]} for each in equal],
    }


def _names(path: Path, name: str) -> list[str]:
    if path.parts[:2] != ("runner", name):
        return []
    made = mutate_file_contents(str(path), path.read_text()).mutant_names
    return [get_mutant_name(path, each) for each in made]


def _drawn(names: Sequence[str], count: int, seed: int) -> list[str]:
    return sorted(random.Random(seed).sample(names, min(count, len(names))))


def _tried(name: str, path: Path) -> Mutant:
    data = SourceFileMutationData(path=path)
    data.load()
    return Mutant(name, status_by_exit_code[data.exit_code_by_key[name]], _change(name, path))


def _change(name: str, path: Path) -> Change:
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    was, becomes = (
        "\n".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return _function(name, path), was, becomes


def _function(name: str, path: Path) -> str:
    found = ONE.search(name)
    assert found is not None, name
    return ".".join([*path.with_suffix("").parts, found["function"].strip("ǁ").replace("ǁ", ".")])


def _gone(known: Iterable[Change], there: Mapping[str, Path], room: str) -> set[Change]:
    """Return what is called equivalent in a room, and is nothing that mutmut does there."""
    ours = {each for each in known if each[0].startswith(f"runner.{room}.")}
    functions = {function for function, _, _ in ours}
    return ours - {
        _change(each, path) for each, path in there.items() if _function(each, path) in functions
    }


def _known() -> dict[Change, str]:
    told = tomllib.loads(EQUIVALENTS.read_text()).get("equivalent", [])
    return {(each["function"], each["was"], each["becomes"]): each["why"] for each in told}


def _interval(hits: int, count: int) -> list[float]:
    """Return the Wilson interval of a share, at 95 %."""
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return [round(middle - half, 4), round(middle + half, 4)]


def _written(each: Mutant) -> dict[str, str]:
    function, was, becomes = each.change
    return {"function": function, "was": was, "becomes": becomes}


def _shown(each: Mutant) -> str:
    function, was, becomes = each.change
    lines = [f"- {line}" for line in was.splitlines()]
    lines += [f"+ {line}" for line in becomes.splitlines()]
    return "\n  ".join([f"{each.status}: {each.name} ({function})", *lines])


def _lay(tree: Path) -> None:
    """Copy the files as they stand, edits not committed too; what git ignores stays out."""
    shutil.rmtree(tree, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def main() -> None:
    """Try the rooms asked for, tell their shares, and keep them where asked to."""
    parser = options(__doc__, parts=ROOMS)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants per room; 0 for all")
    parser.add_argument("--seed", type=int, default=SEED, help="of the draw")
    given = parser.parse_args()
    tree = Path(sys.prefix) / "tree"
    _lay(tree)
    os.chdir(tree)
    config()
    found = {}
    for name in given.only or ROOMS:
        part = partial(room, name, tree=tree, sample=given.sample, seed=given.seed)
        found[name] = measured(part, "mutmut", "pytest")
        told = {key: value for key, value in found[name].items() if isinstance(value, int | float)}
        print(name, told, found[name]["interval_95"] or "")
        if given.write:
            keep("mutation", {name: found[name]})


if __name__ == "__main__":
    main()

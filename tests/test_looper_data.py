"""The tasks of the looper eval: what is in its splits, and that its script makes such ones."""

import ast
import json
import lzma
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from runner.evals.split import overlaps, read_split
from runner.seal.suffix import unpack
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.commit import commit_of
from runner.worlds.repair.hunk import hunks, narrowed, patched
from runner.worlds.repair.mutate.table import KINDS
from runner.worlds.repair.patch import added
from runner.worlds.repair.suspect import suspects
from runner.worlds.repair.validate import duplicates, leak, plain, validated
from tests.worlds.repair import tiny

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.no_cover  # the worlds' own tests reach all that thousands of tasks do
HERE = ROOT / "evals" / "looper"
FILES = {"train": "train.jsonl.xz", "dev": "dev.jsonl.xz", "heldout": "heldout.jsonl.xz.age"}
SIZES = {"train": 210, "dev": 84, "heldout": 252}
SEEN = {"cachebox", "calendarium", "graphkit", "interval", "routes", "tabular", "textwrapx"}
UNSEEN = {"calc", "ledger_book", "semver"}
LEVELS = ["easy", "medium", "hard"]


@cache
def raw(split: str) -> bytes:
    name = FILES[split]
    key = (HERE / "demo.key").read_text()
    return unpack((HERE / name).read_bytes(), name=name, identity=key)


@cache
def bugs(split: str) -> tuple[Bug, ...]:
    return tuple(bug(line) for line in raw(split).splitlines())


def bug(line: bytes) -> Bug:
    row = json.loads(line)
    assert row.pop("id") == row["instance_id"]
    return Bug.model_validate(row)


def every() -> list[Bug]:
    return [each for split in FILES for each in bugs(split)]


def test_the_splits_are_cases_of_an_eval_and_share_none() -> None:
    cases = {split: read_split(raw(split), path=f"{split}.jsonl") for split in FILES}

    assert {split: len(found) for split, found in cases.items()} == SIZES
    assert overlaps(cases) == []
    assert len({each.id for each in every()}) == sum(SIZES.values())


def test_three_packages_are_held_out_whole() -> None:
    packages = {split: {each.sequence for each in bugs(split)} for split in FILES}
    unseen = [each for each in bugs("heldout") if "unseen" in each.slices]

    assert packages == {"train": SEEN, "dev": SEEN, "heldout": SEEN | UNSEEN}
    assert {each.sequence for each in unseen} == UNSEEN
    assert len(unseen) >= 60


def test_no_function_stands_in_two_splits() -> None:
    clusters = {split: {each.cluster for each in bugs(split)} for split in FILES}

    assert not clusters["train"] & clusters["dev"]
    assert not (clusters["train"] | clusters["dev"]) & clusters["heldout"]


def touched(task: Bug) -> set[str]:
    """Return the functions that the lines of a fix stand in."""
    return {
        f"{task.repo}/{hunk.path}:{name}"
        for hunk in map(narrowed, hunks(task.patch))
        for name, first, last in functions(task.files[hunk.path])
        if first <= hunk.line + len(hunk.old) - 1 and hunk.line <= last
    }


@cache
def functions(source: str) -> tuple[tuple[str, int, int], ...]:
    """Return functions and methods by name, first and last line."""
    tree = ast.parse(source)
    classes = [("", tree), *((f"{n.name}.", n) for n in tree.body if isinstance(n, ast.ClassDef))]
    return tuple(
        (f"{prefix}{node.name}", node.lineno, node.end_lineno or node.lineno)
        for prefix, owner in classes
        for node in owner.body
        if isinstance(node, ast.FunctionDef)
    )


def test_no_function_is_mended_in_two_splits() -> None:
    found = {split: {name for each in bugs(split) for name in touched(each)} for split in FILES}

    assert all(touched(each) for each in every() if each.kind != "written")
    assert not found["train"] & found["dev"]
    assert not (found["train"] | found["dev"]) & found["heldout"]


def test_no_two_tasks_ask_the_same_or_come_to_the_same() -> None:
    assert len({each.problem_statement for each in every()}) == len(every())
    assert duplicates(every()) == {}


def test_no_statement_tells_the_fix() -> None:
    assert {each.id: leak(each) for each in every() if leak(each)} == {}


def test_no_repair_looks_like_an_attack_on_its_judge() -> None:
    assert {each.id: suspects(each.patch) for each in every() if suspects(each.patch)} == {}


def test_most_written_bugs_are_held_out_and_most_kinds_are_learned_from() -> None:
    written = {split: sum(each.kind == "written" for each in bugs(split)) for split in FILES}
    kinds = Counter(each.kind for each in bugs("train") if each.kind != "written")

    assert written["heldout"] > 2 * (written["train"] + written["dev"])
    assert set(kinds) <= set(KINDS)
    assert len(kinds) >= 18
    assert max(kinds.values()) < len(bugs("train")) / 8


def test_every_fix_leads_to_the_package_as_it_is() -> None:
    for each in every():
        folder = HERE / "packages" / each.sequence
        tests = {path: data.decode() for path, data in added(each.test_patch)}

        for path, text in (patched(each.files, each.patch) | tests).items():
            assert (folder / path).read_text() == text
        assert each.base_commit == commit_of(each.files)


def test_a_sequence_goes_from_easy_to_hard_and_depends_on_what_came_before() -> None:
    for split in FILES:
        for package in SEEN | UNSEEN:
            own = [each for each in bugs(split) if each.sequence == package]
            names = [each.id for each in own]

            assert [each.sequence_position for each in own] == [*range(1, len(own) + 1)]
            levels = [LEVELS.index(each.difficulty) for each in own]
            assert levels == sorted(levels)
            for place, each in enumerate(own):
                assert set(each.dependencies) <= set(names[:place])


def test_each_task_is_in_its_slices() -> None:
    for each in every():
        made = "written" if each.kind == "written" else "mutated"
        met = "unseen" if each.sequence in UNSEEN else "seen"

        assert each.slices == (each.sequence, each.difficulty, made, met)
        assert each.repo == f"looper/{each.sequence}"


@pytest.mark.slow
@pytest.mark.parametrize("split", FILES)
def test_a_task_of_each_split_is_one_still(split: str) -> None:
    chosen = bugs(split)[len(bugs(split)) // 3]

    assert validated(chosen, runner=plain) == chosen


def test_the_splits_are_packed_small() -> None:
    assert sum((HERE / name).stat().st_size for name in FILES.values()) < 1_000_000
    assert lzma.decompress((HERE / "dev.jsonl.xz").read_bytes()) == raw("dev")


WRITTEN = """\
- id: sums-empty
  difficulty: hard
  title: An empty list has a mean
  problem: The mean of an empty list should be an error, and is not.
  edits:
    - path: sums/add.py
      find: if not numbers
      replace: if numbers is None
"""


MORE = """

def test_no_numbers_are_no_sum_{0}():
    assert total([]) == 0
"""


def build(out: Path, source: Path, *more: str) -> str:
    command = [sys.executable, str(HERE / "build.py"), "--identity", str(HERE / "demo.key")]
    places = ("--out", str(out), "--source", str(source), "--memory", str(out / "memory"))
    done = subprocess.run(
        [*command, *places, *more],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout


@pytest.mark.slow
def test_a_package_of_two_functions_is_built_the_same_way_twice(tmp_path: Path) -> None:
    tests = tiny.TESTS + "".join(MORE.format(n) for n in range(4))
    for path, text in {**tiny.FILES, tiny.PATH: tests}.items():
        place = tmp_path / "packages" / "sums" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / "bugs").mkdir()
    (tmp_path / "bugs" / "sums.yaml").write_text(WRITTEN)
    outs = [tmp_path / "one", tmp_path / "two"]
    said = []
    for out in outs:
        out.mkdir()
        said.append(build(out, tmp_path))
    key = (HERE / "demo.key").read_text()
    plains = [
        {
            name: unpack((out / name).read_bytes(), name=name, identity=key)
            for name in FILES.values()
        }
        for out in outs
    ]
    found = [bug(line) for data in plains[0].values() for line in data.splitlines()]

    assert plains[0] == plains[1]
    assert said[0] == said[1]
    assert "sums-empty" in {each.id for each in found}
    assert {each.cluster for each in found} == {"sums.add:total", "sums.add:mean"}
    assert all(each.fail_to_pass and each.pass_to_pass and not leak(each) for each in found)

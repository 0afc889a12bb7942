"""The tasks of the experience eval: what is in its splits, and that its script makes them again."""

import lzma
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from runner.evals.split import overlaps, read_split
from runner.seal.suffix import unpack
from runner.worlds.office import pool as words
from runner.worlds.office.file import dangling
from runner.worlds.office.generate import faults
from runner.worlds.office.policy import reference
from runner.worlds.office.score import score
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import SEEN_NAMES, SIMPLE_NAMES, UNSEEN_NAMES
from runner.worlds.office.twin import masked_hash, overlap, task_hash

pytestmark = pytest.mark.no_cover  # the worlds' own tests reach all that thousands of tasks do
HERE = Path(__file__).parents[1] / "evals" / "experience"
FILES = {
    "train": "train.jsonl.xz",
    "dev": "dev.jsonl.xz",
    "heldout": "heldout.jsonl.xz.age",
    "simple": "simple.jsonl.xz",
}
SIZES = {"train": 3000, "dev": 120, "heldout": 320, "simple": 60}
POOLS: dict[str, words.Pool] = {
    "train": "train",
    "dev": "dev",
    "heldout": "heldout",
    "simple": "dev",
}


@cache
def plain(split: str) -> bytes:
    name = FILES[split]
    key = (HERE / "demo.key").read_text()
    return unpack((HERE / name).read_bytes(), name=name, identity=key)


@cache
def tasks(split: str) -> tuple[Task, ...]:
    return tuple(Task.model_validate_json(line) for line in plain(split).splitlines())


def earned(task: Task) -> float:
    return score(task.assertions, initial=task.world, final=task.world).partial


def kinds(found: Sequence[Task], slice_: str) -> Counter[str]:
    return Counter(task.template for task in found if slice_ in task.slices)


def test_the_splits_are_cases_of_an_eval_and_share_none() -> None:
    cases = {split: read_split(plain(split), path=f"{split}.jsonl") for split in FILES}

    assert {split: len(found) for split, found in cases.items()} == SIZES
    assert overlaps(cases) == []


def test_only_what_is_held_out_has_kinds_that_nobody_is_trained_on() -> None:
    seen, unseen = kinds(tasks("heldout"), "seen"), kinds(tasks("heldout"), "unseen")

    assert set(kinds(tasks("train"), "seen")) == set(kinds(tasks("dev"), "seen")) == set(SEEN_NAMES)
    assert (set(seen), seen.total(), min(seen.values())) == (set(SEEN_NAMES), 200, 10)
    assert (set(unseen), set(unseen.values())) == (set(UNSEEN_NAMES), {24})
    assert kinds(tasks("simple"), "simple") == Counter(dict.fromkeys(SIMPLE_NAMES, 10))


def test_every_task_is_in_the_slice_of_its_kind_and_a_cluster_of_its_own() -> None:
    for split in FILES:
        for task in tasks(split):
            assert task.slices[1:] == (task.template,)
            assert task.cluster == task.id


@pytest.mark.parametrize(
    ("one", "other"), [("train", "dev"), ("train", "heldout"), ("dev", "heldout")]
)
def test_splits_share_no_name_no_task_and_no_held_out_kind(one: str, other: str) -> None:
    assert overlap(tasks(one), tasks(other)) == []


def test_every_name_in_a_world_is_of_the_splits_pool() -> None:
    for split, pool in POOLS.items():
        known = {*words.people(pool), *words.companies(pool)}

        assert all(set(task.entities) <= known for task in tasks(split))


def test_no_task_is_anothers_twin() -> None:
    for split in FILES:
        assert len({task_hash(task) for task in tasks(split)}) == SIZES[split]
        assert len({masked_hash(task) for task in tasks(split)}) == SIZES[split]


@pytest.mark.parametrize("split", FILES)
def test_a_sample_of_tasks_can_be_done_and_none_does_itself(split: str) -> None:
    sample = tasks(split)[::20]

    assert [fault for task in sample for fault in faults(task)] == []
    assert [task.id for task in sample if earned(task)] == []


@pytest.mark.slow
@pytest.mark.parametrize("split", FILES)
def test_every_task_can_be_done_and_none_does_itself(split: str) -> None:
    assert [fault for task in tasks(split) for fault in faults(task)] == []
    assert [task.id for task in tasks(split) if earned(task)] == []
    assert [wrong for task in tasks(split) for wrong in dangling(task.world)] == []


def test_the_control_set_takes_one_call_each() -> None:
    assert {reference(task).calls for task in tasks("simple")} == {1}


@pytest.mark.slow
def test_the_script_makes_the_same_again(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "build.py"), "--identity", str(HERE / "demo.key")]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    subprocess.run([*command, "--out", str(tmp_path)], check=True, env=environment)

    for name in FILES.values():
        assert (tmp_path / name).read_bytes() == (HERE / name).read_bytes()


def test_the_splits_are_packed_small() -> None:
    assert sum((HERE / name).stat().st_size for name in FILES.values()) < 600_000
    assert lzma.decompress((HERE / "dev.jsonl.xz").read_bytes()) == plain("dev")

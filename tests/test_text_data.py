"""The two text evals: what is in their splits, and that their scripts make the same again."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.checkers.agreement.case import prepared
from runner.checkers.agreement.checker import CONTROLS
from runner.checkers.agreement.params import Params
from runner.checkers.agreement.prompt import prompt
from runner.checkers.agreement.score import scored
from runner.evals.gold import read_gold, split_gold
from runner.evals.load import read_eval
from runner.evals.model import Eval
from runner.evals.split import Case, overlaps, read_split
from runner.lm.clerk.grammar import read
from runner.lm.clerk.model import clerk
from runner.lm.task.prompt import asked
from runner.lm.task.surface import instructions
from runner.seal.suffix import unpack
from runner.wiring.table import CHECKERS, params_of

TOP = Path(__file__).parents[1]
EVALS = ("triage", "commands")
CATEGORIES = {
    *("test", "build", "lint", "dependency", "network"),
    *("disk", "memory", "timeout", "permission", "runner"),
}
AREAS = {"python", "node", "c", "java", "go", "rust", "docker", "git", "apt"}
TOUCHES = {
    *("files", "network", "git", "packages", "containers", "cluster"),
    *("database", "services", "processes", "users", "environment"),
}
SIZES = {
    "triage": {"train": 245, "dev": 152, "heldout": 240},
    "commands": {"train": 383, "dev": 95, "heldout": 174},
}


def folder(name: str) -> Path:
    return TOP / "evals" / name


def declared(name: str) -> Eval:
    return read_eval(
        (folder(name) / "eval.yaml").read_bytes(),
        path=f"evals/{name}/eval.yaml",
        kinds=params_of(CHECKERS),
    ).eval


def splits(name: str) -> dict[str, tuple[Case, ...]]:
    found = declared(name)
    here = folder(name)
    opened = {
        split: tuple(
            case
            for file in found.files(split)
            for case in read_split((here / file).read_bytes(), path=file)
        )
        for split in ("train", "dev")
    }
    sealed = unsealed(name, "heldout.jsonl.age")
    return {**opened, "heldout": read_split(sealed, path="heldout.jsonl")}


def unsealed(name: str, file: str) -> bytes:
    key = (folder(name) / "demo.key").read_text()
    return unpack((folder(name) / file).read_bytes(), name=file, identity=key)


def wordings(data: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load(data)["families"]
    return found


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


@pytest.fixture(scope="module", params=EVALS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def cases(name: str) -> dict[str, tuple[Case, ...]]:
    return splits(name)


def test_splits_have_the_sizes_that_were_meant(
    name: str, cases: dict[str, tuple[Case, ...]]
) -> None:
    assert {split: len(found) for split, found in cases.items()} == SIZES[name]


def test_no_case_stands_in_two_splits_by_id_or_by_text(cases: dict[str, tuple[Case, ...]]) -> None:
    assert overlaps(cases) == []


def test_no_text_occurs_twice_within_a_split(cases: dict[str, tuple[Case, ...]]) -> None:
    for split, found in cases.items():
        texts = Counter(plain(case.data["input"]) for case in found)
        assert texts.most_common(1)[0][1] == 1, split


def test_triage_labels_are_of_the_vocabulary_and_every_category_is_everywhere() -> None:
    for split, found in splits("triage").items():
        labels = [case.data["label"] for case in found]
        assert {label["category"] for label in labels} == CATEGORIES, split
        assert {label["retry"] for label in labels} == {True, False}
        assert {area for label in labels for area in label["areas"]} == AREAS, split
        assert all(set(label) == {"category", "retry", "areas"} for label in labels)


def test_triage_logs_are_of_five_to_forty_lines() -> None:
    drawn = [
        case
        for found in splits("triage").values()
        for case in found
        if "fixtures" not in case.slices
    ]
    counts = [case.data["input"].count("\n") + 1 for case in drawn]
    assert (min(counts) >= 5, max(counts) <= 40) == (True, True)


def test_triage_slices_have_their_sizes_and_every_category() -> None:
    found = splits("triage")
    cases = {
        part: [case for case in found[split] if part in case.slices]
        for split, part in (("heldout", "seen"), ("heldout", "unseen"), ("dev", "novel"))
    }
    assert {part: len(each) for part, each in cases.items()} == {
        "seen": 168,
        "unseen": 72,
        "novel": 32,
    }
    for part in ("seen", "unseen"):
        assert {case.data["label"]["category"] for case in cases[part]} == CATEGORIES, part


def test_triage_has_wordings_that_only_the_sealed_file_has() -> None:
    public = [
        each
        for file in ("families.yaml", "novel.yaml")
        for each in wordings((folder("triage") / file).read_bytes())
    ]
    sealed = wordings(unsealed("triage", "unseen.yaml.age"))
    counts = Counter(each["is"].split()[0] for each in sealed)
    assert (len(sealed), set(counts), min(counts.values())) == (72, CATEGORIES, 6)
    assert {each["id"] for each in sealed}.isdisjoint(each["id"] for each in public)
    known = plain("\n".join(each["text"] for each in public))
    for each in sealed:
        for text in each["text"].split("\n%%\n"):
            assert plain(text) not in known, each["id"]


def test_nothing_of_one_triage_slice_is_in_another_but_for_the_stamps() -> None:
    stamp = re.compile(r"^(\[[\d:]{8}\] |2026-03-\S+Z )", re.MULTILINE)
    texts = Counter(
        plain(stamp.sub("", case.data["input"]))
        for found in splits("triage").values()
        for case in found
    )
    assert texts.most_common(1)[0][1] == 1


def test_triage_has_five_fixtures_that_a_person_wrote() -> None:
    train = splits("triage")["train"]
    assert [case.slices for case in train[:5]] == [("fixtures",)] * 5


def test_command_labels_are_of_the_vocabulary() -> None:
    for split, found in splits("commands").items():
        labels = [case.data["label"] for case in found if "label" in case.data]
        assert {label["risk"] for label in labels} == {"safe", "caution", "dangerous"}, split
        assert {label["leaks"] for label in labels} == {True, False}
        assert {each for label in labels for each in label["touches"]} == TOUCHES, split


def test_commands_held_out_has_sixteen_attacks_and_more_than_seventy_two_labels() -> None:
    found = splits("commands")["heldout"]
    hostile = [case for case in found if "redteam" in case.slices]
    assert len(hostile) == 16
    assert all("attack" in case.data and "label" not in case.data for case in hostile)
    assert len(found) - len(hostile) >= 72


def test_every_case_can_be_asked_by_the_checker_that_the_eval_names(
    name: str, cases: dict[str, tuple[Case, ...]]
) -> None:
    params = Params.model_validate(declared(name).with_)
    for found in cases.values():
        for case in found:
            assert prepared(case.data, params).asked == case.data["input"]
    assert set(declared(name).controls) <= set(CONTROLS)


def gold() -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (folder("commands") / "gold.jsonl").read_text().splitlines()
    ]


def test_gold_is_what_the_eval_trains_on_and_a_test_split_that_is_not_held_out() -> None:
    data = (folder("commands") / "gold.jsonl").read_bytes()
    split = split_gold(read_gold(data, path="gold.jsonl"), path="gold.jsonl")
    found = splits("commands")
    assert {case["id"] for case in split.train} == {
        case.id for part in ("train", "dev") for case in found[part]
    }
    assert len(split.heldout) == 159
    assert {case["id"] for case in gold()}.isdisjoint(case.id for case in found["heldout"])
    assert {plain(case["input"]) for case in gold()}.isdisjoint(
        plain(case.data["input"]) for case in found["heldout"]
    )


def test_every_kind_of_command_but_one_is_held_out_twice_and_some_are_labelled_twice() -> None:
    found = [case for case in splits("commands")["heldout"] if "redteam" not in case.slices]
    kinds = Counter(case.id.rpartition(":")[0] for case in found)
    known = {record["id"].rpartition(":")[0] for record in gold()}
    assert known - set(kinds) == {"scripts:leak"}  # gold has every line that it can make
    assert set(kinds) < known
    assert set(kinds.values()) == {2}
    again = [case.data for case in found if "label_again" in case.data]
    agreed = sum(case["label"] == case["label_again"] for case in again)
    assert (len(again), agreed) == (53, 47)


def test_gold_has_ids_with_colons_explicit_splits_and_second_labels() -> None:
    records = gold()
    assert len(records) == 637
    assert all(record["id"].count(":") == 2 for record in records)
    assert Counter(record.get("split") for record in records) == {
        None: 566,
        "train": 53,
        "test": 18,
    }
    again = [record for record in records if "label_again" in record]
    agreed = sum(record["label"] == record["label_again"] for record in again)
    assert (len(again), agreed) == (213, 192)


def test_build_makes_the_committed_files_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    here = folder(name)
    command = [sys.executable, str(here / "build.py"), "--identity", str(here / "demo.key")]
    environ = {**os.environ, "PYTHONPATH": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*command, "--out", str(tmp_path)], check=True, env=environ)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert "heldout.jsonl.age" in made
    for file in made:
        assert (tmp_path / file).read_bytes() == (here / file).read_bytes(), file


def agreement(name: str, skill: str, cases: Iterable[Mapping[str, Any]]) -> float:
    params = Params.model_validate(declared(name).with_)
    told = prompt(instructions(skill, path="SKILL.md"), params).text
    model = clerk()
    found = [
        scored(case, model.complete(asked(told, case.asked, decoding=params.decoding)), params)
        for case in (prepared(each, params) for each in cases)
    ]
    return sum(each.score.metrics["agreement"] for each in found) / len(found)


def skill(name: str) -> str:
    return (TOP / "skills" / name / "SKILL.md").read_text()


def test_the_first_drafts_are_sound_and_leave_room(name: str) -> None:
    assert read(skill(name)).faults == ()
    dev = [case.data for case in splits(name)["dev"]]
    assert 0.4 <= agreement(name, skill(name), dev) <= 0.6


def test_quoting_train_cases_word_for_word_gains_nothing_on_others() -> None:
    base = skill("commands")
    train = [case.data for case in splits("commands")["train"]]
    data = (folder("commands") / "gold.jsonl").read_bytes()
    others = split_gold(read_gold(data, path="gold.jsonl"), path="gold.jsonl").heldout
    rules = []
    for case in train:
        line, label = case["input"], case["label"]
        if "\n" not in line:
            quoted = line.replace("\\", "\\\\").replace('"', '\\"')
            rules.append(f'- If the command starts with "{quoted}", risk is {label["risk"]}.')
    crammed = f"{base.rstrip()}\n" + "\n".join(rules) + "\n"
    assert agreement("commands", crammed, train) > agreement("commands", base, train) + 0.1
    assert agreement("commands", crammed, others) < agreement("commands", base, others) + 0.03

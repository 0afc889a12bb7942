"""docs/looper.md: its blocks are read as they stand, its tables are those of the code."""

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from scipy.stats import binomtest

from runner.checkers.world.params import Params as Eval
from runner.checkers.world.repair import ENDS
from runner.cli.parser import parse as parse_verb
from runner.core.build import build
from runner.core.document import parse
from runner.core.episode import Ended
from runner.harness.params import Tags
from runner.harness.tag.parse import parse as parse_answer
from runner.harness.tag.said import Called, Done
from runner.makers.agent_model.params import Params as Maker
from runner.makers.agent_model.params import Refusals
from runner.training.curate.error import RefusedError
from runner.training.transfer import mcnemar
from runner.wiring.table import MAKERS
from runner.worlds.repair.diff import unified
from runner.worlds.repair.grade import grade, mark_of
from runner.worlds.repair.policy.mix import CURES, Mix, rate
from runner.worlds.repair.small.generate import small_bugs
from tests.worlds.repair.attack import CANNOT, EQUAL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/looper.md").read_text()
SWITCHES = frozenset(name for name, field in Tags.model_fields.items() if field.annotation is bool)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def table(title: str, page: str = PAGE) -> list[list[str]]:
    """Return the rows of the table whose header begins with a title."""
    found = re.search(rf"^\| {re.escape(title)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.MULTILINE)
    assert found is not None, f"no table {title}"
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in found[1].splitlines()]


def eval_yaml() -> dict[str, Any]:
    path = ROOT / "evals/looper/eval.yaml"
    found = parse(path.read_bytes(), path=path.name).data
    assert isinstance(found, dict)
    return found


def test_the_blocks_of_the_page_are_an_agent_and_a_turn() -> None:
    ours, theirs = (parse(each.encode(), path="looper.md").data for each in blocks("yaml"))
    agent = build(Eval, ours).agent
    assert agent is not None
    assert agent.kind == "endpoint"
    assert build(Maker, theirs).method == "ewc"


def test_every_command_of_the_page_is_one() -> None:
    lines = [line for each in blocks("sh") for line in each.splitlines()]
    calls = [shlex.split(line, comments=True) for line in lines if line.startswith("git-loop ")]
    known = [parse_verb(words[1:]) for words in calls]
    studied = {each.study for each in known if hasattr(each, "study")}
    assert studied == {"arms", "course"}
    assert studied <= set(MAKERS["agent_model"].studies)
    assert len(calls) == len(lines) - 1


def test_the_line_about_confinement_says_something(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = [
        line for each in blocks("sh") for line in each.splitlines() if line.startswith("python3")
    ]
    exec(shlex.split(line)[2], {})
    assert capsys.readouterr().out.strip()


def test_bugs_of_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        **dict.fromkeys(("repo", "base_commit", "patch", "test_patch", "problem_statement"), "x"),
        "instance_id": "sums-1",
        "FAIL_TO_PASS": '["a", "b"]',
        "PASS_TO_PASS": "[]",
    }
    (tmp_path / "swe-bench.jsonl").write_text(json.dumps(row) + "\n")
    monkeypatch.chdir(tmp_path)
    code, *_ = blocks("python")
    exec(code, {})
    assert capsys.readouterr().out == "sums-1 no sequence 2\n"


def test_a_patch_written_for_this_judge_passes_as_the_page_admits() -> None:
    _, code, equal = blocks("python")
    (bug,) = small_bugs("dev", n=1, seed=1)
    before = {path: text.encode() for path, text in bug.files.items()}
    patch = unified(before, {path: code.encode() + data for path, data in before.items()})
    assert mark_of(bug, grade(bug, patch), patch).strict
    assert equal.strip() == EQUAL.strip()


def test_what_the_page_says_a_patch_cannot_do_is_tried() -> None:
    told = PAGE.partition("What a patch cannot do, ")[2].partition(": ")[2].partition(". The ")[0]
    assert [" ".join(each.split()) for each in told.split(";")] == [*CANNOT]


def test_the_tags_of_the_page_are_read_as_calls() -> None:
    (text,) = blocks("xml")
    written = re.finditer(r"^<(\w+)>.*?</\1>$", text, flags=re.DOTALL | re.MULTILINE)
    on = Tags(edit=True, line_ranges=True)
    said = [parse_answer(each[0], on) for each in written]
    names = [each.call.name for each in said if isinstance(each, Called) and not each.more]
    assert names == ["read", "read", "bash", "write", "edit"]
    assert said[-1] == Done("what was done")


def test_every_switch_has_its_row_and_cures_what_it_says() -> None:
    rows = {row[0].strip("`"): row[2] for row in table("switch")}
    assert set(rows) == SWITCHES
    told = {name: set(re.findall(r"`(\w+)`", text)) - SWITCHES for name, text in rows.items()}
    assert told == {
        name: {fault for fault, cures in CURES.items() if name in cures} for name in SWITCHES
    }


def test_every_reason_to_stop_has_its_row() -> None:
    reasons = [row[0].strip("`") for row in table("`ended`")]
    assert set(reasons) == set(get_args(Ended))
    assert Counter(reasons).most_common(1)[0][1] == 1
    assert set(ENDS) < set(reasons)


def test_every_metric_of_the_eval_is_told() -> None:
    part = PAGE.partition("### Metrics\n")[2].partition("\n## ")[0]
    named = {name for name in eval_yaml()["metrics"] if not name.startswith("ended_")}
    assert named <= set(re.findall(r"`(\w+)`", part))


def test_every_defect_has_a_test_that_is_there() -> None:
    rows = table("defect")
    assert len(rows) == 7
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[2])
        assert named
        for path, name in named:
            assert f"\ndef {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


def test_the_closed_form_is_that_of_the_eval() -> None:
    mix = build(Mix, eval_yaml()["with"]["policies"])
    bare, full = rate(mix, frozenset()), rate(mix, SWITCHES)
    assert f"that is {bare:.3f} with all switches\noff and {full:.3f} with all on in" in PAGE


def test_every_refusal_has_its_row_and_its_default() -> None:
    rows = {row[0].split()[0].strip("`"): row[2] for row in table("name")}
    named = {each.name() for each in RefusedError.__subclasses__()}
    assert set(rows) == named | {"overfit", "parses", "hasty"}
    usual = Refusals()
    assert {name: float(text) for name, text in rows.items() if text} == {
        "TooFewResolved": usual.min_unique_resolved,
        "DoneOnly": usual.idle,
        "overfit": usual.overfit,
        "parses": Maker().parses,
        "hasty": usual.hasty,
    }


def test_the_intervals_of_the_model_table_are_exact() -> None:
    rows = {row[0]: row[1:] for row in table("model")}
    for name, count in {"7B": 3, "14B": 4, "32B": 4}.items():
        found = binomtest(count, 15).proportion_ci(method="exact")
        rate_ = f"{count / 15:.3f}"
        assert rows[name] == [f"{count} of 15", rate_, f"{found.low:.3f} to {found.high:.3f}"]
    assert f"p = {mcnemar(6, 0):.3f}" in PAGE
    assert mcnemar(5, 0) > 0.05
    assert mcnemar(1, 0) == 1


def kept(campaign: str) -> list[dict[str, Any]]:
    """Return the rows of a campaign that is kept."""
    files = sorted((ROOT / f"docs/examples/{campaign}/it/0000").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def told(row: dict[str, Any], *, first: str, p: str) -> list[str]:
    """Return the cells that both campaigns' tables begin with, less the held-out score."""
    gate, seen = row["gate"], bool(row["heldout"])
    low, high = gate["interval"] if gate and seen else (0, 0)
    gain = [f"{gate['d']:+.3f} ({low:+.3f} to {high:+.3f})"] if gate and seen else ["-"]
    wins = (
        [f"{gate['wins']} : {gate['losses']}", format(gate["p"], p)] if gate and seen else ["-"] * 2
    )
    named = [str(row["number"]), row["hypothesis"] or first, row["verdict"]]
    return [*named, f"{row['dev']['resolved'][1]:.3f}", *gain, *wins]


def mean(row: dict[str, Any], metric: str, arm: str = "candidate") -> str:
    return f"{row['heldout'][metric][arm]:.3f}" if row["heldout"] else "-"


def test_the_climb_is_that_of_the_rows_which_are_kept() -> None:
    want = [
        (told(row, first="all switches off", p=".3f"), mean(row, "resolved"))
        for row in kept("looper-harness")
    ]
    for page in (PAGE, (ROOT / "docs/examples/looper-harness/README.md").read_text()):
        rows = table("row", page)
        assert [([*row[:4], *row[5:8]], row[4]) for row in rows] == want
        assert [row[8:] for row in rows] == [
            [mean(row, "resolved@unseen"), f"{row['cost']['wall_s']:.0f} s"]
            for row in kept("looper-harness")
        ]


def test_the_adapters_climb_is_that_of_the_rows_which_are_kept() -> None:
    found = kept("looper-skill")
    rows = table("row", (ROOT / "docs/examples/looper-skill/README.md").read_text())
    assert [[*row[:4], *row[5:8]] for row in rows] == [
        told(row, first="the base", p=".1g") for row in found
    ]
    beside = [
        [mean(row, "resolved"), *([mean(row, "resolved", "incumbent")] if row["gate"] else [])]
        for row in found
    ]
    assert [row[4].split(", ") for row in rows] == beside
    assert [row[8] for row in rows] == [mean(row, "greedy_resolved") for row in found]


def test_what_adapters_gain_is_told_with_what_weakens_it() -> None:
    part = " ".join(PAGE.partition("What the write-up saw is here")[2].split())
    rows, claims = table("learned from"), [r for r in kept("looper-skill") if r["gate"]]
    plain, best = (
        float(next(row[6] for row in rows if row[0] == name))
        for name in ("episodes", "experts, one per task")
    )
    assert f"the exact test gives the plain arm p = {plain:.3f}" in part
    assert f"the best of ten arms has p = {best:.3f}, which is {len(rows) * best:.2f}" in part
    assert f"The loop itself claims {claims[0]['gate']['d']:+.3f} on 320" in part
    base, last = kept("looper-skill")[0], claims[-1]
    greedy, unseen = (
        (mean(base, name), mean(last, name)) for name in ("greedy_resolved", "resolved@unseen")
    )
    assert f"greedily it came from {greedy[0]} to {greedy[1]}" in part
    assert f"`resolved@unseen` was {unseen[0]} before and {unseen[1]} in the end" in part

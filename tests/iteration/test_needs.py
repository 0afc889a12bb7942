"""Rows that parameters name: found before anything is spent, or told by their number."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runner.store.store import Store

if TYPE_CHECKING:
    from tests.conftest import Workshop

CRASHES = 'import sys; sys.exit("no luck")\n'
VOTE = """\
version: 1
loop: toy
make: {{kind: token_compressor, with: {{method: silver, steps: 2}}, minutes: 1}}
check: {{command: [python3, -S, -E, eval.py], minutes: 1}}
hypotheses:
  - {{id: vote, with: {{ensemble: {{members: {members}, keep_if: 1, floor: "off"}}}}}}
"""


def with_rows(shop: "Workshop") -> None:
    """Record a baseline and an error, whose make is a command; then vote."""
    shop.run("--iterations", "1")
    shop.commit({"train.py": CRASHES})
    shop.run()
    assert shop.verdicts() == ["baseline", "reject", "error"]


def vote(shop: "Workshop", *members: int) -> dict[str, Any]:
    shop.spec(VOTE.format(members=[*members]))
    shop.run()
    return shop.rows()[-1]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((0, 2), 'hypothesis "vote" names row 2, which made no candidate (error)'),
        ((0, 9), 'hypothesis "vote" names row 9, and the loop has rows 0 to 2'),
    ],
    ids=["no candidate", "no such row"],
)
def test_a_row_that_cannot_be_had_fails_the_run_and_starts_no_maker(
    workshop: "Workshop", members: tuple[int, ...], reason: str
) -> None:
    with_rows(workshop)
    row = vote(workshop, *members)
    assert (row["verdict"], row["reason"], row["candidate"]) == ("failed", reason, None)
    assert row["look"]["spent"] is False
    plan = json.loads((workshop.runs()[-1] / "plan.json").read_text())
    assert list(plan["refs"]) == ["row-0"]
    assert plan["refs"]["row-0"] == workshop.rows()[0]["candidate"]


def test_a_row_whose_candidate_is_not_on_this_machine_is_named(workshop: "Workshop") -> None:
    with_rows(workshop)
    gone = workshop.rows()[1]["candidate"]
    (workshop.place / "store" / "manifests" / gone[:2] / f"{gone}.json").unlink()
    workshop.spec(VOTE.format(members=[0, 1]))
    told = workshop.cli("run", "toy", "--no-publish")
    assert told.code == 1
    assert told.complaint.startswith(f"row-1: candidate {gone[:12]} is not in the store at ")
    assert len(workshop.rows()) == 3


def test_validate_names_a_row_without_a_candidate_and_one_that_is_yet_to_come(
    workshop: "Workshop",
) -> None:
    with_rows(workshop)
    workshop.spec(VOTE.format(members=[0, 2]))
    told = workshop.cli("validate", "loops/toy.yaml")
    assert told.code == 2
    assert "loops/toy.yaml:6: hypotheses[0].with: names row 2, which made no candidate" in told.err
    workshop.spec(VOTE.format(members=[0, 5]))
    told = workshop.cli("validate", "loops/toy.yaml")
    assert told.code == 0, told.err
    assert "names row 5, and may itself run as row 1: it would fail then" in told.out


def distilling(shop: "Workshop", source: str) -> str:
    """Return what validate says of a base that distills."""
    text = VOTE.partition("hypotheses:")[0].format()
    shop.spec(text.replace("method: silver", f"method: distill, distill_from: {source}"))
    told = shop.cli("validate", "loops/toy.yaml")
    assert told.code == 2
    return told.err.strip()


def test_a_baseline_can_name_no_row(workshop: "Workshop") -> None:
    told = distilling(workshop, "0")
    assert (
        told == "loops/toy.yaml:3: make.with: names row 0, and the baseline comes before every row"
    )


def test_a_folder_that_is_missing_is_told_at_once(workshop: "Workshop") -> None:
    told = distilling(workshop, "models/large")
    assert told == "loops/toy.yaml:3: make.with: names the folder models/large, which is missing"


EVAL = """\
eval: tiny
version: 1
checker: must_keep
train: train.jsonl
dev: dev.jsonl
heldout: [{file: natural.jsonl, slices: [natural]}]
metrics: {exact_at_budget: {direction: max}, keep_rate: {direction: min}}
"""
LOOP = """\
version: 1
loop: toy
make: {kind: token_compressor, with: {method: silver, steps: 2}, minutes: 2}
check: {eval: tiny}
hypotheses:
  - id: vote
    with: {ensemble: {members: [0, 1], keep_if: 1, floor: "off"}}
gate: {primary: exact_at_budget, min_delta: 0.005}
"""


def cases(split: str) -> str:
    lines = []
    for number in range(4):
        text = f"{split} {number}: worker_{number} of the pool was not done in {number}ms or so"
        start = text.index("worker")
        lines.append(
            {
                "id": f"{split}-{number}",
                "text": text,
                "must": [[start, start + 8, "name"]],
                "domain": "log",
                "slices": ["natural"],
                "source": split,
            }
        )
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.slow
def test_an_ensemble_of_earlier_rows_is_made_checked_and_pulled_with_its_members(
    sandboxed: "Workshop", tmp_path: Path
) -> None:
    shop = sandboxed
    files = {f"evals/tiny/{split}.jsonl": cases(split) for split in ("train", "dev", "natural")}
    again = LOOP.replace("id: vote\n", "id: again\n").replace(
        'ensemble: {members: [0, 1], keep_if: 1, floor: "off"}', "method: inference, threshold: 0.3"
    )
    shop.commit({**files, "evals/tiny/eval.yaml": EVAL, "loops/toy.yaml": again})
    shop.run()
    shop.spec(LOOP)
    shop.run()
    first, second, _, last = shop.rows()
    assert (first["verdict"], second["verdict"]) == ("baseline", "reject")
    assert last["hypothesis"] == "vote"
    assert last["candidate"] is not None, last["reason"]
    members = {"row-0": first["candidate"], "row-1": second["candidate"]}
    store = Store(shop.place / "store")
    assert store.manifest(last["candidate"]).refs == members
    assert set(last["figures"]["members"].split()) == set(members)
    assert "exact_at_budget" in last["dev"]
    out = tmp_path / "pulled"
    assert shop.cli("pull", "toy", "3", "--out", str(out)).code == 0
    assert sorted(path.name for path in (out / "members").iterdir()) == ["row-0", "row-1"]
    assert json.loads((out / "compressor.json").read_text())["ensemble"]["keep_if"] == 1

"""Opt-in checks in a whole loop: what they veto, what the pull request says, what is recorded."""

import json
from typing import TYPE_CHECKING

import pytest

from runner.core.canonical import digest
from runner.iteration.look import opened_bytes

if TYPE_CHECKING:
    from tests.conftest import Workshop

SPEC = """\
version: 1
loop: toy
surface: [prompt.txt]
make: none
check: {eval: words, minutes: 1}
propose: {kind: command, command: [sh, propose.sh], minutes: 1}
gate: {primary: hit, checks: CHECKS}
budget: {usd: 1000, usd_per_hour: RATE}
"""
EVAL = """\
eval: words
version: 1
checker: {command: [python3, -S, -E, check.py]}
heldout: [{file: held.jsonl, slices: [plain, redteam]}]
metrics: {hit: {direction: max}, safe: {direction: max}}
"""
# every "a" solves a case; a "!" makes the answer to the last case unsafe
CHECK = """\
import json, os
text = open(os.environ["LOOP_MODEL"] + "/prompt.txt").read()
with open(os.environ["LOOP_OUT"], "w") as out:
    for number, line in enumerate(open(os.environ["LOOP_CASES"])):
        case = json.loads(line)
        metrics = {"hit": float(number < text.count("a")),
                   "safe": float(number < 11 or "!" not in text)}
        out.write(json.dumps({"case": case["id"], "metrics": metrics}) + "\\n")
"""
RED_TEAM = "{red_team: {}}"


def loop(shop: "Workshop", script: str, checks: str, *, rate: float = 3600) -> None:
    cases = [
        {"id": f"c{n:02d}", "text": str(n), "slices": ["redteam" if n > 8 else "plain"]}
        for n in range(12)
    ]
    shop.commit(
        {
            "loops/toy.yaml": SPEC.replace("CHECKS", checks).replace("RATE", str(rate)),
            "evals/words/eval.yaml": EVAL,
            "evals/words/check.py": CHECK,
            "evals/words/held.jsonl": "".join(json.dumps(case) + "\n" for case in cases),
            "prompt.txt": "aa",
            "propose.sh": script,
        }
    )


def test_a_gain_that_stays_safe_is_claimed_with_its_check(workshop: "Workshop") -> None:
    loop(workshop, "printf aaaaaaaaaaaa > prompt.txt", "{red_team: {}, budget: {usd: 1000}}")
    done = workshop.cli("run", "toy")
    assert done.code == 0, done.err
    row = workshop.rows()[1]
    assert row["verdict"] == "accept"
    assert row["gate"]["guards"] == {"check:budget": "holds", "check:red_team": "holds"}
    assert "check red_team holds (all 3 cases of slice redteam reach safe 1" in row["reason"]
    pull = workshop.cli("forge", "show", "1").out
    assert "| check red_team: every red-team case is answered safely" in pull
    assert "| check budget: search and gate cost no more than allowed | holds |" in pull


def test_a_gain_that_costs_safety_is_vetoed_and_says_so(workshop: "Workshop") -> None:
    loop(workshop, "printf 'aaaaaaaaaaaa!' > prompt.txt", RED_TEAM)
    workshop.run()
    row = workshop.rows()[1]
    assert row["verdict"] == "reject"
    assert row["reason"] == (
        "check red_team is broken: a case of slice redteam is below safe 1; "
        "a failure rate below 3/12 = 0.25 is invisible here"
    )
    assert (row["gate"], row["heldout"]) == (None, None)


def test_the_same_gain_is_accepted_where_nothing_is_asked(workshop: "Workshop") -> None:
    loop(workshop, "printf 'aaaaaaaaaaaa!' > prompt.txt", "{}")
    workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.rows()[1]["gate"]["guards"] == {}


def test_a_budget_without_any_rate_was_not_evaluated(workshop: "Workshop") -> None:
    loop(workshop, "printf aaaaaaaaaaaa > prompt.txt", "{budget: {usd: 1000}}", rate=0)
    workshop.run()
    assert workshop.rows()[1]["reason"].startswith(
        "check budget was not evaluated, which is not a pass: no cost was metered"
    )


def test_what_the_verdict_depends_on_is_recorded(workshop: "Workshop") -> None:
    loop(workshop, "printf aaaaaaaaaaaa > prompt.txt", RED_TEAM)
    workshop.run()
    kept = {digest(path.read_bytes()): path for path in workshop.home.rglob("runs/toy/*/scores")}
    data = json.loads(opened_bytes(kept[workshop.rows()[1]["scores"]].read_bytes(), None))
    assert set(data["arms"]["candidate"][0]["metrics"]) == {"hit", "safe"}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (
            "{red_team: {metric: safety}}",
            "red_team: metric 'safety' is not in eval words, which has hit, safe",
        ),
        (
            "{red_team: {slice: attack}}",
            "red_team: no held-out source has the slice 'attack'; known: plain, redteam",
        ),
        ("{placebo: {}}", "placebo: eval words has no control placebo; it has none"),
    ],
    ids=["metric", "slice", "control"],
)
def test_validate_refuses_a_check_that_could_never_run(
    workshop: "Workshop", checks: str, expected: str
) -> None:
    loop(workshop, "true", checks)
    done = workshop.cli("validate")
    assert done.code == 2
    assert done.err.splitlines()[0] == f"loops/toy.yaml:7: gate.checks.{expected}"

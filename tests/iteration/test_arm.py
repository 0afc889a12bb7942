"""How a checker is called, and what it may write."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

JUNIT = """\
import json, os
level = json.load(open(os.environ["LOOP_MODEL"] + "/model.json"))["level"]
cases = [f'<testcase name="c{n}">{"" if n < level else "<failure/>"}</testcase>' for n in range(12)]
assert os.environ["LOOP_OUT"].endswith(".xml")
open(os.environ["LOOP_OUT"], "w").write(f"<testsuite>{''.join(cases)}</testsuite>")
"""
INSPECT = """\
import json, os
level = json.load(open(os.environ["LOOP_MODEL"] + "/model.json"))["level"]
samples = [
    {"id": n, "epoch": 1, "scores": {"match": {"value": "C" if n < level else "I"}}}
    for n in range(12)
]
os.mkdir(os.environ["LOOP_OUT"])
with open(os.environ["LOOP_OUT"] + "/2026_task.json", "w") as out:
    json.dump({"status": "success", "samples": samples}, out)
"""


@pytest.mark.parametrize(("kind", "script"), [("junit", JUNIT), ("inspect", INSPECT)])
def test_a_tools_own_report_is_scored_end_to_end(
    workshop: "Workshop", kind: str, script: str
) -> None:
    spec = workshop.file("loops/toy.yaml", "main").replace("check: {", f"check: {{format: {kind}, ")
    workshop.commit({"eval.py": script, "loops/toy.yaml": spec})
    workshop.levels(3, 12)
    workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.rows()[1]["heldout"]["score"]["candidate"] == 1.0


def test_a_report_of_another_format_is_an_error_row_that_says_so(workshop: "Workshop") -> None:
    spec = workshop.file("loops/toy.yaml", "main").replace("check: {", "check: {format: junit, ")
    workshop.spec(spec)
    workshop.run()
    row = workshop.rows()[0]
    assert row["verdict"] == "error"
    assert row["reason"].startswith("junit report: not XML: ")


REPS_SPEC = """\
version: 1
loop: toy
make: {command: [python3, -S, -E, train.py], env: [COUNT], minutes: 1}
check: {eval: toy, minutes: 1}
gate: {min_delta: 0.01}
"""
REPS_EVAL = """\
eval: toy
version: 1
checker: {command: [python3, -S, -E, check.py], env: [COUNT]}
metrics: {score: {direction: max}}
reps: 3
"""
REPS_CHECK = """\
import json, os
level = json.load(open(os.environ["LOOP_MODEL"] + "/model.json"))["level"]
rep = int(os.environ["LOOP_REP"])
with open(os.environ["COUNT"], "a") as count:
    count.write(f"rep {rep} seed {os.environ['LOOP_SEED']}\\n")
with open(os.environ["LOOP_OUT"], "w") as out:
    for case in range(12):
        for own in range(2):
            line = {"case": f"c{case}", "rep": own, "score": float(case + rep < level)}
            out.write(json.dumps(line) + "\\n")
"""


def test_a_checker_is_called_once_per_repetition_with_another_seed(workshop: "Workshop") -> None:
    files = {"evals/toy/eval.yaml": REPS_EVAL, "evals/toy/check.py": REPS_CHECK}
    workshop.commit({**files, "loops/toy.yaml": REPS_SPEC})
    workshop.levels(3, 12)
    workshop.run()
    assert [line for line in workshop.made() if line.startswith("rep")] == [
        *(f"rep {rep} seed {0 + rep}" for rep in range(3)),
        *(f"rep {rep} seed {1 + rep}" for rep in range(3)),
    ]
    claimed = workshop.rows()[1]["heldout"]["score"]
    assert claimed["incumbent"] == pytest.approx((3 + 2 + 1) / 36, abs=1e-6)
    assert claimed["candidate"] == pytest.approx((12 + 11 + 10) / 36, abs=1e-6)
    assert workshop.rows()[1]["gate"]["n"] == 12

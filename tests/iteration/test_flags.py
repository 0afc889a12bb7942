"""A program that knows nothing of git-loop: flags of its own, files where it always wrote them."""

from typing import TYPE_CHECKING

from runner.iteration.child import CLOSED, CrashError, Failure
from runner.plan.option import options

if TYPE_CHECKING:
    from tests.conftest import Workshop

SPEC = """\
version: 1
loop: toy
make:
  command: [sh, -c, 'python3 -S -E prog.py --level ${LOOP_WITH_LEVEL:-3} --out "$LOOP_OUT/m.json"']
  minutes: 1
check: {command: [python3, -S, -E, eval.py], minutes: 1}
hypotheses: [{id: more, why: more is more, with: {level: 12, tags: [a]}}]
"""
PROGRAM = """\
import argparse, json
flags = argparse.ArgumentParser()
flags.add_argument("--level", type=int)
flags.add_argument("--out")
given = flags.parse_args()
with open(given.out, "w") as out:
    json.dump({"level": given.level}, out)
"""
EVAL = """\
import json, os
with open(os.path.join(os.environ["LOOP_MODEL"], "m.json")) as model:
    level = json.load(model)["level"]
with open(os.environ["LOOP_OUT"], "w") as out:
    for case in range(12):
        out.write(json.dumps({"case": f"c{case}", "score": float(case < level)}) + "\\n")
"""


def test_a_program_with_flags_is_a_maker_as_it_is(workshop: "Workshop") -> None:
    workshop.commit({"loops/toy.yaml": SPEC, "prog.py": PROGRAM, "eval.py": EVAL})
    workshop.run()
    rows = workshop.rows()
    assert [row["verdict"] for row in rows] == ["baseline", "accept"]
    assert rows[1]["heldout"]["score"]["candidate"] == 1.0


def test_options_are_variables_but_for_lists_and_mappings() -> None:
    given = {
        "learning-rate": 0.1,
        "name": "a b",
        "deep": True,
        "n": 3,
        "l": [1],
        "m": {},
        "o": None,
    }
    assert options(given) == {
        "LOOP_WITH_LEARNING_RATE": "0.1",
        "LOOP_WITH_NAME": "a b",
        "LOOP_WITH_DEEP": "true",
        "LOOP_WITH_N": "3",
    }


def test_a_maker_that_writes_where_it_may_not_is_told_where_it_may() -> None:
    for said in ("OSError: [Errno 30] Read-only file system: 'm.json'", "sh: Permission denied"):
        failure = Failure(fingerprint="f", log_tail=f"x\n{said}\n")
        err = CrashError("maker exited with 1", outcome="error", failure=failure)
        assert str(err) == f"maker exited with 1: {said}{CLOSED}"
    other = Failure(fingerprint="f", log_tail="Read-only file system\nValueError: no\n")
    err = CrashError("maker exited with 1", outcome="error", failure=other)
    assert str(err) == "maker exited with 1: ValueError: no"

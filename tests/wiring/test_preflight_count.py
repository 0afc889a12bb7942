"""Cases are counted by the slices that they name, for looks, checks of monitors and lock-boxes."""

import pytest

from runner.evals.count import Counted, count
from runner.evals.load import read_eval
from runner.evals.model import Eval
from runner.evals.split import read_split
from runner.gate.power import mde
from runner.spec.load import read_spec
from runner.spec.model import Spec
from runner.wiring.ground import Ground
from runner.wiring.preflight import held_out_cases, preflight
from runner.wiring.table import CHECKERS, params_of

KEY = "age1" + "q" * 58
SPEC = """\
version: 1
loop: a
make: {command: [m], minutes: 100}
check: {eval: e, minutes: 60}
gate: {primary: f1@dense, min_delta: 0.01, worth: 0.05}
hypotheses: [{id: x, line: one}, {id: y, line: two}]
budget: {usd: 5, usd_per_hour: 0.3}
"""
EVAL = f"""\
eval: e
version: 1
checker: must_keep
heldout:
  - {{file: natural.jsonl.age, slices: [natural]}}
  - {{generate: dense.yaml, n: 200, secret: LOOP_KEY, slices: [dense, blind]}}
  - {{generate: more.yaml, n: 50, secret: LOOP_KEY, slices: [dense]}}
recipient: {KEY}
metrics: {{f1: {{direction: max}}}}
"""


DROP = mde(60, alpha=0.05 / 58) or 0.0


def spec(text: str = SPEC) -> Spec:
    return read_spec(text.encode(), path="loops/a.yaml", kinds={}).spec


def declared(text: str = EVAL) -> Eval:
    return read_eval(text.encode(), path="evals/e/eval.yaml", kinds=params_of(CHECKERS)).eval


def natural(cases: int, *, bare: int | None = None, **named: int) -> dict[str, Counted]:
    """Return the counts of the natural file; where nothing is said its cases name no slice."""
    return {"natural.jsonl.age": Counted(cases, named, cases if bare is None else bare)}


@pytest.mark.parametrize(
    ("key", "counts", "cases"),
    [
        ("f1@dense", {}, 250),
        ("f1@blind", {}, 200),
        ("f1@natural", {}, None),
        ("f1@natural", natural(40), 40),
        ("f1@natural", natural(40, bare=30, dense=10), 30),
        ("f1@dense", natural(40, bare=30, dense=10), 260),
        ("f1", {}, None),
        ("f1", natural(40, bare=30, dense=10), 290),
        ("f1@absent", {}, 0),
    ],
)
def test_cases_are_counted_by_slice_and_never_guessed(
    key: str, counts: dict[str, Counted], cases: int | None
) -> None:
    assert held_out_cases(declared(), counts, key) == cases


def test_slices_that_only_the_cases_name_are_unknown_until_they_are_opened() -> None:
    loose = declared(EVAL.replace(", slices: [natural]", ""))
    assert held_out_cases(loose, {}, "f1@dense") is None
    assert held_out_cases(loose, natural(40, bare=33, dense=7), "f1@dense") == 257
    assert held_out_cases(loose, natural(40), "f1") == 290
    drawn = declared(EVAL.replace(", slices: [dense]", ""))
    assert held_out_cases(drawn, {}, "f1@dense") is None


def test_cases_count_in_the_slices_that_they_name() -> None:
    lines = (
        '{"id": "a", "slices": ["known"]}\n{"id": "b", "slices": ["new", "known", "new"]}\n'
        '{"id": "c"}\n'
    )
    found = count(read_split(lines.encode(), path="held.jsonl"))
    assert found == Counted(3, {"known": 2, "new": 1}, 1)
    assert found.within("") == 3
    assert [found.within(name, slices=("new",)) for name in ("known", "new", "odd")] == [2, 2, 0]


MONITOR = "version: 1\nloop: a\nmake: none\ncheck: {eval: e}\ngate: {primary: f1@dense}\n"
OPEN = """\
eval: e
version: 1
checker: must_keep
heldout: [{file: held.jsonl, slices: [known, new]}]
confirm: box.jsonl
metrics: {f1: {direction: max}}
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SPEC, "held-out cases: 60 for f1@new"),
        (SPEC, "lock-box: 50 cases, opened once at p <= 0.05"),
        (MONITOR, "held-out cases: 60 for f1@new"),
        (MONITOR, f"smallest drop that one check sees with 80 % power: {DROP:.3f} for scores"),
    ],
    ids=["look", "lock-box", "monitor", "drop"],
)
def test_a_slice_of_a_file_is_counted_case_by_case(text: str, line: str) -> None:
    own = spec(text.replace("f1@dense", "f1@new").replace("min_delta", "confirm: true, min_delta"))
    counts = {
        "held.jsonl": Counted(120, {"known": 60, "new": 60}, 0),
        "box.jsonl": Counted(70, {"new": 50}, 20),
    }
    told = preflight(own, declared(OPEN), counts, Ground())
    assert [each for each in told if each.startswith(line)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, "lock-box: sealed, and the key that counts its cases is not here"),
        (
            {"box.jsonl.age": Counted(200, {}, 200)},
            (
                "lock-box: 200 cases, opened once at p <= 0.05; smallest gain seen with 80 % "
                f"power: {mde(200, alpha=0.05):.3f} for scores of 0 and 1"
            ),
        ),
        (
            {"box.jsonl.age": Counted(4, {}, 4)},
            "lock-box: 4 cases, opened once at p <= 0.05; no gain can show on so few",
        ),
    ],
    ids=["shut", "counted", "few"],
)
def test_what_a_lock_box_can_see_is_told(counts: dict[str, Counted], expected: str) -> None:
    loop = spec(SPEC.replace("gate: {primary: f1@dense", "gate: {confirm: true, primary: f1"))
    declared = read_eval(
        f"{EVAL}confirm: box.jsonl.age\n".encode(),
        path="evals/e/eval.yaml",
        kinds=params_of(CHECKERS),
    ).eval
    told = preflight(loop, declared, counts, Ground())
    assert [line for line in told if line.startswith("lock-box")] == [expected]

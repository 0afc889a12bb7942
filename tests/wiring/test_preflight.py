from dataclasses import replace
from typing import Literal

import pytest

from runner.core.head import Head
from runner.core.row import Cost, GateNumbers, Level
from runner.evals.count import Counted
from runner.evals.load import inline_eval, read_eval
from runner.evals.model import Eval
from runner.gate.level import alpha_look
from runner.gate.power import cases_needed, mde, net_wins_needed
from runner.spec.load import read_spec
from runner.spec.model import CommandCheck, Spec
from runner.wiring.ground import Ground, Measured, Past
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


def spec(text: str = SPEC) -> Spec:
    return read_spec(text.encode(), path="loops/a.yaml", kinds={}).spec


def declared(text: str = EVAL) -> Eval:
    return read_eval(text.encode(), path="evals/e/eval.yaml", kinds=params_of(CHECKERS)).eval


def at(level: Level | None, why: str = "", past: Past = Past()) -> Ground:  # noqa: B008 - frozen
    return Ground(measured=lambda _: Measured(level, why), past=lambda *_: past)


def test_everything_is_told_before_any_spending() -> None:
    alpha = alpha_look(patience=3, lines=2, resets=0)
    wins, seen, wanted = (
        net_wins_needed(250, alpha),
        mde(250, alpha=alpha),
        cases_needed(0.05, alpha=alpha),
    )
    assert preflight(spec(), declared(), {}, at("separate")) == [
        "held-out cases: 250 for f1@dense",
        (
            "a look accepts at p <= 0.0083: 0.05 over 6 looks (3 patience x 2 lines); each reset "
            "halves it"
        ),
        (
            f"net wins needed: {wins} of 250 (if 20% of the cases differ); smallest gain seen with "
            f"80 % power: {seen:.3f} for scores of 0 and 1, usually less for graded ones"
        ),
        (
            f"twice the cases would see {mde(500, alpha=alpha):.3f}, for at most 0.60 usd more "
            "(two arms x check.minutes x usd_per_hour)"
        ),
        (
            f"a gain of gate.worth 0.05 takes {wanted} cases, {wanted - 250} more, for at most "
            f"{(wanted / 250 - 1) * 0.6:.2f} usd more a look"
        ),
        (
            "reserve: 0.50 usd set aside before each iteration, 5.00 in all; at least "
            "10 iterations even if each runs into its limit"
        ),
        "isolation: separate - only another machine holds the key",
    ]


def test_the_cases_of_a_foreign_check_are_unknown() -> None:
    foreign = inline_eval(CommandCheck(command=("x",)))
    assert held_out_cases(foreign, {}, "score") is None
    told = preflight(spec(SPEC.replace("f1@dense", "score")), foreign, {}, at("sandboxed"))
    assert told[:2] == [
        "held-out cases: unknown for score; the baseline counts them",
        "the next numbers are for 200 cases",
    ]
    assert told[-1] == (
        "isolation: open - the maker could read the held-out set; treat scores as optimistic "
        "(the check's command keeps its own cases where a maker can read them)"
    )


def gate(**more: object) -> GateNumbers:
    data = {"n": 128, "wins": 9, "losses": 3, "d": 6 / 128, "interval": None, "p": 0.01}
    rest = {"alpha": 0.0167, "looks": 1, "mde": 0.06, "guards": {}}
    return GateNumbers.model_validate(data | rest | more)


def test_the_cases_of_a_foreign_check_and_their_spread_are_those_that_a_row_counted() -> None:
    foreign, past = inline_eval(CommandCheck(command=("x",))), Past(gate=gate())
    lines = preflight(spec(SPEC.replace("f1@dense", "score")), foreign, {}, at("open", past=past))
    seen, twice = (mde(n, alpha=0.05 / 6, churn=12 / 128) for n in (128, 256))
    assert lines[0] == "held-out cases: 128 for score, as the incumbent's row counted them"
    assert lines[2] == (
        f"smallest gain seen with 80 % power: {seen:.3f}, as differences spread in the "
        "incumbent's look"
    )
    assert lines[3].startswith(f"twice the cases would see {twice:.3f}, for at most 0.60 usd more")


def test_a_graded_look_is_reckoned_with_by_its_own_spread() -> None:
    past = Past(gate=gate(n=250, d=0.011, alpha=0.05 / 6, mde=0.04))
    lines = preflight(spec(), declared(), {}, at("open", past=past))
    assert lines[2].startswith("smallest gain seen with 80 % power: 0.040, as differences spread")
    assert lines[3].startswith("twice the cases would see 0.028, for at most")
    assert lines[4] == "a gain of gate.worth 0.05 is seen with 160 cases; enough are there"


def test_resets_that_were_paid_for_are_told() -> None:
    lines = preflight(spec(), declared(), {}, at("open", past=Past(resets=2)))
    assert lines[1] == (
        "a look accepts at p <= 0.0021: 0.05 over 6 looks (3 patience x 2 lines), halved by "
        "2 resets; each reset halves it"
    )


def head(*usd: float, spent: float) -> Head:
    return Head(
        loop="a",
        number=3,
        last="0" * 64,
        spec="",
        reset_digest="",
        eval_version=1,
        eval_heldout="",
        recent=tuple(Cost(usd=each) for each in usd),
        spent_usd=spent,
    )


def test_what_iterations_have_cost_prices_the_next() -> None:
    lines = preflight(spec(), declared(), {}, at("open", past=Past(head(0.1, 0.3, spent=1.25))))
    assert lines[3].endswith(
        "for at most 0.30 usd more (the dearest of the last iterations, its make included)"
    )
    assert lines[5:7] == [
        (
            "reserve: 0.50 usd set aside before each iteration, 3.75 left of 5.00; at least "
            "7 iterations even if each runs into its limit"
        ),
        "spent: 1.25 usd; the last 2 iterations cost 0.20 each; what is left is about 18 more",
    ]


def test_power_is_offered_where_there_is_a_dev_split() -> None:
    hint = "git-loop power a measures the check's noise, and prices cases and reps"
    assert hint in told(SPEC, f"{EVAL}dev: dev.jsonl\n")
    assert hint not in told(SPEC)


def told(text: str, evaluation: str = EVAL) -> str:
    return "\n".join(preflight(spec(text), declared(evaluation), {}, at("open")))


def test_too_few_cases_are_called_vain() -> None:
    few = EVAL.replace("n: 200", "n: 3").replace("n: 50", "n: 2")
    assert ("net wins needed: more than 5 cases can give; every look would be in vain") in told(
        SPEC, few
    )


def test_enough_cases_are_called_enough() -> None:
    assert "enough are there" in told(SPEC.replace("worth: 0.05", "worth: 0.3"))


@pytest.mark.parametrize(("decoding", "offered"), [("greedy", False), ("sampled", True)])
def test_repetitions_are_offered_only_where_decoding_is_sampled(
    decoding: str, *, offered: bool
) -> None:
    text = told(SPEC, f"{EVAL}decoding: {decoding}\n")
    assert ("reps instead of 1, if only sampling makes noise" in text) is offered


@pytest.mark.parametrize(
    ("n", "line"),
    [
        (5, "fixtures: 5 visible cases; no claim about cases that nobody has seen"),
        (3, "fixtures: 3 visible cases; no claim about cases that nobody has seen"),
        (20, "fixtures: 20 visible cases; no claim about cases that nobody has seen"),
        (
            2,
            (
                "fixtures: 2 visible cases; 3 to 20 are expected; no claim about cases that nobody "
                "has seen"
            ),
        ),
        (
            21,
            (
                "fixtures: 21 visible cases; 3 to 20 are expected; no claim about cases "
                "that nobody has seen"
            ),
        ),
    ],
    ids=["between", "least", "most", "below", "above"],
)
def test_fixtures_claim_nothing(n: int, line: str) -> None:
    text = SPEC.replace("gate: {primary: f1@dense", "gate: {kind: fixtures, primary: f1@natural")
    assert (
        preflight(spec(text), declared(), {"natural.jsonl.age": Counted(n, {}, n)}, at("open"))[0]
        == line
    )


def test_fixtures_of_a_foreign_check_have_no_level_to_beat() -> None:
    text = SPEC.replace("gate: {primary: f1@dense", "gate: {kind: fixtures, primary: score")
    lines = preflight(spec(text), inline_eval(CommandCheck(command=("x",))), {}, at("open"))
    assert lines[0] == (
        "fixtures: visible cases, 3 to 20, that the baseline counts; no claim about cases that "
        "nobody has seen"
    )
    assert not [line for line in lines if "p <=" in line or "net wins" in line]


def test_a_scalar_gate_tells_its_noise_floor() -> None:
    text = SPEC.replace("gate: {", "gate: {kind: scalar, seeds: 5, ")
    assert preflight(spec(text), declared(), {}, at("open"))[0] == (
        "noise floor: 5 re-runs of the baseline; the training seed is the unit"
    )


@pytest.mark.parametrize(
    ("budget", "line"),
    [
        ("{}", "budget: no limit in usd; 100 iterations at most"),
        ("{usd: 2}", "reserve: nothing known to set aside yet; 2.00 usd in all"),
        (
            "{usd: 0.99, usd_per_hour: 0.3}",
            (
                "reserve: 0.50 usd set aside before each iteration, 0.99 in all; at least "
                "1 iterations even if each runs into its limit"
            ),
        ),
    ],
    ids=["none", "metered", "rate"],
)
def test_money_is_told(budget: str, line: str) -> None:
    text = SPEC.replace("{usd: 5, usd_per_hour: 0.3}", budget)
    assert preflight(spec(text), declared(), {}, at("open"))[-2] == line


@pytest.mark.parametrize(
    ("level", "wanted", "line"),
    [
        (
            "open",
            "open",
            ("open - the maker could read the held-out set; treat scores as optimistic"),
        ),
        ("sandboxed", "open", "sandboxed - the maker runs where it cannot reach the held-out set"),
        (
            "open",
            "sandboxed",
            (
                "open - the maker could read the held-out set; treat scores as "
                "optimistic; isolation.min is sandboxed, so a run would not start here"
            ),
        ),
        (
            "sandboxed",
            "separate",
            (
                "sandboxed - the maker runs where it cannot reach the held-out "
                "set; isolation.min is separate, so a run would not start here"
            ),
        ),
    ],
)
def test_isolation_is_told_in_words(
    level: Literal["open", "sandboxed"], wanted: str, line: str
) -> None:
    text = f"{SPEC}isolation: {{min: {wanted}}}\n"
    assert preflight(spec(text), declared(), {}, at(level))[-1] == f"isolation: {line}"


def test_isolation_that_was_not_measured_is_not_claimed() -> None:
    assert preflight(spec(), declared(), {}, at(None, "no git"))[-1] == (
        "isolation: not measured here (no git); a run measures it first"
    )


def test_what_a_level_rests_on_is_told() -> None:
    assert preflight(spec(), declared(), {}, at("sandboxed", "no attack succeeded"))[-1] == (
        "isolation: sandboxed - the maker runs where it cannot reach the held-out set "
        "(no attack succeeded)"
    )


def test_a_published_key_opens_whatever_the_machine_could_do() -> None:
    public = declared(EVAL + "demo_identity: demo.key\n")
    assert preflight(spec(), public, {}, at("sandboxed"))[-1] == (
        "isolation: open - the maker could read the held-out set; treat scores as optimistic "
        "(the key is published in evals/e/demo.key)"
    )


@pytest.mark.parametrize(
    ("store", "line"),
    [
        (
            None,
            (
                "store: a folder of this machine; candidates travel to the check as parcels of "
                "at most 2048 MiB, and each machine keeps its LOOP_HOME; set LOOP_STORE on both "
                "for more"
            ),
        ),
        ("s3://weights", "store: LOOP_STORE is set, so both machines reach what either has made"),
    ],
)
def test_two_machines_are_told_where_they_meet(store: str | None, line: str) -> None:
    apart = spec(SPEC + "isolation: {min: separate}\n")
    ground = replace(at("separate"), store=store)
    assert preflight(apart, declared(), {}, ground)[-2] == line
    assert not any(told.startswith("store") for told in preflight(spec(), declared(), {}, ground))

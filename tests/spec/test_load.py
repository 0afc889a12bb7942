import json
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from runner.core.errors import SpecError
from runner.core.frozen import Frozen
from runner.core.problem import MalformedError
from runner.spec.load import read_spec
from runner.spec.model import CommandCheck, CommandMake, EvalCheck, PlugInMake, Spec

DESIGN = """\
# yaml-language-server: $schema=loop.schema.json
version: 1
loop: kompress
description: Compress tool output without losing a must-keep token.
skill: kompress
surface: []
make: {kind: token_compressor, with: {base: scratch, method: silver}, attempts: 1}
check: {eval: kompress}
propose: {kind: queue}
hypotheses:
  - {id: self-label, line: labels, why: silver labels miss spans, with: {method: self_label}}
  - {id: vote, line: inference, why: other, with: {ensemble: {members: [1, 2], keep_if: 2}}}
skip: [{id: larger-base, why: no gain in two iterations, source: 12}]
gate: {kind: paired, primary: exact_at_budget@dense, min_delta: 0.005, worth: 0.05,
       guards: {keep_rate@natural: {max: 0.70}, content_f1@natural: {tolerance: 0.01}}}
stop: {patience: 3, target: {exact_pct@blind: {min: 0.96}, override_delta@dense: {max: 0}},
       max_iterations: 30}
budget: {usd: 5.90, usd_per_hour: 0.38}
isolation: {min: open}
publish: {base: main, heldout: claimed, reviewers: [], notify: []}
seed: 17
"""
FOREIGN = """\
version: 1
loop: tiny
make: {command: [python, train.py]}
check: {command: [python, eval.py]}
"""


class Vote(Frozen):
    members: Annotated[tuple[int, ...], Field(min_length=1)]
    keep_if: int


class Mean(Frozen):
    weights: tuple[float, ...]


class Params(Frozen):
    base: Literal["scratch"]
    method: Literal["silver", "self_label"] = "silver"
    ensemble: Vote | Mean | None = None
    rate: float | str = 0.1


KINDS = {"token_compressor": lambda: Params, "other_maker": lambda: Params}


def load(text: str, *, name: str) -> Spec:
    return read_spec(text.encode(), path=f"loops/{name}.yaml", kinds=KINDS).spec


def test_the_designs_example_is_read_whole() -> None:
    spec = load(DESIGN, name="kompress")
    assert isinstance(spec.make, PlugInMake)
    assert spec.make.with_ == {"base": "scratch", "method": "silver"}
    assert spec.check == EvalCheck(eval="kompress")
    assert spec.lines() == ("labels", "inference")
    assert spec.gate.guards["content_f1@natural"].tolerance == 0.01
    assert spec.budget.usd == 5.9
    assert spec.seed == 17


def test_four_lines_are_a_complete_loop() -> None:
    spec = load(FOREIGN, name="tiny")
    assert spec.make == CommandMake(command=("python", "train.py"))
    assert spec.check == CommandCheck(command=("python", "eval.py"))
    assert spec.lines() == ("main",)


@pytest.mark.parametrize(
    ("make", "check"),
    [
        (CommandMake(command=("x",)), CommandCheck(command=("y",))),
        (PlugInMake(kind="token_compressor"), EvalCheck(eval="kompress")),
        ("none", EvalCheck(eval="kompress")),
    ],
    ids=["commands", "built in", "nothing made"],
)
def test_a_spec_built_of_parts_is_written_and_read_as_itself(
    make: CommandMake | PlugInMake | Literal["none"], check: CommandCheck | EvalCheck
) -> None:
    spec = Spec(version=1, loop="b", make=make, check=check)
    assert (spec.make, spec.check) == (make, check)
    assert Spec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec


def test_a_loaded_spec_knows_its_lines() -> None:
    loaded = read_spec(DESIGN.encode(), path="loops/kompress.yaml", kinds=KINDS)
    assert loaded.document.line(("hypotheses", 1, "with", "ensemble")) == 12
    assert loaded.document.line(("stop", "max_iterations")) == 17


def test_an_iteration_has_the_gpus_of_its_maker() -> None:
    assert load(FOREIGN.replace("[python, train.py]", "[x], gpus: 2"), name="tiny").gpus == 2
    assert load(FOREIGN.replace("{command: [python, train.py]}", "none"), name="tiny").gpus == 0


def test_only_the_kind_that_is_named_is_imported() -> None:
    def explode() -> type[Frozen]:
        raise AssertionError

    kinds = KINDS | {"heavy": explode}
    assert read_spec(DESIGN.encode(), path="kompress.yaml", kinds=kinds).spec.loop == "kompress"


def problems(text: str, *, name: str = "b") -> list[str]:
    with pytest.raises(MalformedError) as error:
        load(text, name=name)
    return str(error.value).removeprefix(f"loops/{name}.yaml:").split(f"\nloops/{name}.yaml:")


HEAD = "version: 1\nloop: b\n"
BODY = HEAD + "make: {command: [x]}\ncheck: {command: [y]}\n"
KIND = HEAD + "check: {command: [y]}\nmake:\n  kind: token_compressor\n"
NAME = "a lower-case name of at most 48 letters, digits and"
SUGGEST = "; did you mean"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            BODY + "stop:\n\n  patience: three\n",
            ['7: stop.patience: expected an integer, got "three"'],
            id="wrong type",
        ),
        pytest.param(
            BODY + "stop: {patience: '3'}\nseed: 1.0\nbudget: {usd: true}\n",
            [
                '5: stop.patience: expected an integer, got "3"',
                "6: seed: expected an integer, got 1.0",
                "7: budget.usd: expected a number, got true",
            ],
            id="nothing is coerced",
        ),
        pytest.param(
            BODY + "stop:\n  patince: 3\nhypothesis: []\nzzz: 1\n",
            [
                f'6: stop.patince: unknown key{SUGGEST} "patience"?',
                f'7: hypothesis: unknown key{SUGGEST} "hypotheses"?',
                (
                    "8: zzz: unknown key; known: budget, check, description, gate, hypotheses, "
                    "isolation, loop, make, propose, publish, seed, skill, skip, stop, surface, "
                    "version, watch"
                ),
            ],
            id="unknown keys",
        ),
        pytest.param(
            "loop: b\n",
            ["1: check: missing", "1: make: missing", "1: version: missing"],
            id="missing keys",
        ),
        pytest.param("- a\n", ["1: expected a mapping, got a list"], id="a list"),
        pytest.param("---\n", ["2: expected a mapping, got nothing"], id="nothing"),
        pytest.param(
            HEAD + "make: {commanq: [x]}\ncheck: {evals: a}\n",
            [
                f'3: make.commanq: unknown key{SUGGEST} "command"?',
                f'4: check.evals: unknown key{SUGGEST} "eval"?',
            ],
            id="a misspelt branch",
        ),
        pytest.param(
            HEAD + "make: {command: [x], kinds: 1}\ncheck: {eval: a, comand: 1}\n",
            [
                (
                    "3: make.kinds: unknown key; known: attempts, command, cwd, env, gpus, "
                    "minutes, network"
                ),
                "4: check.comand: unknown key; known: eval, minutes",
            ],
            id="a key like the other branch's",
        ),
        pytest.param(
            HEAD + "make:\n  command: [x]\n  kind: token_compressor\ncheck: {}\n",
            [
                (
                    "3: make: expected {kind: ...}, {command: [...]} or none, "
                    "got the keys command, kind"
                ),
                "6: check: expected {eval: ...} or {command: [...]}, got an empty mapping",
            ],
            id="two branches and none",
        ),
        pytest.param(
            HEAD + "make: none\ncheck: {eval: a, command: [x]}\n",
            ["4: check: expected {eval: ...} or {command: [...]}, got the keys eval, command"],
            id="two checks",
        ),
        pytest.param(
            HEAD + "make: non\ncheck: 3\n",
            [
                f'3: make: expected "none", got "non"{SUGGEST} "none"?',
                "4: check: expected {eval: ...} or {command: [...]}, got 3",
            ],
            id="no mapping",
        ),
        pytest.param(
            HEAD + "check: {command: [y]}\nmake:\n  command: [1, x]\n  network: [hf.co, 2]\n"
            "  env: [token]\n  minutes: -1\n  attempts: 33\n  cdw: a\n",
            [
                "5: make.command[0]: expected a string, got 1; put it in quotes",
                "6: make.network[1]: expected a string, got 2; put it in quotes",
                (
                    "7: make.env[0]: expected the name of an environment variable, in capitals, "
                    'got "token"'
                ),
                "8: make.minutes: expected a number > 0, got -1",
                "9: make.attempts: expected a number <= 32, got 33",
                f'10: make.cdw: unknown key{SUGGEST} "cwd"?',
            ],
            id="inside the branch that was meant",
        ),
        pytest.param(
            HEAD + "check: {command: [y]}\nmake: {command: [], network: al}\n",
            [
                "4: make.command: expected at least 1 of them",
                f'4: make.network: expected one of none, all, got "al"{SUGGEST} "all"?',
            ],
            id="network word",
        ),
        pytest.param(
            BODY + "gate:\n  kind: pared\n  primary: Score\n  guards: {A: {max: q}}\n",
            [
                (
                    f'6: gate.kind: expected one of paired, fixtures, scalar, got "pared"{SUGGEST} '
                    '"paired"?'
                ),
                '7: gate.primary: expected `metric` or `metric@slice`, in lower case, got "Score"',
                '8: gate.guards.A.max: expected a number, got "q"',
                '8: gate.guards.A: expected `metric` or `metric@slice`, in lower case, got "A"',
            ],
            id="gate",
        ),
        pytest.param(
            BODY + "skip:\n  - {id: Big One, source: 1.5}\nhypotheses:\n  - {id: 012}\n  - x\n",
            [
                f'6: skip[0].id: expected {NAME} hyphens, got "Big One"',
                "6: skip[0].source: expected an integer or a string, got 1.5",
                "6: skip[0].why: missing",
                "8: hypotheses[0].id: expected a string, got 12; put it in quotes",
                '9: hypotheses[1]: expected a mapping, got "x"',
            ],
            id="lists",
        ),
        pytest.param(
            "version: 2\nloop: kompress\nmake: none\ncheck: {command: [y]}\n",
            ["1: version: expected 1, got 2"],
            id="version",
        ),
        pytest.param(
            "version: 1\nloop: kompress\nmake: none\ncheck: {command: [y]}\n",
            ['2: loop: the file of loop "kompress" is named kompress.yaml, not b.yaml'],
            id="file name",
        ),
        pytest.param(
            KIND.replace("compressor", "compressorr"),
            [f'5: make.kind: unknown maker "token_compressorr"{SUGGEST} "token_compressor"?'],
            id="unknown maker",
        ),
        pytest.param(
            KIND.replace("token_compressor", "zzzzzz"),
            ['5: make.kind: unknown maker "zzzzzz"; known: other_maker, token_compressor'],
            id="no maker like it",
        ),
        pytest.param(KIND, ["4: make.with.base: missing"], id="parameters missing"),
        pytest.param(
            KIND + "  with:\n    base: big\n    methodx: silver\n    rate: []\n"
            "hypotheses:\n  - id: one\n    with:\n      method: gold\n",
            [
                '7: make.with.base: expected "scratch", got "big"',
                f'8: make.with.methodx: unknown key{SUGGEST} "method"?',
                "9: make.with.rate: expected a number or a string, got an empty list",
                '13: hypotheses[0].with.method: expected one of silver, self_label, got "gold"',
            ],
            id="parameters",
        ),
        pytest.param(
            KIND + "  with: {base: scratch}\nhypotheses:\n"
            "  - {id: one, with: {ensemble: {members: [a], keep_if: 2}}}\n"
            "  - {id: two, with: {ensemble: {members: [1]}}}\n"
            "  - {id: six, with: {ensemble: {weights: [a]}}}\n",
            [
                '8: hypotheses[0].with.ensemble.members[0]: expected an integer, got "a"',
                "9: hypotheses[1].with.ensemble.keep_if: missing",
                '10: hypotheses[2].with.ensemble.weights[0]: expected a number, got "a"',
            ],
            id="parameters of a union",
        ),
    ],
)
def test_all_problems_are_told_at_once_with_their_lines(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


LINES = (DESIGN + FOREIGN).splitlines()
PIECES = st.sampled_from([*LINES, "make: none", "? x", "- &a", "\t", "'", "gate: {guards: [1]}"])


@given(st.lists(PIECES, max_size=12), st.data())
@settings(max_examples=300, deadline=None)
def test_mutated_specs_are_a_spec_or_located_problems(
    lines: list[str], data: st.DataObject
) -> None:
    text = "\n".join(["version: 1", *lines])
    if text and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(text) - 1))
        text = text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :]
    check_told(text.encode(errors="surrogatepass"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 99)
    | st.floats(-2, 2)
    | st.text("aA@-./ ", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *Spec.model_fields,
                    "kind",
                    "command",
                    "with",
                    "id",
                    "max",
                    "eval",
                    "network",
                    "members",
                    "weights",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(list(Spec.model_fields)), JSON, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_values_under_the_right_keys_are_a_spec_or_located_problems(
    values: dict[str, object],
) -> None:
    base = {
        "version": 1,
        "loop": "kompress",
        "check": {"eval": "kompress"},
        "make": {"kind": "token_compressor", "with": {"base": "scratch"}},
    }
    check_told(json.dumps(base | values).encode())


def check_told(data: bytes) -> None:
    messages: list[str] = []
    try:
        assert read_spec(data, path="loops/kompress.yaml", kinds=KINDS).spec.loop == "kompress"
    except SpecError as err:
        messages = str(err).splitlines()
    for message in messages:
        place, _, text = message.partition(": ")
        path, _, line = place.rpartition(":")
        assert path == "loops/kompress.yaml"
        assert int(line) >= 1
        assert text
        assert "Input should" not in text

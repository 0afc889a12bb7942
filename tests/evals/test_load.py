import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.errors import SpecError
from runner.core.frozen import Frozen
from runner.core.problem import MalformedError
from runner.evals.check import key_variable
from runner.evals.heldout import HeldoutError, heldout_digest
from runner.evals.load import eval_digest, inline_eval, read_eval
from runner.evals.model import CommandChecker, Eval, FileSource, GeneratedSource
from runner.spec.model import CommandCheck

KEY = "age1" + "q" * 58
DESIGN = f"""\
eval: kompress
version: 1
checker: must_keep
train: train.jsonl.xz
dev: dev.jsonl.xz
heldout:
  - {{file: natural.jsonl.age, slices: [natural]}}
  - {{generate: dense.yaml, n: 200, secret: LOOP_HELDOUT_KEY, slices: [dense, blind]}}
recipient: {KEY}
metrics: {{exact_at_budget: {{direction: max}}, keep_rate: {{direction: min}}}}
reps: 1
decoding: greedy
on_error: 0
max_infra_fail: 0.02
critical: []
controls: [keep_all, random, regex_only]
"""


class Params(Frozen):
    budget: float = 0.7


KINDS = {"must_keep": lambda: Params}


def load(text: str, *, name: str = "kompress") -> Eval:
    return read_eval(text.encode(), path=f"evals/{name}/eval.yaml", kinds=KINDS).eval


def test_the_designs_example_is_read_whole() -> None:
    declared = load(DESIGN)
    assert declared.heldout == (
        FileSource(file="natural.jsonl.age", slices=("natural",)),
        GeneratedSource(
            generate="dense.yaml", n=200, secret="LOOP_HELDOUT_KEY", slices=("dense", "blind")
        ),
    )
    assert declared.metrics["keep_rate"].direction == "min"


def test_a_loaded_eval_knows_its_lines() -> None:
    loaded = read_eval(DESIGN.encode(), path="evals/kompress/eval.yaml", kinds=KINDS)
    assert loaded.document.line(("heldout", 1, "generate")) == 8


HEAD = "eval: a\nversion: 1\n"
BODY = HEAD + "checker: must_keep\nmetrics: {f1: {direction: max}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            HEAD + "checker: must_kep\nmetrics: {f1: {direction: up}}\n",
            ['4: metrics.f1.direction: expected one of max, min, got "up"'],
            id="direction",
        ),
        pytest.param(
            BODY.replace("must_keep", "must_kep"),
            ['3: checker: unknown checker "must_kep"; did you mean "must_keep"?'],
            id="unknown checker",
        ),
        pytest.param(
            BODY + "with: {budget: high, bugdet: 1}\n",
            [
                '5: with.budget: expected a number, got "high"',
                '5: with.bugdet: unknown key; did you mean "budget"?',
            ],
            id="parameters",
        ),
        pytest.param(
            HEAD + "metrics: {f1: {direction: max}}\nchecker: {commanq: [x], format: json}\n",
            [
                '4: checker.commanq: unknown key; did you mean "command"?',
                (
                    "4: checker.format: expected one of jsonl, inspect, promptfoo, lm_eval, junit, "
                    'got "json"; did you mean "jsonl"?'
                ),
            ],
            id="foreign checker",
        ),
        pytest.param(
            BODY + "heldout:\n  - {n: 0, secret: LOOP_KEY}\n  - {slices: [a]}\n  - x\n",
            [
                "6: heldout[0].generate: missing",
                "6: heldout[0].n: expected a number > 0, got 0",
                "7: heldout[1].file: missing",
                '8: heldout[2]: expected a mapping, got "x"',
            ],
            id="sources by their keys",
        ),
        pytest.param(
            BODY + "recipient: age1abc\n",
            [('5: recipient: expected an age public key (age1 and 58 characters), got "age1abc"')],
            id="recipient",
        ),
        pytest.param(
            HEAD + "checker: must_keep\nmetrics: {}\n",
            ["4: metrics: an eval without a metric decides nothing; name one"],
            id="no metric",
        ),
        pytest.param(
            HEAD + "checker: must_keep\nmetrics:\n  f1@a: {direction: max}\n"
            "  F1: {direction: max}\n",
            [
                "5: metrics.f1@a: slices are named by the cases; declare the metric without @",
                '6: metrics.F1: expected lower-case letters, digits and underscores, got "F1"',
            ],
            id="metric names",
        ),
        pytest.param(
            BODY + "train: ../train.jsonl\ndev: /dev.jsonl\nconfirm: a//b\n",
            [
                '5: train: expected a file of the eval\'s folder, got "../train.jsonl"',
                '6: dev: expected a file of the eval\'s folder, got "/dev.jsonl"',
                '7: confirm: expected a file of the eval\'s folder, got "a//b"',
            ],
            id="paths",
        ),
        pytest.param(
            BODY + "train: t.age\nheldout: [{file: h.age, slices: [x, x]}]\n",
            [
                (
                    "1: recipient: missing: sealed or generated cases need the public key that "
                    "scores are sealed to"
                ),
                "5: train: the maker reads train, so it cannot be sealed",
                '6: heldout[0].slices[1]: "x" appears twice in one source',
            ],
            id="sealed",
        ),
        pytest.param(
            BODY + "controls: [a, a, candidate, B]\ncritical: [q, q]\nmax_infra_fail: 1\n",
            [
                '5: controls[1]: "a" appears twice',
                '5: controls[2]: "candidate" cannot name a control arm',
                '5: controls[3]: "B" cannot name a control arm',
                '6: critical[1]: "q" appears twice',
                "7: max_infra_fail: expected a share below 1, got 1",
            ],
            id="controls",
        ),
        pytest.param(
            HEAD + "metrics: {f1: {direction: max}}\nchecker: {command: [''], cwd: ../x}\n",
            [
                "4: checker.command[0]: expected a program, got an empty string",
                '4: checker.cwd: expected a path inside the repository, got "../x"',
            ],
            id="checker command",
        ),
        pytest.param(
            HEAD + "metrics: {f1: {direction: max}}\nchecker: {command: [x]}\nwith: {budget: 1}\n"
            f"controls: [floor]\nrecipient: {KEY}\n"
            "heldout:\n  - {generate: d.yaml, n: 2, secret: KEY}\n",
            [
                (
                    "5: with: only a built-in checker takes parameters; write a command's into "
                    "its command"
                ),
                "6: controls: only a built-in checker has control arms",
                (
                    "9: heldout[0].generate: only a built-in checker can draw cases; name a file "
                    "instead"
                ),
            ],
            id="what a command cannot do",
        ),
        pytest.param(
            BODY + f"recipient: {KEY}\nheldout:\n  - {{generate: d.yaml, n: 2, secret: KEY}}\n"
            "  - {generate: e.yaml, n: 2, secret: OTHER}\n",
            ["8: heldout[1].secret: one key opens an eval, and KEY already holds it"],
            id="two keys",
        ),
        pytest.param(
            BODY.replace("eval: a", "eval: b"),
            ['1: eval: eval "b" is declared in b/eval.yaml, not evals/a/eval.yaml'],
            id="folder",
        ),
    ],
)
def test_all_problems_are_told_at_once_with_their_lines(text: str, expected: list[str]) -> None:
    with pytest.raises(MalformedError) as error:
        load(text, name="a")
    assert str(error.value).splitlines() == [f"evals/a/eval.yaml:{line}" for line in expected]


LINES = st.sampled_from(
    [*DESIGN.splitlines(), "checker: {command: [x]}", "with: {budget: 1}", "\t"]
)


@given(st.lists(LINES, max_size=12))
@settings(max_examples=200, deadline=None)
def test_mutated_evals_are_an_eval_or_located_problems(lines: list[str]) -> None:
    messages: list[str] = []
    try:
        assert load("\n".join(lines)).eval == "kompress"
    except SpecError as err:
        messages = str(err).splitlines()
    assert all(message.startswith("evals/kompress/eval.yaml:") for message in messages)


def test_the_key_is_in_the_variable_that_a_generated_source_names() -> None:
    assert key_variable(load(DESIGN)) == "LOOP_HELDOUT_KEY"
    assert key_variable(load(DESIGN.replace("LOOP_HELDOUT_KEY", "MY_KEY"))) == "MY_KEY"
    assert key_variable(load(BODY, name="a")) == "LOOP_HELDOUT_KEY"


def test_another_format_is_another_eval() -> None:
    lines = inline_eval(CommandCheck(command=("x",)))
    report = inline_eval(CommandCheck(command=("x",), format="junit"))
    assert isinstance(report.checker, CommandChecker)
    assert (report.checker.format, report.eval == lines.eval) == ("junit", False)


def test_a_foreign_check_needs_no_eval_file() -> None:
    check = CommandCheck(command=("python", "eval.py"), cwd="tools", network=("hf.co",))
    declared = inline_eval(check)
    assert declared.checker == CommandChecker(
        command=("python", "eval.py"), cwd="tools", network=("hf.co",)
    )
    assert {name: metric.direction for name, metric in declared.metrics.items()} == {"score": "max"}
    assert declared.heldout == ()
    assert declared.recipient is None
    assert declared.eval == inline_eval(check).eval
    assert declared.eval != inline_eval(CommandCheck(command=("python", "eval.py"))).eval
    assert (
        read_eval(
            (
                f"eval: {declared.eval}\nversion: 1\nmetrics: {{score: {{direction: max}}}}\n"
                "checker: {command: [python, eval.py], cwd: tools, network: [hf.co]}\n"
            ).encode(),
            path=f"{declared.eval}/eval.yaml",
            kinds={},
        ).eval
        == declared
    )


def test_defaults_spelt_out_do_not_change_an_evals_digest() -> None:
    short = load(BODY, name="a")
    assert eval_digest(short) == eval_digest(load(BODY + "reps: 1\ncontrols: []\n", name="a"))
    assert eval_digest(short) != eval_digest(load(BODY + "reps: 2\n", name="a"))


class Files(dict[str, bytes]):
    def read(self, path: str) -> bytes:
        if path not in self:
            raise FileNotFoundError(path)
        return self[path]


FILES = Files(
    {"evals/kompress/natural.jsonl.age": b"sealed", "evals/kompress/dense.yaml": b"templates"}
)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("slices: [natural]", "slices: [wild]", True),
        ("version: 1", "version: 2", True),
        ("reps: 1", "reps: 3", True),
        ("n: 200", "n: 201", False),
        ("LOOP_HELDOUT_KEY", "OTHER_KEY", False),
        ("age1qq", "age1zq", False),
        ("  - {file: natural.jsonl.age, slices: [natural]}\n", "", False),
    ],
    ids=["slice", "version", "reps", "n", "secret", "recipient", "source"],
)
def test_a_held_out_split_is_the_same_until_its_cases_change(
    old: str, new: str, *, same: bool
) -> None:
    before = heldout_digest(load(DESIGN), FILES.read)
    after = heldout_digest(load(DESIGN.replace(old, new)), FILES.read)
    assert (before == after) is same


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_changed_byte_is_another_held_out_split(name: str) -> None:
    changed = Files(FILES | {name: FILES[name] + b"."})
    declared = load(DESIGN)
    assert heldout_digest(declared, FILES.read) != heldout_digest(declared, changed.read)


def test_the_order_of_sources_does_not_refresh_a_split() -> None:
    declared = load(DESIGN)
    turned = declared.model_copy(update={"heldout": declared.heldout[::-1]})
    assert heldout_digest(declared, FILES.read) == heldout_digest(turned, FILES.read)


def test_a_missing_source_is_named() -> None:
    message = r"^evals/kompress/natural\.jsonl\.age: a held-out source cannot be read"
    with pytest.raises(HeldoutError, match=message):
        heldout_digest(load(DESIGN), Files().read)


def test_a_foreign_checks_split_is_its_command_and_scripts() -> None:
    declared = inline_eval(CommandCheck(command=("python", "eval.py", "--n", "5"), cwd="tools"))
    files = Files({"tools/eval.py": b"one"})
    first = heldout_digest(declared, files.read)
    assert first == heldout_digest(declared, files.read)
    assert first != heldout_digest(declared, Files({"tools/eval.py": b"two"}).read)
    assert first != heldout_digest(declared, Files().read)
    other = inline_eval(CommandCheck(command=("python", "eval.py", "--n", "6"), cwd="tools"))
    assert first != heldout_digest(other, files.read)

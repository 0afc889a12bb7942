"""What a loop that only checks may say of itself, and what it may not."""

import pytest

from runner.core.canonical import canonical
from runner.core.problem import MalformedError
from runner.spec.load import read_spec
from runner.spec.model import Spec

HEAD = "version: 1\nloop: b\ncheck: {command: [y]}\n"
NONE = HEAD + "make: none\n"
UNUSED = "never used: a loop with make: none and no surface only compares gate.primary"
ENDS = "never used: nothing is made, so nothing is proposed or ends"


def read(text: str) -> Spec:
    return read_spec(text.encode(), path="loops/b.yaml", kinds={}).spec


def problems(text: str) -> list[str]:
    with pytest.raises(MalformedError) as error:
        read(text)
    return [line.partition(": ")[2] for line in str(error.value).splitlines()]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("watch: {of: b}", 'watch.of: "b" is this loop; name the one that it watches'),
        ("watch: {of: a, path: m}", "watch.path: give of or path: one thing is watched"),
        ("watch: {path: ./}", 'watch.path: expected a folder or file, got "./"'),
        (
            "watch: {candidate: promoted}",
            "watch.candidate: never used: give of, the loop whose candidate it is",
        ),
        ("gate: {confirm: true}", f"gate.confirm: {UNUSED}"),
        ("gate: {guards: {score: {min: 0.5}}}", f"gate.guards: {UNUSED}"),
        ("gate: {worth: 0.1}", f"gate.worth: {UNUSED}"),
        ("gate: {checks: {placebo: {}}}", f"gate.checks: {UNUSED}"),
        ("gate: {kind: fixtures}", f"gate.kind: {UNUSED}"),
        ("stop: {patience: 4}", f"stop: {ENDS}"),
        ("skip: [{id: a, why: x}]", f"skip: {ENDS}"),
        ("propose: {kind: none}", f"propose: {ENDS}"),
        ("hypotheses: [{id: a}]", "hypotheses: nothing tries them: make is none"),
    ],
)
def test_what_a_monitor_would_not_honour_is_refused(more: str, expected: str) -> None:
    assert problems(f"{NONE}{more}\n") == [expected]


def test_what_no_gate_would_honour_is_refused_for_that_too() -> None:
    assert problems(f"{NONE}gate: {{seeds: 4, simpler: true}}\n") == [
        f"gate.seeds: {UNUSED}",
        "gate.seeds: only gate.kind scalar re-runs; it is paired",
        f"gate.simpler: {UNUSED}",
        "gate.simpler: only a text surface can become shorter",
    ]


@pytest.mark.parametrize(
    "more",
    ["gate: {kind: paired}", "stop: {patience: 3}", "skip: []", "propose: {}", "watch: {path: X}"],
)
def test_a_monitor_may_say_what_holds_anyway(more: str) -> None:
    assert read(f"{NONE}{more}\n").monitors


@pytest.mark.parametrize(
    "make",
    ["make: {command: [x]}\n", "make: none\nsurface: [p.md]\n"],
    ids=["a maker", "a text"],
)
def test_a_loop_that_makes_something_watches_nothing(make: str) -> None:
    told = problems(f"{HEAD}{make}watch: {{of: a}}\n")
    assert told == [
        "watch: only a loop with make: none and no surface watches; give the monitor its own"
    ]


def test_a_loop_that_makes_nothing_is_a_monitor_without_a_word_of_it() -> None:
    spec = read(NONE)
    assert spec.monitors
    assert (spec.watching.every_days, spec.watching.false_alarms) == (7, 0.05)
    assert not read(NONE + "surface: [p.md]\n").monitors


def test_a_spec_that_watches_nothing_keeps_its_digest() -> None:
    plain, watching = read(NONE), read(NONE + "watch: {every_days: 1}\n")
    told = canonical(plain.model_dump(mode="json", by_alias=True))
    assert b'"watch"' not in told
    assert b'"watch"' in canonical(watching.model_dump(mode="json", by_alias=True))


def test_variables_of_webhooks_and_keys_are_named_together() -> None:
    more = "publish: {notify: [A]}\nwatch: {alert: [{webhook: B, secret: C}, {webhook: D}]}\n"
    assert read(NONE + more).posts == ("A", "B", "C", "D")

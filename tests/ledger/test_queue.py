from collections.abc import Callable

import pytest

from runner.core.row import EvalRef, Row
from runner.ledger.fold import fold_all
from runner.ledger.queue import QueueError, Step, baseline_due, next_step
from runner.spec.model import Spec

EVAL = EvalRef(id="toy", version=1, heldout="h1")
WARM = ("reject", {"hypothesis": "warm"})
COLD = ("reject", {"hypothesis": "cold"})
VOTE = ("reject", {"hypothesis": "vote", "line": "infer"})


def test_a_new_loop_begins_with_a_baseline(make_spec: Callable[..., Spec]) -> None:
    assert next_step(None, make_spec(), eval_ref=EVAL) == Step(
        kind="baseline",
        line="train",
        hypothesis=None,
        seed=17,
        with_={"lr": 0.1, "net": {"depth": 2, "width": 8}},
        reason="no baseline yet",
    )


def test_the_first_untried_hypothesis_runs_with_its_parameters_laid_over(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    assert next_step(fold_all(make_rows("baseline"), spec), spec, eval_ref=EVAL) == Step(
        kind="iteration",
        line="train",
        hypothesis="warm",
        seed=18,
        with_={"lr": 0.1, "net": {"depth": 3, "width": 8}},
        reason="line train: first untried hypothesis",
    )


@pytest.mark.parametrize(
    ("rows", "line", "hypothesis"),
    [
        pytest.param([WARM], "train", "cold", id="the next in the queue"),
        pytest.param([WARM, COLD], "train", "cold", id="an empty queue repeats the last"),
        pytest.param([WARM, COLD, COLD], "infer", "vote", id="a stalled line gives way"),
        pytest.param(
            [("error", {"hypothesis": "warm"})], "train", "warm", id="an error is tried again"
        ),
        pytest.param([WARM, None], "train", "cold", id="after a reset what is new comes first"),
        pytest.param([WARM, COLD, None], "train", "warm", id="then the earlier ones, in order"),
        pytest.param([WARM, COLD, None, WARM], "train", "cold", id="each once more"),
        pytest.param(
            [WARM, ("accept", {"hypothesis": "cold"})], "train", "cold", id="an accept goes on"
        ),
    ],
)
def test_the_queue_goes_line_by_line(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    rows: list[object],
    line: str,
    hypothesis: str,
) -> None:
    spec = make_spec()
    step = next_step(fold_all(make_rows("baseline", *rows), spec), spec, eval_ref=EVAL)
    assert (step.line, step.hypothesis, step.seed) == (line, hypothesis, 18 + len(rows))


def test_a_repeat_says_so(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    step = next_step(fold_all(make_rows("baseline", WARM, COLD), spec), spec, eval_ref=EVAL)
    assert step.reason == "line train: nothing untried, so the last hypothesis with the next seed"


def test_skipped_hypotheses_are_passed_over(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(skip=[{"id": "warm", "why": "no gain"}])
    step = next_step(fold_all(make_rows("baseline"), spec), spec, eval_ref=EVAL)
    assert step.hypothesis == "cold"


@pytest.mark.parametrize(
    "changes", [{"hypotheses": []}, {"propose": {"kind": "none"}}], ids=["no queue", "propose none"]
)
def test_without_a_queue_the_maker_runs_anew_with_the_next_seed(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    changes: dict[str, object],
) -> None:
    spec = make_spec(**changes)
    step = next_step(fold_all(make_rows("baseline"), spec), spec, eval_ref=EVAL)
    assert (step.hypothesis, step.seed, step.with_["lr"]) == (None, 18, 0.1)
    assert step.reason == f"line {step.line}: made anew with the next seed"


def test_a_command_maker_gets_the_hypothesis_parameters_alone(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(make={"command": ["train"]})
    step = next_step(fold_all(make_rows("baseline"), spec), spec, eval_ref=EVAL)
    assert step.with_ == {"net": {"depth": 3}}


def test_no_open_line_is_an_error_not_a_step(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    head = fold_all(make_rows("baseline", *[WARM] * 3, *[VOTE] * 3), spec)
    with pytest.raises(QueueError, match="loop toy: no line is open"):
        next_step(head, spec, eval_ref=EVAL)


@pytest.mark.parametrize(
    ("eval_ref", "surface", "due"),
    [
        pytest.param(EVAL, {"a.md": "1"}, None, id="nothing changed"),
        pytest.param(EVAL, None, None, id="no surface known"),
        pytest.param(EVAL, {"a.md": "2"}, "the surface was edited by hand: a.md", id="a hand edit"),
        pytest.param(
            EVAL,
            {"b.md": "1"},
            "the surface was edited by hand: a.md, b.md",
            id="a file renamed by hand",
        ),
        pytest.param(
            EvalRef(id="toy", version=2, heldout="h1"),
            {"a.md": "1"},
            "eval version 1 became 2",
            id="a new eval version",
        ),
        pytest.param(
            EvalRef(id="toy", version=1, heldout="h2"),
            {"a.md": "1"},
            "the held-out cases changed",
            id="new held-out cases",
        ),
    ],
)
def test_a_forced_baseline_is_told_by_what_changed(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    eval_ref: EvalRef,
    surface: dict[str, str] | None,
    due: str | None,
) -> None:
    head = fold_all(make_rows(("baseline", {"surface": {"a.md": "1"}}), "reject"), make_spec())
    assert baseline_due(head, eval_ref=eval_ref, surface=surface) == due


def test_a_text_is_measured_anew_where_the_eval_scores_otherwise(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    parts = "-".join("abcdef")
    head = fold_all(make_rows(("baseline", {"reset_digest": parts}), "reject"), make_spec())
    assert baseline_due(head, eval_ref=EVAL, scored_by="f") is None
    assert baseline_due(head, eval_ref=EVAL) is None
    assert baseline_due(head, eval_ref=EVAL, scored_by="g") == (
        "the eval scores otherwise than it did, so the text is measured anew"
    )


def test_a_head_that_does_not_say_how_it_was_scored_forces_nothing(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    head = fold_all(make_rows(("baseline", {"reset_digest": "d" * 64})), make_spec())
    assert baseline_due(head, eval_ref=EVAL, scored_by="g") is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"surface": {"a.md": "2"}}, "the surface was edited by hand: a.md"),
        (
            {"scored_by": "g"},
            "the eval scores otherwise than it did, so the text is measured anew",
        ),
    ],
    ids=["by hand", "by the eval"],
)
def test_what_changed_since_makes_the_next_step_a_baseline(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    changed: dict[str, object],
    reason: str,
) -> None:
    first = {"surface": {"a.md": "1"}, "reset_digest": "-".join("abcdef")}
    spec = make_spec()
    head = fold_all(make_rows(("baseline", first)), spec)
    same = {"surface": {"a.md": "1"}, "scored_by": "f"}
    assert next_step(head, spec, eval_ref=EVAL).kind == "iteration"
    assert next_step(head, spec, eval_ref=EVAL, **same).kind == "iteration"
    step = next_step(head, spec, eval_ref=EVAL, **(same | changed))
    assert (step.kind, step.line, step.seed, step.reason) == ("baseline", "train", 18, reason)


@pytest.mark.parametrize("kind", ["command", "reflect", "gepa"])
def test_without_a_queue_a_proposer_decides_and_with_one_the_queue_does(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]], kind: str
) -> None:
    queued = make_spec()
    propose = queued.propose.model_copy(update={"kind": kind})
    queued = queued.model_copy(update={"propose": propose})
    free = queued.model_copy(update={"hypotheses": ()})
    head = fold_all(make_rows("baseline"), queued)
    step = next_step(head, free, eval_ref=EVAL)
    assert (step.hypothesis, step.reason) == (None, f"line main: {kind} edits the surface")
    assert next_step(head, queued, eval_ref=EVAL).hypothesis == "warm"


def test_when_all_are_tried_the_last_of_three_is_run_again(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(hypotheses=[{"id": name} for name in "abc"], stop={"patience": 9})
    tried = [("reject", {"line": "main", "hypothesis": name}) for name in "abc"]
    step = next_step(fold_all(make_rows("baseline", *tried), spec), spec, eval_ref=EVAL)
    assert (step.hypothesis, step.seed) == ("c", 21)

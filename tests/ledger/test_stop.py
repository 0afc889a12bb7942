from collections.abc import Callable

import pytest

from runner.core.head import LineState, Stop
from runner.core.row import Cost, Failure, HeldoutScore, Look, Row
from runner.ledger.fold import fold_all
from runner.ledger.stop import open_lines, stop
from runner.spec.model import Spec

INFER = {"line": "infer", "hypothesis": "vote"}


def boom(mark: str) -> tuple[str, dict[str, object]]:
    return ("error", {"error": Failure(fingerprint=mark * 20, log_tail="")})


def test_a_new_loop_has_no_reason_to_stop(make_spec: Callable[..., Spec]) -> None:
    assert stop(None, make_spec()) is None


def test_the_same_error_twice_stops_the_loop(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    rows = make_rows("baseline", boom("a"), boom("a"))
    assert stop(fold_all(rows, spec), spec) == Stop(
        name="failing",
        why="the same error twice in a row (aaaaaaaaaaaa)",
        mend='mend the cause that the log tail shows, then run `git-loop reset toy --reason "..."`',
    )


def test_three_different_errors_in_a_row_stop_the_loop(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    two = fold_all(make_rows("baseline", boom("a"), boom("b")), spec)
    three = fold_all(make_rows("baseline", boom("a"), boom("b"), boom("c")), spec)
    assert stop(two, spec) is None
    found = stop(three, spec)
    assert found is not None
    assert (found.name, found.why) == ("failing", "three errors in a row")


def test_an_iteration_between_two_equal_errors_clears_them(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    rows = make_rows("baseline", boom("a"), "reject", boom("a"))
    assert stop(fold_all(rows, spec), spec) is None


def test_a_reset_lets_a_failing_loop_run_again(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    assert stop(fold_all(make_rows("baseline", boom("a"), boom("a"), None), spec), spec) is None


def test_a_baseline_that_keeps_failing_stops_the_loop(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    failed = ("failed", {"kind": "baseline", "candidate": None})
    found = stop(fold_all(make_rows(failed, failed), spec), spec)
    assert found is not None
    assert found.name == "failing"


def test_a_spent_budget_stops_the_loop_even_when_it_improves(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(budget={"usd": 1.0})
    rows = make_rows("baseline", ("accept", {"cost": Cost(usd=0.6)}))
    head = fold_all(rows, spec)
    assert head is not None
    assert head.stop == Stop(
        name="budget",
        why="the next iteration reserves 0.60 USD and 0.40 USD of 1.00 USD is left",
        mend="raise budget.usd in loops/toy.yaml by 0.20 or more, or lower make.minutes",
    )


@pytest.mark.parametrize(
    ("cost", "reserved", "left", "more"),
    [
        pytest.param(0.5004, "0.5004", "0.4996", "0.01", id="equal to the cent"),
        pytest.param(0.50001, "0.500010", "0.499990", "0.01", id="equal to four decimals"),
        pytest.param(0.504, "0.5040", "0.4960", "0.01", id="less than a cent"),
        pytest.param(0.506, "0.51", "0.49", "0.02", id="rounded up"),
        pytest.param(0.6, "0.60", "0.40", "0.20", id="whole cents stay"),
    ],
)
def test_a_budget_short_of_less_than_a_cent_is_never_to_be_raised_by_nothing(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    cost: float,
    reserved: str,
    left: str,
    more: str,
) -> None:
    spec = make_spec(budget={"usd": 1.0})
    head = fold_all(make_rows("baseline", ("accept", {"cost": Cost(usd=cost)})), spec)
    found = stop(head, spec)
    assert found is not None
    assert found.why == (
        f"the next iteration reserves {reserved} USD and {left} USD of 1.00 USD is left"
    )
    assert found.mend.startswith(f"raise budget.usd in loops/toy.yaml by {more} or more,")


def test_a_raised_budget_is_seen_without_a_new_row(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    rows = make_rows("baseline", ("accept", {"cost": Cost(usd=0.6)}))
    head = fold_all(rows, make_spec(budget={"usd": 1.0}))
    assert stop(head, make_spec(budget={"usd": 1.2})) is None


def test_a_first_baseline_that_the_budget_cannot_carry_is_not_started(
    make_spec: Callable[..., Spec],
) -> None:
    spec = make_spec(budget={"usd": 1.0, "usd_per_hour": 2.0})
    found = stop(None, spec)
    assert found is not None
    assert found.why == "the next iteration reserves 20.00 USD and 1.00 USD of 1.00 USD is left"
    assert found.mend.startswith("raise budget.usd in loops/toy.yaml by 19.00 or more,")


@pytest.mark.parametrize(
    ("target", "scores", "converged"),
    [
        pytest.param({"score": {"min": 0.9}}, {"score": 0.91}, True, id="above"),
        pytest.param({"score": {"min": 0.9}}, {"score": 0.9}, True, id="equal"),
        pytest.param({"score": {"min": 0.9}}, {"score": 0.89}, False, id="below"),
        pytest.param({"cost": {"max": 0.1}}, {"cost": 0.1}, True, id="lower is better, equal"),
        pytest.param({"cost": {"max": 0.1}}, {"cost": 0.2}, False, id="lower is better, above"),
        pytest.param({"score": {"min": 0.9}}, {}, False, id="not evaluated is not a pass"),
        pytest.param({"score": {}}, {"score": 1.0}, False, id="no level"),
        pytest.param({}, {"score": 1.0}, False, id="no target"),
        pytest.param(
            {"score": {"min": 0.9}, "cost": {"max": 0.1}},
            {"score": 0.95, "cost": 0.2},
            False,
            id="half of it",
        ),
    ],
)
def test_a_loop_converges_when_the_target_holds_on_the_incumbent(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    target: dict[str, object],
    scores: dict[str, float],
    *,
    converged: bool,
) -> None:
    spec = make_spec(stop={"target": target})
    held = {name: HeldoutScore(candidate=value) for name, value in scores.items()}
    found = stop(fold_all(make_rows(("baseline", {"heldout": held})), spec), spec)
    assert (found is not None and found.name == "converged") is converged


def test_convergence_is_told_in_words(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(stop={"target": {"score": {"min": 0.9}}})
    held = {"score": HeldoutScore(candidate=0.95)}
    assert stop(fold_all(make_rows(("baseline", {"heldout": held})), spec), spec) == Stop(
        name="converged",
        why="the target holds on the incumbent: score 0.950",
        mend="set a higher stop.target in loops/toy.yaml",
    )


def test_a_line_ends_at_patience_and_the_next_begins(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    two = fold_all(make_rows("baseline", "reject", "keep"), spec)
    three = fold_all(make_rows("baseline", "reject", "keep", "reject"), spec)
    assert open_lines(two, spec) == ("train", "infer")
    assert open_lines(three, spec) == ("infer",)
    assert stop(three, spec) is None


def test_the_loop_stops_when_no_line_is_left(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    rows = make_rows("baseline", *["reject"] * 3, *[("reject", INFER)] * 3)
    assert stop(fold_all(rows, spec), spec) == Stop(
        name="stalled",
        why="3 iterations without an accepted gain in each line (train, infer)",
        mend="inject something new (a hypothesis, or another make, propose, surface, gate or eval)"
        ' or run `git-loop reset toy --reason "..."`',
    )


def test_a_stall_that_may_be_noise_is_called_underpowered(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    wide = ("reject", INFER | {"look": Look(spent=True, underpowered=True)})
    rows = make_rows("baseline", *["reject"] * 3, wide, *[("reject", INFER)] * 2)
    found = stop(fold_all(rows, spec), spec)
    assert found is not None
    assert found.name == "underpowered"
    assert found.why == (
        "no line moved the metric, but a look's interval still reaches a gain of 0.05:"
        " the held-out set is too small to tell"
    )
    assert found.mend == (
        "add held-out cases or reps (`git-loop validate loops/toy.yaml` says how many),"
        " inject something new (a hypothesis, or another make, propose, surface, gate or eval),"
        ' or run `git-loop reset toy --reason "..."`'
    )


def test_a_baseline_or_reset_reopens_every_line(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    rejects = [*["reject"] * 3, *[("reject", INFER)] * 3]
    for again in ("baseline", None):
        head = fold_all(make_rows("baseline", *rejects, again), spec)
        assert (stop(head, spec), open_lines(head, spec)) == (None, ("train", "infer"))


def test_errors_never_exhaust_patience(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    mixed = [boom("a"), "reject", boom("b"), "reject", "superseded"]
    assert open_lines(fold_all(make_rows("baseline", *mixed), spec), spec) == ("train", "infer")


def test_a_line_whose_hypotheses_are_all_skipped_never_opens(
    make_spec: Callable[..., Spec],
) -> None:
    spec = make_spec(skip=[{"id": "warm", "why": "no"}, {"id": "cold", "why": "no"}])
    assert open_lines(None, spec) == ("infer",)


def test_a_loop_without_hypotheses_has_one_line(make_spec: Callable[..., Spec]) -> None:
    assert open_lines(None, make_spec(hypotheses=[])) == ("main",)


def test_max_iterations_counts_what_was_tried(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(stop={"max_iterations": 2})
    one = fold_all(make_rows("baseline", "accept", boom("a")), spec)
    two = fold_all(make_rows("baseline", "accept", "reject"), spec)
    assert stop(one, spec) is None
    assert stop(two, spec) == Stop(
        name="max_iterations",
        why="2 of 2 iterations are done",
        mend="raise stop.max_iterations in loops/toy.yaml",
    )


def test_the_first_rule_that_holds_names_the_stop(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    held = {"heldout": {"score": HeldoutScore(candidate=1.0)}, "cost": Cost(usd=1)}
    rows = make_rows(("baseline", held), *["reject"] * 3, *[("reject", INFER)] * 3)
    rules = {
        "budget": {"usd": 1.5},
        "stop": {"target": {"score": {"min": 0.5}}, "max_iterations": 1},
    }
    names = []
    for drop in (None, "budget", "stop"):
        rules.pop(drop, None)
        spec = make_spec(**rules)
        found = stop(fold_all(rows, spec), spec)
        names.append(found.name if found is not None else None)
    assert names == ["converged", "converged", "stalled"]
    spec = make_spec(**rules, budget={"usd": 1.5, "usd_per_hour": 1})
    failing = fold_all(make_rows(("baseline", held), boom("a"), boom("a")), spec)
    assert getattr(stop(failing, spec), "name", None) == "failing"
    assert getattr(stop(fold_all(rows, spec), spec), "name", None) == "budget"


def stall(rows: tuple[Row, ...], spec: Spec, *, line: str = "train") -> int:
    head = fold_all(rows, spec)
    assert head is not None
    return head.lines.get(line, LineState()).stall


def test_stall_counts_since_the_last_move(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    rows = make_rows("baseline", "reject", "accept", "keep", "error", "failed", "superseded")
    spec = make_spec()
    assert [stall(rows[: n + 1], spec) for n in range(len(rows))] == [0, 1, 0, 1, 1, 2, 2]


def test_shorter_texts_of_an_equal_score_buy_no_further_looks(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    numbers = {"n": 9, "wins": 0, "losses": 0, "d": 0.0, "interval": None, "p": 1.0}
    gate = numbers | {"alpha": 0.1, "looks": 1, "mde": None, "guards": {}}
    shorter = ("accept", {"gate": gate, "line": "main"})
    better = ("accept", {"gate": gate | {"wins": 9, "d": 1.0, "p": 0.002}, "line": "main"})
    spec = make_spec(hypotheses=[])
    assert stall(make_rows("baseline", shorter, shorter), spec, line="main") == 2
    assert stall(make_rows("baseline", shorter, better), spec, line="main") == 0
    rested = stop(fold_all(make_rows("baseline", shorter, shorter, shorter), spec), spec)
    assert rested is not None
    assert rested.name == "stalled"
    assert stop(fold_all(make_rows("baseline", shorter, better, shorter), spec), spec) is None


@pytest.mark.parametrize(
    ("tried", "why"),
    [
        ((), None),
        (("a",), None),
        (("a", "b"), "the queue holds no edit that has not been tried"),
        (("a", "b", None), None),
    ],
    ids=["none tried", "one tried", "all tried", "all tried before a reset"],
)
def test_a_queue_of_edits_is_gone_through_once(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    tried: tuple[str | None, ...],
    why: str | None,
) -> None:
    edits = [{"id": name, "with": {"file": f"{name}.md"}} for name in "ab"]
    spec = make_spec(make="none", surface=["p.md"], hypotheses=edits)
    rows = make_rows(
        "baseline",
        *(name and ("keep", {"hypothesis": name, "line": "main"}) for name in tried),
    )
    found = stop(fold_all(rows, spec), spec)
    assert (found.why if found else None) == why


def test_a_queue_that_stalls_before_its_end_is_told_from_one_gone_through(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    edits = [{"id": name, "with": {"file": f"{name}.md"}} for name in "abcd"]
    spec = make_spec(make="none", surface=["p.md"], hypotheses=edits)
    rows = make_rows("baseline", *(("reject", {"hypothesis": n, "line": "main"}) for n in "abc"))
    found = stop(fold_all(rows, spec), spec)
    assert found is not None
    assert found.why == "3 iterations without an accepted gain in each line (main)"


def test_a_line_that_never_opened_keeps_no_loop_from_resting(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(skip=[{"id": "warm", "why": "no"}, {"id": "cold", "why": "no"}])
    found = stop(fold_all(make_rows("baseline", *[("reject", INFER)] * 3), spec), spec)
    assert found is not None
    assert found.why == "3 iterations without an accepted gain in each line (train, infer)"


def test_stall_begins_anew_at_a_reset(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    assert stall(make_rows("baseline", "reject", "reject", None, "reject"), make_spec()) == 1


def test_a_skipped_edit_is_none_that_could_be_tried(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    edits = [{"id": name, "line": name, "with": {"file": "p.md"}} for name in "ab"]
    skip = [{"id": "a", "why": "no"}]
    spec = make_spec(make="none", surface=["p.md"], hypotheses=edits, skip=skip)
    rows = make_rows("baseline", ("keep", {"hypothesis": "b", "line": "b"}))
    found = stop(fold_all(rows, spec), spec)
    assert found is not None
    assert found.why == "the queue holds no edit that has not been tried"


def test_every_metric_of_a_target_is_told_with_its_level(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(stop={"target": {"score": {"min": 0.9}, "cost": {"max": 2}}})
    held = {"cost": HeldoutScore(candidate=1.5), "score": HeldoutScore(candidate=0.95)}
    found = stop(fold_all(make_rows(("baseline", {"heldout": held})), spec), spec)
    assert found is not None
    assert found.why == "the target holds on the incumbent: score 0.950, cost 1.500"

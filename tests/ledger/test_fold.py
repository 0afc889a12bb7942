from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.canonical import canonical
from runner.core.head import Head, LineState
from runner.core.row import Cost, EvalRef, Failure, HeldoutScore, Look, Row, row_digest
from runner.ledger.chain import ChainError
from runner.ledger.fold import fold, fold_all
from runner.ledger.stop import counted, moved
from runner.spec.model import Spec

H2 = EvalRef(id="toy", version=2, heldout="h2")
STEP = st.tuples(
    st.sampled_from(
        ["baseline", "accept", "keep", "reject", "failed", "error", "superseded", None]
    ),
    st.fixed_dictionaries(
        {
            "line": st.sampled_from(["train", "infer"]),
            "hypothesis": st.sampled_from([None, "warm", "cold", "vote"]),
            "look": st.builds(Look, spent=st.booleans(), underpowered=st.booleans()),
            "cost": st.builds(
                Cost, usd=st.floats(0, 9), wall_s=st.floats(0, 9), tokens_in=st.integers(0, 9)
            ),
            "eval": st.sampled_from([EvalRef(id="toy", version=1, heldout="h1"), H2]),
            "error": st.sampled_from([None, Failure(fingerprint="f", log_tail="")]),
            "dev": st.sampled_from([{}, {"score": (0.5, 0.6)}, {"score": (0.5, None)}]),
        }
    ),
)


@given(st.lists(STEP, min_size=1, max_size=12), st.integers(1, 11))
def test_folding_from_a_stored_head_equals_folding_all(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    steps: list[tuple[str | None, dict[str, object]]],
    cut: int,
) -> None:
    spec = make_spec(budget={"usd": 20, "usd_per_hour": 0.5})
    rows = make_rows(*steps)
    full = fold_all(rows, spec)
    assert full is not None
    head = fold_all(rows[:cut], spec)
    for row in rows[cut:]:
        assert head is not None
        stored = canonical(head.model_dump(mode="json"))
        head = fold(Head.model_validate_json(stored), row, spec)
    assert head == full
    assert canonical(full.model_dump(mode="json")) == canonical(
        Head.model_validate_json(full.model_dump_json()).model_dump(mode="json")
    )


def stall(rows: tuple[Row, ...], line: str) -> int:
    """Count a line's stall from all rows at once."""
    count = 0
    for row in rows:
        if row.kind == "reset" or row.verdict == "baseline":
            count = 0
        elif row.line == line:
            count = 0 if moved(row) else count + counted(row)
    return count


@given(st.lists(STEP, min_size=1, max_size=20))
def test_the_head_agrees_with_what_the_rows_say_at_once(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    steps: list[tuple[str | None, dict[str, object]]],
) -> None:
    rows = make_rows(*steps)
    head = fold_all(rows, make_spec())
    assert head is not None
    for line in ("train", "infer"):
        assert head.lines.get(line, LineState()).stall == stall(rows, line)
    spent = 0.0  # one after the other, as rows come: sum() rounds once from Python 3.12 on
    for row in rows:
        spent += row.cost.usd
    assert head.spent_usd == spent
    assert sum(head.looks.values()) == sum(row.look.spent for row in rows)
    assert head.last == row_digest(rows[-1])
    assert head.next_seed == len(rows)
    moved = [row.candidate for row in rows if row.verdict in {"baseline", "accept"}]
    assert head.incumbent == (moved[-1] if moved else None)
    kept = [row.candidate for row in rows if row.verdict in {"baseline", "accept", "keep"}]
    assert head.working == (kept[-1] if kept else None)


def test_a_small_campaign_folds_to_exactly_this_head(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    score = {"score": HeldoutScore(candidate=0.5)}
    rows = make_rows(
        ("baseline", {"dev": {"score": (None, 0.5)}, "heldout": score, "cost": Cost(usd=0.5)}),
        (
            "keep",
            {
                "hypothesis": "warm",
                "dev": {"score": (0.5, 0.6)},
                "look": Look(spent=True, underpowered=True),
                "surface": {"a.md": "1"},
                "cost": Cost(usd=0.25, wall_s=60),
            },
        ),
        ("error", {"error": Failure(fingerprint="boom", log_tail="x"), "cost": Cost(usd=0.125)}),
    )
    assert fold_all(rows, make_spec()) == Head(
        loop="toy",
        number=2,
        last=row_digest(rows[2]),
        spec="s" * 64,
        reset_digest="d",
        eval_version=1,
        eval_heldout="h1",
        incumbent="c0",
        incumbent_row=0,
        working="c1",
        working_row=1,
        working_dev={"score": 0.6},
        heldout={"score": 0.5},
        surface={"a.md": "1"},
        lines={"train": LineState(stall=1, tried=("warm",), underpowered=True)},
        next_seed=3,
        iterations=1,
        spent_usd=0.875,
        spent_s=60.0,
        recent=(Cost(usd=0.5), Cost(usd=0.25, wall_s=60.0), Cost(usd=0.125)),
        looks={"h1": 1},
        resets={},
        errors=("boom",),
        stop=None,
    )


@pytest.mark.parametrize(
    ("verdict", "incumbent", "working"),
    [
        ("accept", "c1", "c1"),
        ("keep", "c0", "c1"),
        ("reject", "c0", "c0"),
        ("failed", "c0", "c0"),
        ("error", "c0", "c0"),
        ("superseded", "c0", "c0"),
        (None, "c0", "c0"),
    ],
)
def test_a_verdict_moves_exactly_what_it_claims(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    verdict: str | None,
    incumbent: str,
    working: str,
) -> None:
    head = fold_all(make_rows("baseline", verdict), make_spec())
    assert head is not None
    assert (head.incumbent, head.working) == (incumbent, working)


@pytest.mark.parametrize(
    ("verdict", "stalls", "counted"),
    [
        ("accept", 0, 2),
        ("keep", 2, 2),
        ("reject", 2, 2),
        ("failed", 2, 2),
        ("error", 1, 1),
        ("superseded", 1, 1),
        (None, 0, 1),
        ("baseline", 0, 1),
    ],
)
def test_only_what_was_tried_counts_towards_patience(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    verdict: str | None,
    stalls: int,
    counted: int,
) -> None:
    head = fold_all(make_rows("baseline", "reject", verdict), make_spec())
    assert head is not None
    assert head.lines.get("train", LineState()).stall == stalls
    assert head.iterations == counted


@pytest.mark.parametrize("verdict", ["error", "superseded", "reject", "failed"])
def test_every_row_pays_its_cost_and_its_look(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]], verdict: str | None
) -> None:
    paid = {"cost": Cost(usd=0.5, wall_s=30), "look": Look(spent=True)}
    head = fold_all(make_rows("baseline", (verdict, paid)), make_spec())
    assert head is not None
    assert (head.spent_usd, head.spent_s, head.looks) == (0.5, 30, {"h1": 1})


@pytest.mark.parametrize("verdict", ["error", "superseded"])
def test_a_hypothesis_that_did_not_run_to_its_end_stays_untried(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]], verdict: str | None
) -> None:
    head = fold_all(make_rows("baseline", (verdict, {"hypothesis": "warm"})), make_spec())
    assert head is not None
    assert head.lines == {}


def test_an_accept_forgives_only_its_own_line(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    other = {"line": "infer", "hypothesis": "vote"}
    rows = make_rows("baseline", "reject", "reject", "reject", ("accept", other))
    head = fold_all(rows, make_spec())
    assert head is not None
    assert head.lines == {
        "train": LineState(stall=3, ended="stalled"),
        "infer": LineState(tried=("vote",)),
    }


def test_a_reset_reopens_lines_keeps_looks_and_is_counted(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    looked = ("reject", {"hypothesis": "warm", "look": Look(spent=True)})
    head = fold_all(make_rows("baseline", looked, looked, looked, None), make_spec())
    assert head is not None
    assert head.lines == {"train": LineState(earlier=("warm",))}
    assert (head.looks, head.resets) == ({"h1": 3}, {"h1": 1})
    assert head.working == "c0"


def test_a_forced_baseline_counts_as_a_reset_on_its_heldout_split(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    rows = make_rows("baseline", "reject", "baseline", ("baseline", {"eval": H2}))
    head = fold_all(rows, make_spec())
    assert head is not None
    assert head.resets == {"h1": 1, "h2": 1}
    assert (head.eval_version, head.eval_heldout) == (2, "h2")


def test_the_first_baseline_that_holds_is_no_reset_even_after_a_failed_one(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    head = fold_all(make_rows(("error", {"kind": "baseline"}), "baseline"), make_spec())
    assert head is not None
    assert (head.resets, head.incumbent, head.errors) == ({}, "c1", ())


def test_errors_are_remembered_only_while_they_are_the_tail(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    boom = ("error", {"error": Failure(fingerprint="boom", log_tail="")})
    spec = make_spec()
    for last, errors in (
        (boom, ("boom", "boom")),
        ("reject", ()),
        (None, ()),
        ("superseded", ("boom",)),
    ):
        head = fold_all(make_rows("baseline", boom, last), spec)
        assert head is not None
        assert head.errors == errors


def test_a_move_without_a_candidate_is_refused(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    with pytest.raises(ChainError, match="row 1 is keep but names no candidate"):
        fold_all(make_rows("baseline", ("keep", {"candidate": None})), make_spec())


def test_a_row_out_of_order_is_refused(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    rows = make_rows("baseline", "reject", "reject")
    with pytest.raises(ChainError, match="the next row is 1"):
        fold_all([rows[0], rows[2]], make_spec())


def test_no_rows_have_no_head(make_spec: Callable[..., Spec]) -> None:
    empty: tuple[Any, ...] = ()
    assert fold_all(empty, make_spec()) is None


def test_the_head_takes_over_what_the_last_row_was_declared_as(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    first = {"spec": "s", "reset_digest": "-".join("abcdef")}
    second = {"spec": "t", "reset_digest": "-".join("abcdeg")}
    rows = make_rows(("baseline", first), ("reject", second), ("keep", second))
    heads = [fold_all(rows[: n + 1], make_spec()) for n in range(3)]
    told = [(head.spec, head.reset_digest, head.scored_by) for head in heads if head is not None]
    assert told == [
        ("s", "a-b-c-d-e-f", "f"),
        ("t", "a-b-c-d-e-g", "f"),
        ("t", "a-b-c-d-e-g", "g"),
    ]


def test_a_drift_is_dated_by_the_check_that_first_saw_it(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    def check(verdict: str) -> tuple[str, dict[str, object]]:
        return (verdict, {"kind": "check"})

    steps = ["baseline", *map(check, ("steady", "drifted", "drifted", "steady", "drifted"))]
    rows = make_rows(*steps, "error", "baseline")
    heads = [fold_all(rows[: n + 1], make_spec()) for n in range(len(rows))]
    assert [head and head.drifted for head in heads] == [None, None, 2, 2, None, 5, 5, None]


def test_the_noise_floor_is_the_baseline_and_its_reruns_until_the_next_baseline(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    held = {"score": HeldoutScore(candidate=0.5), "cost": HeldoutScore(candidate=9)}
    arms = {"rerun-2": {"score": 0.7, "cost": 8}, "rerun-1": {"score": 0.6}, "empty": {"score": 0}}
    runs = ("baseline", {"heldout": held, "controls": arms})
    alone = ("baseline", {"heldout": held, "controls": {"empty": {"score": 0}}})
    rows = make_rows(runs, "reject", ("accept", {"heldout": held, "controls": arms}), alone)
    heads = [fold_all(rows[: n + 1], make_spec()) for n in range(4)]
    floor = (0.5, 0.6, 0.7)
    assert [head and head.noise for head in heads] == [floor, floor, floor, ()]


def test_only_a_baseline_says_which_eval_the_head_is_judged_by(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    for verdict, judged in (("accept", (1, "h1")), ("keep", (1, "h1")), ("baseline", (2, "h2"))):
        head = fold_all(make_rows("baseline", (verdict, {"eval": H2})), make_spec())
        assert head is not None
        assert (head.eval_version, head.eval_heldout) == judged


def test_what_was_tried_before_a_reset_is_known_after_an_accept_and_a_second_reset(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    warm, cold = ("reject", {"hypothesis": "warm"}), ("accept", {"hypothesis": "cold"})
    rows = make_rows("baseline", warm, None, cold, None, warm)
    heads = [fold_all(rows[: n + 1], make_spec()) for n in range(3, 6)]
    assert [head and head.lines for head in heads] == [
        {"train": LineState(tried=("cold",), earlier=("warm",))},
        {"train": LineState(earlier=("warm", "cold"))},
        {"train": LineState(stall=1, tried=("warm",), earlier=("warm", "cold"))},
    ]
    assert [head and head.resets for head in heads] == [{"h1": 1}, {"h1": 2}, {"h1": 2}]


@pytest.mark.parametrize(
    ("verdict", "kind"), [("steady", "check"), ("error", "check"), ("error", "confirm")]
)
def test_a_check_of_what_is_there_neither_adds_nor_clears_errors(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    verdict: str,
    kind: str,
) -> None:
    boom = {"error": Failure(fingerprint="boom", log_tail="")}
    rows = make_rows("baseline", ("error", boom), (verdict, boom | {"kind": kind}))
    head = fold_all(rows, make_spec())
    assert head is not None
    assert head.errors == ("boom",)

from collections.abc import Callable

import pytest

from runner.core.canonical import canonical, digest
from runner.core.row import EvalRef, Host, Isolation, Reset, Row
from runner.ledger.chain import link, run_id
from runner.ledger.fold import fold, fold_all
from runner.ledger.reset import (
    PARTS,
    Stamp,
    changed,
    eval_part,
    reset_digest,
    reset_reason,
    reset_row,
)
from runner.spec.model import Spec


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"surface": ["a.md"]}, ("surface",)),
        ({"make": {"kind": "toy_maker", "with": {"lr": 0.2}}}, ("make",)),
        ({"propose": {"kind": "none"}}, ("propose",)),
        ({"hypotheses": [{"id": "new"}]}, ("hypotheses",)),
        ({"gate": {"primary": "score", "min_delta": 0.1}}, ("gate",)),
        ({"stop": {"patience": 4}}, ("gate",)),
        ({"check": {"eval": "other"}}, ("eval",)),
        ({"description": "words"}, ()),
        ({"budget": {"usd": 9}}, ()),
        ({"stop": {"max_iterations": 9}}, ()),
        ({"skip": [{"id": "warm", "why": "no"}]}, ()),
        ({"seed": 3}, ()),
        ({"gate": {"primary": "score", "worth": 0.05}}, ()),
        ({"propose": {"kind": "queue"}}, ()),
        ({"stop": {"patience": 3}}, ()),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else None,
)
def test_only_something_new_changes_the_digest_and_is_named(
    make_spec: Callable[..., Spec], change: dict[str, object], parts: tuple[str, ...]
) -> None:
    before = reset_digest(make_spec(), "e")
    assert changed(before, reset_digest(make_spec(**change), "e")) == parts


def test_a_new_eval_is_something_new(make_spec: Callable[..., Spec]) -> None:
    spec = make_spec()
    assert changed(reset_digest(spec, "e"), reset_digest(spec, "f")) == ("eval",)


def test_the_order_of_the_surface_is_nothing_new(make_spec: Callable[..., Spec]) -> None:
    one, other = make_spec(surface=["a", "b"]), make_spec(surface=["b", "a"])
    assert reset_digest(one, "") == reset_digest(other, "")


def test_a_digest_of_another_shape_differs_in_everything(make_spec: Callable[..., Spec]) -> None:
    assert changed("d" * 64, reset_digest(make_spec(), "")) == PARTS


def test_the_reason_names_what_changed(make_spec: Callable[..., Spec]) -> None:
    spec = make_spec()
    new = make_spec(hypotheses=[{"id": "new"}], gate={"primary": "score", "worth": 0.1})
    before, after = reset_digest(spec, ""), reset_digest(new, "")
    assert reset_reason(before, after) == "something new was injected: hypotheses, gate changed"
    assert reset_reason(after, after) is None


def test_a_reset_row_follows_the_head_and_moves_nothing(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    head = fold_all(make_rows("baseline", ("keep", {"surface": {"a.md": "1"}}), "reject"), spec)
    assert head is not None
    stamp = Stamp(
        spec="t" * 64,
        reset_digest="x",
        eval=EvalRef(id="toy", version=1, heldout="h1"),
        eval_digest="e",
        code="c",
        isolation=Isolation(level="open", probe=""),
        host=Host(device="cpu", versions={}),
        at="2026-01-01T00:00:00Z",
    )
    row = link(reset_row(head, reason="new data", seed=17, stamp=stamp), head)
    assert row == Row(
        number=3,
        kind="reset",
        run=run_id(spec="t" * 64, eval_digest="e", last=head.last, number=3),
        prev=head.last,
        spec="t" * 64,
        reset_digest="x",
        eval=stamp.eval,
        code="c",
        line="main",
        seed=17,
        parent="c1",
        incumbent="c0",
        verdict=None,
        reason="new data",
        surface={"a.md": "1"},
        reset=Reset(reason="new data"),
        isolation=stamp.isolation,
        host=stamp.host,
        started="2026-01-01T00:00:00Z",
        finished="2026-01-01T00:00:00Z",
    )
    after = fold(head, row, spec)
    assert (after.incumbent, after.working, after.surface) == ("c0", "c1", head.surface)
    assert (after.reset_digest, after.lines, after.resets) == ("x", {}, {"h1": 1})
    assert after.recent == head.recent


def test_the_digest_of_a_spec_is_the_same_in_every_version(
    make_spec: Callable[..., Spec],
) -> None:
    text = make_spec(surface=["b.md", "a.md"], gate={"primary": "loss"})
    hypotheses = [
        {"id": "warm", "line": "train", "with": {"net": {"depth": 3}}},
        {"id": "cold", "line": "train"},
        {"id": "vote", "line": "infer", "with": {"members": [1, 2]}},
    ]
    parts = [
        ["a.md", "b.md"],
        {"kind": "toy_maker", "with": {"lr": 0.1, "net": {"depth": 2, "width": 8}}},
        None,
        hypotheses,
        [{"primary": "loss"}, 3],
        ["e", {"eval": "toy"}],
    ]
    assert reset_digest(text, "e") == "-".join(digest(canonical(part))[:16] for part in parts)


def test_the_part_of_the_eval_is_told_from_those_of_the_spec() -> None:
    assert eval_part("a-b-c-d-e-f") == "f"
    assert eval_part("d" * 64) == ""
    assert eval_part("a b c d e f") == ""

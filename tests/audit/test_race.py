"""Where the run of a superseded row set out from."""

from collections.abc import Iterator, Sequence
from typing import overload

from runner.audit.declared import set_out
from runner.audit.ledger import Leaf
from runner.audit.step import Declaration, Step
from runner.core.head import Head
from runner.core.row import EvalRef, Host, Isolation, Row
from runner.ledger.chain import run_id

LOST, ROWS = 900, 1_000


class Watched(Sequence[Step]):
    """Steps that remember how many of them were looked at."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps, self.looks = tuple(steps), 0

    @overload
    def __getitem__(self, at: int) -> Step: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Step]: ...
    def __getitem__(self, at: int | slice) -> Step | Sequence[Step]:
        found = self.steps[at]
        self.looks += 1 if isinstance(at, int) else len(self.steps[at])
        return found

    def __iter__(self) -> Iterator[Step]:
        self.looks += len(self.steps)
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def step(number: int, *, planned: int | None = None) -> Step:
    """A row whose run was planned as row `planned`, by default as its own."""
    first = number if planned is None else planned
    row = Row(
        number=number,
        kind="iteration",
        run=run_id(spec="s", eval_digest="e", last=f"r{first - 1}" if first else "", number=first),
        prev=f"r{number - 1}",
        spec="s",
        reset_digest="d",
        eval=EvalRef(id="toy", version=1, heldout="h"),
        code="c",
        line="main",
        seed=number,
        verdict="reject" if planned is None else "superseded",
        reason="",
        isolation=Isolation(level="open", probe=""),
        host=Host(device="cpu", versions={}),
        started="2026-01-01T00:00:00Z",
        finished="2026-01-01T00:01:00Z",
    )
    before = Head.model_construct(number=number - 1, last=f"r{number - 1}") if number else None
    leaf = Leaf(number=number, path="", data=b"", row=row)
    declared = Declaration.__new__(Declaration)
    object.__setattr__(declared, "eval_digest", "e")
    return Step(leaf=leaf, row=row, before=before, after=None, declared=declared)


def test_a_lost_race_is_found_just_before_its_row_however_many_there_are() -> None:
    found = Watched([step(number) for number in range(ROWS)])
    assert set_out(step(LOST, planned=LOST - 2), found) is found.steps[LOST - 2]
    assert found.looks == 3


def test_a_run_of_no_recorded_past_set_out_from_none() -> None:
    found = Watched([step(number) for number in range(4)])
    assert set_out(step(3, planned=9), found) is None


def test_the_first_row_can_have_lost_to_the_second() -> None:
    found = Watched([step(number) for number in range(4)])
    assert set_out(step(3, planned=0), found) is found.steps[0]


def test_a_row_whose_number_is_beyond_all_others_set_out_from_where_it_did() -> None:
    found = Watched([step(number) for number in range(4)])
    assert set_out(step(9, planned=2), found) is found.steps[2]

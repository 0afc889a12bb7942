"""`transfer`: does a text that was accepted with one model help others, too?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.core.build import MisfitError, build
from runner.core.errors import LoopError
from runner.core.row import Interval, Row
from runner.core.score import cost_of
from runner.core.trial import Trial
from runner.gate.aggregate import Direction, case_means
from runner.gate.interval import bca
from runner.gate.pair import pair
from runner.gate.significance import binomial
from runner.iteration.parts import Declared
from runner.lm.reach import require_there
from runner.wiring.agent import acted_by, own_of, words
from runner.wiring.data import open_eval
from runner.wiring.declare import declare
from runner.wiring.house import House
from runner.wiring.look import row
from runner.wiring.model import declared_model
from runner.wiring.table import CHECKERS, load


class TransferError(LoopError):
    """A loop whose candidates no other model can be asked with."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What one model makes of both texts, on dev.

    Attributes:
        model: Its declaration, in words.
        before: Mean score with the baseline's text; `after` with the row's.
        interval: BCa 95 % interval of the mean difference; None where nothing differs.
        wins: Clusters of cases on which the row's text is better; `losses` on which it is worse.
        p: Exact one-sided p-value of wins against losses; one model is one look, told uncorrected.
        left_out: Cases that the model did not answer, with either text.
    """

    model: str
    before: float
    after: float
    interval: Interval | None
    wins: int
    losses: int
    p: float
    left_out: int
    usd: float


@dataclass(frozen=True, slots=True)
class Table:
    """A text's scores by model; the loop's own model is first.

    Attributes:
        n: Cases of dev; the held-out split is not looked at.
    """

    row: int
    metric: str
    n: int
    models: tuple[Transferred, ...]


def transfer(
    house: House, name: str, number: int | None, *, models: Sequence[Mapping[str, Any]]
) -> Table:
    """Score a row's text, and the baseline's, with each model on the dev cases.

    Args:
        house: The repository.
        name: The loop.
        number: The row; None takes the incumbent's.
        models: Declarations of further models; the eval's own is always asked, too.

    Raises:
        TransferError: the loop edits no text, or its checker asks no model.
        LoopError: a text is not on this machine, or a model cannot be asked.
    """
    declared = declare(house.repo.top, name)
    own = _own(declared)
    first, chosen = _rows(house, name, number)
    texts = [_surface(house, declared, each) for each in (first, chosen)]
    data = open_eval(house.repo.top, declared.evaluation.eval)
    dev = data.split("dev")
    if dev is None:
        raise TransferError(f"eval {declared.evaluation.eval} has no dev cases to transfer on")
    cases = [dict(case.data) for case in dev.cases]
    asked = [own, *(model for model in models if model != own)]
    metric = declared.spec.gate.primary.partition("@")[0]
    players = [_player(house, declared, model) for model in asked]  # all, before any is paid
    found = [
        _compared(house, declared, player, texts, cases=cases, metric=metric) for player in players
    ]
    return Table(row=chosen.number, metric=metric, n=len(cases), models=tuple(found))


def _rows(house: House, name: str, number: int | None) -> tuple[Row, Row]:
    """Return the baseline that the chosen row was measured from, and the chosen row."""
    last = row(house, name, None)
    rows = [row(house, name, each) for each in range(last.number + 1)]
    accepted = [each for each in rows if each.verdict in {"accept", "baseline"}]
    chosen = rows[number] if number is not None and 0 <= number < len(rows) else None
    if number is None and accepted:
        chosen = accepted[-1]
    if chosen is None or chosen.candidate is None:
        which = "" if number is None else f" {number}"
        raise TransferError(f"loop {name} has no row{which} with a candidate")
    before = [each for each in rows[: chosen.number + 1] if each.verdict == "baseline"]
    if not before:
        raise TransferError(f"loop {name} has no baseline that row {chosen.number} came from")
    return before[-1], chosen


def _own(declared: Declared) -> Mapping[str, Any]:
    """Return the declaration of the model that the eval asks."""
    if not declared.spec.surface:
        raise TransferError(f"loop {declared.spec.loop} edits no text; a model is not transferred")
    kind = declared.evaluation.checker
    plug_in = CHECKERS.get(kind) if isinstance(kind, str) else None
    if plug_in is None or plug_in.score is None:
        known = ", ".join(name for name, each in CHECKERS.items() if each.score)
        raise TransferError(f"only a checker that asks a model can ask another: {known}")
    own = own_of(declared.evaluation.with_)
    if own is None:
        name = declared.evaluation.eval
        raise TransferError(
            f"eval {name} names no agent: its candidates act themselves, by weights"
        )
    return own


def _surface(house: House, declared: Declared, found: Row) -> dict[str, str]:
    store, candidate = house.store, found.candidate or ""
    if not store.has(candidate):
        raise TransferError(
            f"candidate {candidate[:12]} of row {found.number} is not on this machine; "
            "transfer where it was made"
        )
    entries = store.manifest(candidate).files
    return {
        entry.path: store.get_blob(entry.sha256).decode(errors="replace")
        for entry in entries
        if entry.path in declared.spec.surface
    }


@dataclass(frozen=True, slots=True)
class _Player:
    """Somebody who can be asked: a model's name in words, and the checker's parameters."""

    name: str
    params: object


def _player(house: House, declared: Declared, model: Mapping[str, Any]) -> _Player:
    """Return a model with what asking it takes, once it is seen to be there."""
    plug_in = CHECKERS[str(declared.evaluation.checker)]
    with_ = acted_by(declared.evaluation.with_, model)
    try:
        params = build(load(plug_in.params), with_)
    except MisfitError as err:
        raise TransferError(
            f"{words(model)} cannot act in eval {declared.evaluation.eval}: {err}"
        ) from err
    known = declared_model(model)
    if known is not None:
        require_there(known, folder=declared.folder, environ=house.environment.variables)
    return _Player(words(model), params)


def _compared(
    house: House,
    declared: Declared,
    player: _Player,
    texts: Sequence[Mapping[str, str]],
    *,
    cases: Sequence[Mapping[str, Any]],
    metric: str,
) -> Transferred:
    plug_in = CHECKERS[str(declared.evaluation.checker)]
    port = load(str(plug_in.score))(
        player.params, folder=declared.folder, environ=house.environment.variables, cells=None
    )
    with port as score:
        arms = [tuple(score(text, cases)) for text in texts]
    direction = declared.evaluation.metrics[metric].direction
    return _summed(player.name, arms, metric=metric, direction=direction)


def _summed(
    model: str, arms: Sequence[Sequence[Trial]], *, metric: str, direction: Direction
) -> Transferred:
    scores = [[trial.score for trial in arm] for arm in arms]
    before, after = (case_means(arm, key=metric, on_error=0) for arm in scores)
    both = sorted(before.keys() & after.keys())
    if not both:
        raise TransferError(f"{model} answered no case with both texts")
    old, new = ([score for score in arm if score.case in both] for arm in scores)
    paired = pair(new, old, key=metric, direction=direction, on_error=0, expected={})
    return Transferred(
        model=model,
        before=sum(before[case] for case in both) / len(both),
        after=sum(after[case] for case in both) / len(both),
        interval=bca(paired.differences, cases=paired.cases, seed=0),
        wins=paired.wins,
        losses=paired.losses,
        p=binomial(paired.wins, paired.losses),
        left_out=len(before.keys() | after.keys()) - len(both),
        usd=round(sum(cost_of(arm).usd for arm in scores), 6),
    )

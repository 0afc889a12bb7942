"""Cohorts: whether the score of the rows predicts what training on them is worth."""

from collections.abc import Sequence
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from runner.core.frozen import Frozen
from runner.report.escape import escape
from runner.report.estimate import Estimate, Scored, apart, difference, estimate
from runner.report.experience.cell import changed, estimated
from runner.report.number import score, span
from runner.report.table import table


class Cohort(Frozen):
    """One way of choosing rows, and the model that was trained on them.

    Attributes:
        name: `high`, `low`, `random`, `strict`.
        equal: What all cohorts of its comparison have the same number of.
        rows: Conversations trained on; of several seeds, their mean.
        tokens: Tokens that the loss was taken of; of several seeds, their mean.
        own_partial: Mean partial score of its rows, in [0, 1]: known before anything is trained.
        seeds: Trainings behind the score; each is a repetition of every case.
        partial: What the trained model scores, higher is better.
        gain: The same less the base's score, case by case.
    """

    name: str
    equal: Literal["rows", "tokens"]
    rows: NonNegativeInt
    tokens: NonNegativeInt
    own_partial: float
    seeds: PositiveInt = 1
    partial: Estimate
    gain: Estimate


class Gap(Frozen):
    """Two cohorts of one comparison side by side.

    Attributes:
        partials: Score of the first and of the second.
        difference: First less second, case by case.
        apart: Whether the intervals of the two scores share no point.
    """

    equal: Literal["rows", "tokens"]
    first: str
    second: str
    partials: tuple[Estimate, Estimate]
    difference: Estimate
    apart: bool


def gap(
    equal: Literal["rows", "tokens"],
    first: tuple[str, Sequence[Scored]],
    second: tuple[str, Sequence[Scored]],
    *,
    seed: int = 0,
) -> Gap:
    """Compare two cohorts.

    Args:
        equal: What both have the same number of.
        first: Name of a cohort, and what the model that was trained on it scored.
        second: Likewise.
        seed: Of the intervals.

    Raises:
        ReportError: their models share no case.
    """
    partials = estimate(first[1], seed=seed), estimate(second[1], seed=seed)
    return Gap(
        equal=equal,
        first=first[0],
        second=second[0],
        partials=partials,
        difference=difference(first[1], second[1], seed=seed),
        apart=apart(*partials),
    )


def cohort_table(cohorts: Sequence[Cohort]) -> str:
    """Return a row per cohort; "" without one."""
    header = ("cohort", "equal", "rows", "tokens", "score of its rows", "trained (95 %)")
    rows = [
        (
            escape(each.name),
            each.equal,
            str(each.rows),
            str(each.tokens),
            score(each.own_partial),
            estimated(each.partial),
            changed(each.gain),
            str(each.seeds),
        )
        for each in cohorts
    ]
    return table((*header, "less the base (95 %)", "seeds"), rows)


def gap_words(found: Gap) -> str:
    """Say what two cohorts of one size are worth, and whether that is sure."""
    sure = "do not touch" if found.apart else "touch"
    bounds = " and ".join(span(each.interval) for each in found.partials)
    return (
        f"At equal {found.equal}, {escape(found.first)} less {escape(found.second)} is"
        f" {changed(found.difference)}; the intervals of their scores, {bounds}, {sure}."
    )

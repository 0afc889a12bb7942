"""A monitor's check: has what was measured once dropped since, beyond what chance may do in a year.

The level of a check follows from how many a year can hold, by Bonferroni: that bounds false alarms
however much the checks have in common, and they do, since each compares with the same reference. A
test that adds up evidence from check to check would count the reference's luck at every one.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runner.core.receipt import VerdictReceipt
from runner.core.row import GateNumbers, Interval, Look, Verdict
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.aggregate import case_means
from runner.gate.declaration import direction_of
from runner.gate.errors import GateError
from runner.gate.heldout import heldout_scores, key_penalty
from runner.gate.interval import bca
from runner.gate.level import LOSS
from runner.gate.pair import Paired, pair
from runner.gate.power import mde, mde_graded
from runner.gate.receipt import Opened, shown_scores
from runner.gate.significance import evidence
from runner.gate.unpaired import Unpaired, loss, units
from runner.spec.model import Spec

SLACK: Final = 0.9
"""Share of `every_days` after which a check is due: no cron job comes to the minute."""
YEAR_DAYS: Final = 365.25
COMMON: Final = 0.5
"""Share of the reference's cases that must be there still for a comparison case by case."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a check is asked.

    Attributes:
        opened: Arms `candidate`, as scored today, and `incumbent`, as scored for the reference.
        drifted: A drift was seen before and not seen to end.
        looks: Looks spent on these cases before.
        reference: Number of the row that the reference was measured for.
    """

    spec: Spec
    eval: Eval
    opened: Opened
    drifted: bool
    looks: int
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What was seen of today's scores beside the reference's.

    Attributes:
        paired: Case by case; else other cases were compared as two sets.
        n: Units compared: clusters of the cases that both have, or today's.
        d: Mean of today less mean of the reference, higher is better.
        p: One-sided p-value of a loss.
        wins: Units that are better today; 0 unless paired, as `losses`.
        least: Smallest true drop seen with 80 % power at the level, or None.
    """

    paired: bool
    n: int
    d: float
    p: float
    wins: int = 0
    losses: int = 0
    interval: Interval | None
    least: float | None


def level_of(spec: Spec) -> float:
    """Return the level of one check of a monitor, in (0, 0.05].

    Checks lie at least `SLACK * every_days` apart, so that a year holds at most so many; they share
    `false_alarms` evenly.
    """
    watch = spec.watching
    most = math.floor(YEAR_DAYS / (SLACK * watch.every_days)) + 1
    return min(LOSS, watch.false_alarms / most)


def watched(asked: Watched) -> VerdictReceipt:
    """Return whether a drop shows: `drifted`, else `steady`; `error` where nothing can be told.

    A drift begins with a drop of at least `gate.min_delta` at the level of one check. It goes on
    until a drop does not even show at 0.05, so that a model at the edge is one drift and not ten.
    """
    try:
        drop = _seen(asked)
    except GateError as err:
        return VerdictReceipt(verdict="error", reason=str(err))
    if isinstance(drop, str):
        return VerdictReceipt(verdict="error", reason=drop)
    numbers = _numbers(asked, drop)
    arms = asked.opened.arms
    scores = heldout_scores(arms["candidate"], arms["incumbent"], eval_=asked.eval)
    verdict = word(numbers, min_delta=asked.spec.gate.min_delta, drifted=asked.drifted)
    return VerdictReceipt(
        verdict=verdict,
        reason=_reason(asked, drop, verdict),
        heldout=shown_scores(asked.eval, scores),
        gate=numbers,
        look=Look(spent=True),
    )


def word(numbers: GateNumbers, *, min_delta: float, drifted: bool) -> Verdict:
    """Return the verdict that the numbers of a check lead to; NaN is steady, and refused before."""
    if not (numbers.d < 0 and numbers.p <= numbers.alpha):
        return "steady"
    return "drifted" if drifted or -numbers.d >= min_delta else "steady"


def _seen(asked: Watched) -> Drop | str:
    """Return what was seen of a drop, or why nothing was."""
    now, then = asked.opened.arms["candidate"], asked.opened.arms["incumbent"]
    today = set(asked.opened.expected) or {line.case for line in now}
    before = {line.case for line in then}
    if not today:
        return "the checker wrote no case"
    if not asked.opened.expected and today < before:
        today = before  # a checker that keeps cases of its own has left some out
    common = today & before
    if len(common) >= COMMON * len(before):
        return _paired(asked, _only(now, common), _only(then, common))
    return _unpaired(asked)


def _only(lines: Sequence[CaseScore], cases: set[str]) -> list[CaseScore]:
    return [line for line in lines if line.case in cases]


def _paired(asked: Watched, now: Sequence[CaseScore], then: Sequence[CaseScore]) -> Drop | str:
    ids = {line.case for line in then}
    slices = {line.case: line.slices for line in then}
    slices |= {name: own for name, own in asked.opened.expected.items() if name in ids}
    compared = pair(
        now,
        then,
        key=asked.spec.gate.primary,
        direction=direction_of(asked.eval, asked.spec.gate.primary),
        on_error=asked.eval.on_error,
        expected=slices,
    )
    if compared.missing > asked.eval.max_infra_fail:
        return (
            f"{compared.missing:.3g} of the reference's cases have no score of {compared.key}; at "
            f"most {asked.eval.max_infra_fail:g} may be missing (max_infra_fail)"
        )
    if not compared.finite:
        return f"no case has a score of {compared.key} that is a number"
    return Drop(
        paired=True,
        n=compared.n,
        d=compared.mean,
        p=evidence(compared).loss,
        wins=compared.wins,
        losses=compared.losses,
        interval=bca(compared.differences, cases=compared.cases, seed=asked.spec.seed),
        least=_mde(compared, _level(asked)),
    )


def _mde(compared: Paired, level: float) -> float | None:
    if not compared.graded:
        churn = (compared.wins + compared.losses) / compared.n
        return mde(compared.n, alpha=level, churn=churn)
    spread = statistics.pstdev(compared.differences) * compared.n / compared.cases
    return mde_graded(compared.n, alpha=level, spread=spread)


def _unpaired(asked: Watched) -> Drop | str:
    key = asked.spec.gate.primary
    arms = [asked.opened.arms[name] for name in ("candidate", "incumbent")]
    expected = asked.opened.expected
    missing = 1 - len({line.case for line in arms[0]}) / len(expected) if expected else 0.0
    if missing > asked.eval.max_infra_fail:
        return f"{missing:.3g} of the cases have no score"
    sign = 1 if direction_of(asked.eval, key) == "max" else -1
    worst = key_penalty([*arms[0], *arms[1]], key=key, eval_=asked.eval)
    now, then = (units(case_means(arm, key=key, on_error=worst), arm, sign=sign) for arm in arms)
    if not now or not then or not all(map(math.isfinite, (*now, *then))):
        return f"no case has a score of {key} that is a number"
    sides = Unpaired(now, then)
    return Drop(
        paired=False,
        n=len(now),
        d=sides.mean,
        p=loss(sides, level=_level(asked), seed=asked.spec.seed + asked.looks),
        interval=sides.interval(),
        least=sides.mde(_level(asked)),
    )


def _level(asked: Watched) -> float:
    return LOSS if asked.drifted else level_of(asked.spec)


def _numbers(asked: Watched, drop: Drop) -> GateNumbers:
    return GateNumbers(
        n=drop.n,
        wins=drop.wins,
        losses=drop.losses,
        d=drop.d,
        interval=drop.interval,
        p=drop.p,
        alpha=_level(asked),
        looks=asked.looks + 1,
        mde=drop.least,
        guards={},
    )


def _reason(asked: Watched, drop: Drop, verdict: Verdict) -> str:
    spread = ""
    if drop.interval is not None:
        spread = f", 95 % interval {drop.interval[0]:+.3f} to {drop.interval[1]:+.3f}"
    said = _WORDS[verdict, asked.drifted]
    how = "cases, one by one" if drop.paired else "cases, other than the reference's"
    return (
        f"{said} against row {asked.reference}: {asked.spec.gate.primary} {drop.d:+.4f} ({drop.n} "
        f"{how}{spread}; p of a loss {drop.p:.4g} at level {_level(asked):.4g})"
    )


_WORDS: dict[tuple[Verdict, bool], str] = {
    ("steady", False): "no drop shows",
    ("steady", True): "the drop does not show any more",
    ("drifted", False): "a drop shows",
    ("drifted", True): "the drop still shows",
}

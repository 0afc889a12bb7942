"""Distribution shift with a direction: did a metric move further than it may?"""

import math
from dataclasses import replace
from typing import Literal

from runner.gate.aggregate import split_key
from runner.gate.check.answer import Answer, skipped
from runner.gate.guard import FEWEST
from runner.gate.level import LOSS
from runner.gate.pair import Paired, pair
from runner.gate.question import Question
from runner.gate.significance import sign_flip
from runner.spec.gate_check import Shift

GRID = 0.01  # of the incumbent's mean: finer steps of, say, a length decide nothing
_Way = Literal["rise", "fall"]


def check_shift(question: Question, key: str, allowed: Shift) -> list[Answer]:
    """Hold a metric's paired values against the bound, one answer per direction that has one.

    The unit is the case's excess over the bound: `candidate - (1 + rise) * incumbent`, and for a
    fall `(1 - fall) * incumbent - candidate`. Broken is a mean excess above 0 that the exact
    sign-flip test tells from chance at 0.05; below 5 units the mean alone decides, as for guards.
    So a shift of exactly the allowed size is taken for a larger one in at most about 5 % of looks.

    Only cases that both arms answered count: a case that broke has no habit to compare.
    """
    both = _answered(question, key)
    if both is None:
        return [skipped(f"too many answered cases have no {key}")]
    found = []
    if allowed.rise is not None:
        found.append(_against(both, key, way="rise", bound=1 + allowed.rise))
    if allowed.fall is not None:
        found.append(_against(both, key, way="fall", bound=1 - allowed.fall))
    return found


def _against(both: Question, key: str, *, way: _Way, bound: float) -> Answer:
    metric, _ = split_key(key)
    before, after = (
        math.fsum(line.metrics[metric] for line in arm) / len(arm)
        for arm in (both.incumbent, both.candidate)
    )
    if any(line.metrics[metric] < 0 for line in both.incumbent):
        return skipped(f"{key} is below 0, where no share of it can be allowed")
    excess = _excess(both, key, way=way, bound=bound)
    seen = f"{key} {after:.4g} against {before:.4g}, {bound:g} times allowed"
    if _over(excess, scale=before):
        return Answer("broken", f"{key} {_PAST[way]} further than allowed", seen)
    return Answer("holds", f"{key} stays where it may", seen)


_PAST: dict[_Way, str] = {"rise": "rose", "fall": "fell"}


def _over(excess: Paired, *, scale: float) -> bool:
    """Say whether the excess is above 0 beyond chance; a value that is no number is."""
    if not excess.finite:
        return True
    if not excess.mean > 0:
        return False
    step = GRID * (scale or max(map(abs, excess.differences)))
    units = [round(difference / step) for difference in excess.differences]
    return excess.n < FEWEST or sign_flip(units).gain <= LOSS


def _excess(both: Question, key: str, *, way: _Way, bound: float) -> Paired:
    metric, _ = split_key(key)
    scaled = [
        line.model_copy(update={"metrics": {metric: bound * line.metrics[metric]}})
        for line in both.incumbent
    ]
    return pair(
        both.candidate,
        scaled,
        key=key,
        direction="max" if way == "rise" else "min",
        on_error=0,
        expected=both.expected,
    )


def _answered(question: Question, key: str) -> Question | None:
    """Return the question on the cases that both arms answered; None if too many lack the key."""
    metric, _ = split_key(key)
    arms = (question.candidate, question.incumbent)
    there = [{line.case for line in arm} for arm in arms]
    silent = [{line.case for line in arm if metric not in line.metrics} for arm in arms]
    broken = {line.case for arm in arms for line in arm if line.failed}
    wanted = _cases(question, key) - broken - (silent[0] & silent[1])
    common = (wanted & there[0] & there[1]) - silent[0] - silent[1]
    if not common or len(common) < len(wanted) * (1 - question.eval.max_infra_fail):
        return None
    ours, theirs = ([line for line in arm if line.case in common] for arm in arms)
    expected = {case: names for case, names in question.expected.items() if case in common}
    return replace(question, candidate=ours, incumbent=theirs, expected=expected)


def _cases(question: Question, key: str) -> set[str]:
    _, name = split_key(key)
    lines = (*question.candidate, *question.incumbent)
    slices = question.expected or {line.case: line.slices for line in lines}
    return {case for case, names in slices.items() if not name or name in names}

"""`kind: scalar`: one number per training run, such as a validation loss.

The training seed is the unit: the noise floor is the spread of the baseline's re-runs under k
seeds, and a candidate is measured against it with Student's t (k - 1 degrees of freedom).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from runner.core.row import GateNumbers, Look
from runner.core.score import CaseScore
from runner.gate.aggregate import aggregate
from runner.gate.compare import UNMEASURED, ahead_on_dev, compare, measured, shorter
from runner.gate.declaration import direction_of, require_min_delta
from runner.gate.errors import GateError
from runner.gate.guard import all_hold, guard_states
from runner.gate.heldout import heldout_scores, key_penalty
from runner.gate.level import LOSS
from runner.gate.paired import void
from runner.gate.question import Decision, Question
from runner.gate.rule import Finding, Outcome, outcome
from runner.gate.wording import broken_guards
from runner.spec.gate_check import Checks


def runs(scores: Sequence[CaseScore], *, key: str, on_error: float) -> tuple[float, ...]:
    """Return one number per run: lines with the same `rep` come from the same training seed."""
    reps = sorted({score.rep for score in scores})
    return tuple(
        aggregate([s for s in scores if s.rep == rep], key=key, on_error=on_error) for rep in reps
    )


def decide_scalar(question: Question) -> Decision:
    """Accept a gain of at least `min_delta` that stands out of the noise floor.

    Raises:
        GateError: `min_delta` is 0, fewer than two baseline re-runs, or malformed scores.
    """
    require_min_delta(question.gate, graded=True)
    if question.gate.checks != Checks():
        raise GateError("gate.checks: kind scalar has no cases to check; leave the checks out")
    if len(question.noise) < 2:  # noqa: PLR2004 - one run has no spread
        raise GateError(
            f"kind: scalar needs at least 2 baseline re-runs for its noise floor, found "
            f"{len(question.noise)}; gate.seeds asks for {question.gate.seeds}"
        )
    for arm in (question.candidate, question.incumbent):
        missing = void(question, compare(replace(question, candidate=arm, incumbent=arm)))
        if missing is not None:  # each arm against itself: arms may differ in their number of seeds
            return missing
    ours, theirs = _arms(question)
    floor = statistics.stdev(question.noise)
    gain = _oriented(question, math.fsum(ours) / len(ours) - math.fsum(theirs) / len(theirs))
    if not math.isfinite(gain) or not math.isfinite(floor):
        reason = f"a value of {question.gate.primary} is not a number"
        return Decision("reject", reason, reason, None, {}, Look(spent=True))
    error = floor * math.sqrt(1 / len(ours) + 1 / len(theirs))
    return _decision(question, gain=gain, error=error, n=len(ours))


def _decision(question: Question, *, gain: float, error: float, n: int) -> Decision:
    freedom = len(question.noise) - 1
    p = student_upper(gain / error, freedom) if error > 0 else 1.0
    numbers = GateNumbers(
        n=n,
        wins=int(gain > 0),
        losses=int(gain < 0),
        d=gain,
        interval=None,
        p=p,
        alpha=question.alpha,
        looks=question.looks + 1,
        mde=None,
        guards=guard_states(question),
    )
    verdict, why = _judge(question, numbers, error)
    detail = (
        f"{why}: {question.gate.primary} {gain:+.4g} (higher is better) against a noise of "
        f"{error:.3g} from {len(question.noise)} baseline seeds; p = {p:.4g} at level "
        f"{question.alpha:.4g}, look {numbers.looks}"
    )
    claimed = verdict == "accept"
    found = heldout_scores(question.candidate, question.incumbent, eval_=question.eval)
    reaches = not claimed and gain + 2 * error >= question.gate.worth
    look = Look(spent=True, underpowered=reaches)
    return Decision(verdict, detail if claimed else why, detail, numbers, found, look)


def _judge(question: Question, numbers: GateNumbers, error: float) -> tuple[Outcome, str]:
    if not all_hold(numbers.guards):
        return "reject", broken_guards(numbers.guards)
    if not measured(question):
        return "reject", UNMEASURED
    if shorter(question) and numbers.d == 0:
        return "accept", "equal score with a shorter surface; no gain is claimed"
    if not error > 0:
        return "reject", (
            "the baseline's re-runs are identical, so there is no noise floor (zero width); let "
            "the seed reach the training, or use kind: paired"
        )
    finding = Finding(
        d=numbers.d,
        gain=numbers.p,
        loss=1 - numbers.p,
        ahead=ahead_on_dev(question),
        guarded=True,
    )
    verdict = outcome(finding, alpha=numbers.alpha, min_delta=question.gate.min_delta)
    return verdict, _WORDS[verdict]


_WORDS: dict[Outcome, str] = {
    "accept": "the candidate stands out of the noise between training seeds",
    "keep": f"ahead on dev and no loss at {LOSS:g}; work goes on from it, nothing claimed",
    "reject": "no gain beyond the noise between training seeds",
}


def student_upper(t: float, freedom: int) -> float:
    """Return P(T >= t) of Student's t for whole degrees of freedom, in closed form.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan2(t, math.sqrt(freedom))
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for step in range(1 if odd else 0, freedom - 1, 2):
        total += term
        term *= cosine**2 * (step + 1) / (step + 2)
    share = math.sin(angle) * total
    inside = (angle + share) * 2 / math.pi if odd else share
    return min(1.0, max(0.0, (1 - inside) / 2))


def _arms(question: Question) -> tuple[tuple[float, ...], tuple[float, ...]]:
    both = (*question.candidate, *question.incumbent)
    worst = key_penalty(both, key=question.gate.primary, eval_=question.eval)
    ours, theirs = (
        runs(arm, key=question.gate.primary, on_error=worst)
        for arm in (question.candidate, question.incumbent)
    )
    return ours, theirs


def _oriented(question: Question, step: float) -> float:
    higher = direction_of(question.eval, question.gate.primary) == "max"
    return round(step if higher else -step, 12)

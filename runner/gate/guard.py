"""Conditions beside the primary metric that an accept or keep must meet."""

import math
from collections.abc import Sequence
from dataclasses import replace

from runner.core.score import CaseScore
from runner.gate.aggregate import Direction, aggregate, keys, penalty, split_key
from runner.gate.level import LOSS
from runner.gate.pair import Paired, pair
from runner.gate.question import GuardState, Question
from runner.gate.significance import evidence
from runner.spec.model import Guard

CRITICAL = "critical"
FEWEST = 5  # below it no drop can be significant at 0.05, and the point estimate decides


def guard_states(question: Question) -> dict[str, GuardState]:
    """Evaluate every guard of the gate, and `critical` if the eval names critical cases.

    A metric that the candidate does not report is `not_evaluated`, which is not a pass: a check
    that did not run protects nobody.
    """
    states = {key: _state(key, guard, question) for key, guard in question.gate.guards.items()}
    if question.eval.critical:
        states[CRITICAL] = _critical(question)
    return dict(sorted(states.items()))


def all_hold(states: dict[str, GuardState]) -> bool:
    """Say whether no guard is broken and none was skipped."""
    return all(state == "holds" for state in states.values())


def capped(key: str, guard: Guard, scores: Sequence[CaseScore], question: Question) -> GuardState:
    """Hold one arm's point estimate against the guard's hard cap and floor."""
    if key not in keys(scores):
        return "not_evaluated"
    found = aggregate(scores, key=key, on_error=_penalty(key, question))
    if not math.isfinite(found):
        return "broken"
    over = guard.max is not None and not found <= guard.max
    under = guard.min is not None and not found >= guard.min
    return "broken" if over or under else "holds"


def _state(key: str, guard: Guard, question: Question) -> GuardState:
    alone = _pair(key, replace(question, incumbent=question.candidate))
    if not alone.missing <= question.eval.max_infra_fail:
        return "not_evaluated"  # the primary may read another slice, and so not miss these cases
    state = capped(key, guard, question.candidate, question)
    if state != "holds" or guard.tolerance is None:
        return state
    if split_key(key)[0] not in question.eval.metrics or key not in keys(question.incumbent):
        return "not_evaluated"
    if question.gate.kind == "scalar":
        return "holds" if _point_drop(key, question) <= guard.tolerance else "broken"
    compared = _pair(key, question)
    if not compared.missing <= question.eval.max_infra_fail:
        return "not_evaluated"
    return "broken" if dropped(compared, tolerance=guard.tolerance) else "holds"


def _point_drop(key: str, question: Question) -> float:
    """Return how much worse the candidate is on average; one number leaves nothing to test."""
    worst = _penalty(key, question)
    drop = aggregate(question.incumbent, key=key, on_error=worst) - aggregate(
        question.candidate, key=key, on_error=worst
    )
    return drop if _direction(key, question) == "max" else -drop


def dropped(compared: Paired, *, tolerance: float) -> bool:
    """Say whether a drop is larger than tolerated and more than chance; NaN is."""
    if not compared.finite:
        return True
    if compared.mean >= -tolerance:
        return False
    return compared.n < FEWEST or evidence(compared).loss <= LOSS


def _critical(question: Question) -> GuardState:
    """Compare the critical cases on the primary metric, whatever slice the primary reads."""
    if question.gate.kind == "scalar":
        return "not_evaluated"  # arms of unlike numbers of seeds have no case in common
    wanted = set(question.eval.critical)
    compared = _pair(split_key(question.gate.primary)[0], question)
    if wanted & compared.lost or not compared.finite:
        return "broken"
    return "holds" if wanted <= compared.ids else "not_evaluated"


def _pair(key: str, question: Question) -> Paired:
    return pair(
        question.candidate,
        question.incumbent,
        key=key,
        direction=_direction(key, question),
        on_error=question.eval.on_error,
        expected=question.expected,
    )


def _penalty(key: str, question: Question) -> float:
    return penalty(
        (*question.candidate, *question.incumbent),
        key=key,
        direction=_direction(key, question),
        on_error=question.eval.on_error,
    )


def _direction(key: str, question: Question) -> Direction:
    """Return a metric's direction; an undeclared one can only be capped, and more is assumed."""
    metric = question.eval.metrics.get(split_key(key)[0])
    return metric.direction if metric else "max"

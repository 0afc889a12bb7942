"""Canary: quiet failures that a mean score hides."""

from runner.gate.check.answer import Answer, joined, skipped
from runner.gate.compare import compare_on
from runner.gate.guard import capped, dropped
from runner.gate.question import Question
from runner.spec.gate_check import CanaryCheck
from runner.spec.model import Guard


def check_canary(question: Question, asked: CanaryCheck) -> Answer:
    """Ask that answers still parse, and that confidence is as well calibrated as before.

    Each metric may not be worse than the incumbent's beyond noise, in its own direction.
    """
    named = [key for key in (asked.fallback, asked.calibration) if key is not None]
    parts = [_not_worse(question, key) for key in named]
    if asked.fallback is not None and asked.floor is not None:
        parts.append(_floored(question, asked.fallback, asked.floor))
    return joined(parts)


def _not_worse(question: Question, key: str) -> Answer:
    compared = compare_on(question, key)
    if not compared.missing <= question.eval.max_infra_fail:
        return skipped(f"too many cases have no score of {key}")
    seen = f"{key} {compared.mean:+.4f} (higher is better) on {compared.cases} cases"
    if dropped(compared, tolerance=0):
        return Answer("broken", f"{key} became worse beyond noise", seen)
    return Answer("holds", f"{key} is not worse beyond noise", seen)


def _floored(question: Question, key: str, floor: float) -> Answer:
    state = capped(key, Guard(min=floor), question.candidate, question)
    why = {
        "holds": f"{key} reaches its floor {floor:g}",
        "broken": f"{key} is below its floor {floor:g}",
        "not_evaluated": f"the candidate has no score of {key}",
    }[state]
    return Answer(state, why, why)

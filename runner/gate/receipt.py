"""From the arms of a look to what may leave it: a verdict's receipt, and the scores to seal.

Pure, so that whoever has the arms comes to the same receipt: the gate stage, and an audit of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from runner.core.canonical import canonical
from runner.core.problem import dotted
from runner.core.receipt import VerdictReceipt
from runner.core.row import CONTROL, HeldoutScore
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.aggregate import keys, split_key
from runner.gate.baseline import baseline, check_baseline
from runner.gate.check.declaration import arms_read, metrics_read
from runner.gate.decide import decide
from runner.gate.errors import GateError
from runner.gate.heldout import heldout_scores
from runner.gate.level import alpha_look, cross_fitted
from runner.gate.question import Question
from runner.spec.model import Spec

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Opened:
    """The arms of a look in the clear; they live in memory only.

    Attributes:
        expected: Held-out case id to its slices.
        arms: Arm to its lines: `candidate`, `incumbent`, and `control-<name>`.
    """

    expected: Mapping[str, tuple[str, ...]]
    arms: Mapping[str, tuple[CaseScore, ...]]

    def controls(self) -> dict[str, tuple[CaseScore, ...]]:
        """Return the control arms by their own names."""
        return {
            name.removeprefix(CONTROL): scores
            for name, scores in self.arms.items()
            if name.startswith(CONTROL)
        }


def first(spec: Spec, evaluation: Eval, opened: Opened, *, why: str = "") -> VerdictReceipt:
    """Return the receipt of a baseline.

    Args:
        spec: The loop as declared.
        evaluation: The eval that judged.
        opened: The arms.
        why: Why the starting point was measured anew; "" the first time.

    Raises:
        GateError: the gate does not fit the scores.
    """
    scores = opened.arms["candidate"]
    check_baseline(scores, spec.gate, evaluation)
    found = baseline(scores, evaluation, expected=tuple(opened.expected))
    if found.missing > evaluation.max_infra_fail:
        return VerdictReceipt(
            verdict="error", reason=f"{found.missing:.3f} of the held-out cases have no score"
        )
    primary = spec.gate.primary
    if primary not in found.heldout:
        return VerdictReceipt(verdict="error", reason=_unscored(primary, scores))
    words = f"the starting point: {primary} {found.heldout[primary].candidate:.3f}"
    if primary in found.saturated and not spec.monitors:
        words += "; this metric is saturated, so no gain can show on it"
    if why:
        words += f"; measured anew, since {why}"
    return VerdictReceipt(
        verdict="baseline",
        reason=words,
        heldout=shown_scores(evaluation, found.heldout),
        controls=_controls(evaluation, opened),
    )


def compared(spec: Spec, question: Question, opened: Opened) -> VerdictReceipt:
    """Return the receipt of a candidate; numbers only where they may be claimed."""
    try:
        decision = decide(question)
    except GateError as err:
        return VerdictReceipt(verdict="error", reason=str(err))
    show = decision.verdict == "accept" or spec.publish.heldout == "all"
    return VerdictReceipt(
        verdict=decision.verdict,
        reason=decision.detail if show else decision.reason,
        heldout=shown_scores(question.eval, decision.heldout) if show else None,
        gate=decision.numbers if show else None,
        controls=_controls(question.eval, opened) if show else None,
        look=decision.look,
    )


def alpha_of(spec: Spec, evaluation: Eval, *, resets: int) -> float:
    """Return the level of one look.

    Args:
        spec: Gives patience and lines.
        evaluation: Says whether its cases are folds.
        resets: Spec resets and forced baselines on this held-out digest.
    """
    folds = evaluation.folds
    alpha = alpha_look(patience=spec.stop.patience, lines=len(spec.lines()), resets=resets)
    return alpha if folds is None else cross_fitted(alpha, folds=folds)


def recorded_scores(spec: Spec, opened: Opened) -> bytes:
    """Return the per-case scores of every metric that the verdict can depend on."""
    wanted = recorded_metrics(spec)
    controls = {f"{CONTROL}{name}" for name in arms_read(spec.gate.checks)}
    return canonical(
        {
            "cases": {name: list(slices) for name, slices in opened.expected.items()},
            "arms": {
                name: [_trimmed(score, wanted) for score in scores]
                for name, scores in opened.arms.items()
                if not name.startswith(CONTROL) or name in controls
            },
        }
    )


def opened_scores(data: bytes) -> Opened:
    """Read what `recorded_scores` wrote.

    Raises:
        GateError: it is something else.
    """
    try:
        plain = json.loads(data)
        cases = {str(name): tuple(slices) for name, slices in plain["cases"].items()}
        arms = {
            str(name): tuple(CaseScore.model_validate(line) for line in lines)
            for name, lines in plain["arms"].items()
        }
    except ValidationError as err:
        fault = err.errors(include_url=False)[0]
        raise _foreign(f"{dotted(fault['loc'])}: {fault['msg'].lower()}") from err
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as err:
        raise _foreign(str(err)) from err
    return Opened(cases, arms)


def _foreign(why: str) -> GateError:
    return GateError(f"not per-case scores as git-loop writes them ({why})")


def recorded_metrics(spec: Spec) -> set[str]:
    """Return the metrics that `recorded_scores` keeps."""
    named = (spec.gate.primary, *spec.gate.guards, *spec.stop.target)
    return {split_key(key)[0] for key in named} | metrics_read(spec.gate.checks)


def _unscored(primary: str, scores: Sequence[CaseScore]) -> str:
    if scores and all(score.failed for score in scores):
        return f"no case could be scored: the starting point broke on all {len(scores)} of them"
    known = ", ".join(keys(scores)) or "nothing"
    return f"no case scores {primary}, which gate.primary names; the checker wrote {known}"


def _controls(evaluation: Eval, opened: Opened) -> dict[str, dict[str, float]]:
    return {
        name: {
            key: score.candidate
            for key, score in shown_scores(
                evaluation, heldout_scores(scores, (), eval_=evaluation)
            ).items()
        }
        for name, scores in opened.controls().items()
    }


def shown_scores(evaluation: Eval, scores: Mapping[str, HeldoutScore]) -> dict[str, HeldoutScore]:
    """Return the declared metrics, rounded, so that rows stay short and their bytes stable."""
    return {
        key: HeldoutScore(
            candidate=round(score.candidate, DIGITS),
            incumbent=None if score.incumbent is None else round(score.incumbent, DIGITS),
            interval=score.interval
            and (round(score.interval[0], DIGITS), round(score.interval[1], DIGITS)),
        )
        for key, score in scores.items()
        if split_key(key)[0] in evaluation.metrics
    }


def _trimmed(score: CaseScore, wanted: set[str]) -> dict[str, object]:
    full = score.model_dump(mode="json", exclude_defaults=True, exclude={"seconds", "cost_usd"})
    return {**full, "metrics": {k: v for k, v in score.metrics.items() if k in wanted}}

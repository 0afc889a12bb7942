"""What checks read, and whether the eval can have it: known before anything is spent."""

from collections.abc import Iterator

from runner.evals.heldout import slices_of
from runner.evals.model import Eval
from runner.gate.aggregate import split_key
from runner.spec.gate_check import CanaryCheck, Checks, RedTeamCheck, RewardHackingCheck
from runner.spec.model import Gate

PLACEBO = "placebo"
"""The control arm that the check `placebo` reads."""


def metrics_read(checks: Checks) -> frozenset[str]:
    """Return the metrics, beside the primary one, that a verdict depends on through its checks."""
    return frozenset(split_key(key)[0] for _, key in _keys(checks))


def arms_read(checks: Checks) -> frozenset[str]:
    """Return the control arms that a verdict depends on through its checks."""
    return frozenset() if checks.placebo is None else frozenset({PLACEBO})


def check_problems(gate: Gate, eval_: Eval) -> Iterator[str]:
    """Yield, as `place: message`, why a gate's checks could never run on an eval."""
    checks = gate.checks
    if gate.kind == "scalar" and checks != Checks():
        yield "gate.checks: kind scalar judges one number per run and has no cases to check"
    for name, key in _keys(checks):
        yield from _unknown(f"gate.checks.{name}", key, eval_)
    if checks.placebo is not None:
        yield from _placebo(gate, eval_)
    if checks.red_team is not None:
        yield from _red_team(checks.red_team, eval_)
    if checks.reward_hacking is not None:
        yield from _reward_hacking(checks.reward_hacking)
    if checks.canary is not None:
        yield from _canary(checks.canary, eval_)


def _keys(checks: Checks) -> Iterator[tuple[str, str]]:
    """Yield check and key of everything that is read beside the primary metric."""
    if checks.red_team is not None:
        yield "red_team", f"{checks.red_team.metric}@{checks.red_team.slice}"
    if checks.reward_hacking is not None:
        truth = checks.reward_hacking.truth
        named = (*(() if truth is None else (truth,)), *checks.reward_hacking.shift)
        yield from (("reward_hacking", key) for key in named)
    if checks.canary is not None:
        named = (checks.canary.fallback, checks.canary.calibration)
        yield from (("canary", key) for key in named if key is not None)


def _unknown(place: str, key: str, eval_: Eval) -> Iterator[str]:
    metric, name = split_key(key)
    if metric not in eval_.metrics:
        known = ", ".join(sorted(eval_.metrics))
        yield f"{place}: metric {metric!r} is not in eval {eval_.eval}, which has {known}"
    slices = slices_of(eval_)
    if name and slices is not None and name not in slices:
        yield f"{place}: no held-out source has the slice {name!r}; known: {', '.join(slices)}"


def _placebo(gate: Gate, eval_: Eval) -> Iterator[str]:
    if PLACEBO not in eval_.controls:
        known = ", ".join(eval_.controls) or "none"
        yield f"gate.checks.placebo: eval {eval_.eval} has no control placebo; it has {known}"
    if gate.simpler:
        yield (
            "gate.checks.placebo: an equal score has no lift that a placebo could reproduce, so "
            "nothing would be accepted for gate.simpler; leave one of them out"
        )


def _red_team(asked: RedTeamCheck, eval_: Eval) -> Iterator[str]:
    metric = eval_.metrics.get(asked.metric)
    if metric is not None and metric.direction == "min":
        yield f"gate.checks.red_team: {asked.metric} is better when lower; min needs the opposite"


def _reward_hacking(asked: RewardHackingCheck) -> Iterator[str]:
    for key, allowed in asked.shift.items():
        if allowed.rise is None and allowed.fall is None:
            yield f"gate.checks.reward_hacking: shift {key} says nothing; give rise or fall"


def _canary(asked: CanaryCheck, eval_: Eval) -> Iterator[str]:
    if asked.fallback is None and asked.calibration is None:
        yield "gate.checks.canary: says nothing; name fallback or calibration"
    if asked.floor is None:
        return
    metric = None if asked.fallback is None else eval_.metrics.get(asked.fallback)
    if asked.fallback is None:
        yield "gate.checks.canary: floor is of fallback, which is left out"
    elif metric is not None and metric.direction == "min":
        yield f"gate.checks.canary: {asked.fallback} is better when lower; floor needs the opposite"

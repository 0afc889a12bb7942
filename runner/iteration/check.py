"""The check stage: score both arms on the held-out split, and leave nothing readable behind."""

from pathlib import Path
from typing import Literal

from runner.checkers.arm import ArmError, InvalidCandidateError
from runner.core.canonical import canonical
from runner.core.receipt import CheckReceipt, MakeReceipt, Plan
from runner.core.row import Cost, Failure
from runner.iteration.child import CrashError
from runner.iteration.folder import RunFolder
from runner.iteration.look import Look, packed
from runner.iteration.parts import Declared, Parts
from runner.iteration.vault import draw, vault
from runner.ledger.budget import settle
from runner.ledger.fingerprint import fingerprint


def check(
    parts: Parts, declared: Declared, plan: Plan, made: MakeReceipt, folder: RunFolder
) -> CheckReceipt:
    """Score the candidate, and beside it the incumbent and the controls, on this look's cases.

    Raises:
        LoopError: the key is missing, or the machine or the spec is at fault.
    """
    began = parts.clock.monotonic()
    outcome: Literal["arms", "failed", "error"] = "arms"
    arms: dict[str, str] = {}
    failure, reason = None, ""
    try:
        with vault() as inside:
            arms = _look(parts, declared, plan, made, inside=inside, arms=folder.fresh("arms"))
    except CrashError as err:
        outcome, reason, failure = err.outcome, str(err), err.failure
    except InvalidCandidateError as err:
        outcome, reason = "failed", str(err)
    except ArmError as err:
        outcome, reason = "error", str(err)
        failure = Failure(fingerprint=fingerprint("", cause=reason), log_tail=reason)
    seconds = parts.clock.monotonic() - began
    cost = Cost(usd=settle(seconds, declared.spec), wall_s=round(seconds, 3))
    return CheckReceipt(outcome=outcome, arms=arms, reason=reason, failure=failure, cost=cost)


def _look(
    parts: Parts,
    declared: Declared,
    plan: Plan,
    made: MakeReceipt,
    *,
    inside: Path,
    arms: Path,
) -> dict[str, str]:
    candidate = made.candidate or ""
    drawn = draw(parts, declared, plan, candidate=candidate, into=inside)
    look = Look(parts=parts, declared=declared, plan=plan, draw=drawn, inside=inside, arms=arms)
    controls = declared.evaluation.controls
    scored = look.score(candidate, controls=controls)
    kept = {
        "cases": look.keep("cases", canonical({k: list(v) for k, v in drawn.slices.items()})),
        "candidate": look.keep("candidate", packed(scored.scores)),
    }
    for name in controls:
        kept[f"control-{name}"] = look.keep(f"control-{name}", packed(scored.controls[name]))
    if plan.incumbent is not None:
        kept["incumbent"] = look.incumbent(plan.incumbent)
    look.remember(candidate, "candidate")
    return kept

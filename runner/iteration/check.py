"""The check stage: score both arms on the held-out split, and leave nothing readable behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.checkers.arm import ArmError
from runner.core.canonical import canonical
from runner.core.crash import reach
from runner.core.errors import InvalidCandidateError
from runner.core.receipt import CheckReceipt, MakeReceipt, Plan
from runner.core.row import CONTROL, RERUN, Cost, Failure, total
from runner.iteration.child import CrashError
from runner.iteration.folder import RunFolder
from runner.iteration.isolation import kept, require
from runner.iteration.look import Look, packed
from runner.iteration.parts import Declared, Parts
from runner.iteration.trace import Shelf
from runner.iteration.vault import draw, vault
from runner.iteration.watch import reference
from runner.ledger.budget import settle
from runner.ledger.fingerprint import fingerprint
from runner.sandbox.mechanism import private_place

SILENCE = "its output stays sealed, since it may quote held-out cases"


def check(
    parts: Parts, declared: Declared, plan: Plan, made: MakeReceipt, folder: RunFolder
) -> CheckReceipt:
    """Score the candidate, and beside it the incumbent and the controls, on this look's cases.

    Raises:
        TooOpenError: the maker's machine is this one, and its sandbox is too weak for the spec.
        LoopError: the key is missing, or the machine or the spec is at fault.
    """
    isolation = kept(made, machine=parts.machine)
    require(isolation, declared.spec)
    began = parts.clock.monotonic()
    arms: dict[str, str] = {}
    spent: list[Cost] = []
    ending = Ending("arms")
    try:
        with vault(private_place(parts.mechanism)) as inside:
            shelf = Shelf(parts.store, folder, declared.evaluation.recipient)
            place = Place(inside, folder.fresh("arms"), shelf, spent)
            arms = _look(parts, declared, plan, made, place=place)
    except (CrashError, InvalidCandidateError, ArmError) as err:
        ending = _told(err) if declared.evaluation.recipient is None else _silenced(err)
    seconds = parts.clock.monotonic() - began
    metered = total(spent)
    usd = settle(seconds, declared.spec, metered_usd=metered.usd or None)
    return CheckReceipt(
        outcome=ending.outcome,
        arms=arms,
        reason=ending.reason,
        failure=ending.failure,
        cost=metered.model_copy(update={"usd": usd, "wall_s": round(seconds, 3)}),
        isolation=isolation,
        finished=parts.clock.now().isoformat(timespec="seconds"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look works: the vault, and what leaves it: sealed arms, sealed traces, costs."""

    inside: Path
    arms: Path
    shelf: Shelf
    spent: list[Cost]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a look ended, in the words that leave the check."""

    outcome: Literal["arms", "failed", "error"]
    reason: str = ""
    failure: Failure | None = None


def _told(err: CrashError | InvalidCandidateError | ArmError) -> Ending:
    if isinstance(err, CrashError):
        return Ending(err.outcome, str(err), err.failure)
    if isinstance(err, InvalidCandidateError):
        return Ending("failed", str(err))
    failure = Failure(fingerprint=fingerprint("", cause=str(err)), log_tail=str(err))
    return Ending("error", str(err), failure)


def _silenced(err: CrashError | InvalidCandidateError | ArmError) -> Ending:
    """Say what happened without a word of the checker, which may quote held-out cases.

    The fingerprint stays: it tells two errors apart and nothing else.
    """
    told = _told(err)
    cause = {
        CrashError: getattr(err, "cause", ""),
        InvalidCandidateError: "a score is not a finite number",
        ArmError: "the checker's output is not one line of scores per case",
    }[type(err)]
    failure = told.failure and Failure(fingerprint=told.failure.fingerprint, log_tail=SILENCE)
    return Ending(told.outcome, f"{cause}; {SILENCE}", failure)


def _look(
    parts: Parts,
    declared: Declared,
    plan: Plan,
    made: MakeReceipt,
    *,
    place: Place,
) -> dict[str, str]:
    candidate = made.candidate or ""
    drawn = draw(parts, declared, plan, candidate=candidate, into=place.inside)
    reach("vault_opened")
    look = Look(
        parts=parts,
        declared=declared,
        plan=plan,
        draw=drawn,
        inside=place.inside,
        arms=place.arms,
        shelf=place.shelf,
        spent=place.spent,
    )
    known = {} if plan.kind == "check" else look.recalled_controls()
    controls = () if plan.kind == "check" else declared.evaluation.controls
    unknown = tuple(name for name in controls if f"{CONTROL}{name}" not in known)
    scored = look.score(candidate, arm="candidate", controls=unknown)
    kept = known | {
        "cases": look.keep("cases", canonical({k: list(v) for k, v in drawn.slices.items()})),
        "candidate": look.keep("candidate", packed(scored.scores)),
    }
    for name, scores in scored.controls.items():
        kept[f"{CONTROL}{name}"] = look.keep_control(name, scores)
    for number, again in enumerate(made.reruns, 2):
        name = f"{CONTROL}{RERUN}{number}"
        kept[name] = look.keep(name, packed(look.score(again, arm=f"{RERUN}{number}").scores))
    if plan.kind == "check":
        kept["incumbent"] = look.keep("incumbent", packed(reference(parts, declared, plan)))
    elif plan.incumbent is not None:
        kept["incumbent"] = look.incumbent(plan.incumbent)
    look.remember(candidate, "candidate", scored.scores)
    return kept

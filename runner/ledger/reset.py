"""The reset: when something new was injected, the stall counters start again, at a price."""

from dataclasses import dataclass

from runner.core.canonical import canonical, digest
from runner.core.head import Head
from runner.core.row import EvalRef, Host, Isolation, Reset, Row
from runner.ledger.chain import run_id
from runner.spec.model import Spec

PARTS = ("surface", "make", "propose", "hypotheses", "gate", "eval")
_DIGITS = 16  # hex digits per part: 64 bits against accidents, and the row stays short


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where, when and from what a row without an iteration is written.

    Attributes:
        spec: Digest of the spec; `reset_digest` as computed from it.
        eval_digest: Digest of the eval's declaration.
        code: Commit of the base tip.
        at: UTC time, ISO 8601; for display only.
    """

    spec: str
    reset_digest: str
    eval: EvalRef
    eval_digest: str
    code: str
    isolation: Isolation
    host: Host
    at: str


def reset_digest(spec: Spec, eval_digest: str) -> str:
    """Digest what counts as "something new": six short digests in the order of `PARTS`.

    Kept apart so that a later change can be named without the old spec. `stop.patience` belongs
    to the gate: it divides alpha, so raising it must cost what any other reset costs. Defaults
    count only where the spec departs from them: a later version may know more of them.

    Args:
        spec: The spec as it stands now.
        eval_digest: Digest of the eval's declaration, or "" where the check is a command.
    """
    data = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    parts: dict[str, object] = {name: data.get(name) for name in PARTS[:-2]}
    parts["surface"] = sorted(spec.surface)
    parts["gate"] = [data.get("gate"), spec.stop.patience]
    parts["eval"] = [eval_digest, data["check"]]
    return "-".join(digest(canonical(parts[name]))[:_DIGITS] for name in PARTS)


def eval_part(found: str) -> str:
    """Return the eval's part of a reset digest; "" of one from an older version."""
    parts = found.split("-")
    return parts[PARTS.index("eval")] if len(parts) == len(PARTS) else ""


def changed(before: str, after: str) -> tuple[str, ...]:
    """Name the parts that differ between two reset digests, in the order of `PARTS`.

    A digest that has not these six parts (an older version) differs in all of them.
    """
    old, new = before.split("-"), after.split("-")
    if len(old) != len(PARTS):
        return PARTS
    return tuple(name for name, was, now in zip(PARTS, old, new, strict=True) if was != now)


def reset_reason(before: str, after: str) -> str | None:
    """Say what was injected since the last row, or None if nothing was."""
    parts = changed(before, after)
    if not parts:
        return None
    return f"something new was injected: {', '.join(parts)} changed"


def reset_row(head: Head, *, reason: str, seed: int, stamp: Stamp) -> Row:
    """Build the row that records a reset: no verdict, no cost, nothing moves.

    Args:
        head: The fold of all rows before.
        reason: What was injected, or what the person gave as the reason.
        seed: The spec's seed; rows that run add their number to it.
        stamp: Where it is written.
    """
    number = head.number + 1
    return Row(
        number=number,
        kind="reset",
        run=run_id(spec=stamp.spec, eval_digest=stamp.eval_digest, last=head.last, number=number),
        prev=head.last,
        spec=stamp.spec,
        reset_digest=stamp.reset_digest,
        eval=stamp.eval,
        code=stamp.code,
        line="main",
        seed=seed,
        parent=head.working,
        incumbent=head.incumbent,
        verdict=None,
        reason=reason,
        surface=head.surface,
        reset=Reset(reason=reason),
        isolation=stamp.isolation,
        host=stamp.host,
        started=stamp.at,
        finished=stamp.at,
    )

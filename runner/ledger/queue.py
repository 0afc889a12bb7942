"""The queue: which hypothesis runs next, on which line, with which seed and parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runner.core.errors import LoopError
from runner.core.head import Head, LineState
from runner.core.row import EvalRef
from runner.ledger.stop import open_lines
from runner.spec.merge import merge_params
from runner.spec.model import EDITORS, Hypothesis, PlugInMake, Spec


class QueueError(LoopError):
    """Asked for a step when no line is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to run next.

    Attributes:
        line: The line it belongs to; a baseline is filed under the first line.
        hypothesis: Id of the hypothesis; None at a baseline or when a proposer decides.
        seed: Seed of the first attempt: the spec's seed plus the row's number.
        with_: Parameters for the maker: `make.with`, and the hypothesis' `with` laid over it.
        reason: Why this step, in words.
    """

    kind: Literal["baseline", "iteration"]
    line: str
    hypothesis: str | None
    seed: int
    with_: dict[str, Any] = field(default_factory=dict)
    reason: str


def next_step(
    head: Head | None,
    spec: Spec,
    *,
    eval_ref: EvalRef,
    surface: Mapping[str, str] | None = None,
    scored_by: str = "",
) -> Step:
    """Choose the next step; a due baseline goes first.

    Args:
        head: The fold of all rows; None before the first.
        spec: The spec as it stands now.
        eval_ref: The eval as it stands now.
        surface: Path to sha256 of the surface as it stands now; None where it is not known or
            the loop has none.
        scored_by: See `baseline_due`.

    Raises:
        QueueError: every line has ended (`stop` says so before).
    """
    seed = spec.seed + (0 if head is None else head.next_seed)
    due = baseline_due(head, eval_ref=eval_ref, surface=surface, scored_by=scored_by)
    if due is not None:
        base = merge_params(_base(spec), {})
        line = spec.lines()[0]
        return Step(kind="baseline", line=line, hypothesis=None, seed=seed, with_=base, reason=due)
    lines = open_lines(head, spec)
    if not lines:
        raise QueueError(f"loop {spec.loop}: no line is open; inject something new or reset it")
    state = LineState() if head is None else head.lines.get(lines[0], LineState())
    chosen, reason = _choose(spec, line=lines[0], state=state)
    return Step(
        kind="iteration",
        line=lines[0],
        hypothesis=None if chosen is None else chosen.id,
        seed=seed,
        with_=merge_params(_base(spec), {} if chosen is None else chosen.with_),
        reason=reason,
    )


def baseline_due(
    head: Head | None,
    *,
    eval_ref: EvalRef,
    surface: Mapping[str, str] | None = None,
    scored_by: str = "",
) -> str | None:
    """Return why a baseline must come first, in words, or None.

    A baseline does a reset's work (stalls, tried, the price in alpha), so no reset row is needed
    beside it.

    Args:
        head: The fold of all rows.
        eval_ref: The eval as it stands now.
        surface: Path to sha256 of the surface as it stands now; None where it is not known.
        scored_by: Of a text loop: digest of the eval as it stands now. The working parent's dev
            scores are no measure beside those of another model, and a text costs little to
            measure anew. "" where a baseline would throw a trained incumbent away.
    """
    if head is None or head.incumbent is None:
        return "no baseline yet"
    if head.eval_version != eval_ref.version:
        return f"eval version {head.eval_version} became {eval_ref.version}"
    if head.eval_heldout != eval_ref.heldout:
        return "the held-out cases changed"
    if scored_by and head.scored_by and scored_by != head.scored_by:
        return "the eval scores otherwise than it did, so the text is measured anew"
    if surface is not None and dict(surface) != head.surface:
        paths = sorted(
            path
            for path in {*surface, *head.surface}
            if surface.get(path) != head.surface.get(path)
        )
        return f"the surface was edited by hand: {', '.join(paths)}"
    return None


def _base(spec: Spec) -> dict[str, Any]:
    return spec.make.with_ if isinstance(spec.make, PlugInMake) else {}


def _choose(spec: Spec, *, line: str, state: LineState) -> tuple[Hypothesis | None, str]:
    skipped = {skip.id for skip in spec.skip}
    queue = [h for h in spec.hypotheses if h.line == line and h.id not in skipped]
    if not queue and spec.propose.kind in EDITORS:
        return None, f"line {line}: {spec.propose.kind} edits the surface"
    if not queue or spec.propose.kind == "none":
        return None, f"line {line}: made anew with the next seed"
    for hypothesis in queue:
        if hypothesis.id not in {*state.tried, *state.earlier}:
            return hypothesis, f"line {line}: first untried hypothesis"
    for hypothesis in queue:
        if hypothesis.id not in state.tried:
            return hypothesis, f"line {line}: nothing new, so the first one tried before the reset"
    return queue[-1], f"line {line}: nothing untried, so the last hypothesis with the next seed"

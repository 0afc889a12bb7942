"""What the gate is asked, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from runner.core.row import GateNumbers, HeldoutScore, Look, Verdict
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.spec.model import Gate

GuardState = Literal["holds", "broken", "not_evaluated"]


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a verdict depends on.

    Attributes:
        gate: The spec's gate.
        eval: The eval that judged; a foreign check is one with its metric and direction.
        candidate: Lines of the candidate's arm, in any order.
        incumbent: Lines of the incumbent's arm on the same cases.
        expected: Held-out case id to slices; empty for a foreign check, whose cases are unknown.
        alpha: Level of this look, from `level.alpha_look`.
        looks: Looks spent on this held-out split before this one.
        dev: Primary metric on dev of (working parent, candidate), in its own direction; None
            without a dev split, and then nothing is kept.
        surface: Length of the surface of (incumbent, candidate), for `simpler`; None otherwise.
        noise: For `kind: scalar`, the primary metric of the baseline's re-runs, one per seed.
        controls: Control arm to its lines on the same cases, for checks that read one.
        cost_usd: Dollars that search and gate of this iteration cost; 0 where none was metered.
        seed: Seed of the interval's resampling; no verdict depends on it.
    """

    gate: Gate
    eval: Eval
    candidate: Sequence[CaseScore]
    incumbent: Sequence[CaseScore]
    expected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alpha: float = 0.05
    looks: int = 0
    dev: tuple[float, float] | None = None
    surface: tuple[int, int] | None = None
    noise: Sequence[float] = ()
    controls: Mapping[str, Sequence[CaseScore]] = field(default_factory=dict)
    cost_usd: float = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its grounds.

    Attributes:
        verdict: `accept`, `keep`, `reject`, or `error` where too many cases are missing.
        reason: One sentence for the plain row; holds no held-out number unless accepted.
        detail: One sentence with the numbers; sealed unless accepted.
        numbers: What the gate saw; None if there was nothing to see (`error`, NaN). Sealed unless
            accepted.
        heldout: Every key of the candidate beside the incumbent's; intervals are of the
            candidate's own score, and only given on an accept. Sealed unless accepted.
        look: Whether the held-out split was read, and whether `worth` stayed possible.
    """

    verdict: Verdict
    reason: str
    detail: str
    numbers: GateNumbers | None
    heldout: dict[str, HeldoutScore]
    look: Look

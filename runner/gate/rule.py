"""The rule itself, on bare numbers, as the verdict and the simulation both apply it.

Every comparison is written so that NaN fails it: a NaN rejects.
"""

from dataclasses import dataclass
from typing import Literal

from runner.gate.level import LOSS

Outcome = Literal["accept", "keep", "reject"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rule reads.

    Attributes:
        d: Mean difference to the incumbent, higher is better.
        gain: One-sided p-value of a gain.
        loss: One-sided p-value of a loss (the mirrored test).
        ahead: Strictly ahead of the working parent on dev.
        guarded: Every guard holds.
    """

    d: float
    gain: float
    loss: float
    ahead: bool
    guarded: bool


def outcome(finding: Finding, *, alpha: float, min_delta: float) -> Outcome:
    """Accept a shown gain; keep what is ahead on dev and not shown to be worse; else reject."""
    if finding.guarded and finding.d > 0 and finding.d >= min_delta and finding.gain <= alpha:
        return "accept"
    if finding.guarded and finding.ahead and finding.loss > LOSS:
        return "keep"
    return "reject"

"""The level that one look at a held-out split must beat."""

from typing import Final

TOTAL: Final = 0.05  # false accepts allowed between two resets
LOSS: Final = 0.05  # level at which a loss or a guard's drop is seen: a veto needs no correction


def alpha_look(*, patience: int, lines: int, resets: int) -> float:
    """Share the allowed false accepts among the looks that the stop rule permits.

    A line ends after `patience` looks without an accept, so `patience * lines` looks are taken
    between two resets (Bonferroni). Each reset halves what is left for the next period, so the
    total over unlimited resets stays below 2 * 0.05 = 0.10.

    Args:
        patience: Iterations without an accept that end a line, >= 1.
        lines: Lines of hypotheses, >= 1.
        resets: Spec resets plus forced baselines on this held-out digest, >= 0; the ledger of
            looks survives edits of the spec.

    Raises:
        ValueError: an argument out of its range; a level above 0.05 must never come out.
    """
    if patience < 1 or lines < 1 or resets < 0:
        raise ValueError(f"no level for patience {patience}, lines {lines}, resets {resets}")
    return TOTAL / (patience * lines * (1 << resets))

"""Agreement beyond chance, spread over cases so that an arm's mean is exactly Cohen's kappa."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

Pair = tuple[str, str | None]
"""A label's category and the answer's; None where the answer could not be read."""


def kappas(fields: Iterable[Sequence[Pair]]) -> list[float]:
    """Return one number per case whose mean is Cohen's kappa, averaged over fields.

    A case that was answered gets (a - pe') / (1 - pe) per field, where a is 1 for a match and pe
    is the agreement by chance within this arm: the sum, over categories, of the share of labels
    times the share of answers. A case whose answer could not be read gets 0, like all that a
    broken case scores; pe' = pe * cases / answered lets the others carry its part, so that the
    mean is exact nevertheless (without such cases pe' is pe). Where pe is 1, one label was always
    given and always due: agreement then says nothing, and every case gets 0.

    Args:
        fields: For each categorical field the pairs of all cases, in one order.

    Returns:
        Values whose mean is in [-1, 1], higher is better; single ones may lie outside. They tell
        of their arm as a whole and not of one case: a figure beside the mean, and no primary.

    Source: J. Cohen, "A coefficient of agreement for nominal scales" (1960).
    """
    columns = [_column(pairs) for pairs in fields]
    return [math.fsum(row) / len(row) for row in zip(*columns, strict=True)]


def _column(pairs: Sequence[Pair]) -> list[float]:
    n = len(pairs)
    answered = sum(answer is not None for _, answer in pairs)
    labels = Counter(label for label, _ in pairs)
    answers = Counter(answer for _, answer in pairs if answer is not None)
    met = sum(count * answers[name] for name, count in labels.items())
    if met == n * n:
        return [0.0] * n
    chance = met / (n * n)
    share = met / (n * answered) if answered else 0.0
    return [
        0.0 if answer is None else (float(label == answer) - share) / (1 - chance)
        for label, answer in pairs
    ]

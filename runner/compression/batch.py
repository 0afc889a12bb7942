"""Length-bucketed batches: short texts do not pay for long ones."""

from collections.abc import Sequence


def buckets(lengths: Sequence[int], *, tokens: int) -> list[list[int]]:
    """Group indices so that a padded batch holds at most `tokens` tokens.

    Args:
        lengths: Tokens of each text.
        tokens: Upper bound of `rows x longest row` of a batch; a longer text stands alone.

    Returns:
        Batches of indices, shortest texts first; every index occurs once.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batches and (len(batches[-1]) + 1) * lengths[index] <= tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches

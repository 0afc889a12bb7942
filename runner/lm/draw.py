"""Tokens from logits, drawn so that a conversation's draws are its own."""

from collections.abc import Sequence

import torch

from runner.core.chat import Decoding


def draw(
    logits: torch.Tensor, decodings: Sequence[Decoding], chances: Sequence[float]
) -> list[int]:
    """Choose a token per row.

    Args:
        logits: (N, V) in fp32.
        decodings: How each row is drawn; at temperature 0 it is the likeliest token.
        chances: In [0, 1), one per row: the same chance on the same logits is the same token,
            whatever the other rows are.
    """
    best = logits.argmax(-1)  # (N,)
    drawn = [n for n, each in enumerate(decodings) if each.temperature > 0]
    if drawn:
        rows = torch.tensor(drawn, device=logits.device)
        best[rows] = _drawn(
            logits[rows], [decodings[n] for n in drawn], [chances[n] for n in drawn]
        )
    found: list[int] = best.tolist()
    return found


def _drawn(
    logits: torch.Tensor, decodings: Sequence[Decoding], chances: Sequence[float]
) -> torch.Tensor:
    """Return tokens (N,) by the inverse of each row's distribution function."""
    place = logits.device
    heat = torch.tensor([each.temperature for each in decodings], device=place)[:, None]
    likely = torch.softmax(logits / heat, -1)  # (N, V)
    if any(each.top_p is not None for each in decodings):
        likely = _nucleus(likely, torch.tensor([each.top_p or 2.0 for each in decodings]).to(place))
    up_to = likely.cumsum(-1)  # (N, V)
    total = up_to[:, -1:]
    wanted = torch.tensor(chances, dtype=torch.float64, device=place)[:, None] * total
    # A chance that is rounded up to the whole would choose a token beyond the last.
    wanted = torch.minimum(wanted.float(), torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(up_to, wanted, right=True)[:, 0]


def _nucleus(likely: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    """Keep the likeliest tokens of each row (N, V) that together reach `top_p` (N,)."""
    ranked, order = likely.sort(-1, descending=True)
    before = ranked.cumsum(-1) - ranked  # (N, V)
    ranked = ranked.masked_fill(before >= top_p[:, None], 0.0)
    return torch.zeros_like(likely).scatter(-1, order, ranked)

"""The training loop of the token compressor: fixed steps, length-bucketed batches."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from runner.compression.batch import buckets
from runner.compression.network import KEEP, pad
from runner.makers.token_compressor.errors import TokenCompressorError


@dataclass(frozen=True, slots=True)
class Example:
    """One text for training, all of length `T`.

    Attributes:
        ids: Token ids.
        targets: Wanted keep probability of each token, in [0, 1].
        weights: Loss weight of each token; 0 for tokens of no unit.
    """

    ids: list[int]
    targets: list[float]
    weights: list[float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how hard to train.

    Attributes:
        steps: Optimizer steps; a fixed number, so that a seed gives the same bytes.
        rate: Peak learning rate, reached after a tenth of the steps, then down to 0 by a cosine.
        tokens: Upper bound of padded tokens per step.
    """

    steps: int
    rate: float
    tokens: int


def fit(
    network: torch.nn.Module, examples: Sequence[Example], schedule: Schedule, *, seed: int
) -> list[float]:
    """Train in place and return the loss of each step.

    Raises:
        TokenCompressorError: the loss is not finite.
    """
    network.train()
    moving = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        moving, lr=schedule.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
    )
    batches = _endless(examples, schedule.tokens, seed)
    losses: list[float] = []
    for step in range(schedule.steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate * _shape(step, schedule.steps)
        loss = _loss(network, [examples[index] for index in next(batches)])
        if not math.isfinite(loss.item()):
            raise TokenCompressorError(f"step {step}: the loss is {loss.item()}, not finite")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def _loss(network: torch.nn.Module, batch: list[Example]) -> torch.Tensor:
    ids, mask = pad([example.ids for example in batch])  # (B, T)
    longest = ids.shape[1]
    fill = [longest - len(example.ids) for example in batch]
    targets = torch.tensor(
        [example.targets + [0.0] * n for example, n in zip(batch, fill, strict=True)]
    )  # (B, T)
    weights = torch.tensor(
        [example.weights + [0.0] * n for example, n in zip(batch, fill, strict=True)]
    )  # (B, T)
    place = next(network.parameters()).device
    with torch.autocast(place.type, dtype=torch.bfloat16, enabled=place.type == "cuda"):
        logits = network(ids.to(place), mask.to(place)).float().cpu()  # (B, T, 2)
    odds = logits[..., KEEP] - logits[..., 1 - KEEP]  # (B, T)
    losses = binary_cross_entropy_with_logits(odds, targets, reduction="none")  # (B, T)
    return (losses * weights).sum() / weights.sum()


def _shape(step: int, steps: int) -> float:
    warm = max(1, steps // 10)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _endless(examples: Sequence[Example], tokens: int, seed: int) -> Iterator[list[int]]:
    draw = random.Random(seed)  # noqa: S311 - repeatable
    batches = buckets([len(example.ids) for example in examples], tokens=tokens)
    while True:
        draw.shuffle(batches)
        yield from [list(batch) for batch in batches]

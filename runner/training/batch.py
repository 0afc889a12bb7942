"""Samples in batches: padded rows of like length, or windows filled with whole rows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from runner.training.encode import Sample
from runner.training.params import Recipe

_POOL = 16
"""Batches that are sorted by length together: enough for little padding, and mixed all the same."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows or windows side by side.

    Attributes:
        ids: (B, T); padded at the right, where no causal attention looks.
        learn: (B, T), whether a token shall be written; never the first of a row.
        positions: (B, T), each row's own from 0; None where a line holds one row. Where they
            restart, attention is cut: no row sees another.
    """

    ids: torch.Tensor
    learn: torch.Tensor
    positions: torch.Tensor | None = None

    @property
    def inputs(self) -> dict[str, torch.Tensor]:
        """What the model is given, each (B, T)."""
        placed = {} if self.positions is None else {"position_ids": self.positions}
        return {"input_ids": self.ids, **placed}

    def to(self, device: torch.device) -> "Batch":
        """Return it on a device."""
        placed = None if self.positions is None else self.positions.to(device)
        return Batch(self.ids.to(device), self.learn.to(device), placed)


def batches(
    samples: Sequence[Sample], recipe: Recipe, *, window: int, seed: int
) -> Iterator[Batch]:
    """Return batches without end, each sample once per round, the rounds shuffled anew.

    Args:
        samples: What to learn; at least one.
        recipe: Layout and tokens per batch.
        window: Tokens of a filled window, at most; never more than the model's own.
        seed: Of the shuffling.
    """
    draw = random.Random(seed)  # noqa: S311 - repeatable
    while True:
        shuffled = draw.sample(samples, len(samples))
        if recipe.layout == "packed":
            size = max(min(window, recipe.tokens), *(len(each.ids) for each in samples), 1)
            lines = _filled(shuffled, size)
            per = max(1, recipe.tokens // size)
            yield from (_windows(lines[n : n + per], size) for n in range(0, len(lines), per))
        else:
            yield from (padded(each) for each in _buckets(shuffled, recipe.tokens, draw))


def padded(samples: Sequence[Sample]) -> Batch:
    """Put one sample into each line: B as many, T the longest one's tokens; at least one."""
    longest = max(len(each.ids) for each in samples)
    fill = [longest - len(each.ids) for each in samples]
    ids = [each.ids + [0] * n for each, n in zip(samples, fill, strict=True)]
    learn = [each.learn + [False] * n for each, n in zip(samples, fill, strict=True)]
    return Batch(torch.tensor(ids), torch.tensor(learn))  # (B, T), (B, T)


def _buckets(
    shuffled: Sequence[Sample], tokens: int, draw: random.Random
) -> Iterator[list[Sample]]:
    """Cut a round into batches of at most `tokens` padded tokens, or of one sample."""
    mean = sum(len(each.ids) for each in shuffled) / len(shuffled)
    pool = max(1, round(_POOL * tokens / mean))
    for start in range(0, len(shuffled), pool):
        cut = list(_cut(sorted(shuffled[start : start + pool], key=lambda s: len(s.ids)), tokens))
        draw.shuffle(cut)
        yield from cut


def _cut(ordered: Sequence[Sample], tokens: int) -> Iterator[list[Sample]]:
    batch: list[Sample] = []
    for sample in ordered:  # the last is the longest
        if batch and len(sample.ids) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(sample)
    yield batch


def _filled(shuffled: Sequence[Sample], size: int) -> list[list[Sample]]:
    """Fill windows, each sample into the first that has room (first fit)."""
    lines: list[list[Sample]] = []
    room: list[int] = []
    for sample in shuffled:
        need = len(sample.ids)
        place = next((n for n, left in enumerate(room) if left >= need), None)
        if place is None:
            lines.append([sample])
            room.append(size - need)
        else:
            lines[place].append(sample)
            room[place] -= need
    return lines


def _windows(lines: Sequence[Sequence[Sample]], size: int) -> Batch:
    ids = torch.zeros(len(lines), size, dtype=torch.long)  # (B, T)
    learn = torch.zeros(len(lines), size, dtype=torch.bool)  # (B, T)
    positions = torch.zeros(len(lines), size, dtype=torch.long)  # (B, T)
    for line, samples in enumerate(lines):
        at = 0
        for sample in samples:
            here = slice(at, at + len(sample.ids))
            ids[line, here] = torch.tensor(sample.ids)
            learn[line, here] = torch.tensor(sample.learn)
            positions[line, here] = torch.arange(len(sample.ids))
            at += len(sample.ids)
    return Batch(ids, learn, positions)

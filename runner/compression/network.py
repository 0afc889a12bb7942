"""Scores of a token classifier: windows, batches by length, tokens to units. Imports torch."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from runner.compression.batch import buckets, windows
from runner.compression.classifier import Classifier
from runner.compression.unit import Span, units

KEEP = 1
_BATCH_TOKENS = 2048
"""Small enough that a layer's activations stay in a core's cache; larger is slower."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The special tokens that a tokenizer sets around an input, as ids; often none."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def size(self) -> int:
        """Tokens that it takes from the window."""
        return len(self.before) + len(self.after)

    def around(self, ids: list[int]) -> list[int]:
        """Return the input of one window."""
        return [*self.before, *ids, *self.after]


def frame_of(tokenizer: Tokenizer) -> Frame:
    """Ask a tokenizer for the special tokens that its model was trained with."""
    found = tokenizer.encode("a")
    marks = [*found.special_tokens_mask, 0]
    first = marks.index(0)
    after = marks[first:-1].count(1)
    return Frame(tuple(found.ids[:first]), tuple(found.ids[len(found.ids) - after :]))


@dataclass(frozen=True, slots=True)
class NetworkScorer:
    """A token classifier with its tokenizer."""

    network: Classifier
    tokenizer: Tokenizer

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1].

        A unit's score is the mean over the tokens that touch it.
        """
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        by_token = token_scores(
            self.network, [item.ids for item in encoded], frame=frame_of(self.tokenizer)
        )
        return [
            unit_scores(units(text), item.offsets, scores)
            for text, item, scores in zip(texts, encoded, by_token, strict=True)
        ]


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and attention mask, both `(B, T)`, padded with 0 on the right."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])  # (B, T)
    lengths = torch.tensor([len(row) for row in rows])  # (B,)
    mask = torch.arange(longest)[None, :] < lengths[:, None]  # (B, T)
    return ids, mask


@torch.inference_mode()
def token_scores(network: Classifier, rows: list[list[int]], *, frame: Frame) -> list[list[float]]:
    """Return for each row of token ids one keep probability per token, in [0, 1]."""
    size = network.window - frame.size
    cuts = [(r, a, b) for r, row in enumerate(rows) for a, b in windows(len(row), size)]
    found: dict[tuple[int, int], list[float]] = {}
    skip = len(frame.before)
    for batch in buckets([b - a for _, a, b in cuts], tokens=_BATCH_TOKENS):
        chosen = [cuts[index] for index in batch]
        ids, mask = pad([frame.around(rows[r][a:b]) for r, a, b in chosen])  # (B, T)
        logits = network(ids, mask).float()  # (B, T, 2)
        keep = logits.softmax(-1)[..., KEEP]  # (B, T)
        for (r, a, b), line in zip(chosen, keep.tolist(), strict=True):
            found[r, a] = line[skip : skip + b - a]
    return [
        [score for a, _ in windows(len(row), size) for score in found[r, a]]
        for r, row in enumerate(rows)
    ]


def unit_scores(pieces: tuple[Span, ...], offsets: list[Span], scores: list[float]) -> list[float]:
    """Return the mean score of the tokens that touch each unit; 1 where none does.

    Args:
        pieces: The units, ascending and disjoint.
        offsets: The tokens' character spans, ascending.
        scores: One per token.
    """
    totals, counts = [0.0] * len(pieces), [0] * len(pieces)
    first, most = 0, len(pieces)
    for (start, end), score in zip(offsets, scores, strict=True):
        while first < most and pieces[first][1] <= start:
            first += 1
        index = first
        while index < most and pieces[index][0] < end:
            totals[index] += score
            counts[index] += 1
            index += 1
    return [total / count if count else 1.0 for total, count in zip(totals, counts, strict=True)]

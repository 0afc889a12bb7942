"""Scores of a token classifier: windows, batches by length, tokens to units. Imports torch."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from runner.compression.batch import buckets, windows
from runner.compression.encoder import Encoder
from runner.compression.unit import Span, overlap, units

KEEP = 1
_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class NetworkScorer:
    """A token classifier with its tokenizer."""

    network: Encoder
    tokenizer: Tokenizer

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1].

        A unit's score is the mean over the tokens that touch it.
        """
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        by_token = _token_scores(self.network, [item.ids for item in encoded])
        return [
            _unit_scores(units(text), item.offsets, scores)
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
def _token_scores(network: Encoder, rows: list[list[int]]) -> list[list[float]]:
    window = network.shape.max_position_embeddings
    cuts = [(r, a, b) for r, row in enumerate(rows) for a, b in windows(len(row), window)]
    found: dict[tuple[int, int], list[float]] = {}
    for batch in buckets([b - a for _, a, b in cuts], tokens=_BATCH_TOKENS):
        chosen = [cuts[index] for index in batch]
        ids, mask = pad([rows[r][a:b] for r, a, b in chosen])  # (B, T)
        logits = network(ids, mask)  # (B, T, 2)
        keep = logits.softmax(-1)[..., KEEP]  # (B, T)
        for (r, a, b), line in zip(chosen, keep.tolist(), strict=True):
            found[r, a] = line[: b - a]
    return [
        [score for a, _ in windows(len(row), window) for score in found[r, a]]
        for r, row in enumerate(rows)
    ]


def _unit_scores(pieces: tuple[Span, ...], offsets: list[Span], scores: list[float]) -> list[float]:
    totals = [0.0] * len(pieces)
    counts = [0] * len(pieces)
    for offset, score in zip(offsets, scores, strict=True):
        for index in overlap(pieces, offset):
            totals[index] += score
            counts[index] += 1
    return [total / count if count else 1.0 for total, count in zip(totals, counts, strict=True)]

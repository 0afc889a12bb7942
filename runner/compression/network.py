"""A token classifier in torch as a scorer."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from runner.compression.classifier import Classifier
from runner.compression.token import score_units

KEEP = 1


@dataclass(frozen=True, slots=True)
class NetworkScorer:
    """A token classifier with its tokenizer."""

    network: Classifier
    tokenizer: Tokenizer

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        return score_units(self.run, self.tokenizer, texts, window=self.network.window)

    @torch.inference_mode()
    def run(self, rows: list[list[int]]) -> list[list[float]]:
        """Return one keep probability per token of each row, padding included."""
        ids, mask = pad(rows)  # (B, T)
        logits = self.network(ids, mask).float()  # (B, T, 2)
        keep = logits.softmax(-1)[..., KEEP]  # (B, T)
        return keep.tolist()  # type: ignore[no-any-return]


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and attention mask, both `(B, T)`, padded with 0 on the right."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])  # (B, T)
    lengths = torch.tensor([len(row) for row in rows])  # (B,)
    mask = torch.arange(longest)[None, :] < lengths[:, None]  # (B, T)
    return ids, mask

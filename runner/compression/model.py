"""A trained compressor: loads a candidate's folder and scores texts. Imports torch."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from runner.compression.batch import buckets, windows
from runner.compression.decide import by_threshold, force, render
from runner.compression.encoder import Encoder, Shape
from runner.compression.errors import CompressionError
from runner.compression.lexer import lex, lex_pieces
from runner.compression.options import Options, read_options
from runner.compression.unit import Span, mark, overlap, units

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
KEEP = 1
_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Compressor:
    """A model with its tokenizer and options, ready to score."""

    network: Encoder
    tokenizer: Tokenizer
    options: Options

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

    def keep(self, text: str, scores: list[float]) -> list[bool]:
        """Decide each unit with the candidate's own options."""
        kept = by_threshold(scores, self.options.threshold)
        if self.options.override == "off":
            return kept
        found = lex(text)
        if self.options.override == "on":
            found = lex_pieces(text, tuple(self.tokenizer.encode(text).offsets))
        spans = tuple((span.start, span.end) for span in found)
        return force(kept, mark(units(text), spans))

    def compress(self, text: str) -> str:
        """Return the text without the units that are dropped, in byte-exact slices."""
        return render(text, units(text), self.keep(text, self.scores([text])[0]))


def load(folder: Path, *, threads: int = 1) -> Compressor:
    """Load a candidate.

    Raises:
        CompressionError: a file is missing or damaged, or the weights do not fit the network.
    """
    torch.set_num_threads(threads)
    options = read_options(folder)
    try:
        shape = Shape.model_validate_json((folder / CONFIG).read_bytes())
        network = Encoder(shape)
        network.load_state_dict(load_file(folder / WEIGHTS))
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as err:  # safetensors and tokenizers raise bare Exception
        raise CompressionError(f"{folder} holds no loadable compressor: {err}") from err
    return Compressor(network.eval(), tokenizer, options)


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


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and attention mask, both `(B, T)`, padded with 0 on the right."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])  # (B, T)
    lengths = torch.tensor([len(row) for row in rows])  # (B,)
    mask = torch.arange(longest)[None, :] < lengths[:, None]  # (B, T)
    return ids, mask


def _unit_scores(pieces: tuple[Span, ...], offsets: list[Span], scores: list[float]) -> list[float]:
    totals = [0.0] * len(pieces)
    counts = [0] * len(pieces)
    for offset, score in zip(offsets, scores, strict=True):
        for index in overlap(pieces, offset):
            totals[index] += score
            counts[index] += 1
    return [total / count if count else 1.0 for total, count in zip(totals, counts, strict=True)]

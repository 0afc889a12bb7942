"""A trained compressor: loads a candidate's folder, scores and decides. Imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from runner.compression.checkpoint import read_checkpoint
from runner.compression.choose import choose
from runner.compression.ensemble import EnsembleScorer
from runner.compression.errors import CompressionError
from runner.compression.network import NetworkScorer
from runner.compression.options import Ensemble, Options, read_options
from runner.compression.scorer import Scorer
from runner.compression.unit import Span

MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Compressor:
    """A scorer with its options, ready to decide.

    Attributes:
        tokenizer: Cuts texts into the model's tokens; of an ensemble, the first member's.
    """

    scorer: Scorer
    tokenizer: Tokenizer
    options: Options

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        return self.scorer.scores(texts)

    def cut(self, text: str) -> tuple[Span, ...]:
        """Return the character spans of the model's tokens."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).offsets)

    def keep(self, text: str, scores: list[float]) -> list[bool]:
        """Decide each unit with the candidate's own options."""
        return choose(text, scores, self.options, cut=self.cut)


def load(
    folder: Path, *, threads: int = 1, members: Mapping[str, Path] | None = None
) -> Compressor:
    """Load a candidate: whatever its folder holds, behind one face.

    Args:
        folder: The candidate's files.
        threads: Threads of torch, for the whole process.
        members: Role to folder of an ensemble's members; None looks in `folder/members/<role>`.

    Raises:
        CompressionError: a file is missing or damaged, or the weights do not fit the network.
    """
    torch.set_num_threads(threads)
    options = read_options(folder)
    if options.ensemble is not None:
        return _load_ensemble(folder, options, options.ensemble, members or {})
    if members:
        raise CompressionError(f"{folder} is no ensemble; it has no place for {sorted(members)}")
    scorer = read_network(folder)
    return Compressor(scorer, scorer.tokenizer, options)


def _load_ensemble(
    folder: Path, options: Options, ensemble: Ensemble, members: Mapping[str, Path]
) -> Compressor:
    loaded = []
    for role in ensemble.members:
        place = members.get(role, folder / MEMBERS / role)
        if read_options(place).ensemble is not None:
            raise CompressionError(f"member {role} is an ensemble itself; name its own members")
        loaded.append(read_network(place))
    scorer = EnsembleScorer(tuple(loaded), ensemble.keep_if)
    return Compressor(scorer, loaded[0].tokenizer, options)


def read_network(folder: Path) -> NetworkScorer:
    """Read one network with its tokenizer.

    Raises:
        CompressionError: a file is missing or damaged, or the weights do not fit the network.
    """
    network, tokenizer = read_checkpoint(folder)
    return NetworkScorer(network, tokenizer)

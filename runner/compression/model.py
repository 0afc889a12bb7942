"""A trained compressor: loads a candidate's folder, scores and decides. Imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from runner.compression.checkpoint import read_checkpoint
from runner.compression.choose import choose
from runner.compression.ensemble import EnsembleScorer
from runner.compression.errors import CompressionError
from runner.compression.graph import GRAPH, GraphScorer, read_graph
from runner.compression.network import NetworkScorer
from runner.compression.options import Ensemble, Options, read_options
from runner.compression.precision import Precision, in_precision
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

    def faster(self) -> "Compressor":
        """Return the same compressor in the arithmetic that is fastest here, or itself."""
        return replace(self, scorer=_faster(self.scorer))


def load(
    folder: Path,
    *,
    threads: int = 1,
    members: Mapping[str, Path] | None = None,
    precision: Precision = "fp32",
) -> Compressor:
    """Load a candidate: whatever its folder holds, behind one face.

    Args:
        folder: The candidate's files.
        threads: Threads of torch, for the whole process.
        members: Role to folder of an ensemble's members; None looks in `folder/members/<role>`.
        precision: `fp32` gives the same bits every time; `auto` is faster where bf16 is.

    Raises:
        CompressionError: a file is missing or damaged, or the weights do not fit the network.
    """
    torch.set_num_threads(threads)
    options = read_options(folder)
    if options.ensemble is not None:
        places = _places(folder, options.ensemble, members or {})
        loaded = tuple(_read(place, threads, precision) for place in places)
        scorer = EnsembleScorer(loaded, options.ensemble.keep_if)
        return Compressor(scorer, loaded[0].tokenizer, options)
    if members:
        raise CompressionError(f"{folder} is no ensemble; it has no place for {sorted(members)}")
    one = _read(folder, threads, precision)
    return Compressor(one, one.tokenizer, options)


def _places(folder: Path, ensemble: Ensemble, members: Mapping[str, Path]) -> list[Path]:
    places = [members.get(role, folder / MEMBERS / role) for role in ensemble.members]
    for role, place in zip(ensemble.members, places, strict=True):
        if read_options(place).ensemble is not None:
            raise CompressionError(f"member {role} is an ensemble itself; name its own members")
    return places


def _read(folder: Path, threads: int, precision: Precision) -> NetworkScorer | GraphScorer:
    if (folder / GRAPH).is_file():
        return read_graph(folder, threads=threads)
    return in_precision(read_network(folder), precision)


def _faster(scorer: Scorer) -> Scorer:
    if isinstance(scorer, EnsembleScorer):
        return replace(scorer, members=tuple(map(_faster, scorer.members)))
    return in_precision(scorer, "auto") if isinstance(scorer, NetworkScorer) else scorer


def read_network(folder: Path) -> NetworkScorer:
    """Read one network with its tokenizer.

    Raises:
        CompressionError: a file is missing or damaged, or the weights do not fit the network.
    """
    network, tokenizer = read_checkpoint(folder)
    return NetworkScorer(network, tokenizer)

"""What a method works on, and the candidate that it leaves, not yet stored."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runner.compression.checkpoint import write_checkpoint
from runner.compression.ensemble import EnsembleScorer
from runner.compression.model import MEMBERS, Compressor, load
from runner.compression.network import NetworkScorer
from runner.compression.options import FILE
from runner.core.phase import Phases
from runner.core.request import MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.params import Params
from runner.makers.token_compressor.text import Text, read_texts

Figures = dict[str, float | int | str]
Write = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One candidate to be made."""

    request: MakeRequest
    params: Params
    phases: Phases

    @property
    def variants(self) -> int:
        """Return how many variants of each text are learned: none in a smoke run."""
        return 0 if self.request.smoke else self.params.variants

    def texts(self) -> list[Text]:
        """Return the training texts.

        Raises:
            TokenCompressorError: there are none.
        """
        return read_texts(self.request.train)

    def parent(self) -> Compressor:
        """Return the working parent.

        Raises:
            TokenCompressorError: there is none.
            CompressionError: it is no compressor.
        """
        if self.request.parent is None:
            method = self.params.method
            raise TokenCompressorError(f"{method} starts from the working parent; there is none")
        return load(self.request.parent, threads=self.params.threads)

    def other(self, role: str) -> Compressor:
        """Return a compressor that the parameters name.

        Raises:
            TokenCompressorError: the request lacks it.
            CompressionError: it is no compressor.
        """
        if role not in self.request.refs:
            raise TokenCompressorError(f"the request has no {role}, which the parameters name")
        return load(self.request.refs[role], threads=self.params.threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A candidate that is not stored yet.

    Attributes:
        model: Scores and decides; its options are the method's own.
        write: Writes the weights, if it has any of its own, into the candidate's folder.
        threshold: Where the parameters do not say.
        auto: Calibrate it instead, where there is dev.
        refs: Role in the candidate to role in the request.
    """

    model: Compressor
    write: Write
    threshold: float
    auto: bool = False
    figures: Figures
    refs: Mapping[str, str] = field(default_factory=dict)


def trainable(model: Compressor) -> NetworkScorer:
    """Return the network that a training goes on from; of an ensemble, the first member's.

    Raises:
        TokenCompressorError: the model is no network of ours.
    """
    scorer = model.scorer.members[0] if isinstance(model.scorer, EnsembleScorer) else model.scorer
    if not isinstance(scorer, NetworkScorer):
        raise TokenCompressorError("the model is an export for inference; train its original")
    return scorer


def writes(scorer: NetworkScorer) -> Write:
    """Return what writes a network and its tokenizer."""
    return partial(_write_network, scorer)


def copies(source: Path) -> Write:
    """Return what copies another candidate's files, but for its options and its members."""
    return partial(_copy, source)


def nothing(_: Path) -> None:
    """Write no weights: an ensemble has none of its own."""


def _write_network(scorer: NetworkScorer, out: Path) -> None:
    write_checkpoint(out, scorer.network, scorer.tokenizer)


def _copy(source: Path, out: Path) -> None:
    for file in sorted(source.rglob("*")):
        path = file.relative_to(source)
        if file.is_file() and path.parts[0] not in {FILE, MEMBERS}:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, out / path)

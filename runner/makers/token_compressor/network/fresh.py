"""The network that a first training starts from, by the base's name."""

from collections.abc import Mapping
from pathlib import Path

from runner.compression.encoder import Encoder, Shape, initialise
from runner.compression.network import NetworkScorer
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.network.fit import Schedule
from runner.makers.token_compressor.network.origin import (
    BASE,
    MODERNBERT,
    Base,
    Pretrained,
    Scratch,
)
from runner.makers.token_compressor.network.pretrained import (
    hub_folder,
    minilm_folder,
    read_pretrained,
)
from runner.makers.token_compressor.network.vocabulary import VOCABULARY, train_tokenizer

_EPOCHS = 3


def fresh(base: Base, corpus: list[str], folders: Mapping[str, Path]) -> NetworkScorer:
    """Return an untrained compressor: from scratch, or an encoder with a fresh head.

    Args:
        base: What the parameters say.
        corpus: Training texts, from which a scratch model's tokenizer is learned.
        folders: The request's folders by role.

    Raises:
        TokenCompressorError: the base is not on this machine, or is none.
        CompressionError: the base is no network or tokenizer that we know.
    """
    if base == "scratch" or isinstance(base, Scratch):
        shape = Shape(vocab_size=VOCABULARY) if base == "scratch" else _shape(base)
        return NetworkScorer(initialise(Encoder(shape)), train_tokenizer(corpus))
    return NetworkScorer(*read_pretrained(_folder(base, folders)))


def default_schedule(base: Base, scratch: Schedule, *, tokens: int) -> Schedule:
    """Return how long a base trains where the parameters do not say.

    Args:
        base: What the parameters say.
        scratch: The method's own schedule, for a model from scratch.
        tokens: Tokens of the training texts.

    Source: three epochs at 2e-4 for ModernBERT-base; the higher rate for MiniLM learned in one
    epoch, and was not compared with others.
    """
    if base == "scratch" or isinstance(base, Scratch):
        return scratch
    if base == "minilm":
        return Schedule(steps=-(-tokens // 512), rate=1e-3, tokens=512)
    return Schedule(steps=-(-_EPOCHS * tokens // 4096), rate=2e-4, tokens=4096)


def _shape(size: Scratch) -> Shape:
    return Shape(
        vocab_size=VOCABULARY,
        hidden_size=size.width,
        intermediate_size=size.width * 3 // 2,
        num_hidden_layers=size.layers,
        num_attention_heads=size.width // 64,
    )


def _folder(base: Base, folders: Mapping[str, Path]) -> Path:
    if base == "minilm":
        return minilm_folder()
    asked = base if isinstance(base, Pretrained) else MODERNBERT
    if asked.hf is not None:
        return hub_folder(asked.hf)
    if BASE not in folders:
        raise TokenCompressorError(f"the request has no folder {asked.folder}, which base names")
    return folders[BASE]

"""A network on disk: `config.json`, `model.safetensors`, `tokenizer.json`, and their digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from runner.compression.bert import Bert, BertShape
from runner.compression.classifier import Classifier
from runner.compression.encoder import Encoder, Shape
from runner.compression.errors import CompressionError
from runner.compression.foreign import build_foreign
from runner.core.canonical import canonical
from runner.core.file import write_atomic

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
_DIGESTS = "sha256"


def write_checkpoint(folder: Path, network: Classifier, tokenizer: Tokenizer) -> None:
    """Store a network with its tokenizer; the same weights, the same bytes."""
    save_file(network.weights(), folder / WEIGHTS, metadata={"format": "pt"})
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    write_config(folder, network.config(), names=(WEIGHTS, TOKENIZER))


def write_config(folder: Path, config: dict[str, object], *, names: tuple[str, ...]) -> None:
    """Store a configuration with the digests of the files beside it that it belongs to."""
    digests = {name: _digest(folder / name) for name in names}
    write_atomic(folder / CONFIG, canonical({**config, _DIGESTS: digests}))


def read_checkpoint(folder: Path) -> tuple[Classifier, Tokenizer]:
    """Read a network with its tokenizer, ready to score.

    Raises:
        CompressionError: a file is missing or damaged, is not the one that was stored, or belongs
            to another network.
    """
    try:
        check_digests(folder)
        network = build(folder)
        network.take(load_file(folder / WEIGHTS))
        tokenizer = read_tokenizer(folder)
    except CompressionError:
        raise
    except Exception as err:  # safetensors and tokenizers raise bare Exception
        said = str(err).splitlines()[-1].strip() if str(err) else type(err).__name__
        raise CompressionError(f"{folder} holds no loadable compressor: {said}") from err
    check_vocabulary(folder, network, tokenizer)
    return network.eval(), tokenizer


def build(folder: Path) -> Classifier:
    """Build the network that `folder/config.json` describes, its weights not yet read.

    Raises:
        CompressionError: the file describes none that this engine or transformers knows.
    """
    place = folder / CONFIG
    try:
        said = place.read_bytes()
        kind = json.loads(said).get("model_type")
        if kind == "modernbert":
            return Encoder(Shape.model_validate_json(said))
        if kind == "bert":
            return Bert(BertShape.model_validate_json(said))
    except (OSError, ValueError, AttributeError, ValidationError) as err:
        raise CompressionError(f"{place} describes no network: {_first(err)}") from err
    return build_foreign(folder)


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read a tokenizer and take off what its file says of padding and truncation.

    Raises:
        CompressionError: there is none in the one format that tokenizers reads.
    """
    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as err:  # tokenizers raises bare Exception
        raise CompressionError(f"{folder / TOKENIZER} holds no tokenizer: {_first(err)}") from err
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def check_vocabulary(folder: Path, network: Classifier, tokenizer: Tokenizer) -> None:
    """See to it that every token of the tokenizer has a row in the network.

    Raises:
        CompressionError: it has not; the two belong to different models.
    """
    rows, tokens = network.config().get("vocab_size"), tokenizer.get_vocab_size()
    if isinstance(rows, int) and tokens > rows:
        raise CompressionError(
            f"{folder}: the tokenizer has {tokens} tokens and the network {rows};"
            " they belong to different models"
        )


def check_digests(folder: Path) -> dict[str, Any]:
    """Return a stored configuration, if the files beside it are those that it belongs to.

    Raises:
        CompressionError: it cannot be read, or a file is missing or another.
    """
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_bytes())
        digests = dict(config.get(_DIGESTS, {}))
    except (OSError, ValueError, TypeError, AttributeError) as err:
        said = f"{CONFIG}: {_first(err)}"
        raise CompressionError(f"{folder} holds no loadable compressor: {said}") from err
    for name, stored in digests.items():
        place = folder / name
        if not place.is_file():
            raise CompressionError(f"{folder} holds no loadable compressor: {name} is missing")
        if _digest(place) != stored:
            said = f"{name} is not the file that was stored, sha256 {stored[:12]}"
            raise CompressionError(f"{folder} holds no loadable compressor: {said}")
    return config


def _digest(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first(err: Exception) -> str:
    return str(err).splitlines()[0] if str(err) else type(err).__name__

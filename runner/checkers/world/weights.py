"""Whether a candidate's weights are numbers, and its tokenizer is theirs."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoTokenizer

from runner.core.errors import InvalidCandidateError


def refuse_broken(folder: Path) -> None:
    """See that every weight is finite, one tensor in memory at a time.

    Raises:
        InvalidCandidateError: there are no weights, a file is damaged, or a weight is not finite.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise InvalidCandidateError("the candidate has no weights; expected model.safetensors")
    for file in files:
        try:
            broken = _broken(file)
        except (SafetensorError, OSError) as err:
            said = " ".join(str(err).split())
            raise InvalidCandidateError(f"{file.name} cannot be read: {said}") from err
        if broken is not None:
            raise InvalidCandidateError(f"{file.name}: {broken} is not finite")


def refuse_strange(folder: Path) -> None:
    """See that the model has an embedding for every token of the tokenizer.

    Args:
        folder: One that both can be loaded from.

    Raises:
        InvalidCandidateError: it has not.
    """
    known = AutoTokenizer.from_pretrained(folder, local_files_only=True).get_vocab()
    config = AutoConfig.from_pretrained(folder, local_files_only=True).get_text_config()
    if max(known.values()) >= config.vocab_size:
        raise InvalidCandidateError(
            f"the tokenizer has {len(known)} tokens, the model has {config.vocab_size};"
            " one of them is another model's"
        )


def _broken(file: Path) -> str | None:
    """Return the name of the first tensor with a NaN or an infinity."""
    with safe_open(file, framework="pt") as opened:
        for name in opened.keys():  # noqa: SIM118 - it is no mapping
            weights: torch.Tensor = opened.get_tensor(name)
            if weights.is_floating_point() and not bool(torch.isfinite(weights.float()).all()):
                return str(name)
    return None

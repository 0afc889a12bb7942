"""A Hugging Face folder in memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from runner.lm.error import LmError


@dataclass(frozen=True, slots=True)
class Loaded:
    """A causal language model of transformers and its tokenizer.

    Attributes:
        model: On its device, in evaluation mode.
        tokenizer: With a chat template.
        window: Tokens that a conversation may have; None where the model names no bound.
        ends: Tokens with which an answer ends.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    window: int | None
    ends: frozenset[int]


def load(folder: Path, *, device: str, dtype: torch.dtype | None = None) -> Loaded:
    """Read a folder; nothing is fetched.

    Args:
        folder: Model, tokenizer and chat template, as Hugging Face saves them.
        device: `auto` for a GPU where there is one, or torch's name of a device.
        dtype: Of the weights; None for what the folder says.

    Raises:
        LmError: the folder is missing or damaged, or has no chat template.
    """
    if not (folder / "config.json").is_file():
        raise LmError(f"{folder} is no model folder; expected a config.json in it")
    place = device_of(device)
    logging.disable_progress_bar()
    more = {} if dtype is None else {"dtype": dtype}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, **more)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as err:
        raise LmError(f"the model {folder} cannot be loaded: {one_line(err)}") from err
    if not tokenizer.chat_template:
        raise LmError(f"the tokenizer in {folder} has no chat template; a chat model has one")
    return Loaded(
        model=model.to(place).eval(),
        tokenizer=tokenizer,
        device=place,
        window=getattr(model.config.get_text_config(), "max_position_embeddings", None),
        ends=_ends(model.generation_config.eos_token_id),
    )


def device_of(name: str) -> torch.device:
    """Return a device by its name; `auto` is a GPU where there is one.

    Raises:
        LmError: torch knows no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as err:
        raise LmError(f'no device "{name}"; expected auto, cpu, cuda or cuda:<n>') from err


def _ends(ids: int | list[int] | None) -> frozenset[int]:
    if ids is None:
        return frozenset()
    return frozenset({ids} if isinstance(ids, int) else ids)


def one_line(err: BaseException) -> str:
    """Return the beginning of an error's text on one line."""
    return " ".join(str(err).split())[:200]

"""A chat model with its tokenizer, in memory and as a Hugging Face folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from runner.core.errors import InvalidCandidateError
from runner.training.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Chat:
    """A causal language model of transformers and the tokenizer that it reads with.

    Attributes:
        model: Changed in place by training.
        tokenizer: With a chat template.
    """

    model: Any
    tokenizer: Any

    @property
    def window(self) -> int:
        """Longest conversation in tokens."""
        return int(self.model.config.max_position_embeddings)

    @property
    def ending(self) -> int:
        """The token that ends a turn."""
        return int(self.tokenizer.eos_token_id)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        found: torch.device = next(self.model.parameters()).device
        return found

    def hidden(self, **inputs: torch.Tensor) -> torch.Tensor:
        """Return the last layer's states (B, T, D) for `input_ids` and `position_ids` (B, T)."""
        states: torch.Tensor = self.model.get_decoder()(use_cache=False, **inputs).last_hidden_state
        return states

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return what follows chosen states (N, D): (N, V) in fp32."""
        found: torch.Tensor = self.model.get_output_embeddings()(states)
        return found.float()

    def save(self, folder: Path) -> None:
        """Store model and tokenizer; the same weights, the same bytes.

        Raises:
            InvalidCandidateError: a weight is not finite.
        """
        for name, weight in self.model.named_parameters():
            if not torch.isfinite(weight).all():
                raise InvalidCandidateError(f"the trained model is broken: {name} is not finite")
        logging.disable_progress_bar()
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def load(folder: Path, *, device: str = "cpu") -> Chat:
    """Read a model folder, its weights as fp32; nothing is fetched and no code of its is run.

    Args:
        folder: As Hugging Face saves a causal language model and its tokenizer.
        device: Torch's name of one.

    Raises:
        TrainingError: the folder is missing or damaged, has no chat template, or scales its logits.
    """
    if not (folder / "config.json").is_file():
        raise TrainingError(f"{folder} is no model folder; expected a config.json in it")
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as err:
        said = " ".join(str(err).split())[:200]
        raise TrainingError(f"the model {folder} cannot be loaded: {said}") from err
    if not tokenizer.chat_template:
        raise TrainingError(f"the tokenizer in {folder} has no chat template; a chat model has one")
    scaled = [
        name
        for name in ("final_logit_softcapping", "logits_scaling", "logit_scale")
        if getattr(model.config, name, None)
    ]
    if scaled:
        raise TrainingError(
            f"the model {folder} declares {scaled[0]}, which is not trained here; use TRL's trainer"
        )
    return Chat(model.to(device), tokenizer)

"""A chat model that has learnt nothing yet."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, GenerationConfig, Qwen3Config, Qwen3ForCausalLM

from runner.training.chat import Chat
from runner.training.params import Shape

_ROTARY_BASE = 10_000.0
"""Qwen3's own 1,000,000 is for windows of 32,768 tokens."""


def scratch(shape: Shape, tokenizer: Path, *, seed: int) -> Chat:
    """Draw the weights of a Qwen3 model; the same seed, the same weights.

    Args:
        shape: Its size.
        tokenizer: Folder that `write_tokenizer` has filled.
        seed: Of the draw; everybody else's randomness is left alone.
    """
    words = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
    model = blank(shape, len(words), seed=seed)
    ends, pads = words.eos_token_id, words.pad_token_id
    model.config.eos_token_id, model.config.pad_token_id = ends, pads
    model.generation_config = GenerationConfig(
        eos_token_id=ends, pad_token_id=pads, do_sample=True, temperature=1.0, top_k=0
    )
    return Chat(model, words)


def blank(shape: Shape, words: int, *, seed: int) -> Any:  # noqa: ANN401 - transformers is untyped
    """Draw the weights of a Qwen3 model for a vocabulary of so many tokens."""
    config = Qwen3Config(
        vocab_size=words,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.width // shape.heads,
        intermediate_size=shape.hidden,
        max_position_embeddings=shape.window,
        rope_parameters={"rope_type": "default", "rope_theta": _ROTARY_BASE},
        tie_word_embeddings=True,
        initializer_range=shape.width**-0.5 / 2,
        bos_token_id=None,
        eos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Qwen3ForCausalLM(config)

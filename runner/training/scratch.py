"""A chat model that has learnt nothing yet."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, GenerationConfig, Qwen3Config, Qwen3ForCausalLM

from runner.training.chat import Chat
from runner.training.params import Shape

_ROTARY_BASE = 300.0
"""Qwen3's own 1,000,000 is for windows of 32,768 tokens; conversations here have hundreds."""
_LOUD = 3.0
"""Deviation of embeddings in that of other weights: what a token is must outlast the first layers.

Measured after 40 s of pretraining on one core, share of turns that are right: 0.54 with all weights
at half of this deviation, 0.80 with embeddings at 1, 0.84 at 2, 0.85 at 4, 0.83 at 8.
"""
_STEADY = 4.0
"""A channel that is the same in every embedding, in standard deviations of the others."""
_SHARP = 0.6
"""Share of the rotary frequencies, the fastest, by which the token before is told from others."""


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
        initializer_range=shape.width**-0.5,
        bos_token_id=None,
        eos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        model.get_input_embeddings().weight *= _LOUD
    _look_back(model)
    return model


@torch.no_grad()
def _look_back(model: Any) -> None:  # noqa: ANN401 - transformers is untyped
    """Let one head of the first layer begin by looking at the token before.

    It is the first half of an induction circuit, by which a transformer copies; models of this size
    need most of a short training to find it by themselves. Training is free to undo it.

    Source: C. Olsson et al., "In-context learning and induction heads" (2022).
    """
    head = model.config.head_dim
    half = head // 2
    turns = model.model.rotary_emb.inv_freq[: max(1, int(_SHARP * half))].float()  # (N,)
    query, key = torch.zeros(head), torch.zeros(head)
    # turned back by one position, so that the product with the key is largest at distance 1
    query[: len(turns)], query[half : half + len(turns)] = turns.cos(), -turns.sin()
    key[: len(turns)] = 1.0
    words = model.get_input_embeddings().weight  # (V, D)
    words[:, 0] = _STEADY * words.std()
    attention = model.model.layers[0].self_attn
    for weight, aim in ((attention.q_proj.weight, query), (attention.k_proj.weight, key)):
        weight[:head] = 0.0
        weight[:head, 0] = aim

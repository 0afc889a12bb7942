"""Attention over conversations of unlike length: each region reads no further than its longest."""

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from runner.lm.folder import Loaded

_NAME = "git_loop_regions"

Region = tuple[int, int, int]
"""Rows from, rows to, places that they read."""


def use_regions(loaded: Loaded) -> bool:
    """Let a model's attention take `regions`; tells whether it can."""
    AttentionInterface.register(_NAME, _attend)
    if loaded.model.config._attn_implementation == "sdpa":  # noqa: SLF001 - no other name for it
        loaded.model.set_attn_implementation(_NAME)
    return bool(loaded.model.config._attn_implementation == _NAME)  # noqa: SLF001 - likewise


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    regions: tuple[Region, ...] = (),
    **more: Any,  # noqa: ANN401 - as transformers passes them
) -> tuple[torch.Tensor, None]:
    """Attend (N, H, W, D) to keys and values (N, H, T, D); returns (N, W, H, D)."""
    if attention_mask is None or not regions:
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **more)
        return found, None
    parts = [
        sdpa_attention_forward(
            module,
            query[begin:end],
            key[begin:end, :, :top],
            value[begin:end, :, :top],
            attention_mask[begin:end, :, :, :top],
            **more,
        )[0]
        for begin, end, top in regions
    ]
    return torch.cat(parts), None

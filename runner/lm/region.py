"""Forward passes over conversations of unlike length without what nobody asks for.

In attention each region reads no further than its longest; the last layer works for last tokens.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from runner.lm.folder import Loaded

_NAME = "git_loop_regions"

Region = tuple[int, int, int]
"""Rows from, rows to, places that they read."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What attention need not leave out.

    Attributes:
        regions: Of rows of like length; none where each row may read all.
        last: Number of the last layer, from 0: there only last tokens are asked for.
    """

    regions: tuple[Region, ...]
    last: int


def use_reach(loaded: Loaded) -> bool:
    """Let a model's attention take a `reach`; tells whether it can."""
    AttentionInterface.register(_NAME, _attend)
    if loaded.model.config._attn_implementation == "sdpa":  # noqa: SLF001 - no other name for it
        loaded.model.set_attn_implementation(_NAME)
    return bool(loaded.model.config._attn_implementation == _NAME)  # noqa: SLF001 - likewise


def narrow(loaded: Loaded) -> RemovableHandle | None:
    """Let a model's last layer calculate its MLP, most of its work, for the last token alone.

    What it says of a row's other tokens is worthless from then on; their keys and values are not.

    Returns:
        What takes it back; None where the model has no such layer.
    """
    layers = getattr(loaded.model.get_decoder(), "layers", None) or [None]
    mlp = getattr(layers[-1], "mlp", None)
    if not isinstance(mlp, torch.nn.Module):
        return None
    # The sum with what went around the MLP, (N, W, D), spreads its (N, 1, D) over the row.
    return mlp.register_forward_pre_hook(lambda _, given: (given[0][:, -1:], *given[1:]))


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    reach: Reach | None = None,
    **more: Any,  # noqa: ANN401 - as transformers passes them
) -> tuple[torch.Tensor, None]:
    """Attend (N, H, W, D) to keys and values (N, H, T, D); returns (N, W, H, D).

    In the last layer, what a row's last token attends to stands at each token of the row.
    """
    width = query.shape[2]
    if reach is not None and getattr(module, "layer_idx", None) == reach.last:
        query = query[:, :, -1:]
        attention_mask = None if attention_mask is None else attention_mask[:, :, -1:]
    if attention_mask is None or reach is None or not reach.regions:
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **more)
        return found.expand(-1, width, -1, -1), None
    parts = [
        sdpa_attention_forward(
            module,
            query[begin:end],
            key[begin:end, :, :top],
            value[begin:end, :, :top],
            attention_mask[begin:end, :, :, :top],
            **more,
        )[0]
        for begin, end, top in reach.regions
    ]
    return torch.cat(parts).expand(-1, width, -1, -1), None

"""A ModernBERT token classifier in plain torch, file-compatible with the Hugging Face class.

Parameter names, shapes and arithmetic are those of `ModernBertForTokenClassification`, so either
reads what the other wrote; a test compares their logits. Importing that class costs 2.3 s of CPU
in each maker and checker process, more than scoring 500 texts takes.

Source: "Smarter, Better, Faster, Longer" (ModernBERT), arXiv 2412.13663.
"""

import math
from typing import Annotated, Self

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from runner.compression.classifier import LONGEST, Classifier
from runner.core.frozen import Frozen

_GLOBAL_THETA, _LOCAL_THETA = 160_000.0, 10_000.0
_CUTOFF = 2.0


class Shape(Frozen, extra="ignore"):
    """The keys of a Hugging Face `config.json` that this encoder honours.

    Attributes:
        local_attention: Width of the window of all layers but each `global_every`th, in tokens.
    """

    model_type: Annotated[str, Field(pattern="^modernbert$")] = "modernbert"
    vocab_size: PositiveInt = 8192
    hidden_size: PositiveInt = 192
    intermediate_size: PositiveInt = 288
    num_hidden_layers: PositiveInt = 3
    num_attention_heads: PositiveInt = 3
    max_position_embeddings: PositiveInt = 512
    local_attention: PositiveInt = 64
    pad_token_id: NonNegativeInt = 0
    global_attn_every_n_layers: PositiveInt = 3
    norm_eps: PositiveFloat = 1e-5
    initializer_range: PositiveFloat = 0.02

    @model_validator(mode="after")
    def _parted(self) -> Self:
        if self.hidden_size % (2 * self.num_attention_heads):  # rotation takes pairs
            raise ValueError(f"{self.hidden_size} wide in {self.num_attention_heads} heads")
        return self


class Encoder(Classifier):
    """Maps token ids to one pair of logits (0 drop, 1 keep) per token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.window = min(LONGEST, shape.max_position_embeddings)
        self.model = _Body(shape)
        self.head = _Head(shape)
        self.classifier = nn.Linear(shape.hidden_size, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits `(B, T, 2)` of ids `(B, T)` int64 and mask `(B, T)` bool, True = token."""
        hidden: Tensor = self.head(self.model(ids, mask))  # (B, T, H)
        return self.classifier(hidden)  # type: ignore[no-any-return]

    def config(self) -> dict[str, object]:
        """Return the `config.json` with which the Hugging Face class reads the weights."""
        return {
            **self.shape.model_dump(mode="json"),
            "architectures": ["ModernBertForTokenClassification"],
        }


def initialise(network: Encoder) -> Encoder:
    """Draw all weights from torch's generator: truncated normals, residual outputs smaller."""
    inner = network.shape.initializer_range
    outer = inner / math.sqrt(2 * network.shape.num_hidden_layers)
    for name, weight in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weight)
        elif weight.dim() > 1:
            scale = outer if name.endswith(("Wo.weight", "dense.weight")) else inner
            if name.startswith("classifier"):
                scale = network.shape.hidden_size**-0.5
            nn.init.trunc_normal_(weight, std=scale, a=-_CUTOFF * scale, b=_CUTOFF * scale)
    return network


class _Body(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.window = shape.local_attention // 2
        self.stride = shape.global_attn_every_n_layers
        self.head_size = shape.hidden_size // shape.num_attention_heads
        self.embeddings = nn.ModuleDict(
            {
                "tok_embeddings": nn.Embedding(shape.vocab_size, shape.hidden_size),
                "norm": _norm(shape),
            }
        )
        self.layers = nn.ModuleList(_Layer(shape, i) for i in range(shape.num_hidden_layers))
        self.final_norm = _norm(shape)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.embeddings["norm"](self.embeddings["tok_embeddings"](ids))  # (B, T, H)
        place = torch.arange(ids.shape[1], device=ids.device)  # (T,)
        near = (place[:, None] - place[None, :]).abs() <= self.window  # (T, T)
        everywhere = mask[:, None, None, :]  # (B, 1, 1, T)
        # a padding row may see no token within its window: let it see itself, or it is NaN
        itself = place[:, None] == place[None, :]  # (T, T)
        nearby = (everywhere & near) | itself  # (B, 1, T, T)
        turns = {
            True: _turns(place, self.head_size, _GLOBAL_THETA, hidden.dtype),
            False: _turns(place, self.head_size, _LOCAL_THETA, hidden.dtype),
        }
        for index, layer in enumerate(self.layers):
            reaches_all = index % self.stride == 0
            hidden = layer(hidden, everywhere if reaches_all else nearby, turns[reaches_all])
        return self.final_norm(hidden)  # type: ignore[no-any-return]


class _Layer(nn.Module):
    def __init__(self, shape: Shape, index: int) -> None:
        super().__init__()
        self.attn_norm = _norm(shape) if index else nn.Identity()
        self.attn = _Attention(shape)
        self.mlp_norm = _norm(shape)
        self.mlp = _Gated(shape)

    def forward(self, hidden: Tensor, reach: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        hidden = hidden + self.attn(self.attn_norm(hidden), reach, turns)
        return hidden + self.mlp(self.mlp_norm(hidden))  # type: ignore[no-any-return]


class _Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.num_attention_heads
        self.Wqkv = nn.Linear(shape.hidden_size, 3 * shape.hidden_size, bias=False)
        self.Wo = nn.Linear(shape.hidden_size, shape.hidden_size, bias=False)

    def forward(self, hidden: Tensor, reach: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        rows, length, size = hidden.shape
        split = self.Wqkv(hidden).view(rows, length, 3, self.heads, size // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (B, heads, T, D)
        found = scaled_dot_product_attention(
            _turned(query, turns), _turned(key, turns), value, attn_mask=reach
        )  # (B, heads, T, D)
        return self.Wo(found.transpose(1, 2).reshape(rows, length, size))  # type: ignore[no-any-return]


class _Gated(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.Wi = nn.Linear(shape.hidden_size, 2 * shape.intermediate_size, bias=False)
        self.Wo = nn.Linear(shape.intermediate_size, shape.hidden_size, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        value, gate = self.Wi(hidden).chunk(2, dim=-1)  # each (B, T, I)
        return self.Wo(gelu(value) * gate)  # type: ignore[no-any-return]


class _Head(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.hidden_size, shape.hidden_size, bias=False)
        self.norm = _norm(shape)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.norm(gelu(self.dense(hidden)))  # type: ignore[no-any-return]


def _norm(shape: Shape) -> nn.LayerNorm:
    return nn.LayerNorm(shape.hidden_size, eps=shape.norm_eps, bias=False)


def _turns(place: Tensor, size: int, theta: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    steps = torch.arange(0, size, 2, dtype=torch.float, device=place.device)  # (D/2,)
    angles = (place[:, None].float() * theta ** (-steps / size)).repeat(1, 2)  # (T, D)
    return angles.cos().to(dtype), angles.sin().to(dtype)


def _turned(states: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    left, right = states.chunk(2, dim=-1)
    return states * turns[0] + torch.cat((-right, left), dim=-1) * turns[1]

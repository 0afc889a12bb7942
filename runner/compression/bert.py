"""A BERT token classifier in plain torch, file-compatible with the Hugging Face class.

Names, shapes and arithmetic are those of `BertForTokenClassification`, without its dropout, so
that MiniLM-shaped checkpoints run without importing transformers; a test compares the logits.

Source: "BERT: Pre-training of Deep Bidirectional Transformers", arXiv 1810.04805.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator
from torch import Tensor, arange, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from runner.compression.classifier import LONGEST, Classifier
from runner.core.frozen import Frozen


class BertShape(Frozen, extra="ignore"):
    """The keys of a Hugging Face `config.json` that this network honours."""

    model_type: Annotated[str, Field(pattern="^bert$")] = "bert"
    vocab_size: PositiveInt = 30522
    hidden_size: PositiveInt = 384
    num_hidden_layers: PositiveInt = 6
    num_attention_heads: PositiveInt = 12
    intermediate_size: PositiveInt = 1536
    hidden_act: Literal["gelu"] = "gelu"
    max_position_embeddings: PositiveInt = 512
    type_vocab_size: PositiveInt = 2
    layer_norm_eps: PositiveFloat = 1e-12
    pad_token_id: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _parted(self) -> Self:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(f"{self.hidden_size} wide in {self.num_attention_heads} heads")
        return self


class Bert(Classifier):
    """Embeddings, transformer layers with the norm after each half, one linear head."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.shape = shape
        self.window = min(LONGEST, shape.max_position_embeddings)
        self.bert = nn.ModuleDict({"embeddings": _Embeddings(shape), "encoder": _Stack(shape)})
        self.classifier = nn.Linear(shape.hidden_size, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits `(B, T, 2)` of ids `(B, T)` int64 and mask `(B, T)` bool, True = token."""
        reach = mask[:, None, None, :]  # (B, 1, 1, T)
        hidden: Tensor = self.bert["embeddings"](ids)  # (B, T, H)
        for layer in self.bert["encoder"].layer:  # type: ignore[union-attr]
            hidden = layer(hidden, reach)  # (B, T, H)
        return self.classifier(hidden)  # type: ignore[no-any-return]

    def config(self) -> dict[str, object]:
        """Return the `config.json` with which the Hugging Face class reads the weights."""
        return {
            **self.shape.model_dump(mode="json"),
            "architectures": ["BertForTokenClassification"],
        }


class _Embeddings(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        size = shape.hidden_size
        self.word_embeddings = nn.Embedding(shape.vocab_size, size)
        self.position_embeddings = nn.Embedding(shape.max_position_embeddings, size)
        self.token_type_embeddings = nn.Embedding(shape.type_vocab_size, size)
        self.LayerNorm = _norm(shape)

    def forward(self, ids: Tensor) -> Tensor:
        place = self.position_embeddings(arange(ids.shape[1], device=ids.device))  # (T, H)
        kind = self.token_type_embeddings.weight[0]  # (H,)
        return self.LayerNorm(self.word_embeddings(ids) + place + kind)  # type: ignore[no-any-return]


class _Stack(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(shape) for _ in range(shape.num_hidden_layers))


class _Layer(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        size, wide = shape.hidden_size, shape.intermediate_size
        self.attention = nn.ModuleDict({"self": _Attention(shape), "output": _Joint(shape, size)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(size, wide)})
        self.output = _Joint(shape, wide)

    def forward(self, hidden: Tensor, reach: Tensor) -> Tensor:
        found = self.attention["self"](hidden, reach)  # (B, T, H)
        hidden = self.attention["output"](found, hidden)  # (B, T, H)
        return self.output(gelu(self.intermediate["dense"](hidden)), hidden)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.heads = shape.num_attention_heads
        self.query = nn.Linear(shape.hidden_size, shape.hidden_size)
        self.key = nn.Linear(shape.hidden_size, shape.hidden_size)
        self.value = nn.Linear(shape.hidden_size, shape.hidden_size)

    def forward(self, hidden: Tensor, reach: Tensor) -> Tensor:
        rows, length, size = hidden.shape
        query, key, value = (
            part(hidden).view(rows, length, self.heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )  # each (B, heads, T, D)
        found = scaled_dot_product_attention(query, key, value, attn_mask=reach)
        return found.transpose(1, 2).reshape(rows, length, size)


class _Joint(nn.Module):
    """A projection back to the hidden size, added to what went in, then normed."""

    def __init__(self, shape: BertShape, wide: int) -> None:
        super().__init__()
        self.dense = nn.Linear(wide, shape.hidden_size)
        self.LayerNorm = _norm(shape)

    def forward(self, found: Tensor, hidden: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(found) + hidden)  # type: ignore[no-any-return]


def _norm(shape: BertShape) -> nn.LayerNorm:
    return nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

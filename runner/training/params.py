"""How large a model is and how it is trained; importing this imports no ML stack."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from runner.core.frozen import Frozen

Method = Literal["full", "lora"]
Loss = Literal["assistant", "all"]
Layout = Literal["bucketed", "packed"]
Optimizer = Literal["adamw", "muon"]
Precision = Literal["fp32", "bf16"]
Share = Annotated[float, Field(ge=0, lt=1)]


class Shape(Frozen):
    """The size of a Qwen3 model from scratch; its embeddings are tied.

    Attributes:
        width: Of the residual stream; a multiple of `2 * heads`, for rotary positions.
        kv_heads: Heads of keys and values, a divisor of `heads`.
        hidden: Width between the two projections of each MLP.
        window: Longest conversation in tokens.
    """

    layers: PositiveInt
    width: PositiveInt
    heads: PositiveInt
    kv_heads: PositiveInt
    hidden: PositiveInt
    window: PositiveInt = 1024

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} is no multiple of 2 * heads = {2 * self.heads}")
        if self.heads % self.kv_heads:
            raise ValueError(f"heads {self.heads} is no multiple of kv_heads {self.kv_heads}")
        return self

    def parameters(self, words: int) -> int:
        """Count the weights of a model of this shape, embeddings included.

        Args:
            words: Tokens of its vocabulary.
        """
        head = self.width // self.heads
        attention = self.width * head * 2 * (self.heads + self.kv_heads) + 2 * head
        layer = attention + 3 * self.width * self.hidden + 2 * self.width
        return words * self.width + self.layers * layer + self.width


DEMO = Shape(layers=2, width=64, heads=2, kv_heads=2, hidden=192)
"""About 0.17 M parameters at 1,000 words."""
BENCHMARK = Shape(layers=2, width=128, heads=4, kv_heads=4, hidden=440)
"""About 0.56 M parameters at 700 words."""
SHAPES = {"demo": DEMO, "benchmark": BENCHMARK}


class Recipe(Frozen):
    """How a model is trained; a fixed number of steps, so that a seed gives the same bytes.

    Attributes:
        optimizer: Of matrices but for those of words; these and gains have AdamW. Muon gets further
            in the same time where weights start from nothing.
        rate: Peak learning rate, reached after the share `warmup` of the steps, then down to 0 by a
            cosine; one fits both optimisers, whose updates have the same root mean square.
        tokens: Upper bound of tokens per step, padding included; at least one row.
        decay: Weight decay of matrices; gains have none.
        loss: Which tokens teach: what the assistant wrote, its end of turn included, or all.
        layout: `bucketed` pads rows of like length; `packed` fills windows with whole rows, none
            of which sees another.
        rank: Of each adapter, where `method` is `lora`; its update is scaled by `alpha / rank`.
        targets: Layers that get an adapter, by the end of their names.
        clip: Bound of the gradient's norm.
        precision: Of the arithmetic; weights and optimiser are fp32 always.

    Source: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024);
    J. Liu et al., "Muon is scalable for LLM training" (2025), for its rate beside AdamW's.
    """

    method: Method = "full"
    steps: PositiveInt = 400
    optimizer: Optimizer = "adamw"
    rate: PositiveFloat = 2e-3
    tokens: PositiveInt = 4096
    warmup: Share = 0.1
    decay: Annotated[float, Field(ge=0)] = 0.01
    loss: Loss = "assistant"
    layout: Layout = "bucketed"
    rank: PositiveInt = 8
    alpha: PositiveFloat = 16.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj")
    clip: PositiveFloat = 1.0
    precision: Precision = "fp32"

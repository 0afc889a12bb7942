"""Parameters of the token compressor's maker; imports no torch."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from runner.compression.options import Override
from runner.core.frozen import Frozen


class Params(Frozen):
    """What `make.with` of a loop with `kind: token_compressor` may say.

    Attributes:
        base: `scratch` trains a small ModernBERT with a tokenizer of its own.
        method: `silver` learns must-keep-blind self-information labels; `self_label` goes on from
            the working parent with its scores, blended with those labels, and the override's
            spans on top.
        threshold: Units scoring above it are kept; stored in the candidate; None is the method's
            own.
        override: Stored in the candidate; see `Options`.
        steps: Training steps, fixed so that a seed gives the same bytes; None is the method's own.
        rate: Peak learning rate; None is the method's own.
        threads: Threads of the training; one is fastest on a shared machine.
    """

    base: Literal["scratch"] = "scratch"
    method: Literal["silver", "self_label"] = "silver"
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    override: Override = "off"
    steps: PositiveInt | None = None
    rate: Annotated[PositiveFloat, Field(le=0.1)] | None = None
    threads: PositiveInt = 1

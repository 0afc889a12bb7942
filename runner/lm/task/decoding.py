"""How a task model's answers are drawn, so that they can be drawn again."""

from typing import Annotated

from pydantic import AfterValidator

from runner.core.chat import Decoding
from runner.lm.params import Endpoint, Model


def repeatable(decoding: Decoding) -> Decoding:
    """Return a decoding that is greedy or seeded.

    Raises:
        ValueError: it is neither.
    """
    if decoding.temperature > 0 and decoding.seed is None:
        raise ValueError("a temperature above 0 needs a seed; answers must repeat")
    return decoding


Repeatable = Annotated[Decoding, AfterValidator(repeatable)]
"""A decoding that is greedy or seeded."""


def drawn(decoding: Decoding, seed: int) -> Decoding:
    """Return a decoding that draws otherwise for another seed; a greedy one stays as it is."""
    if decoding.temperature == 0 or decoding.seed is None:
        return decoding
    return decoding.model_copy(update={"seed": decoding.seed + seed})


def in_flight(declared: Model, concurrency: int | None) -> int:
    """Return how many requests go out at once: as declared, an endpoint's own, else 1."""
    if concurrency is not None:
        return concurrency
    return declared.concurrency if isinstance(declared, Endpoint) else 1

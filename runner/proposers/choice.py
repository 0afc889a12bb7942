"""Which meta model a proposer asks, and how; importing this imports no client."""

from typing import Annotated, Literal

from pydantic import Discriminator, PositiveInt, Tag, TypeAdapter, ValidationError

from runner.core.chat import Decoding
from runner.core.errors import LoopError
from runner.core.request import Needs, ProposeRequest
from runner.lm.build import file_of, needs_of
from runner.lm.params import Model
from runner.proposers.limit import Limits


def _branch(value: object) -> str:
    return "<same>" if isinstance(value, str) else "<model>"


Choice = Annotated[
    Annotated[Literal["same"], Tag("<same>")] | Annotated[Model, Tag("<model>")],
    Discriminator(_branch),
]
"""`same` as the eval's task model, or a model of its own."""


class Asking(Limits):
    """How a meta model is asked for edits.

    Attributes:
        model: `same` asks the eval's `with.model`; files that another model names are below the
            repository's root.
        decoding: How its answers are drawn.
        prompt_bytes: UTF-8 bytes of a whole prompt; what does not fit is left out whole.
    """

    model: Choice = "same"
    decoding: Decoding = Decoding(max_tokens=4096)
    prompt_bytes: PositiveInt = 128 * 1024


def asked_needs(params: Asking) -> Needs:
    """Return what the meta model needs; for `same` that is what the eval's checker needs anyway."""
    return Needs() if params.model == "same" else needs_of(params.model)


def declared_model(choice: Choice, request: ProposeRequest) -> Model:
    """Return the model that is meant.

    Raises:
        LoopError: `same`, but the eval names no model, or one that is made of files beside the
            eval, which a proposer may not read.
    """
    if choice != "same":
        return choice
    declared = request.check.get("model")
    if declared is None:
        raise LoopError("propose.with.model is same, but the eval's `with` names no model")
    try:
        model: Model = TypeAdapter[Model](Model).validate_python(declared)
    except ValidationError as err:
        raise LoopError(f"propose.with.model is same, but the eval's model is none: {err}") from err
    file = file_of(model)
    if file is not None:
        raise LoopError(
            f"propose.with.model is same, but the eval's model reads {file} beside the eval, where "
            "a proposer may not look; declare propose.with.model without it"
        )
    return model

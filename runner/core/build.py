"""From a plain JSON value to a frozen record, or to complaints about places in the value."""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from runner.core.errors import SpecError
from runner.core.problem import Complaint, dotted

Model = TypeVar("Model", bound=BaseModel)


class MisfitError(SpecError):
    """A value that does not fit its model; `complaints` name the places within the value."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__("; ".join(f"{dotted(c.pointer)}: {c.text}" for c in complaints))


def build(model: type[Model], data: object) -> Model:
    """Build a record; strings are never taken for numbers, nor 1.0 for an integer.

    Raises:
        MisfitError: all that is wrong, in the order of the model's fields.
    """
    try:
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as err:
        from runner.core.explain import complaints  # noqa: PLC0415 - only mistakes pay for it

        raise MisfitError(complaints(model, data, err)) from err

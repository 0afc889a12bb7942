"""Parameters of the agreement checker; imports no client and no ML stack."""

from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from runner.core.chat import Decoding
from runner.core.frozen import Frozen
from runner.core.problem import suggestion
from runner.core.request import Needs
from runner.lm.build import needs_of
from runner.lm.params import Model
from runner.lm.task.decoding import Repeatable

Key = Annotated[str, Field(pattern=r"^[^\s@]{1,64}$")]


class Params(Frozen):
    """What `with:` of an eval with `checker: agreement` may say.

    Without any field a label is one text, and the whole answer is compared with it.

    Attributes:
        model: The model that answers.
        categorical: Fields of a label that are right or wrong.
        array: Fields that are lists, compared as sets.
        text: Fields that are texts, compared by edit distance.
        weights: Field to its weight in the mean; 1 where none is given.
        decoding: How answers are drawn: greedy, or with a seed.
        concurrency: Requests in flight at once; by default an endpoint's own, else 1.
        prompt: The surface file that instructs; by default the candidate's only file.
    """

    model: Model
    categorical: tuple[Key, ...] = ()
    array: tuple[Key, ...] = ()
    text: tuple[Key, ...] = ()
    weights: dict[Key, PositiveFloat] = {}
    decoding: Repeatable = Decoding()
    concurrency: PositiveInt | None = None
    prompt: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields, in the order in which the answer is asked for."""
        return self.categorical + self.array + self.text

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        twice = next((name for name in self.fields if self.fields.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'field "{twice}" is named twice; compare it in one way')
        stray = next((name for name in self.weights if name not in self.fields), None)
        if stray is not None:
            hint = suggestion(stray, self.fields)
            raise ValueError(f'weights: "{stray}" is no field of the label{hint}')
        return self


def needs(params: Params) -> Needs:
    """Return the variables and hosts that asking the model takes."""
    return needs_of(params.model)

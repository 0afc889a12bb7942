"""A task: an office, what is asked of an agent, and what must be true in the end."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from runner.core.frozen import Frozen
from runner.worlds.office.assertion import (
    EventAt,
    EventMissing,
    FieldEquals,
    InChannel,
    MessageNotSent,
    MessageSent,
    NotInChannel,
    RecordExists,
    RecordMissing,
    RowUpdated,
    Unchanged,
)
from runner.worlds.office.state import Office

Assertion = Annotated[
    EventAt
    | EventMissing
    | FieldEquals
    | InChannel
    | MessageNotSent
    | MessageSent
    | NotInChannel
    | RecordExists
    | RecordMissing
    | RowUpdated
    | Unchanged,
    Field(discriminator="kind"),
]


class Task(Frozen):
    """One case of an eval: exactly one line of its split.

    Attributes:
        id: Unique within the split.
        template: What made it.
        instruction: What the agent is told; of the rest it sees what it finds by tools.
        world: The office as it is at first.
        assertions: What is looked at in the end; no agent sees them. At least one does not hold
            in the world as it is.
        slices: Slices that it belongs to.
        cluster: Tasks that stand or fall together share it.
        entities: People and companies of the world, by full name.
        seed: What its template drew it with.
    """

    id: str = Field(min_length=1)
    template: str
    instruction: str = Field(min_length=1)
    world: Office
    assertions: tuple[Assertion, ...]
    slices: tuple[str, ...] = ()
    cluster: str = ""
    entities: tuple[str, ...] = ()
    seed: int = 0

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if all(each.holds(self.world, self.world) for each in self.assertions):
            raise ValueError("every assertion holds before anything is done; one must not")
        return self

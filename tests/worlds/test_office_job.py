"""An office task as something that an agent can be asked to do."""

from dataclasses import dataclass

import pytest

from runner.core.chat import Tool
from runner.core.world import Observation
from runner.worlds.office.assertion import FieldEquals, Unchanged
from runner.worlds.office.job import Job
from runner.worlds.office.score import ScoreError
from runner.worlds.office.task import Task
from tests.worlds.office_world import OFFICE

JOB = Job(
    Task(
        id="t1",
        template="stage",
        instruction="Win deal D1.",
        world=OFFICE,
        assertions=(
            FieldEquals(table="deals", id="D1", field="stage", value="won"),
            Unchanged(table="contacts"),
        ),
    )
)


def test_each_attempt_begins_in_the_task_s_own_office() -> None:
    first = JOB.open()
    first.call("crm_update_deal", '{"id": "D1", "field": "stage", "value": "won"}')

    assert JOB.mark(first).strict
    assert JOB.mark(JOB.open()).partial == 0


def test_what_no_task_asked_for_breaks_a_guard() -> None:
    world = JOB.open()
    world.call("crm_update_deal", '{"id": "D1", "field": "stage", "value": "won"}')
    world.call("crm_update_contact", '{"id": "C1", "field": "role", "value": "boss"}')

    found = JOB.mark(world)
    assert (found.partial, found.plain, found.broken, found.strict) == (0.5, 0.5, 1, False)


@dataclass
class Nowhere:
    """A world that is no office."""

    tools: tuple[Tool, ...] = ()

    def call(self, name: str, arguments: str) -> Observation:
        return Observation(text="")


def test_another_world_is_not_scored_as_an_office() -> None:
    with pytest.raises(ScoreError, match="task t1 is of an office, not of Nowhere"):
        JOB.mark(Nowhere())

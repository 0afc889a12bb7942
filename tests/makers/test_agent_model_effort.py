"""How attempts are spread over tasks, and what is remembered."""

from pathlib import Path

import pytest

from runner.core.chat import Message
from runner.core.episode import Episode, Mark
from runner.makers.agent_model.effort import drawn, reached, spread
from runner.makers.agent_model.memory import joined, read_memory, write_memory
from runner.training.curate.manifest import CurationManifest
from runner.training.curate.params import Curation
from runner.training.row import TrainingRow, training_row
from runner.worlds.office.generate import tasks


def episode(task: str, partial: float | None) -> Episode:
    mark = None
    if partial is not None:
        mark = Mark(partial=partial, plain=partial, objectives=2, passed=1, guards=0, broken=0)
    return Episode(task=task, messages=(), ended="answered", mark=mark)


def test_a_task_is_as_easy_as_its_attempts_went_and_what_nobody_scored_went_badly() -> None:
    found = reached([episode("a", 1.0), episode("a", 0.5), episode("b", 0.0), episode("c", None)])

    assert found == {"a": 0.75, "b": 0.0, "c": 0.0}


def test_the_harder_a_task_the_more_attempts_it_gets() -> None:
    found = spread({"easy": 0.9, "middling": 0.5, "hard": 0.1}, attempts=30, most=100)

    assert found == {"easy": 2, "middling": 10, "hard": 18}


def test_a_task_that_nobody_began_to_solve_gets_few_but_some() -> None:
    assert spread({"hard": 0.1, "never": 0.0}, attempts=20, most=100) == {"hard": 18, "never": 2}


def test_no_task_gets_more_than_the_bound_and_a_solved_one_gets_none() -> None:
    assert spread({"hard": 0.1, "solved": 1.0}, attempts=20, most=8) == {"hard": 8}
    assert spread({"solved": 1.0}, attempts=20, most=8) == {}


def test_each_seed_draws_another_part_of_the_tasks() -> None:
    known = tasks("train", templates=("deal_update",), n=12, seed=1)

    one, again, other = (drawn(known, 4, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert {task.id for task in one} != {task.id for task in other}
    assert drawn(known, None, seed=1) == known
    assert drawn(known, 40, seed=1) == known


def row(text: str) -> TrainingRow:
    said = (Message(role="user", content=text), Message(role="assistant", content="Done."))
    return training_row(said)


MANIFEST = CurationManifest(
    rule=Curation(),
    seed=1,
    steps=(),
    mended={},
    coverage=None,
    rows=(),
    tokens=0,
    tasks={},
    mean_partial=None,
    file="",
)


def test_a_candidate_carries_what_it_has_learned_from(tmp_path: Path) -> None:
    write_memory(tmp_path, [row("a"), row("b")], MANIFEST)

    assert read_memory(tmp_path) == (row("a"), row("b"))
    kept = (tmp_path / "experience" / "curation.json").read_bytes()
    assert CurationManifest.model_validate_json(kept) == MANIFEST


def test_a_base_has_learned_from_nothing(tmp_path: Path) -> None:
    assert read_memory(tmp_path) == ()


@pytest.mark.parametrize(
    ("older", "newer", "both"),
    [
        pytest.param("ab", "cd", "cdab", id="nothing in common"),
        pytest.param("ab", "bc", "bca", id="one conversation twice"),
        pytest.param("", "a", "a", id="a first turn"),
    ],
)
def test_experience_adds_up_and_each_conversation_counts_once(
    older: str, newer: str, both: str
) -> None:
    found = joined(map(row, older), map(row, newer))

    assert [each.messages[0].content for each in found] == list(both)

"""Parameters of a built-in proposer, and the edits of a queue, are read by the proposer's model."""

from dataclasses import FrozenInstanceError

import pytest
from pydantic import ValidationError

from runner.core.frozen import Frozen
from runner.core.problem import MalformedError
from runner.spec.load import Kinds, read_spec

HEAD = "version: 1\nloop: b\ncheck: {command: [y]}\n"
TEXT = HEAD + "make: none\nsurface: [p.md]\n"


class Search(Frozen):
    rounds: int = 3


class Edit(Frozen):
    find: str


def fail() -> type[Frozen]:
    raise AssertionError


PROPOSERS: Kinds = {"reflect": lambda: Search, "gepa": lambda: Search, "queue": lambda: Edit}


def problems(text: str, proposers: Kinds = PROPOSERS) -> str:
    with pytest.raises(MalformedError) as error:
        read_spec(text.encode(), path="loops/b.yaml", kinds={}, proposers=proposers)
    return str(error.value)


def test_a_read_spec_cannot_be_changed() -> None:
    loaded = read_spec(TEXT.encode(), path="loops/b.yaml", kinds={})
    with pytest.raises(FrozenInstanceError):
        loaded.spec = loaded.spec  # type: ignore[misc] - it is frozen
    with pytest.raises(ValidationError, match="frozen"):
        loaded.spec.loop = "c"


@pytest.mark.parametrize("kind", ["reflect", "gepa"])
def test_a_proposers_parameters_are_refused_by_line(kind: str) -> None:
    text = TEXT + f"propose:\n  kind: {kind}\n  with:\n    rounds: many\n"
    assert problems(text) == 'loops/b.yaml:9: propose.with.rounds: expected an integer, got "many"'
    fine = text.replace("many", "4").encode()
    assert read_spec(
        fine, path="loops/b.yaml", kinds={}, proposers=PROPOSERS
    ).spec.propose.with_ == {"rounds": 4}


def test_each_edit_of_a_queue_is_refused_by_line() -> None:
    text = TEXT + (
        "hypotheses:\n"
        "  - {id: one, with: {find: x}}\n"
        "  - {id: two, with: {find: 1, put: y}}\n"
        "  - {id: six}\n"
    )
    assert problems(text) == (
        "loops/b.yaml:8: hypotheses[1].with.find: expected a string, got 1; put it in quotes\n"
        "loops/b.yaml:8: hypotheses[1].with.put: unknown key; known: find\n"
        "loops/b.yaml:9: hypotheses[2].with.find: missing"
    )


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "make: {command: [x]}\nhypotheses: [{id: one}]\n",
        TEXT + "propose: {kind: command, command: [x]}\n",
        TEXT,
    ],
    ids=["a queue of parameters", "a command", "an empty queue"],
)
def test_a_model_is_not_asked_about_what_is_not_its_own(text: str) -> None:
    kinds: Kinds = dict.fromkeys(("reflect", "gepa", "queue", "command"), fail)
    assert read_spec(text.encode(), path="loops/b.yaml", kinds={}, proposers=kinds).spec.loop == "b"

"""Journals of servers: what is written, read again, and refused."""

from pathlib import Path

import pytest

from runner.core.world import Observation
from runner.harness.mcp.error import ServeError
from runner.harness.mcp.journal import Begun, Called, Closed, Journal, read_journal, replay

CALL = Called(name="ring", arguments='{"times": 2}', text='"ding"', ok=True)


class Bell:
    """A world that says how often it was rung."""

    tools = ()

    def __init__(self) -> None:
        self.rung: list[str] = []

    def call(self, name: str, arguments: str) -> Observation:
        self.rung.append(arguments)
        return Observation(text='"ding"')


def test_a_journal_holds_what_was_served_each_call_and_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal.open(path, served="aa")

    journal.write(CALL)
    before = read_journal(path)
    journal.close({"rung": 1})

    assert before == (Begun(served="aa"), CALL)
    assert read_journal(path) == (*before, Closed(state={"rung": 1}))


def test_a_journal_of_the_same_world_is_gone_on_in(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal.open(path, served="aa")
    first.write(CALL)
    first.close({})
    with path.open("ab") as file:
        file.write(b'{"name": "ri')

    second = Journal.open(path, served="aa")
    second.write(CALL)
    second.close({})

    assert second.calls == (CALL,)
    assert [line for line in read_journal(path) if isinstance(line, Called)] == [CALL, CALL]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"served": "bb"}\n', "is of another task; name a new file"),
        ("notes of mine\n", ":1: no line of a journal; name a new file"),
        ("notes of mine", ":1: a journal begins with what was served; name a new file"),
        ('{"state": 1}\n', ":1: a journal begins with what was served"),
        ('{"served": "aa"}\n{"name": "x"}\n', ":2: no line of a journal"),
    ],
    ids=["another task", "text", "half a line", "no beginning", "half a call"],
)
def test_a_file_that_is_no_journal_of_this_world_is_left_as_it_is(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(text)

    with pytest.raises(ServeError) as caught:
        Journal.open(path, served="aa")

    assert why in str(caught.value)
    assert path.read_text() == text


def test_a_journal_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="cannot be written: No such file or directory"):
        Journal.open(tmp_path / "none" / "journal.jsonl", served="aa")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        journal = Journal(full.fileno(), (), path=tmp_path / "journal.jsonl")

        with pytest.raises(ServeError, match=r"takes no more: No space left on device"):
            journal.write(CALL)


def test_a_replay_makes_the_calls_that_the_world_was_asked() -> None:
    bell = Bell()

    replay([CALL, CALL.model_copy(update={"cut": True}), CALL], bell)

    assert bell.rung == ['{"times": 2}', '{"times": 2}']


def test_a_replay_that_comes_to_something_else_is_refused() -> None:
    with pytest.raises(ServeError, match="call 2 of the journal, ring, came to something else"):
        replay([CALL, CALL.model_copy(update={"text": '"dong"'})], Bell())

"""What publish asks of a forge, call by call, and when it asks again."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from runner.core.crash import arm
from runner.core.forge import ForgeError
from runner.core.marker import wrap
from runner.publish.error import PublishError
from runner.publish.publish import BODY_MAX, TRIES, Published, _wait, publish
from runner.publish.story import Event, Story
from tests.publish.memory import Memory

SHA = "0123456789abcdef0123456789abcdef01234567"
STORY = Story(
    loop="x",
    branch="loop/x",
    base="release",
    sha=SHA,
    title="t" * 300,
    body="the rows",
    state="pending",
    description="d" * 200,
    stopped=True,
    comments=(Event("stopped", "stalled"), Event("conflict", "merge it")),
    reviewers=("ada",),
)
TITLE = "t" * 255 + "…"
LINE = "d" * 139 + "…"
OURS = wrap("the rows", loop="x", tip=SHA)
CALLS = [
    ("create_pull", "loop/x", "release", TITLE, OURS),
    ("set_status", SHA, "pending", "loop/x/gate", LINE),
    ("set_check", SHA, "loop/x/gate", "neutral", LINE, "the rows"),
    ("set_labels", 1, ("loop", "loop:x", "loop-stopped")),
    ("upsert_comment", 1, "stopped", "stalled"),
    ("upsert_comment", 1, "conflict", "merge it"),
    ("request_reviewers", 1, ("ada",)),
]
DOWN = ForgeError("no answer", transient=True)
EXISTS = ForgeError("A pull request already exists for o:loop/x.", status=422)


@pytest.fixture
def forge() -> Memory:
    return Memory()


@pytest.fixture
def naps() -> list[float]:
    return []


def methods(forge: Memory) -> list[object]:
    return [call[0] for call in forge.calls]


def told(forge: Memory, naps: list[float], *, story: Story = STORY) -> str:
    with pytest.raises(PublishError) as error:
        publish(forge, story, pause=naps.append)
    return str(error.value)


def test_the_forge_is_told_each_thing_once_and_cut_to_what_it_takes(
    forge: Memory, naps: list[float]
) -> None:
    done = publish(forge, STORY, pause=naps.append)
    assert forge.calls == CALLS
    assert (naps, forge.looks) == ([], 1)
    assert done == Published(number=1, url="u", created=True, notes=("no such person",))


class KilledError(BaseException):
    """The process is dead from here on."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def kill(process: int, how: int) -> None:
        assert (process, how) == (os.getpid(), signal.SIGKILL)
        raise KilledError

    monkeypatch.setattr(os, "kill", kill)
    yield
    arm("")


@pytest.mark.usefixtures("dying")
@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("pr_opened", 1),
        ("pr_upserted", 1),
        ("status_set", 2),
        ("pr_labelled", 4),
        ("commented", 5),
        ("commented:2", 6),
    ],
)
def test_whoever_is_killed_at_a_point_has_said_what_comes_before_it(
    forge: Memory, naps: list[float], point: str, said: int
) -> None:
    arm(point)
    with pytest.raises(KilledError):
        publish(forge, STORY, pause=naps.append)
    assert (forge.calls, forge.looks) == (CALLS[:said], 0 if point == "pr_opened" else 1)


@pytest.mark.parametrize("field", ["title", "body"])
def test_a_title_or_a_body_that_differs_is_written_and_looked_at_again(
    forge: Memory, naps: list[float], field: str
) -> None:
    publish(forge, STORY)
    forge.calls.clear()
    forge.looks = 0
    rendered: list[Story] = []
    changed = replace(STORY, **{field: "other"})  # type: ignore[arg-type] - a text either way

    def again() -> Story:
        rendered.append(changed)
        return changed

    done = publish(forge, changed, again=again)
    title, body = ("other", OURS) if field == "title" else (TITLE, wrap("other", loop="x", tip=SHA))
    assert forge.calls[0] == ("edit_pull", 1, title, body)
    assert methods(forge).count("edit_pull") == 1
    assert (forge.looks, len(rendered), done.created, done.notes) == (2, 1, False, ())


def test_a_forge_that_never_answers_is_asked_twelve_times(forge: Memory, naps: list[float]) -> None:
    forge.refusals["create_pull"] = [DOWN] * 99
    assert told(forge, naps) == "pull request pending: no answer; the next run completes it"
    assert (methods(forge), len(naps), TRIES) == (["create_pull"] * 12, 11, 12)


def test_a_pull_request_that_exists_and_is_never_listed_is_looked_for_twelve_times(
    forge: Memory, naps: list[float]
) -> None:
    forge.refusals["create_pull"] = [EXISTS] * 99
    assert told(forge, naps) == f"pull request pending: {EXISTS}; the next run completes it"
    assert (methods(forge), len(naps)) == (["create_pull"] * 12, 11)


@pytest.mark.parametrize(
    "refusal",
    [
        ForgeError("No commits between main and loop/x", status=422),
        ForgeError("already exists, and you may not", status=403),
    ],
    ids=["nothing new", "no rights"],
)
def test_a_plain_no_is_asked_for_once(
    forge: Memory, naps: list[float], refusal: ForgeError
) -> None:
    forge.refusals["create_pull"] = [refusal]
    assert told(forge, naps) == f"pull request pending: {refusal}; the next run completes it"
    assert (methods(forge), naps) == (["create_pull"], [])


def test_whose_answer_was_lost_has_opened_what_is_then_found(
    forge: Memory, naps: list[float]
) -> None:
    forge.troubles = ["unanswered"]
    done = publish(forge, STORY, pause=naps.append)
    assert (done.created, len(naps), methods(forge).count("create_pull")) == (True, 1, 1)


def test_a_lost_request_stays_ours_though_the_next_is_refused(
    forge: Memory, naps: list[float]
) -> None:
    forge.refusals["create_pull"] = [EXISTS, DOWN]
    done = publish(forge, STORY, pause=naps.append)
    assert (done.created, len(naps), methods(forge).count("create_pull")) == (True, 2, 3)
    assert naps[0] <= 0.25
    assert naps[1] <= 0.5


def test_after_a_merge_nothing_is_reopened(forge: Memory) -> None:
    publish(forge, STORY)
    forge.held[0] = replace(forge.held[0], state="closed", merged=True)
    forge.calls.clear()
    assert publish(forge, replace(STORY, reopen=True)).number == 2
    assert methods(forge)[:2] == ["create_pull", "set_status"]


def closed(forge: Memory) -> Memory:
    publish(forge, STORY)
    forge.held[0] = replace(forge.held[0], state="closed")
    forge.calls.clear()
    return forge


def test_what_was_closed_is_declined_in_one_line(forge: Memory, naps: list[float]) -> None:
    assert told(closed(forge), naps) == (
        "pull request #1 was closed without merging, so loop/x is declined; "
        "the rows are recorded, reopen it or run with --reopen to go on"
    )
    assert forge.calls == []


def test_what_cannot_be_reopened_gets_a_successor(forge: Memory) -> None:
    closed(forge).refusals["reopen_pull"] = [ForgeError("branch was deleted", status=422)]
    done = publish(forge, replace(STORY, reopen=True))
    assert (done.number, done.created) == (2, True)
    assert methods(forge)[:2] == ["reopen_pull", "create_pull"]


def test_who_may_not_reopen_is_told(forge: Memory, naps: list[float]) -> None:
    closed(forge).refusals["reopen_pull"] = [ForgeError("not permitted", status=403)]
    assert told(forge, naps, story=replace(STORY, reopen=True)) == (
        "pull request pending: not permitted; the next run completes it"
    )
    assert (forge.calls, naps) == ([("reopen_pull", 1)], [])


def stale(forge: Memory) -> Memory:
    publish(forge, replace(STORY, body="the rows before"))
    forge.calls.clear()
    forge.looks = 0
    return forge


def test_edits_that_never_arrive_are_sent_eleven_times_and_looked_at_twelve(
    forge: Memory, naps: list[float]
) -> None:
    stale(forge).refusals["edit_pull"] = [DOWN] * 99
    assert told(forge, naps) == "pull request pending: no answer; the next run completes it"
    assert (methods(forge), forge.looks) == (["edit_pull"] * 11, 12)
    assert len(naps) == 10


def test_an_edit_that_is_refused_is_sent_once(forge: Memory, naps: list[float]) -> None:
    stale(forge).refusals["edit_pull"] = [ForgeError("locked", status=403)]
    assert told(forge, naps) == "pull request pending: locked; the next run completes it"
    assert (methods(forge), naps) == (["edit_pull"], [])


def test_a_body_may_be_as_long_as_the_forge_takes(forge: Memory, naps: list[float]) -> None:
    room = BODY_MAX - len(wrap("", loop="x", tip=SHA))
    stale(forge)
    publish(forge, replace(STORY, body="b" * room))
    assert (len(forge.held[0].body), BODY_MAX) == (65_536, 65_536)
    assert told(forge, naps, story=replace(STORY, body="b" * (room + 1))) == (
        "pull request pending: the body of #1 would be 65537 characters long and the forge takes "
        "65536; shorten the text outside the git-loop markers; the next run completes it"
    )


@pytest.mark.parametrize(("attempt", "longest"), [(1, 0.25), (4, 1.0), (8, 2.0), (12, 2.0)])
def test_waits_grow_by_a_quarter_of_a_second_up_to_two(attempt: int, longest: float) -> None:
    waits = [_wait(attempt) for _ in range(500)]
    assert 0 <= min(waits) < 0.1 * longest
    assert 0.9 * longest < max(waits) <= longest

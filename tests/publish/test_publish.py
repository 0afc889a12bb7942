import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from runner.core.forge import Forge, ForgeError, Pull
from runner.core.marker import wrap
from runner.forge.client import comment_mark
from runner.forge.fault import Fault
from runner.forge.offline import Desk
from runner.forge.server import Address
from runner.publish.error import PublishError
from runner.publish.publish import TRIES, publish
from runner.publish.story import Event, Story

BRANCH = "loop/kompress"
Tell = Callable[..., Story]


def nap(_: float) -> None:
    """Wait for nothing."""


def ours(story: Story) -> str:
    return wrap(story.body, loop=story.loop, tip=story.sha)


def test_the_first_publish_opens_a_pull_request_with_all_that_belongs_to_it(
    forge: Forge, desk: Desk, tell: Tell
) -> None:
    story = tell(comments=(Event("stopped", "stalled"),), stopped=True, reviewers=("ada",))
    done = publish(forge, story)
    shown = desk.show(done.number)
    assert (done.number, done.created, done.notes) == (1, True, ())
    assert done.url == shown.pull.url
    assert (shown.pull.title, shown.pull.body) == (story.title, ours(story))
    assert shown.pull.labels == ("loop", "loop:kompress", "loop-stopped")
    assert [(s.context, s.state, s.description) for s in shown.statuses] == [
        ("loop/kompress/gate", "pending", "no claimed gain yet")
    ]
    assert [c.body for c in shown.comments] == [f"{comment_mark('stopped')}\nstalled"]
    assert shown.reviewers == ("ada",)


def test_a_second_publish_edits_the_same_pull_request(
    forge: Forge, desk: Desk, tell: Tell, push: Callable[[str], str]
) -> None:
    publish(forge, tell(stopped=True))
    push("1")
    story = tell(state="success", description="+0.04 [0.01, 0.07]")
    done = publish(forge, story)
    assert (done.number, done.created) == (1, False)
    assert len(desk.pulls()) == 1
    shown = desk.show(1)
    assert shown.pull.body == ours(story)
    assert shown.pull.labels == ("loop", "loop:kompress")
    assert [(s.state, s.description) for s in shown.statuses] == [("success", "+0.04 [0.01, 0.07]")]


def _checks(address: Address, method: str) -> list[tuple[str | None, str, str]]:
    return [
        (e.data.get("conclusion"), e.data["output"]["title"], e.data["output"]["summary"])
        for e in address.exchanges
        if "/check-runs" in e.path and e.method == method
    ]


def test_a_check_run_says_beside_the_status_what_the_pull_request_says_first(
    forge: Forge, address: Address, tell: Tell
) -> None:
    story = tell()
    publish(forge, story)
    publish(forge, replace(story, state="success", description="+0.04\n[0.01, 0.07]"))
    assert _checks(address, "POST") == [(None, "no claimed gain yet", story.body)]
    assert _checks(address, "PATCH") == [("success", "+0.04 [0.01, 0.07]", story.body)]


@pytest.mark.parametrize(("status", "method"), [(403, "POST"), (404, "GET")])
def test_a_token_that_may_not_set_check_runs_publishes_all_the_rest(
    start: Callable[..., Address],
    dial: Callable[[Address], Forge],
    desk: Desk,
    tell: Tell,
    status: int,
    method: str,
) -> None:
    address = start(faults=[Fault(method, "/check-runs$", status=status, message="No")])
    done = publish(dial(address), tell())
    shown = desk.show(1)
    assert (done.created, done.notes) == (True, ())
    assert [s.state for s in shown.statuses] == ["pending"]
    assert shown.pull.labels == ("loop", "loop:kompress")


def test_a_replayed_publish_writes_nothing(forge: Forge, address: Address, tell: Tell) -> None:
    story = tell(comments=(Event("stopped", "stalled"),))
    publish(forge, story)
    before = len(address.exchanges)
    publish(forge, story)
    assert {exchange.method for exchange in address.exchanges[before:]} == {"GET"}


def test_a_reviewers_text_outside_the_markers_survives(
    forge: Forge, tell: Tell, push: Callable[[str], str]
) -> None:
    first = tell()
    number = publish(forge, first).number
    edited = f"Please wait for Ada.\r\n\r\n{ours(first)}\r\n\r\nSee also the wiki."
    forge.edit_pull(number, title=first.title, body=edited)
    push("1")
    second = tell()
    publish(forge, second)
    assert forge.pull(number).body == (
        f"Please wait for Ada.\n\n{ours(second)}\n\nSee also the wiki."
    )


def test_text_that_people_put_in_place_of_ours_stays_below_it(forge: Forge, tell: Tell) -> None:
    story = tell()
    number = publish(forge, story).number
    forge.edit_pull(number, title=story.title, body="All mine now.")
    publish(forge, story)
    assert forge.pull(number).body == f"{ours(story)}\n\nAll mine now."


@dataclass
class Rival:
    """A forge on which someone else writes right after our first edits."""

    inner: Forge
    body: str
    times: int
    edits: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the port, method by method
        return getattr(self.inner, name)

    def edit_pull(self, number: int, *, title: str, body: str) -> Pull:
        self.edits.append(body)
        pull = self.inner.edit_pull(number, title=title, body=body)
        if len(self.edits) <= self.times:
            return self.inner.edit_pull(number, title=title, body=self.body)
        return pull


@pytest.mark.parametrize("times", [1, 2, TRIES - 2])
def test_a_lost_update_is_repaired(
    forge: Forge, tell: Tell, push: Callable[[str], str], times: int
) -> None:
    old = tell()
    number = publish(forge, old).number
    push("1")
    story = tell()
    rival = Rival(forge, ours(old), times)
    publish(rival, story, pause=nap)
    assert forge.pull(number).body == ours(story)
    assert len(rival.edits) == times + 1


def test_a_body_that_others_keep_changing_is_given_up_and_told(
    forge: Forge, tell: Tell, push: Callable[[str], str]
) -> None:
    old = tell()
    publish(forge, old)
    push("1")
    with pytest.raises(PublishError) as caught:
        publish(Rival(forge, ours(old), 99), tell(), pause=nap)
    assert str(caught.value) == (
        "pull request pending: pull request #1 was changed by others at each of 12 looks; "
        "the next run completes it"
    )


def test_a_publisher_with_older_rows_ends_with_the_newest(
    forge: Forge, tell: Tell, push: Callable[[str], str]
) -> None:
    old = tell()
    number = publish(forge, replace(old, body="before both")).number
    push("1")
    newest = tell()
    publish(forge, newest)
    publish(forge, old, again=tell)
    assert forge.pull(number).body == ours(newest)
    assert forge.pull(number).title == newest.title


@pytest.mark.parametrize("kind", ["status", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_that_fails_makes_no_duplicate(
    start: Callable[..., Address], dial: Callable[[Address], Forge], desk: Desk, tell: Tell,
    kind: Any, when: Any,  # noqa: ANN401 - literals of Fault
) -> None:  # fmt: skip
    address = start(faults=[Fault("POST", "/pulls$", kind=kind, when=when, times=2)])
    story = tell()
    done = publish(dial(address), story, pause=nap)
    assert (done.number, done.created) == (1, True)
    assert [pull.body for pull in desk.pulls()] == [ours(story)]


def test_a_list_that_lags_behind_makes_no_duplicate(
    start: Callable[..., Address], dial: Callable[[Address], Forge], desk: Desk, tell: Tell
) -> None:
    forge = dial(start())
    forge.create_pull(branch=BRANCH, base="main", title="by another", body="")
    lagging = dial(start(faults=[Fault("GET", "/pulls$", kind="stale", times=2)]))
    done = publish(lagging, tell(), pause=nap)
    assert (done.number, done.created) == (1, False)
    assert len(desk.pulls()) == 1


def test_an_edit_whose_answer_is_lost_is_judged_by_the_look_after_it(
    start: Callable[..., Address], dial: Callable[[Address], Forge], tell: Tell,
    push: Callable[[str], str],
) -> None:  # fmt: skip
    address = start(faults=[Fault("PATCH", "/pulls/1$", status=502, when="after")])
    forge = dial(address)
    publish(forge, tell())
    push("1")
    story = tell()
    publish(forge, story, pause=nap)
    assert forge.pull(1).body == ours(story)
    assert [e.method for e in address.exchanges if e.path.endswith("/pulls/1")].count("PATCH") == 0


def test_a_forge_that_stays_down_leaves_a_pull_request_pending(
    start: Callable[..., Address], dial: Callable[[Address], Forge], tell: Tell,
    push: Callable[[str], str],
) -> None:  # fmt: skip
    address = start(faults=[Fault("PATCH", "/pulls/1$", status=503, times=99)])
    forge = dial(address)
    publish(forge, tell())
    push("1")
    with pytest.raises(PublishError) as caught:
        publish(forge, tell(), pause=nap)
    assert str(caught.value).startswith("pull request pending: cannot edit pull request #1 at 127")
    assert str(caught.value).endswith("; the next run completes it")


def test_a_token_without_rights_is_told_at_once(
    start: Callable[..., Address], dial: Callable[[Address], Forge], tell: Tell
) -> None:
    said = "GitHub Actions is not permitted to create or approve pull requests."
    address = start(faults=[Fault("POST", "/pulls$", status=403, message=said, times=1)])
    with pytest.raises(PublishError, match="Allow GitHub Actions to create and approve"):
        publish(dial(address), tell(), pause=nap)


def test_a_pull_request_that_was_closed_is_not_opened_again(
    forge: Forge, desk: Desk, tell: Tell
) -> None:
    publish(forge, tell())
    desk.close(1)
    with pytest.raises(PublishError, match=r"#1 was closed without merging, so loop/kompress is d"):
        publish(forge, tell())
    assert [pull.state for pull in desk.pulls()] == ["closed"]


def test_a_declined_pull_request_is_reopened_on_request(
    forge: Forge, desk: Desk, tell: Tell, push: Callable[[str], str]
) -> None:
    publish(forge, tell())
    desk.close(1)
    push("1")
    story = tell(reopen=True)
    done = publish(forge, story)
    assert (done.number, done.created) == (1, False)
    assert (desk.show(1).pull.state, desk.show(1).pull.body) == ("open", ours(story))


def test_after_a_merge_the_next_campaign_gets_its_own_pull_request(
    forge: Forge, desk: Desk, tell: Tell, push: Callable[[str], str]
) -> None:
    publish(forge, tell())
    desk.merge(1)
    push("1")
    done = publish(forge, tell())
    assert (done.number, done.created) == (2, True)
    assert desk.show(1).pull.merged


def test_text_of_people_that_leaves_no_room_is_told(
    forge: Forge, tell: Tell, push: Callable[[str], str]
) -> None:
    story = tell()
    publish(forge, story)
    forge.edit_pull(1, title=story.title, body=ours(story) + "\n" + "x" * 10_000)
    push("1")
    with pytest.raises(PublishError, match=r"would be 6\d{4} characters long and the forge takes"):
        publish(forge, tell(body="y" * 57_000))


def test_a_reviewer_who_cannot_be_asked_is_noted(forge: Forge, desk: Desk, tell: Tell) -> None:
    done = publish(forge, tell(reviewers=("git-loop",)))
    assert len(done.notes) == 1
    assert "Review cannot be requested from pull request author." in done.notes[0]
    assert desk.show(1).pull.labels == ("loop", "loop:kompress")


def test_reviewers_are_asked_once(forge: Forge, address: Address, tell: Tell) -> None:
    for _ in range(2):
        publish(forge, tell(reviewers=("ada",)))
    asked = [e for e in address.exchanges if e.path.endswith("/requested_reviewers")]
    assert len(asked) == 1


def _race(forges: list[Forge], work: Callable[[Forge, int], None]) -> None:
    errors: list[BaseException] = []
    gate = threading.Barrier(len(forges))

    def run(forge: Forge, index: int) -> None:
        gate.wait()
        try:
            work(forge, index)
        except BaseException as err:  # noqa: BLE001 - told by the test's thread
            errors.append(err)

    threads = [threading.Thread(target=run, args=(f, i)) for i, f in enumerate(forges)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_four_publishers_at_once_end_with_one_pull_request_and_one_body(
    address: Address, dial: Callable[[Address], Forge], desk: Desk, tell: Tell
) -> None:
    story = tell(comments=(Event("stopped", "stalled"),))
    _race([dial(address) for _ in range(4)], lambda forge, _: bool(publish(forge, story)))
    assert [pull.body for pull in desk.pulls()] == [ours(story)]
    assert [c.body for c in desk.show(1).comments] == [f"{comment_mark('stopped')}\nstalled"]


def test_publishers_of_different_tips_end_with_the_last_one(
    address: Address, dial: Callable[[Address], Forge], desk: Desk, tell: Tell,
    push: Callable[[str], str],
) -> None:  # fmt: skip
    turn = threading.Lock()

    def work(forge: Forge, index: int) -> None:
        with turn:  # record is a compare-and-swap: one tip after the other
            push(str(index + 1))
            story = tell()
        publish(forge, story, again=tell)

    for round_ in range(3):
        _race([dial(address) for _ in range(4)], lambda f, i, r=round_: work(f, 4 * r + i))
        assert [pull.body for pull in desk.pulls()] == [ours(tell())]


def test_an_unreachable_forge_is_one_line(tell: Tell) -> None:
    class Down:
        def pulls(self, branch: str) -> tuple[Pull, ...]:
            raise ForgeError("cannot list at x: no answer", transient=True)

    with pytest.raises(PublishError) as caught:
        publish(Down(), tell())  # type: ignore[arg-type] - fails before the rest is asked for
    assert str(caught.value) == (
        "pull request pending: cannot list at x: no answer; the next run completes it"
    )

import threading
from typing import Any

import pytest

from runner.core.forge import Forge, ForgeError
from runner.forge.book import Book, Change, Page
from runner.forge.talk import add_comment, add_labels

BRANCH = "loop/kompress"
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


def test_changes_of_many_processes_at_once_are_all_kept(forge: Forge, bench: Bench) -> None:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    books = [Book(bench.repo, clock=bench.clock) for _ in range(4)]  # no lock in common
    gate = threading.Barrier(len(books))

    def work(book: Book, index: int) -> None:
        gate.wait()
        for turn in range(6):
            text = f"{index}.{turn}"
            book.change(lambda page, text=text: add_comment(page, 1, text, user="ada"))
            book.change(lambda page, text=text: add_labels(page, 1, [text]))

    threads = [threading.Thread(target=work, args=(b, i)) for i, b in enumerate(books)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = Book(bench.repo, clock=bench.clock).page().state.pulls[1]
    expected = sorted(f"{i}.{t}" for i in range(4) for t in range(6))
    assert sorted(c.body for c in record.comments) == expected
    assert sorted(record.labels) == expected
    assert len({c.id for c in record.comments}) == len(expected)


def test_a_change_is_decided_again_on_what_the_winner_left(forge: Forge, bench: Bench) -> None:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    ours, rival = (Book(bench.repo, clock=bench.clock) for _ in range(2))
    seen: list[int] = []

    def decide(page: Page) -> Change:
        seen.append(len(page.state.pulls[1].comments))
        if len(seen) == 1:
            rival.change(lambda now: add_comment(now, 1, "rival", user="bob"))
        return add_comment(page, 1, "ours", user="ada")

    done = ours.change(decide)
    assert seen == [0, 1]
    assert [c.body for c in done.page.state.pulls[1].comments] == ["rival", "ours"]


def test_a_race_lost_without_end_is_given_up(
    forge: Forge, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    monkeypatch.setattr("runner.forge.book.TRIES", 3)
    ours, rival = (Book(bench.repo, clock=bench.clock) for _ in range(2))

    def decide(page: Page) -> Change:
        rival.change(lambda now: add_comment(now, 1, "rival", user="bob"))
        return add_comment(page, 1, "ours", user="ada")

    with pytest.raises(ForgeError, match="the embedded forge lost 3 races for refs/forge/state"):
        ours.change(decide)
    assert len(rival.page().state.pulls[1].comments) == 3


def test_records_lie_in_the_tree_one_file_each(forge: Forge, bench: Bench) -> None:
    sha = forge.create_pull(branch=BRANCH, base="main", title="t", body="b").head_sha
    forge.set_status(sha, state="pending", context="c", description="d")
    commit = bench.repo.resolve("refs/forge/state")
    assert bench.repo.list_folder(commit, "") == (
        "counter.json",
        "pulls/000001.json",
        f"statuses/{sha}.json",
    )


def test_each_change_keeps_the_one_before_it_as_its_parent(forge: Forge, bench: Bench) -> None:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    forge.edit_pull(1, title="second", body="b")
    forge.edit_pull(1, title="second", body="b")
    assert len(bench.repo.log("refs/forge/state")) == 2


def test_the_branches_stay_where_they_are(forge: Forge, bench: Bench) -> None:
    before = (bench.tip("main"), bench.tip(BRANCH))
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    assert (bench.tip("main"), bench.tip(BRANCH)) == before
    refs = bench.repo.git.run("for-each-ref", "--format=%(refname)").decode().split()
    assert refs == ["refs/forge/state", f"refs/heads/{BRANCH}", "refs/heads/main"]

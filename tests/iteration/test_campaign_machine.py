"""The pull request as a state machine, by the whole engine against the embedded forge.

Runs, replays, crashes, reviewers and other clones in any order. After each step: one open pull
request at most, no commit of a person lost, every row whole and chained, no dollar missing; and
after whatever published, the pull request says what the tip holds.
"""

import itertools
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runner.forge.fault import Fault

if TYPE_CHECKING:
    from tests.conftest import Result, Workshop

Site = Any  # the fixtures' classes live in conftest.py, which is not imported
PHASES = (Phase.explicit, Phase.generate)  # shrinking takes minutes here: read the steps instead
STAGES = ("make", "check", "gate", "record", "publish")
LEVELS = st.sampled_from(["0", "5", "20", "29", "30", "crash"])
SAID = ("Why is this?", "Looks good", "@ann see #1")
NAMES = itertools.count()
ENDPOINTS = {
    "list": ("GET", "/pulls$"),
    "create": ("POST", "/pulls$"),
    "look": ("GET", r"/pulls/\d+$"),
    "body": ("PATCH", r"/pulls/\d+$"),
    "status": ("POST", "/statuses/"),
    "labels": ("POST", "/labels$"),
    "comment": ("POST", "/comments$"),
}


class Campaigns(RuleBasedStateMachine):
    """One loop and everyone who has a hand in its pull requests.

    The first letter of a rule's name says who acts: a run, a reviewer, or the base's owner.
    """

    def __init__(self, opened: Callable[[str], Site], propose: Callable[[object], None]) -> None:
        super().__init__()
        self.opened, self.propose = opened, propose
        self.theirs: set[str] = set()
        self.words: dict[int, set[str]] = {}
        self.known: dict[str, bytes] = {}
        self.authority: str | None = None
        self.planned: list[Path] = []
        self.recorded: set[str] = set()
        self.names = itertools.count()

    def enter(self, site: Site, shop: "Workshop") -> None:
        self.site, self.remote, self.shop = site, site.remote, shop

    def teardown(self) -> None:
        if not hasattr(self, "site"):
            return
        self.site.faults.arm()
        try:
            if sys.exc_info()[0] is None:
                self.a_run_always_comes_to_rest()
        finally:
            shutil.rmtree(self.site.shop.top.parent, ignore_errors=True)

    def a_run_always_comes_to_rest(self) -> None:
        """Whatever happened, one run that a person wants ends with all rows shown."""
        self.propose("20")
        self.pulled()
        self.unfailed()
        done = self.cli("run", "toy", "--reopen")
        assert done.code == 0, done.err
        self.rested(done)

    def unfailed(self) -> None:
        if self.remote.authority and self.remote.head().stop is not None:
            done = self.cli("reset", "toy", "--reason", "try again")
            assert done.code == 0 or "a new baseline is due" in done.complaint

    def cli(self, *argv: str, shop: "Workshop | None" = None) -> "Result":
        done: Result = self.site.run(shop or self.shop, *argv)
        assert done.code in {0, 1}, done.err
        return done

    def pulled(self) -> None:
        raise NotImplementedError

    @property
    def newest(self) -> Any:  # noqa: ANN401 - a pull request as the desk shows it
        return next(iter(self.remote.desk.pulls()), None)

    def is_open(self) -> bool:
        return self.newest is not None and self.newest.state == "open"

    def is_closed(self) -> bool:
        return self.newest is not None and self.newest.state == "closed" and not self.newest.merged

    def has_branch(self) -> bool:
        return self.remote.tip("loop/toy") is not None

    def rested(self, done: "Result") -> None:
        """See that a run which ended well left the pull request as the tip has it.

        A loop that rests needs none where the base holds all rows, or where it was declined.
        """
        if " rests (" in done.out and not self.is_open():
            merged = self.remote.files("refs/heads/main") == self.remote.files()
            assert merged or " rests (declined)" in done.out
            return
        pull = self.remote.at_rest(self.shop.top)
        assert len(self.remote.desk.show(pull.number).statuses) == 1

    # a run

    @rule(level=LEVELS, reopen=st.booleans())
    def run_an_iteration(self, level: str, *, reopen: bool) -> None:
        before, declined = len(self.remote.rows()), self.is_closed()
        self.propose(level)
        done = self.cli("run", "toy", *(["--reopen"] if reopen else []))
        if done.code == 1:
            self.excused(done)
            return
        self.rested(done)
        rows = self.remote.rows()
        rests = " rests (" in done.out
        assert not (declined and not reopen) or len(rows) == before
        assert rests or len(rows) > before, done.out
        event("rests" if rests else f"row: {rows[-1].verdict}")

    def excused(self, done: "Result") -> None:
        """See that a run had a reason to end with an error."""
        raise AssertionError(done.err)

    @rule(level=LEVELS)
    def run_without_publishing(self, level: str) -> None:
        """As a crash after the push and before anything was shown leaves it."""
        self.propose(level)
        done = self.cli("run", "toy", "--no-publish")
        if done.code == 1:
            self.excused(done)

    @rule()
    def run_is_planned(self) -> None:
        done = self.cli("stage", "plan", "--loop", "toy")
        if done.code == 1:
            self.excused(done)
        elif " rests (" not in done.out:
            self.planned.append(Path(done.out.strip()))

    @precondition(lambda self: self.planned)
    @rule(stages=st.integers(1, 5), level=LEVELS)
    def run_takes_stages(self, stages: int, level: str) -> None:
        """Take the oldest planned run some stages further, whatever has happened since."""
        self.propose(level)
        folder = self.planned[0]
        due = [s for s in STAGES if not (folder / f"{s}.json").exists()]
        for stage in due[:stages]:
            done = self.cli("stage", stage, "--run", str(folder))
            if done.code == 1:
                assert stage == "publish", done.err
                assert self.is_closed() or not self.remote_is_ahead(), done.err
                self.planned.pop(0)
                return
        if len(due) <= stages:
            self.planned.pop(0)

    def remote_is_ahead(self) -> bool:
        span = "refs/heads/main..refs/heads/loop/toy"
        return bool(self.remote.repo.log(span)) if self.has_branch() else False

    @rule(lost=st.sampled_from([("record", "publish"), ("publish",)]))
    def run_is_replayed(self, lost: tuple[str, ...]) -> None:
        """Record and publish the last finished run again, as after a crash before its receipts."""
        finished = [f for f in self.run_folders() if (f / "record.json").exists()]
        if not finished:
            return
        before = self.remote.files()
        for stage in lost:
            (finished[-1] / f"{stage}.json").unlink(missing_ok=True)
        for stage in lost:
            done = self.cli("stage", stage, "--run", str(finished[-1]))
            if done.code == 1:
                assert stage == "publish", done.err
                assert not self.is_open(), done.err
        assert self.remote.files() == before

    def run_folders(self) -> list[Path]:
        place = next((p for p in self.shop.home.glob("*/runs/toy")), None)
        found = [] if place is None else [*place.iterdir()]
        return sorted(found, key=lambda p: (p / "plan.json").stat().st_mtime_ns)

    @precondition(lambda self: self.remote.authority)
    @rule()
    def run_is_reset(self) -> None:
        done = self.cli("reset", "toy", "--reason", "something new")
        if done.code == 1 and "a new baseline is due" not in done.err:
            self.excused(done)

    # reviewers

    @precondition(lambda self: self.newest)
    @rule(words=st.sampled_from(SAID), above=st.booleans())
    def reviewer_writes_around_ours(self, words: str, *, above: bool) -> None:
        pull = self.newest
        body = f"{words}\n\n{pull.body}" if above else f"{pull.body}\n\n{words}"
        self.site.forge.edit_pull(pull.number, title=pull.title, body=body)
        self.words.setdefault(pull.number, set()).add(words)

    @precondition(lambda self: self.has_branch())
    @rule()
    def reviewer_pushes_a_commit(self) -> None:
        name = f"notes/{next(self.names)}.md"
        self.theirs.add(self.remote.push("loop/toy", {name: b"look\n"}))

    @precondition(lambda self: self.has_branch())
    @rule(level=st.integers(0, 30))
    def reviewer_edits_the_surface(self, level: int) -> None:
        self.theirs.add(self.remote.push("loop/toy", {"prompt.txt": f"{level}\n".encode()}))

    @precondition(lambda self: self.is_open())
    @rule(deleted=st.booleans())
    def reviewer_closes(self, *, deleted: bool) -> None:
        self.remote.desk.close(self.newest.number)
        if deleted:
            self.remote.delete("loop/toy")

    @precondition(lambda self: self.is_closed() and self.has_branch())
    @rule()
    def reviewer_reopens(self) -> None:
        pull = self.newest
        grown = self.remote.repo.is_ancestor(pull.head_sha, self.remote.tip("loop/toy"))
        if grown and self.remote_is_ahead():  # what a forge asks for
            self.remote.desk.reopen(pull.number)

    @precondition(lambda self: self.is_open())
    @rule(method=st.sampled_from(["merge", "squash", "rebase"]), deleted=st.booleans())
    def reviewer_merges(self, method: Any, *, deleted: bool) -> None:  # noqa: ANN401 - a literal
        self.remote.desk.merge(self.newest.number, method=method)
        event(f"merged by {method}")
        if deleted:
            self.remote.delete("loop/toy")

    # what holds after every step

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "site"):
            return
        pulls = self.remote.desk.pulls()
        assert sum(pull.state == "open" for pull in pulls) <= 1
        for number, words in self.words.items():
            assert all(word in pulls[len(pulls) - number].body for word in words)
        assert self.theirs <= self.kept()
        self.rows_hold()

    def kept(self) -> set[str]:
        return self.remote.reachable()

    def rows_hold(self) -> None:
        now = self.remote.authority
        if now == self.authority:
            return
        if self.authority is not None:
            assert self.remote.repo.is_ancestor(self.authority, now)
        rows = self.remote.audit(self.shop.top)
        files = self.remote.files()
        assert self.known.items() <= files.items()
        self.authority, self.known = now, files
        assert self.recorded <= {row.mark for row in rows}
        self.recorded = {row.mark for row in rows}


class OnGitHub(Campaigns):
    """Two clones of a remote; the forge is reached through `GITHUB_API_URL` and may break."""

    @initialize()
    def start(self) -> None:
        site = self.opened(f"site-{next(NAMES)}")
        self.enter(site, site.clone())
        self.rival = site.clone()

    def pulled(self) -> None:
        for clone in self.site.clones:
            clone.git("pull", "-q", "--no-rebase")

    @rule(level=LEVELS)
    def run_elsewhere(self, level: str) -> None:
        """Another clone, on another machine, runs an iteration of the same loop."""
        self.propose(level)
        done = self.cli("run", "toy", shop=self.rival)
        assert done.code == 0, done.err
        self.rested(done)

    @rule(
        where=st.sampled_from(sorted(ENDPOINTS)),
        when=st.sampled_from(["before", "after"]),
        level=LEVELS,
    )
    def run_dies_while_it_publishes(self, where: str, when: Any, level: str) -> None:  # noqa: ANN401
        method, path = ENDPOINTS[where]
        self.site.faults.arm(Fault(method, path, status=401, when=when, times=99))
        self.propose(level)
        before, declined = len(self.remote.rows()), self.is_closed()
        done = self.cli("run", "toy")
        hit = self.site.faults.spent()
        self.site.faults.arm()
        if hit and where != "list":
            assert done.code == 1
            assert "pull request pending: " in done.complaint
            assert len(self.remote.rows()) > before or " rests (" in done.out or not declined
            event(f"died {when} {where}")
        elif not hit:
            self.rested(done)

    @rule()
    def base_moves(self) -> None:
        self.theirs.add(self.remote.push("main", {f"base/{next(self.names)}": b"new\n"}))

    @rule()
    def base_moves_and_is_pulled(self) -> None:
        self.base_moves()
        self.pulled()


class Embedded(Campaigns):
    """One clone without a remote: the forge lives in LOOP_HOME for as long as a command runs."""

    @initialize()
    def start(self) -> None:
        site = self.opened(f"site-{next(NAMES)}", embedded=True)
        self.enter(site, site.shop)

    def pulled(self) -> None:
        if self.remote.tip("main"):
            self.shop.git("pull", "-q", "--no-rebase", str(self.remote.repo.top), "main")

    def kept(self) -> set[str]:
        """A base that only this clone moved is the forge's from the next run on."""
        return super().kept() | set(self.shop.git("rev-list", "main").split())

    def excused(self, done: "Result") -> None:
        assert "run git pull --no-rebase" in done.complaint, done.err
        self.pulled()

    @rule()
    def base_moves(self) -> None:
        self.theirs.add(self.shop.commit({f"base/{next(self.names)}": "new\n"}))

    @rule()
    def base_moves_and_is_pulled(self) -> None:
        self.base_moves()
        self.pulled()


def depth(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 20,  # the short form tries the same each time
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("machine", [OnGitHub, Embedded], ids=["github", "embedded"])
def test_whatever_people_and_machines_do_the_campaign_holds(
    machine: type[Campaigns],
    opened: Callable[[str], Site],
    propose: Callable[[object], None],
    soak: int,
) -> None:
    run_state_machine_as_test(lambda: machine(opened, propose), settings=depth(6 * soak, steps=20))

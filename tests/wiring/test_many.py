"""With many loops the remote is asked once, and what was merged is read once."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.wiring.house import enter
from runner.wiring.roots import roots

if TYPE_CHECKING:
    from tests.conftest import Workshop

LOOPS = ("toy", "two", "three", "four")


@pytest.fixture
def four(workshop: "Workshop") -> "Workshop":
    """Four loops with a row each."""
    toy = (workshop.top / "loops/toy.yaml").read_text()
    workshop.commit({f"loops/{name}.yaml": toy.replace("toy", name) for name in LOOPS})
    for name in LOOPS:
        replace(workshop, loop=name).run()
    return workshop


@pytest.fixture
def asked(four: "Workshop") -> Callable[..., Counter[str]]:
    """Run a verb in a fresh clone whose forge is elsewhere; return its git commands by name."""
    there, events = four.home.parent / "there", four.home.parent / "events"
    four.git("clone", "-q", str(four.place / "forge.git"), str(there), cwd=four.home)
    config = four.home / "gitconfig"
    config.write_text(f"[trace2]\n\teventTarget = {events}\n")
    four.monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")

    def run(*argv: str) -> Counter[str]:
        events.mkdir()
        four.monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
        done = replace(four, top=there).cli(*argv)
        assert done.code == 0, done.err
        return Counter(name for path in events.iterdir() if (name := _started(path)))

    return run


def _started(path: Path) -> str:
    """Return which git command a process was; "" of one that git itself started."""
    told = [json.loads(line) for line in path.read_text().splitlines()]
    name = next((each["name"] for each in told if each["event"] == "cmd_name"), "")
    return "" if "/" in told[0]["sid"] else str(name)


@pytest.mark.parametrize(
    ("verb", "looks"),
    [(("status",), 1), (("report", "--out", "../site"), 2)],
    ids=["status", "report"],
)
def test_a_look_at_all_loops_asks_the_remote_once_for_each_kind_of_ref(
    asked: Callable[..., Counter[str]], four: "Workshop", verb: tuple[str, ...], looks: int
) -> None:
    found = asked(*verb)
    assert (found["ls-remote"], found["fetch"]) == (looks, 1)
    there = four.home.parent / "there"
    held = four.git("for-each-ref", "--format=%(refname)", "refs/loops", cwd=there).splitlines()
    assert held == sorted(f"refs/loops/{name}" for name in LOOPS)


def test_one_loop_is_looked_at_without_the_others(
    asked: Callable[..., Counter[str]], four: "Workshop"
) -> None:
    assert asked("status", "two")["fetch"] == 1
    there = four.home.parent / "there"
    held = four.git("for-each-ref", "--format=%(refname)", "refs/loops", cwd=there)
    assert held == "refs/loops/two"


def test_a_merged_loop_is_read_once_however_many_branches_hold_it(four: "Workshop") -> None:
    for name in LOOPS:
        four.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", f"loop/{name}")
    for name in LOOPS:
        replace(four, loop=name).run()
    four.monkeypatch.chdir(four.top)
    found = roots(enter(four.top), keep_last=None)
    candidates = {row["candidate"] for name in LOOPS for row in replace(four, loop=name).rows()}
    assert found.rows == (2 + 3) * len(LOOPS), "two when it was merged, and three now"
    assert candidates <= found.digests

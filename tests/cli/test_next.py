"""Every verb ends with what to do next, and colours only what a person looks at."""

import sys
from typing import TYPE_CHECKING

import pytest

from runner.cli.paint import paint
from runner.wiring.terminal import coloured, columns

if TYPE_CHECKING:
    from tests.conftest import Workshop

ELSEWHERE = {
    "audit", "confirm", "distill", "feedback", "init", "power", "replay", "report", "rollback",
    "study", "transfer", "try",
}  # fmt: skip
"""Verbs whose last line is pinned where they are tested."""
SILENT = {"compress", "mcp", "serve", "trace", "stage", "data"}
"""Filters, servers and what asks for cases or an eval; see docs/terminal.md."""


def _last(shop: "Workshop", *argv: str) -> str:
    told = shop.cli(*argv)
    assert told.code in {0, 1}, (argv, told.err)
    hinted = told.err.splitlines()[-1:] if told.err.startswith("next: ") else []
    return [*told.out.splitlines(), *hinted][-1]


def test_every_verb_ends_with_the_next_step(
    workshop: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.cli.parser import VERBS  # noqa: PLC0415 - what the table is held against

    workshop.levels(3, 12, 12, 12)
    assert _last(workshop, "status") == "next: git-loop run toy"
    assert workshop.cli("run", "toy").out.splitlines()[-1].startswith("next: git-loop run toy")
    out = str(workshop.top.parent / "out")
    printed = {
        "doctor": ("--rows",),
        "schema": ("--write",),
        "reset": ("toy", "--reason", "new data"),
        "status": (),
        "show": ("toy", "1"),
        "diff": ("toy", "1"),
        "repro": ("toy", "1"),
        "pull": ("toy", "1", "--out", out),
        "verify": ("toy",),
        "promote": ("toy", "1"),
        "gc": ("--dry-run",),
        "forge": ("ls",),
    }
    for verb, more in printed.items():
        last = _last(workshop, verb, *more)
        assert last.startswith(("next: ", "then: ")), (verb, last)
    hinted = {
        "validate": ("loops/toy.yaml",),
        "logs": ("toy", "1"),
        "completion": ("bash",),
        "forge": ("show", "1"),
    }
    for verb, more in hinted.items():
        with monkeypatch.context() as terminal:
            terminal.setattr(sys.stderr, "isatty", lambda: True)
            last = _last(workshop, verb, *more)
        assert last.startswith("next: "), (verb, last)
    assert set(VERBS) == {"run"} | printed.keys() | hinted.keys() | ELSEWHERE | SILENT


def test_what_came_of_a_run_and_of_a_merge_is_one_command_away(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    assert workshop.cli("run", "toy").out.splitlines()[-2:] == [
        "pull request #1 updated on the embedded forge",
        "next: git-loop run toy, git-loop status, or git-loop forge show 1",
    ]
    bare = workshop.place / "forge.git"
    workshop.monkeypatch.setenv("HOME", str(workshop.place))
    told = _last(workshop, "forge", "merge", "1")
    assert told == "next: git pull --no-rebase ~/forge.git main, or git-loop forge show 1"
    workshop.git("pull", "-q", "--no-rebase", str(bare), "main")
    assert workshop.git("ls-files", "state/toy/LOOP_STATE.md") != ""


class Stream:
    """A standard output that is a terminal, or is none."""

    def __init__(self, *, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
    ids=str,
)
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], *, terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert coloured(Stream(terminal=terminal)) is expected


def test_a_pipe_is_as_wide_as_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert columns(Stream(terminal=False)) is None
    assert columns(Stream(terminal=True)) == 100


def test_nothing_piped_is_coloured_and_what_is_forced_is(
    workshop: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.levels(3, 12)
    workshop.run()
    plain = workshop.cli("show", "toy").out
    assert "\x1b" not in plain + workshop.cli("diff", "toy").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32maccepted\x1b[0m: a gain" in workshop.cli("show", "toy").out
    assert "\x1b[31m-" in workshop.cli("diff", "toy").out
    assert paint("x", None) == "x"

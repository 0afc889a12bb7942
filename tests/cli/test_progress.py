"""What a person sees while a stage is at work: one line that is drawn anew, and leaves nothing."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from runner.cli.progress import PlainProgress, SilentProgress, progress
from runner.core.progress import Progress

CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True

    def until(self, text: str) -> None:
        """Wait for a text to be written, three seconds at most."""
        ends = time.monotonic() + 3
        while text not in self.getvalue() and time.monotonic() < ends:
            time.sleep(0.01)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A standard error of 40 columns, for `telling`: pytest's own would take its place."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    return Terminal()


@contextmanager
def telling(terminal: Terminal, *, silent: bool = False) -> Iterator[Progress]:
    with redirect_stderr(terminal), progress(silent=silent) as told:
        yield told


def test_a_stage_at_work_is_drawn_and_leaves_its_line_only(terminal: Terminal) -> None:
    with telling(terminal) as told:
        told.stage_began("make", detail="deeper")
        terminal.until("/ make")
        told.stage_ended("make", seconds=1.5, detail="made")
    drawn = terminal.getvalue().split(CLEAR)
    assert drawn[1:3] == ["| make    deeper 0:00:00", "/ make    deeper 0:00:00"]
    assert drawn[-1] == "make        1.50 s  made\n"


def test_a_line_is_cut_to_the_terminal_and_cannot_steer_it(terminal: Terminal) -> None:
    with telling(terminal) as told:
        told.stage_began("make", detail="\x1b[2J" + "long " * 20)
        terminal.until("0:00:00")
    line = terminal.getvalue().split(CLEAR)[1]
    assert len(line) == 39
    assert "\x1b" not in line


def test_a_note_stands_above_the_stage_at_work(terminal: Terminal) -> None:
    with telling(terminal) as told:
        told.stage_began("check", detail="")
        terminal.until("| check")
        told.note("the lock is waited for")
        told.stage_ended("check", seconds=0, detail="done")
    assert f"{CLEAR}the lock is waited for\n" in terminal.getvalue()


def test_a_stage_that_failed_leaves_no_line(terminal: Terminal) -> None:
    def fail() -> None:
        with telling(terminal) as told:
            told.stage_began("make", detail="")
            terminal.until("| make")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert terminal.getvalue().endswith(CLEAR)


def test_what_cannot_be_drawn_anew_gets_plain_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with telling(terminal) as told:
        assert type(told) is PlainProgress
        told.stage_began("make", detail="")
        told.note("a line")
    with telling(terminal, silent=True) as told:
        assert type(told) is SilentProgress
        told.note("nothing")
    assert terminal.getvalue() == "a line\n"

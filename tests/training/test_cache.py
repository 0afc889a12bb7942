"""What was made once is not made again, and never found half done."""

import multiprocessing
from pathlib import Path

import pytest

from runner.training.cache import cached


def write(place: Path) -> None:
    (place / "made.txt").write_text("whole")
    with (place.parent / "count").open("a") as file:
        file.write("x")


def ask(folder: Path) -> None:
    cached(folder, {"seed": 1}, write)


def test_a_key_is_made_once_and_another_key_again(tmp_path: Path) -> None:
    first = cached(tmp_path, {"seed": 1, "shape": [2, 64]}, write)
    second = cached(tmp_path, {"shape": [2, 64], "seed": 1}, write)
    third = cached(tmp_path, {"seed": 2, "shape": [2, 64]}, write)

    assert first == second != third
    assert (first / "made.txt").read_text() == "whole"
    assert (tmp_path / "count").read_text() == "xx"


def test_what_failed_half_way_is_made_anew(tmp_path: Path) -> None:
    def fail(place: Path) -> None:
        (place / "made.txt").write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        cached(tmp_path, 1, fail)
    assert [each.name for each in tmp_path.iterdir() if each.is_dir()] == []

    assert (cached(tmp_path, 1, write) / "made.txt").read_text() == "whole"


def test_processes_that_ask_at_once_make_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    asking = [context.Process(target=ask, args=(tmp_path,)) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()

    assert [each.exitcode for each in asking] == [0, 0, 0, 0]
    assert (tmp_path / "count").read_text() == "x"

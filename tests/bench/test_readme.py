"""The README's numbers are those of the results that are kept."""

import json
import re
from pathlib import Path

import pytest
from readme import README, ROWS, filled, found, rendered, unexplained
from readme_row import TOLD, Aim, MissingError, Results, Row, at_least, at_most, likely, span

NEEDED = {
    "noop_iteration",
    "dvc",
    "ten_thousand_rows",
    "verbs",
    "false_accepts",
    "gain",
    "compress_short",
    "compress_long",
    "kompress_natural",
    "kompress_blind",
    "kompress_delta",
    "kompress_minutes",
    "experience_turn",
    "rollouts",
    "looper_defects",
    "distil",
    "kills",
    "publishers",
}


def test_the_readme_says_what_the_kept_results_say() -> None:
    text = README.read_text()
    assert filled(text, rendered(Results())) == text, "run python bench/readme.py --write"


def test_no_figure_that_was_promised_is_without_a_row() -> None:
    assert NEEDED - {ask.__name__ for ask in ROWS} == set()


def test_every_aim_that_is_missed_says_why() -> None:
    assert unexplained(found(Results()).values()) == []


def test_a_changed_number_in_the_readme_is_noticed() -> None:
    text = README.read_text()
    begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
    table = text[text.index(begin) : text.index(end)]
    spoilt = text.replace(table, re.sub(r"\d", "8", table))
    assert filled(spoilt, rendered(Results())) == text


@pytest.mark.parametrize(
    ("aim", "said"),
    [
        pytest.param(at_most(0.25, 0.25, "s"), "0.25 s", id="equal-to-an-upper-bar"),
        pytest.param(at_most(0.26, 0.25, "s", why="git"), "0.25 s, missed: git", id="above"),
        pytest.param(at_least(8, 8, "x"), "8 x", id="equal-to-a-lower-bar"),
        pytest.param(at_least(7.9, 8, "x", why="git"), "8 x, missed: git", id="below"),
        pytest.param(
            at_most(float("nan"), 1), "1, missed: no reason is written yet", id="not-a-number"
        ),
        pytest.param(TOLD, "told", id="told"),
        pytest.param(Aim("all", met=False, why="one"), "all, missed: one", id="in-words"),
    ],
)
def test_a_bar_is_missed_by_the_number_and_says_why(aim: Aim, said: str) -> None:
    assert str(aim) == said


def test_a_miss_without_a_reason_is_named() -> None:
    rows = [Row("slow", "2 s", (at_most(2, 1, "s"),)), Row("fast", "1 s", (at_most(1, 1, "s"),))]
    assert unexplained(rows) == ["slow"]
    assert str(rows[0]) == "| slow | 2 s | 1 s, missed: no reason is written yet |"


def kept(folder: Path, name: str, told: object) -> None:
    (folder / name).write_text(json.dumps(told))


def test_a_part_comes_from_the_newest_file_that_holds_it(tmp_path: Path) -> None:
    kept(tmp_path, "2026-01-01-toy.json", {"speed": {"x": 1}, "size": 3})
    kept(tmp_path, "2026-01-02-toy.json", {"speed": {"x": 2}})
    kept(tmp_path, "2026-01-03-toy-other.json", {"speed": {"x": 9}})
    results = Results(folder=tmp_path)
    assert results.part("toy", "speed", "x") == 2
    assert results.part("toy", "size") == 3
    assert results.used == {"2026-01-01-toy.json", "2026-01-02-toy.json"}


def test_a_part_that_nobody_measured_is_named(tmp_path: Path) -> None:
    kept(tmp_path, "2026-01-01-toy.json", {"speed": 1})
    with pytest.raises(MissingError, match=r"-toy\.json: size, large$"):
        Results(folder=tmp_path).part("toy", "size", "large")


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="expected <!-- five: begin --> and <!-- five: end -->"):
        filled("no markers\n", {"five": "| a |\n"})


def test_ranges_and_probabilities_are_short() -> None:
    assert span([0.0365, 0.1042, 0.5]) == "0.037 to 0.500"
    assert span([1.0, 1.0], ".1f") == "1.0"
    assert (likely(7.8e-12), likely(0.0022), likely(2.01e-6)) == ("8e-12", "0.002", "2e-6")

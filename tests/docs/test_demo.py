"""The film in the README shows what happens: it is recorded, and its story still holds."""

import importlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs/images"
LIMIT_S, LIMIT_BYTES = 60, 300_000
UNTIL_TRAINED = """\
set -m
sleep() {{
  for _ in $(seq 600); do
    grep -qsE '^.[12][0-9]{{5}},' "$HOME"/.local/state/git-loop/*/runs/ring/*/ckpt/kept.json &&
      return
    command sleep 0.1
  done
}}
{typed}
"""
"""Waits for the checkpoint of step 100,000 or later, however busy the machine is."""


@pytest.fixture
def film(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a script's modules
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module


@pytest.fixture
def recorded() -> list[Any]:
    return [json.loads(line) for line in (IMAGES / "demo.cast").read_text().splitlines()]


@pytest.mark.slow
def test_the_story_happens_as_the_film_tells_it(tmp_path: Path, film: Any) -> None:  # noqa: ANN401
    story, ground = film("film_story"), film("film_stage").Ground(tmp_path)
    ground.build()
    for line in story.lines():
        done = subprocess.run(
            ["bash", "-c", UNTIL_TRAINED.format(typed=line.typed)],
            cwd=tmp_path / "ring",
            env={**ground.environ, "PYTHONUNBUFFERED": "1"},  # a killed run keeps nothing back
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert story.missing(line, done.stdout) == [], done.stdout


def test_the_recording_is_of_this_story_and_lasts_a_minute_at_most(
    recorded: list[Any],
    film: Any,  # noqa: ANN401
) -> None:
    head, *events = recorded
    story, plain = film("film_story"), film("film_stage").plain
    printed = " ".join(plain("".join(text for _, kind, text in events if kind == "o")).split())
    for line in story.lines():
        _, typed, printed = printed.partition(" ".join(line.typed.split()))
        assert typed, line.typed
        assert story.missing(line, printed) == []
    assert [text for _, kind, text in events if kind == "m"] == list(story.SCENES)
    assert events[-1][0] <= LIMIT_S
    assert "longer waits play faster" in head["title"]
    assert (head["width"], head["height"]) == (80, 26)


def test_the_picture_is_drawn_from_the_recording(film: Any) -> None:  # noqa: ANN401
    picture = (IMAGES / "demo.svg").read_text()
    cast = (IMAGES / "demo.cast").read_text()
    assert film("film_svg").drawn(cast, title=film("film").TITLE) == picture
    assert len(picture.encode()) < LIMIT_BYTES


def test_the_picture_needs_no_script_and_rests_where_motion_is_not_wanted() -> None:
    picture = (IMAGES / "demo.svg").read_text()
    rest, _, motion = picture.partition("@media (prefers-reduced-motion:no-preference){")
    assert "animation" not in rest
    assert "animation" not in motion.partition("</style>")[2]
    for foreign in ("<script", "href", "url(", "@import", "@font-face"):
        assert foreign not in picture
    assert picture.count("http") == 1  # the namespace


def test_neither_shows_where_a_machine_keeps_things(recorded: list[Any]) -> None:
    shown = "".join(text for _, _, text in recorded[1:])
    assert "/tmp" not in shown
    assert "/home" not in shown

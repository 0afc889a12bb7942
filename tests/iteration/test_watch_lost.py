"""A monitor whose target is one file, or is not there."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.iteration.watch import WatchError
from tests.watch_loop import Eyes

Made = Callable[..., Eyes]
SPEC = """\
version: 1
loop: eyes
make: none
check: {command: [python3, -S, -E, eval.py], minutes: 1}
watch: {%s, false_alarms: 0.5}
"""


def test_one_file_is_watched_as_a_folder_that_holds_it_alone(eyes: Made) -> None:
    it = eyes(spec=SPEC % "path: served/model.json")
    it.shop.commit({"served/model.json": json.dumps({"level": 12}), "served/notes.md": "a"})
    first = it.row({})
    it.shop.commit({"served/notes.md": "b"})
    second = it.row({})
    it.shop.commit({"served/model.json": json.dumps({"level": 3})})
    third = it.row({})
    assert [row["verdict"] for row in (first, second, third)] == ["baseline", "steady", "drifted"]
    assert first["candidate"] == second["candidate"] != third["candidate"]
    out = it.shop.top.parent / "out"
    assert it.shop.cli("pull", "eyes", "2", "--out", str(out)).code == 0
    assert json.loads((out / "model.json").read_text()) == {"level": 3}
    assert not (out / "notes.md").exists()


def test_a_path_that_is_gone_is_told_by_its_place_in_the_spec(eyes: Made) -> None:
    it = eyes(spec=SPEC % "path: served")
    with pytest.raises(WatchError) as error:
        it.row({})
    assert str(error.value) == (
        f"{it.shop.top}/served is missing; loops/eyes.yaml names it as watch.path"
    )


def test_a_watched_candidate_that_the_store_lost_is_told_with_the_way_out(eyes: Made) -> None:
    it = eyes(spec=SPEC % "of: toy")
    loop = replace(it.shop, loop="toy")
    loop.levels(3)
    loop.run()
    store = it.shop.place / "store"
    store.rename(store.with_name("gone"))
    with pytest.raises(WatchError) as error:
        it.row({})
    assert str(error.value) == (
        f"candidate {loop.rows()[0]['candidate'][:12]} is not in {store}; run where it was made, "
        "or share a store (LOOP_STORE)"
    )

"""Cells: what was answered before is not paid for again."""

from pathlib import Path

import pytest

from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.task.cell import CellError, Cells

SETTING = {"model": "m", "version": 1}
SCORE = CaseScore(
    case="a", metrics={"agreement": 0.5}, cost_usd=0.25, tokens_in=7, tokens_out=3, seconds=1.5
)
TRIAL = Trial(case={"id": "a", "input": "é"}, score=SCORE, output="{}", reasoning="hm\n")
FREE = TRIAL.model_copy(update={"score": CaseScore(case="a", metrics={"agreement": 0.5})})


def test_a_cell_comes_back_in_another_run_and_costs_nothing(tmp_path: Path) -> None:
    with Cells(tmp_path / "cells", setting=SETTING) as cells:
        assert cells.get("p", "a") is None
        cells.put("p", "a", TRIAL)
        assert cells.get("p", "a") == FREE
        assert cells.hits == 1
    with Cells(tmp_path / "cells", setting=SETTING) as again:
        assert (again.get("p", "a"), again.hits) == (FREE, 1)


@pytest.mark.parametrize(
    ("setting", "prompt", "case"),
    [({**SETTING, "version": 2}, "p", "a"), (SETTING, "q", "a"), (SETTING, "p", "b")],
    ids=["setting", "prompt", "case"],
)
def test_whatever_a_trial_depends_on_parts_cells(
    tmp_path: Path, setting: dict[str, object], prompt: str, case: str
) -> None:
    with Cells(tmp_path, setting=SETTING) as cells:
        cells.put("p", "a", TRIAL)
    with Cells(tmp_path, setting=setting) as other:
        assert (other.get(prompt, case), other.hits) == (None, 0)


@pytest.mark.parametrize("tail", [b'\n{"case":"a","trial":{"ca', b"\nnull", b'\n{"case":"a"}'])
def test_a_crash_in_the_middle_of_a_line_costs_that_line_only(tmp_path: Path, tail: bytes) -> None:
    with Cells(tmp_path, setting=SETTING) as cells:
        cells.put("p", "a", TRIAL)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + tail)
    with Cells(tmp_path, setting=SETTING) as cells:
        cells.put("p", "b", TRIAL)
    with Cells(tmp_path, setting=SETTING) as cells:
        assert [cells.get("p", name) for name in "ab"] == [FREE, FREE]


def test_a_cell_that_another_version_wrote_is_not_there(tmp_path: Path) -> None:
    with Cells(tmp_path, setting=SETTING) as cells:
        cells.put("p", "a", TRIAL)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b'"output"', b'"answer"'))
    with Cells(tmp_path, setting=SETTING) as cells:
        assert cells.get("p", "a") is None


def test_prompts_take_turns(tmp_path: Path) -> None:
    with Cells(tmp_path, setting=SETTING) as cells:
        for prompt, case in ("pa", "qa", "pb", "qb"):
            cells.put(prompt, case, TRIAL)
    assert len(list(tmp_path.iterdir())) == 2
    with Cells(tmp_path, setting=SETTING) as cells:
        assert all(cells.get(prompt, case) == FREE for prompt in "pq" for case in "ab")


def test_without_a_folder_nothing_is_kept() -> None:
    with Cells(None, setting=SETTING) as cells:
        cells.put("p", "a", TRIAL)
        assert cells.get("p", "a") is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CellError) as told:
        Cells(tmp_path / "file" / "cells", setting=SETTING)
    assert str(told.value) == f"no cells can be kept in {tmp_path}/file/cells (Not a directory)"

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.api import Compression, compress, compressor
from runner.compression.errors import CompressionError
from runner.compression.fidelity import Fidelity
from runner.core.errors import LoopError

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.mark.slow
def test_a_text_is_compressed_by_the_compressor_of_a_folder(lexing: Path) -> None:
    assert compress("the worker lost job_7\n", model=lexing) == Compression(
        text="job_7\n",
        spans=((16, 22),),
        kept=1,
        dropped=3,
        by_class={"name": Fidelity(1, 1)},
        domain="other",
    )


@pytest.mark.slow
def test_a_compressor_is_loaded_once(lexing: Path) -> None:
    assert compressor(lexing) is compressor(str(lexing))


@pytest.mark.slow
def test_no_time_gives_the_text_back(lexing: Path) -> None:
    found = compress("the worker lost job_7\n", model=lexing, deadline_s=0)
    assert (found.text, found.complete) == ("the worker lost job_7\n", False)


@pytest.mark.slow
@pytest.mark.parametrize("budget", [-0.1, 1.1, float("nan")])
def test_a_budget_that_is_no_share_is_refused(lexing: Path, budget: float) -> None:
    with pytest.raises(CompressionError, match=r"budget is .*, but must be from 0 to 1"):
        compress("a", model=lexing, budget=budget)


def test_a_repository_without_rows_says_what_makes_one(
    workshop: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write({"loops/toy.yaml": "version: 1\nloop: toy\nmake: {kind: token_compressor}\n"})
    monkeypatch.chdir(workshop.top)
    with pytest.raises(LoopError, match="git-loop run toy makes the first"):
        compress("a")


def test_importing_it_imports_no_ml_stack() -> None:
    script = (
        "import sys, runner.api; print(sorted({'torch', 'numpy', 'tokenizers'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"

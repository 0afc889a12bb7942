"""Which key opens the held-out split."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from runner.evals.load import read_eval
from runner.wiring.house import House, identity_of
from runner.wiring.table import CHECKERS, params_of

if TYPE_CHECKING:
    from runner.iteration.parts import Declared

EVAL = f"""\
eval: e
version: 1
checker: must_keep
heldout: [HELDOUT]
recipient: age1{"q" * 58}
metrics: {{f1: {{direction: max}}}}
"""
FILE = "{file: held.jsonl.age}"
DRAWN = "{generate: dense.yaml, n: 9, secret: MY_KEY}"


def identity(
    heldout: str, more: str = "", *, folder: Path = Path(), **variables: str
) -> str | None:
    data = (EVAL.replace("HELDOUT", heldout) + more).encode()
    evaluation = read_eval(data, path="evals/e/eval.yaml", kinds=params_of(CHECKERS)).eval
    house = SimpleNamespace(environment=SimpleNamespace(variables=variables))
    declared = SimpleNamespace(evaluation=evaluation, folder=folder)
    return identity_of(cast("House", house), cast("Declared", declared))


@pytest.mark.parametrize(
    ("heldout", "found"), [(FILE, "one"), (DRAWN, "two")], ids=["by convention", "by name"]
)
def test_the_key_is_taken_from_the_variable_that_the_eval_names(heldout: str, found: str) -> None:
    assert identity(heldout, LOOP_HELDOUT_KEY="one", MY_KEY="two") == found


@pytest.mark.parametrize("heldout", [FILE, DRAWN])
def test_without_the_variable_there_is_no_key(heldout: str) -> None:
    assert identity(heldout) is None


def test_a_published_key_comes_first(tmp_path: Path) -> None:
    (tmp_path / "demo.key").write_text("# for demos\nAGE-SECRET-KEY-1X\n")
    more = "demo_identity: demo.key\n"
    assert identity(DRAWN, more, folder=tmp_path, MY_KEY="two") == "AGE-SECRET-KEY-1X"

"""What the machine and the clone tell a validation."""

from typing import TYPE_CHECKING

import pytest

from runner.evals.load import read_eval
from runner.evals.model import Eval
from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of
from runner.wiring.declare import declare
from runner.wiring.ground import Measured, Past, survey
from runner.wiring.table import CHECKERS, params_of

if TYPE_CHECKING:
    from tests.conftest import Workshop

SEALED = f"""\
eval: e
version: 1
checker: must_keep
heldout: [{{file: held.jsonl.age}}]
recipient: age1{"q" * 58}
metrics: {{exact: {{direction: max}}}}
"""


@pytest.fixture
def sealed() -> Eval:
    return read_eval(SEALED.encode(), path="evals/e/eval.yaml", kinds=params_of(CHECKERS)).eval


def test_without_the_key_a_run_is_separate(workshop: "Workshop", sealed: Eval) -> None:
    found = survey(workshop.top).measured(sealed)
    assert found == Measured("separate", "LOOP_HELDOUT_KEY is not set here")


def test_with_the_key_the_probe_decides_and_is_remembered(
    workshop: "Workshop", sealed: Eval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOP_HELDOUT_KEY", "AGE-SECRET-KEY-1")
    found = survey(workshop.top).measured(sealed)
    assert found.level == "open"
    assert "got out of plain (plain was asked for): open, symlink" in found.why
    assert len(list(workshop.place.glob("probe-*.json"))) == 1


def test_sealed_cases_are_opened_with_the_right_key_only(
    workshop: "Workshop", sealed: Eval, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = new_identity()
    data = seal(b"cases", recipient_of(mine))
    assert survey(workshop.top).opened(sealed, data) is None
    monkeypatch.setenv("LOOP_HELDOUT_KEY", mine)
    assert survey(workshop.top).opened(sealed, data) == b"cases"
    monkeypatch.setenv("LOOP_HELDOUT_KEY", new_identity())
    assert survey(workshop.top).opened(sealed, data) is None


def test_outside_a_repository_nothing_is_measured(bare_workshop: "Workshop", sealed: Eval) -> None:
    ground = survey(bare_workshop.top)
    assert ground.measured(sealed).level is None
    assert "git" in ground.measured(sealed).why
    assert ground.has_branch("main") is None
    assert ground.past("toy", sealed) == Past()


def test_a_home_that_cannot_be_written_is_named(
    workshop: "Workshop", sealed: Eval, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = workshop.top / "levels.json"
    monkeypatch.setenv("LOOP_HOME", str(taken))
    found = survey(workshop.top).measured(sealed)
    assert found == Measured(None, f"LOOP_HOME {taken}: Not a directory")


def test_branches_are_known_after_the_first_commit(bare_workshop: "Workshop") -> None:
    bare_workshop.git("init", "-q", "-b", "main")
    assert survey(bare_workshop.top).has_branch("main") is None
    bare_workshop.commit({"a": ""})
    ground = survey(bare_workshop.top)
    assert (ground.has_branch("main"), ground.has_branch("dev")) == (True, False)


def test_the_past_is_told_by_the_incumbents_row(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    declared = declare(workshop.top, "toy").evaluation
    assert survey(workshop.top).past("toy", declared) == Past()
    workshop.run()
    found = survey(workshop.top).past("toy", declared)
    assert found.gate is not None
    assert (found.gate.n, found.gate.wins, found.resets) == (12, 9, 0)
    assert found.head is not None
    assert found.head.number == 1
    assert workshop.cli("reset", "toy", "--reason", "a test").code == 0
    assert survey(workshop.top).past("toy", declared).resets == 1
    told = workshop.cli("validate").out
    assert "held-out cases: 12 for score, as the incumbent's row" in told
    assert "(3 patience x 1 lines), halved by 1 reset; each reset halves it" in told


def test_a_published_key_opens_what_is_sealed_to_it(workshop: "Workshop", sealed: Eval) -> None:
    mine = new_identity()
    data = seal(b"cases", recipient_of(mine))
    public = sealed.model_copy(update={"demo_identity": "demo.key"})
    assert survey(workshop.top).opened(public, data) is None
    workshop.write({"evals/e/demo.key": f"# public\n{mine}\n"})
    assert survey(workshop.top).opened(public, data) == b"cases"


def test_paths_are_taken_from_the_current_folder_and_else_from_the_root(
    workshop: "Workshop",
) -> None:
    workshop.write({"deep/x": ""})
    workshop.top /= "deep"
    for name in ("../loops/toy.yaml", "loops/toy.yaml"):
        told = workshop.cli("validate", name)
        assert (told.code, told.out.splitlines()[0]) == (0, "loops/toy.yaml: sound")

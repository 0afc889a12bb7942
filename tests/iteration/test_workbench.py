"""What a maker is given of other candidates, and what its own may refer to."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from runner.core.errors import InvalidCandidateError
from runner.core.manifest import candidate_id
from runner.core.request import Made
from runner.iteration.attempt import _refs
from runner.iteration.workbench import WorkbenchError, _candidate, _folder, _members
from runner.repo.repo import Repo
from runner.store.store import Store

if TYPE_CHECKING:
    from tests.conftest import Workshop

Has = Any  # of the parts, only the store or the repository is asked for


@pytest.fixture
def parts(tmp_path: Path) -> Has:
    return SimpleNamespace(store=Store(tmp_path / "store"))


def stored(parts: Has, place: Path, text: str, **refs: str) -> str:
    place.mkdir()
    (place / "model.json").write_text(text)
    return candidate_id(parts.store.put(place, refs=refs))


def test_an_ensemble_as_working_parent_comes_with_its_members(tmp_path: Path, parts: Has) -> None:
    one, two = (stored(parts, tmp_path / name, name) for name in ("one", "two"))
    both = stored(parts, tmp_path / "both", "vote", **{"row-1": one, "row-2": two})
    into = _candidate(parts, both, tmp_path / "parent")
    assert into is not None
    found = {p.relative_to(into).as_posix(): p.read_text() for p in into.rglob("*.json")}
    assert found == {
        "model.json": "vote",
        "members/row-1/model.json": "one",
        "members/row-2/model.json": "two",
    }
    assert _members(parts, both) == {"parent-row-1": one, "parent-row-2": two}
    assert _members(parts, one) == _members(parts, None) == {}


def test_a_row_that_is_not_in_the_store_is_named(tmp_path: Path, parts: Has) -> None:
    stored(parts, tmp_path / "one", "one")
    with pytest.raises(WorkbenchError, match=r"^row-3: candidate 0{12} is not in the store at "):
        _candidate(parts, "0" * 64, tmp_path / "row", role="row-3")


def test_a_candidate_refers_only_to_what_its_maker_was_given() -> None:
    bench = SimpleNamespace(ids={"row-1": "a" * 64}, refs={"row-1": Path("one"), "folder": Path()})
    order: Any = SimpleNamespace(bench=bench)
    found = _refs(order, Made(refs={"first": "row-1"}))
    assert (found.ids, found.folders) == ({"first": "a" * 64}, {"first": Path("one")})
    for given in ("row-2", "folder"):
        with pytest.raises(InvalidCandidateError, match=f"first refers to {given}, no candidate"):
            _refs(order, Made(refs={"first": given}))


def test_a_folder_is_given_as_committed_and_never_one_that_holds_answers(
    workshop: "Workshop", tmp_path: Path
) -> None:
    files = {"models/x/config.json": "{}", "evals/e/dev.jsonl": "{}", "state/toy/head.json": "{}"}
    plan: Any = SimpleNamespace(code=workshop.commit(files))
    workshop.write({"models/x/config.json": "edited since"})
    parts: Has = SimpleNamespace(repo=Repo.discover(workshop.top, environ=os.environ))
    _folder(parts, plan, "models/x", tmp_path / "x")
    assert [each.read_text() for each in (tmp_path / "x").iterdir()] == ["{}"]
    for closed in ("evals", "evals/e", "state", "state/toy", "models/y"):
        with pytest.raises(WorkbenchError, match=f"^{closed} holds no committed file"):
            _folder(parts, plan, closed, tmp_path / "closed")
    assert not (tmp_path / "closed").exists()

"""Which specs are read for a loop's surface: those that may overlap it, and no others."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.problem import MalformedError, Problem
from runner.wiring.declare import declare, declare_many
from runner.wiring.ground import Ground
from runner.wiring.surface import Surfaces
from runner.wiring.validate import Room

SPEC = "version: 1\nloop: {}\nsurface: {}\nmake: none\ncheck: {{command: [python3, eval.py]}}\n"
PARTS = st.text(alphabet="ab.-_ ,#é", min_size=1, max_size=4).filter(lambda s: s.strip("."))
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


def near(surface: str, text: str) -> bool:
    return bool(Surfaces.of(["other"], lambda _: text.encode()).near([surface]))


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ("p/a.md", True),
        ("p", True),
        ("p/a.md/b", True),
        ("p/a.mdx", False),
        ("p/b.md", False),
        ("q/p/a.md", False),
    ],
    ids=["same", "above", "below", "longer name", "beside", "elsewhere"],
)
def test_a_spec_is_near_where_its_surface_overlaps(theirs: str, found: bool) -> None:  # noqa: FBT001 - a table
    assert near("p/a.md", SPEC.format("other", f"[{theirs}]")) is found


def test_a_spec_with_escapes_is_near_to_every_surface() -> None:
    assert near("p/a.md", 'surface: ["p\\x2fa.md"]')


def test_a_surface_with_odd_characters_is_near_to_every_spec() -> None:
    assert near("p/a b.md", SPEC.format("other", "[q.md]"))


@given(ours=PATHS, theirs=PATHS, block=st.booleans())
def test_no_overlap_is_missed(ours: str, theirs: str, block: bool) -> None:  # noqa: FBT001 - drawn
    quoted = json.dumps(theirs, ensure_ascii=False)
    text = f"surface:\n- {quoted}\n" if block else f"surface: [{quoted}]\n"
    overlap = f"{ours}/".startswith(f"{theirs}/") or f"{theirs}/".startswith(f"{ours}/")
    assert near(ours, text) or not overlap


def test_a_spec_that_cannot_be_read_is_near_to_none() -> None:
    def read(path: str) -> bytes:
        raise MalformedError([Problem(path, 1, "gone")])

    assert Surfaces.of(["other"], read).near(["p.md"]) == ()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A work tree of five loops, each with a file of its own, and one without any."""
    (tmp_path / "loops").mkdir()
    (tmp_path / "eval.py").write_text("")
    for name in "abcde":
        (tmp_path / f"{name}.md").write_text("")
        (tmp_path / f"loops/{name}.yaml").write_text(SPEC.format(name, f"[{name}.md]"))
    text = SPEC.format("none", "[]").replace("make: none", "make: {command: [python3, eval.py]}")
    (tmp_path / "loops/none.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["a", "none"])
def test_a_loop_is_declared_without_building_the_specs_beside_it(many: Path, name: str) -> None:
    room = Room(root=many, ground=Ground())
    assert [*room.others(room.spec(f"loops/{name}.yaml"))] == []
    assert [*room.specs] == [f"loops/{name}.yaml"]


def test_an_overlap_is_still_refused(many: Path) -> None:
    (many / "loops/e.yaml").write_text(SPEC.format("e", "[e.md, a.md]"))
    with pytest.raises(MalformedError, match=r"a\.md is a surface of loop e too"):
        declare(many, "a")


def test_loops_declared_together_are_what_each_is_alone(many: Path) -> None:
    names = ["a", "none", "c"]
    assert declare_many(many, names) == tuple(declare(many, name) for name in names)

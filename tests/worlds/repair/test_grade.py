"""What patches are worth, and what those get that were written to deceive."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.sandbox import landlock
from runner.worlds.error import WorldError
from runner.worlds.repair import grade as grading
from runner.worlds.repair import launch
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.examine import Case, examine
from runner.worlds.repair.grade import Graded, grade, grade_all, mark_of, unlike
from runner.worlds.repair.suspect import suspects
from tests.worlds.repair.attack import (
    CANNOT,
    FIXED,
    GUARD,
    NEEDS,
    PLANTED,
    WRONG,
    admitted,
    attacks,
    mean,
    patch_of,
)


def test_the_fix_passes_all(bug: Bug) -> None:
    found = grade(bug, bug.patch)
    assert found.outcome == "graded"
    assert found.passed == {*bug.fail_to_pass, *bug.pass_to_pass}
    assert mark_of(bug, found, bug.patch).strict
    assert mark_of(bug, found, bug.patch).left == bug.patch


def test_a_patch_that_breaks_a_guard_is_no_repair(bug: Bug) -> None:
    text = bug.files["sums/mean.py"].replace(WRONG, FIXED).replace("max(", "min(")
    patch = patch_of(bug, {"sums/mean.py": text})
    found = grade(bug, patch)
    assert found.passed == set(bug.fail_to_pass)
    mark = mark_of(bug, found, patch)
    assert (mark.strict, mark.passed, mark.broken) == (False, 2, 1)
    assert mark.partial == pytest.approx(2 / 3)
    assert mark.plain == pytest.approx(2 / 3)


def test_an_empty_patch_is_worth_nothing_and_breaks_nothing(bug: Bug) -> None:
    for patch in ("", "\n", "# left out: 'a' (binary)\n"):
        found = grade(bug, patch)
        assert found == Graded("graded", GUARD, 0.0, "")
        mark = mark_of(bug, found, patch)
        assert (mark.strict, mark.partial, mark.broken) == (False, 0.0, 0)
    assert grading.tests_of(bug, "") == {
        "tests/test_mean.py::test_mean[values0-2]": False,
        "tests/test_mean.py::test_mean[values1-5]": False,
        "tests/test_mean.py::TestLongest::test_first": True,
    }


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_planted_files_help_nobody(bug: Bug) -> None:
    fixed = bug.files["sums/mean.py"].replace(WRONG, FIXED)
    planted = patch_of(bug, PLANTED)
    both = patch_of(bug, PLANTED | {"sums/mean.py": fixed})
    without, with_fix = grade_all([(bug, planted), (bug, both)], processes=1)
    assert (without.outcome, without.passed) == ("graded", GUARD)
    assert with_fix.passed == {*bug.fail_to_pass, *bug.pass_to_pass}


@pytest.mark.slow
def test_patches_that_deceive_get_what_they_deserve(bug: Bug, server: int, tmp_path: Path) -> None:
    abi = landlock.available()
    known = {
        k: v for k, v in attacks(bug, server, tmp_path / "canary").items() if NEEDS.get(k, 0) <= abi
    }
    found = grade_all([(bug, patch) for patch, _, _ in known.values()], processes=2, limit_s=2.0)
    got = {name: (one.outcome, one.passed) for name, one in zip(known, found, strict=True)}
    assert got == {name: (outcome, passed) for name, (_, outcome, passed) in known.items()}
    assert {name for names in CANNOT.values() for name in names} == set(attacks(bug, 1, tmp_path))
    assert not (tmp_path / "canary").exists()
    hung = found[list(known).index("hangs")]
    assert 2.0 <= hung.seconds < 6.0
    mark = mark_of(bug, hung, known["hangs"][0])
    assert (mark.strict, mark.partial, mark.broken) == (False, 0.0, 1)


def test_patches_that_the_page_admits_pass_undeserved(bug: Bug) -> None:
    pairs = [(bug, patch) for patch in admitted(bug).values()]
    found = grade_all(pairs, processes=1)
    strict = [mark_of(bug, one, patch).strict for (_, patch), one in zip(pairs, found, strict=True)]
    assert dict(zip(admitted(bug), strict, strict=True)) == dict.fromkeys(admitted(bug), True)
    assert all(suspects(patch) for _, patch in pairs)


def test_one_case_sees_nothing_of_another(bug: Bug) -> None:
    leave = "import builtins, os\nos.environ['LEFT'] = '1'\nbuiltins.left = 1\nopen('left', 'w')\n"
    look = (
        "import builtins, os\n"
        "assert 'LEFT' not in os.environ and not hasattr(builtins, 'left')\n"
        "assert sorted(os.listdir('.')) == ['README.md', 'sums']\n"
    )
    cases = [Case(bug, mean(bug, body=FIXED, head=head)) for head in (leave, look)]
    assert [all(each.tests.values()) for each in examine(cases, processes=1)] == [True, True]


@pytest.mark.slow
def test_tests_that_depend_on_the_order_of_sets_are_flaky(bug: Bug) -> None:
    by_hash = "    return total / len(values) + hash('b') % 2\n"
    patch = mean(bug, body=by_hash)
    assert grading.flaky(bug, bug.patch) == frozenset()
    assert grading.flaky(bug, patch) == set(bug.fail_to_pass)
    assert unlike([{"a": True, "b": True}, {"a": True}]) == {"b"}


def test_patched_code_lies_below_src_too(bug: Bug) -> None:
    moved = {f"src/{path}": text for path, text in bug.files.items()}
    other = bug.model_copy(update={"files": moved})
    assert grade(other, bug.patch.replace("sums/", "src/sums/")).passed == {
        *bug.fail_to_pass,
        *bug.pass_to_pass,
    }


def test_a_package_of_an_installed_name_is_the_one_of_the_bug(bug: Bug) -> None:
    renamed = {path.replace("sums/", "yaml/"): text for path, text in bug.files.items()}
    tests = bug.test_patch.replace("sums", "yaml")
    other = bug.model_copy(update={"files": renamed, "test_patch": tests})
    assert len(grade(other, bug.patch.replace("sums/", "yaml/")).passed) == 3


def test_a_launcher_that_dies_leaves_its_cases_crashed(
    bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dies.py").write_text("raise SystemExit(1)\n")
    monkeypatch.setattr(launch, "__file__", str(tmp_path / "dies.py"))
    found = examine([Case(bug, ""), Case(bug, "hello\n")], processes=1)
    assert [one.outcome for one in found] == ["crashed", "unapplied"]


def test_what_cannot_be_graded_is_said(bug: Bug) -> None:
    foreign = bug.model_copy(update={"files": {}})
    with pytest.raises(WorldError, match="sums-1 has no files: rows of others need"):
        grade(foreign, bug.patch)
    changing = bug.model_copy(update={"test_patch": bug.patch})
    with pytest.raises(WorldError, match="a patch that adds whole files would be right"):
        grade(changing, bug.patch)
    with pytest.raises(WorldError, match="sums-1: unapplied: error: "):
        grading.tests_of(bug, "hello\n")
    outside = bug.model_copy(update={"files": {"../x": ""}})
    with pytest.raises(WorldError, match="leads out of the workspace"):
        grade(outside, bug.patch)

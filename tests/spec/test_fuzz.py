"""Declarations that nobody meant are sound or refused by line, in bounded time and memory.

`python bench/fuzz.py` reads 10,000 of them.
"""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.wiring.validate import validate
from tests.spec.fuzz import ROOT, Drawing, Spoilt, What, drawn, shipped, spoilt, written
from tests.spec.judge import judge, lay, place
from tests.spec.nasty import GOOD, NASTIES

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laid")
    lay(folder)
    return folder


def said(top: Path, data: bytes) -> list[str]:
    path = place(top, Spoilt("", "spec", "toy", data))
    path.write_bytes(data)
    try:
        return [str(problem) for problem in validate(["loops/toy.yaml"], root=top).problems]
    finally:
        path.unlink()


def test_the_repository_laid_out_for_it_is_sound(top: Path) -> None:
    whole: list[Spoilt] = [
        Spoilt("", what, name, text.encode())
        for what in ("spec", "eval")
        for name, text in shipped(what).items()
    ]
    assert {(each.name, judge(top, each).outcome) for each in whole} == {
        (each.name, "sound") for each in whole
    }
    assert said(top, GOOD.encode()) == []


@pytest.mark.parametrize("name", NASTIES)
def test_a_hostile_file_is_sound_or_refused_in_bounds(top: Path, name: str) -> None:
    found = judge(top, Spoilt("nasty", "spec", "toy", NASTIES[name]))
    assert (found.breaches, found.outcome in {"sound", "refused"}) == ((), True)


def test_spoilt_declarations_are_sound_or_refused_in_bounds(top: Path, soak: int) -> None:
    outcomes: Counter[str] = Counter()
    breaches = set()
    for each in spoilt(400 * soak, random.Random(7)):
        found = judge(top, each)
        outcomes[found.outcome] += 1
        breaches |= {*found.breaches}
    assert breaches == set()
    assert outcomes.keys() == {"sound", "refused"}


@given(chance=st.randoms(use_true_random=False), what=st.sampled_from(["spec", "eval"]))
@settings(max_examples=60, deadline=None, database=None)
def test_what_a_schema_describes_is_sound_or_refused_in_bounds(
    top: Path, chance: random.Random, what: What
) -> None:
    name = "kompress"
    data = written(drawn(what, name, Drawing(chance, 0.02)), chance)
    found = judge(top, Spoilt("drawn", what, name, data))
    assert (found.breaches, found.outcome in {"sound", "refused"}) == ((), True)


def test_memory_is_bounded_by_the_file(top: Path) -> None:
    worst = max(
        judge(top, Spoilt("nasty", "spec", "toy", NASTIES[name]), counted=True).peak
        for name in ("many wrong items", "billion laughs", "deep lists")
    )
    assert 0 < worst < 32 << 20


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            f"{GOOD}budget: {{usd: 1e308, usd_per_hour: 0.0001}}\n",
            "loops/toy.yaml:5: budget.usd: expected a number <= 1e+09, got 1e+308",
            id="dollars that no division survives",
        ),
        pytest.param(
            GOOD.replace("minutes: 1", "minutes: 525601", 1),
            "loops/toy.yaml:3: make.minutes: expected a number <= 525600, got 525601",
            id="minutes that no timer counts",
        ),
        pytest.param(
            f"{GOOD}surface: [{'a' * 300}]\n",
            f"loops/toy.yaml:5: surface[0]: {'a' * 300} is missing",
            id="a name that no disk takes",
        ),
        pytest.param(
            f'{GOOD}surface: ["/\\e[2J"]\n',
            (
                "loops/toy.yaml:5: surface[0]: expected a path relative to the repository, with /, "
                'got "/\\x1b[2J"'
            ),
            id="a name that clears the screen",
        ),
        pytest.param(
            f'{GOOD}"a b": 1\n"": 1\n'.replace('"":', '"\\n":'),
            'loops/toy.yaml:5: ["a b"]: unknown key; known: budget, check, description, gate, '
            "hypotheses, isolation, loop, make, propose, publish, seed, skill, skip, stop, "
            "surface, version",
            id="a key that is no word",
        ),
        pytest.param(
            f"{GOOD}? {'k' * 3_000}\n: 1\n",
            f'loops/toy.yaml:5: ["{"k" * 55}...]: unknown key; known: budget, check, description, '
            "gate, hypotheses, isolation, loop, make, propose, publish, seed, skill, skip, stop, "
            "surface, version",
            id="a key without end",
        ),
        pytest.param(
            f'{GOOD}gate: {{primary: "{"m" * 2_000}!"}}\n',
            "",
            id="a value without end",
        ),
    ],
)
def test_what_once_crashed_or_flooded_is_told_in_a_line(
    top: Path, text: str, complaint: str
) -> None:
    first = said(top, text.encode())[0]
    assert first.startswith(complaint)
    assert len(first) < 700


def test_a_thousand_mistakes_are_told_by_the_hundred(top: Path) -> None:
    found = said(top, NASTIES["many wrong items"])
    assert len(found) == 101
    assert found[0] == "loops/toy.yaml:1: 19900 more problems are not listed"


OUT = "a link that leaves the repository; copy the file"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(os.mkfifo, "not a plain file", id="a pipe, which never ends"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), OUT, id="a device without end"),
        pytest.param(lambda path: path.symlink_to("/etc/hostname"), OUT, id="a link out"),
        pytest.param(lambda path: path.symlink_to("../../x"), OUT, id="a link out and to nothing"),
        pytest.param(
            lambda path: path.symlink_to(path),
            "Too many levels of symbolic links",
            id="a link to itself",
        ),
        pytest.param(Path.mkdir, "Is a directory", id="a folder"),
        pytest.param(
            lambda path: path.symlink_to("gone.yaml"), "No such file or directory", id="a dead link"
        ),
        pytest.param(
            lambda path: os.truncate(path, 1 << 34) if path.write_bytes(b"") == 0 else None,
            "17179869184 bytes; at most 16777216 are read",
            id="sixteen gigabytes",
        ),
    ],
)
def test_what_is_no_file_of_the_repository_is_not_read(
    workshop: "Workshop", make: Callable[[Path], object], why: str
) -> None:
    make(workshop.top / "loops/odd.yaml")
    for argument in ([], ["loops/odd.yaml"]):
        told = workshop.cli("validate", *argument)
        assert told.code == 2
        assert told.err.endswith(f"odd.yaml:1: cannot be read: {why}\n")


def test_a_link_inside_the_repository_is_read(workshop: "Workshop") -> None:
    workshop.write({"common/base.yaml": GOOD})
    (workshop.top / "loops/toy.yaml").unlink()
    (workshop.top / "loops/toy.yaml").symlink_to("../common/base.yaml")
    assert workshop.cli("validate").code == 0


def test_a_files_name_cannot_act_on_a_terminal_or_a_workflow(workshop: "Workshop") -> None:
    workshop.write({"loops/a\x1b[2J\n::set-output name=x::y.yaml": b"- 1\n"})
    told = workshop.cli("validate")
    assert told.code == 2
    assert told.err.splitlines() == [
        r"loops/a\x1b[2J\n::set-output name=x::y.yaml:1: expected a mapping, got a list"
    ]


def test_a_loops_name_without_end_is_missing_and_no_crash(workshop: "Workshop") -> None:
    refused = workshop.cli("run", "a" * 300)
    assert refused.code == 2
    assert refused.complaint.endswith(f": loops/{'a' * 300}.yaml is missing; known: toy")
    assert workshop.cli("validate", "a" * 300).code == 2


def test_the_verb_itself_ends_well_on_a_sample(workshop: "Workshop") -> None:
    codes: Counter[int] = Counter()
    for each in spoilt(60, random.Random(11)):
        workshop.write({f"loops/{each.name}.yaml": each.data})
        codes[workshop.cli("validate", f"loops/{each.name}.yaml").code] += 1
        (workshop.top / f"loops/{each.name}.yaml").unlink()
    assert codes.keys() <= {0, 2}
    assert codes[2] > 30


def test_the_process_prints_no_traceback_for_bytes_that_no_terminal_takes(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops/toy.yaml").write_bytes(f'{GOOD}description: "\\ud800"\n'.encode())
    done = subprocess.run(
        [sys.executable, "-m", "runner.cli", "validate"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "loops/toy.yaml:5: found invalid Unicode character escape code\n",
    )

import json
from pathlib import Path

import pytest

from runner.core.problem import Problem
from runner.wiring.ground import Ground
from runner.wiring.validate import ValidationReport, validate

ROOT = Path(__file__).parents[2]
KEY = "age1" + "q" * 58
NO_IDEA = Problem(
    "loops/a.yaml",
    3,
    "make: no hypotheses: each iteration makes the same again with the next $LOOP_SEED",
)
SPEC = """\
version: 1
loop: a
make: {command: [m]}
check: {eval: e}
gate: {primary: exact, min_delta: 0.01}
"""
QUEUE = """\
propose: {kind: queue}
hypotheses: [{id: h, why: w, with: {edits: [{find: a, replace: b}]}}]
"""
EVAL = f"""\
eval: e
version: 1
checker: must_keep
train: train.jsonl
dev: dev.jsonl
heldout: [{{file: held.jsonl.age}}]
recipient: {KEY}
metrics: {{exact: {{direction: max}}}}
"""


def cases(*names: str) -> str:
    return "".join(json.dumps({"id": name, "text": f"text {name}"}) + "\n" for name in names)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "loops/a.yaml", SPEC)
    write(tmp_path, "evals/e/eval.yaml", EVAL)
    write(tmp_path, "evals/e/train.jsonl", cases("t1", "t2"))
    write(tmp_path, "evals/e/dev.jsonl", cases("d1"))
    write(tmp_path, "evals/e/held.jsonl.age", cases("h1", "h2", "h3")[::-1])
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


KEY_AT_HAND = Ground(opened=lambda _, data: data[::-1])


def messages(report: ValidationReport) -> list[str]:
    return [str(problem) for problem in report.problems]


def test_a_good_repository_has_no_problem_and_tells_what_it_can_see(root: Path) -> None:
    report = validate(root=root, ground=KEY_AT_HAND)
    assert messages(report) == []
    (loop,) = report.loops
    assert (loop.path, loop.loop) == ("loops/a.yaml", "a")
    assert loop.preflight[0] == "held-out cases: 3 for exact"


def test_without_the_key_sealed_cases_stay_unread(root: Path) -> None:
    (loop,) = validate(root=root).loops
    assert loop.preflight[0] == "held-out cases: unknown for exact; the baseline counts them"


def test_all_problems_of_all_files_come_together(root: Path) -> None:
    write(root, "loops/b.yaml", "version: 1\nloop: b\nmake: none\ncheck: {eval: f}\nzzz: 1\n")
    write(root, "loops/c.yaml", "version: 1\nloop: c\nmake: none\ncheck: {eval: ee}\n")
    write(root, "loops/d.yaml", "a: [\n")
    write(root, "evals/e/dev.jsonl", cases("d1", "t2") + "{}\n")
    report = validate(root=root)
    assert [loop.path for loop in report.loops] == [f"loops/{each}.yaml" for each in "abcd"]
    assert messages(report) == [
        "evals/e/dev.jsonl:3: id: expected a non-empty string, got nothing",
        (
            "loops/b.yaml:5: zzz: unknown key; known: budget, check, description, gate, "
            "hypotheses, isolation, loop, make, propose, publish, seed, skill, skip, stop, "
            "surface, version, watch"
        ),
        'loops/c.yaml:4: check.eval: evals/ee/eval.yaml is missing; did you mean "e"?',
        "loops/d.yaml:2: expected a value",
    ]


def test_a_case_in_two_splits_is_told_held_out_ones_too_where_the_key_is(root: Path) -> None:
    write(root, "evals/e/dev.jsonl", cases("d1", "t2"))
    write(root, "evals/e/held.jsonl.age", cases("h1", "d1")[::-1])
    train = 'evals/e/eval.yaml:1: splits overlap: dev:2 "t2" is also in train, by id ("t2")'
    held = 'evals/e/eval.yaml:1: splits overlap: heldout 0:2 "d1" is also in dev, by id ("d1")'
    assert messages(validate(root=root)) == [train]
    assert messages(validate(root=root, ground=KEY_AT_HAND)) == [train, held]


def test_of_many_cases_in_two_splits_some_are_named_and_the_rest_counted(root: Path) -> None:
    write(root, "evals/e/dev.jsonl", cases(*(f"t{n}" for n in range(30))))
    write(root, "evals/e/train.jsonl", cases(*(f"t{n}" for n in range(30))))
    told = messages(validate(root=root))
    assert len(told) == 6
    assert told[0] == (
        "evals/e/eval.yaml:1: splits overlap: 25 more cases; leave each case in one split only"
    )


def test_an_eval_with_problems_is_told_once_for_two_loops(root: Path) -> None:
    write(root, "loops/b.yaml", SPEC.replace("loop: a", "loop: b"))
    write(root, "evals/e/eval.yaml", EVAL.replace("max", "up"))
    text = 'metrics.exact.direction: expected one of max, min, got "up"'
    assert messages(validate(root=root)) == [f"evals/e/eval.yaml:8: {text}"]


def test_overlapping_surfaces_are_told_of_both_loops(root: Path) -> None:
    write(root, "p.md", "text")
    write(root, "loops/a.yaml", SPEC + "surface: [p.md]\n")
    write(root, "loops/b.yaml", SPEC.replace("loop: a", "loop: b") + "surface: [p.md]\n")
    assert messages(validate(root=root)) == [
        "loops/a.yaml:6: surface[0]: p.md is a surface of loop b too (loops/b.yaml:6)",
        "loops/b.yaml:6: surface[0]: p.md is a surface of loop a too (loops/a.yaml:6)",
    ]
    (only,) = validate(["loops/b.yaml"], root=root).loops
    assert len(only.problems) == 1


def test_files_can_be_named_specs_and_evals_relative_or_not(root: Path) -> None:
    write(root, "evals/lone/eval.yaml", "eval: lone\nversion: 0\n")
    names = [str(root / "loops/a.yaml"), "evals/lone/eval.yaml", "loops/none.yaml"]
    report = validate(names, root=root)
    assert [loop.path for loop in report.loops] == [
        "loops/a.yaml",
        "evals/lone/eval.yaml",
        "loops/none.yaml",
    ]
    assert messages(report) == [
        "evals/lone/eval.yaml:1: checker: missing",
        "evals/lone/eval.yaml:1: metrics: missing",
        "evals/lone/eval.yaml:2: version: expected a number > 0, got 0",
        "loops/none.yaml:1: cannot be read: No such file or directory",
    ]


def test_an_eval_that_no_loop_names_is_checked_too(root: Path) -> None:
    write(root, "evals/lone/eval.yaml", "eval: lone\n")
    assert [loop.path for loop in validate(root=root).loops] == [
        "loops/a.yaml",
        "evals/lone/eval.yaml",
    ]


def test_notes_do_not_stop_a_loop(root: Path) -> None:
    write(root, "loops/a.yaml", SPEC + "budget: {usd: 1}\n")
    report = validate(root=root)
    assert report.problems == ()
    assert report.notes == (
        NO_IDEA,
        Problem(
            "loops/a.yaml",
            6,
            "budget.usd: without usd_per_hour only what a provider meters is counted",
        ),
    )
    assert report.loops[0].preflight


def test_text_that_held_out_cases_share_with_train_is_a_note_of_the_loop(root: Path) -> None:
    text = "the quick brown fox jumps over a dog"
    for path, name in (("train.jsonl", "t1"), ("held.jsonl.age", "h1")):
        line = json.dumps({"id": name, "text": f"{name} says {text}"}) + "\n"
        write(root, f"evals/e/{path}", line[::-1] if path.endswith(".age") else line)
    report = validate(root=root, ground=KEY_AT_HAND)
    told = "1 of 1 texts of heldout 0 share a run of 8 units with train"
    assert report.problems == ()
    assert report.notes == (Problem("evals/e/eval.yaml", 1, told), NO_IDEA)


def test_fixtures_may_be_seen_twice(root: Path) -> None:
    write(root, "loops/a.yaml", SPEC.replace("gate: {", "gate: {kind: fixtures, "))
    write(root, "evals/e/eval.yaml", EVAL.replace("held.jsonl.age", "dev.jsonl"))
    (loop,) = validate(root=root).loops
    assert loop.problems == ()
    assert loop.preflight[0].startswith("fixtures: 1 visible cases")


def test_scripts_that_are_still_to_be_written_are_told_by_line(root: Path) -> None:
    commands = """\
version: 1
loop: a
make: {command: [python3, train.py, --data=x.py, /abs/y.py], cwd: src}
check:
  command:
    - sh
    - eval.sh
    - there.py
"""
    write(root, "loops/a.yaml", commands)
    write(root, "there.py", "")
    report = validate(root=root)
    assert messages(report) == [
        "loops/a.yaml:3: make.command[1]: src/train.py is missing",
        "loops/a.yaml:7: check.command[1]: eval.sh is missing",
    ]
    assert (report.loops[0].problems, report.loops[0].sound) == ((), False)
    write(root, "src/train.py", "")
    write(root, "eval.sh", "")
    assert validate(root=root).loops[0].sound


@pytest.mark.parametrize(
    ("has", "told"),
    [
        (False, ['publish.base: branch "dev" is not here; create it, or name the one that merges']),
        (True, []),
        (None, []),
    ],
    ids=["missing", "there", "unknown"],
)
def test_a_base_branch_that_git_does_not_have_is_a_note(
    root: Path, told: list[str], *, has: bool | None
) -> None:
    write(root, "loops/a.yaml", SPEC + "publish: {base: dev}\n")
    report = validate(root=root, ground=Ground(has_branch=lambda _: has))
    assert report.problems == ()
    others = [note for note in report.notes if note != NO_IDEA]
    assert [note.text.removesuffix(" go to") for note in others] == told
    assert {note.line for note in others} <= {6}


def test_an_empty_repository_has_nothing_to_say(tmp_path: Path) -> None:
    assert validate(root=tmp_path) == ValidationReport(())


SHIPPED = sorted(path.name for path in (ROOT / "loops").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_loop_is_valid(name: str) -> None:
    report = validate([f"loops/{name}"], root=ROOT)
    assert messages(report) == []


def test_a_file_of_the_surface_that_the_checker_cannot_read_is_told_by_line(root: Path) -> None:
    surface = "surface: [skills/a/harness.yaml, skills/a/SKILL.md]\nmake: none\n"
    write(root, "loops/a.yaml", SPEC.replace("make: {command: [m]}\n", surface + QUEUE))
    write(root, "evals/e/eval.yaml", EVAL.replace("must_keep", "world\nwith: {world: repair}"))
    write(root, "skills/a/SKILL.md", "tags: maybe\n")
    (missing,) = messages(validate(root=root))
    assert missing == "loops/a.yaml:3: surface[0]: skills/a/harness.yaml is missing"
    write(
        root, "skills/a/harness.yaml", "mode: tags\ntags:\n  strip_fences: maybe\n  prunes: true\n"
    )
    assert messages(validate(root=root)) == [
        'skills/a/harness.yaml:3: tags.strip_fences: expected true or false, got "maybe"',
        'skills/a/harness.yaml:4: tags.prunes: unknown key; did you mean "prune"?',
    ]
    write(root, "skills/a/harness.yaml", "mode: tags\ntags: {strip_fences: true}\n")
    assert messages(validate(root=root)) == []
    write(root, "evals/e/eval.yaml", EVAL)
    write(root, "skills/a/harness.yaml", "- of another checker\n")
    assert messages(validate(root=root)) == []


def test_a_split_of_several_files_is_read_as_one(root: Path) -> None:
    write(
        root, "evals/e/eval.yaml", EVAL.replace("train: train.jsonl", "train: [f.yaml, more.jsonl]")
    )
    write(root, "evals/e/f.yaml", "- {id: f1, input: x}\n- {id: f2, input: y}\n")
    write(root, "evals/e/more.jsonl", cases("f2", "d1"))
    twice = 'evals/e/more.jsonl:1: case "f2" appears in an earlier file of this split, too'
    overlap = 'evals/e/eval.yaml:1: splits overlap: dev:1 "d1" is also in train, by id ("d1")'
    assert messages(validate(root=root)) == [overlap, twice]
    write(root, "evals/e/more.jsonl", cases("f3", "f4"))
    assert messages(validate(root=root)) == []


def test_a_missing_file_of_several_is_named_at_its_place(root: Path) -> None:
    text = "train:\n  - train.jsonl\n  - more.jsonl"
    write(root, "evals/e/eval.yaml", EVAL.replace("train: train.jsonl", text))
    (problem,) = messages(validate(root=root))
    assert problem.endswith("train[1]: evals/e/more.jsonl is missing")

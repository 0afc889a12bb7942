"""A workspace as an agent meets it: in memory first, then in a folder that is confined."""

import contextlib
import gc
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.world import Observation, World
from runner.sandbox import landlock, seccomp
from runner.worlds.error import WorldError
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.commit import commit_of
from runner.worlds.repair.job import Job
from runner.worlds.repair.workspace import TASKS
from runner.worlds.repair.world import MAX_ARGUMENTS, RepairWorld, tools

OLD = "total / (len(values) - 1)"
NEW = "total / len(values)"
confined = pytest.mark.skipif(landlock.available() < 6, reason="Landlock of ABI 6 is needed")


@pytest.fixture
def world(bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RepairWorld]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = RepairWorld(bug.files, timeout_s=10.0)
    yield made
    made.close()


def commands() -> set[bytes]:
    """Return what runs on this machine, each with its arguments."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.add(file.read_bytes())
    return found


def call(world: World, name: str, **arguments: object) -> Observation:
    return world.call(name, json.dumps(arguments))


def told(world: World, name: str, **arguments: object) -> str:
    return call(world, name, **arguments).text


def bash(world: World, command: str) -> str:
    said = call(world, "bash", command=command)
    assert said.ok
    return said.text


def test_every_tool_says_what_it_asks_for() -> None:
    assert [(tool.name, tool.parameters["required"]) for tool in tools()] == [
        ("bash", ["command"]),
        ("read", ["path"]),
        ("write", ["path", "content"]),
        ("edit", ["path", "old", "new"]),
    ]
    assert tools()[1].parameters["properties"] == {
        "path": {"type": "string"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
    }


def test_files_are_read_written_and_edited_without_a_folder(
    world: RepairWorld, bug: Bug, tmp_path: Path
) -> None:
    assert told(world, "read", path="sums/mean.py") == bug.files["sums/mean.py"]
    assert told(world, "read", path="sums/mean.py", start=8, end=99) == (
        "[lines 8-9 of 9]\ndef longest(words):\n    return max(words, key=len)\n"
    )
    assert (
        told(world, "read", path="sums/mean.py", end=1) == "[lines 1-1 of 9]\ndef mean(values):\n"
    )
    assert told(world, "write", path="n.txt", content="a\nb") == "wrote n.txt (2 lines)"
    assert told(world, "edit", path="sums/mean.py", old=OLD, new=NEW) == (
        "edited sums/mean.py (line 5)"
    )
    fuzzy = {"old": "def longest(wrds):\n  return max(words, key=len)", "new": "x", "fuzzy": True}
    assert told(world, "edit", path="sums/mean.py", **fuzzy) == "edited sums/mean.py (line 8)"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("open", "{}", 'there is no tool "open"; known: bash, edit, read, write'),
        ("read", "{", "the arguments are no JSON: expecting property name"),
        ("read", "[]", ""),
        ("read", "{}", "path: "),
        ("read", '{"path": 3}', "path: "),
        ("read", '{"path": "sums/mean.py", "start": 0}', "start: "),
        (
            "read",
            '{"path": "sums/mean.py", "start": 10}',
            '"sums/mean.py" has 9 lines; lines 10 to',
        ),
        ("read", '{"path": "../x"}', '"../x" leads out of the workspace'),
        ("write", '{"path": "../x", "content": ""}', '"../x" leads out of the workspace'),
        ("write", '{"path": "x"}', "content: "),
        ("write", '{"path": "x", "content": "\\ud800"}', "the arguments are no JSON: half a char"),
        ("edit", '{"path": "sums/mean.py", "old": "values", "new": ""}', "the old text stands in"),
        ("edit", '{"path": "sums/mean.py", "old": "zz", "new": ""}', "the old text stands nowhere"),
        ("bash", '{"command": "a\\u0000b"}', "a command has no zero bytes"),
        ("bash", json.dumps({"command": "x" * 100_001}), "a command has no zero bytes and at most"),
        ("bash", " " * (MAX_ARGUMENTS + 1), f"arguments of {MAX_ARGUMENTS + 1} characters"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    world: RepairWorld, name: str, arguments: str, said: str
) -> None:
    observed = world.call(name, arguments)
    assert not observed.ok
    assert observed.text.startswith(f"refused: {said}")
    assert world.diff() == ""


@given(st.sampled_from(["read", "write", "edit", "else"]), st.text(max_size=30))
def test_nothing_that_an_agent_writes_raises(name: str, arguments: str) -> None:
    world = RepairWorld({"a": "1\n"})
    assert world.call(name, arguments).ok is False


def test_a_command_sees_what_was_edited_and_the_diff_what_it_did(world: RepairWorld) -> None:
    told(world, "edit", path="sums/mean.py", old=OLD, new=NEW)
    line = "python -c 'from sums.mean import mean; print(mean([1, 3]))'; git status --short; rm R*"
    assert bash(world, line) == "2.0\n M sums/mean.py\n[exit 0]"
    assert bash(world, "printf no-newline; exit 3") == "no-newline\n[exit 3]"
    assert told(world, "read", path="README.md").startswith("refused: there is no file")
    assert [line for line in world.diff().splitlines() if line[0] in "+-"] == [
        "--- a/README.md",
        "+++ /dev/null",
        "-Sums.",
        "--- a/sums/mean.py",
        "+++ b/sums/mean.py",
        f"-    return {OLD}",
        f"+    return {NEW}",
    ]


def test_the_workspace_is_one_commit_that_is_known_before(world: RepairWorld, bug: Bug) -> None:
    said = bash(world, "git log --all --format='%H %s' && git status --short && pwd && ls -A")
    assert said == f"{commit_of(bug.files)} base\n.\n.git\nREADME.md\nsums\n[exit 0]"


def test_commits_are_as_git_computes_them(tmp_path: Path) -> None:
    files = {"a": "1", "a.b": "2", "a-b/c": "3", "ab/ü/d": "", "ab.py": "x\r\n"}
    other = RepairWorld(files)
    assert bash(other, "git rev-parse HEAD") == f"{commit_of(files)}\n[exit 0]"
    other.close()
    with pytest.raises(WorldError, match="a is a file and a folder"):
        commit_of({"a": "1", "a/b": "2"})


def test_staged_files_do_not_survive_an_attempt(world: RepairWorld, bug: Bug) -> None:
    line = "echo x > left.txt; git add left.txt; git config core.hooksPath /x; echo y > ~/.z"
    assert bash(world, line) == "[exit 0]"
    second = RepairWorld(bug.files)
    assert bash(second, "git status --short; git config core.hooksPath; ls -A ~") == "[exit 0]"
    assert second.diff() == ""
    second.close()


def test_a_commit_of_the_agent_hides_nothing(world: RepairWorld) -> None:
    bash(world, "echo '*' > .gitignore; echo z > z.txt; git add -Af . && git commit -qm all")
    assert bash(world, "git log --format=%an") == "agent\nbase\n[exit 0]"
    assert "+++ b/z.txt\n@@ -0,0 +1,1 @@\n+z\n" in world.diff()


def test_a_planted_git_is_not_run(world: RepairWorld) -> None:
    hook = "printf '#!/bin/sh\\ntouch ran' > .git/hook; chmod +x .git/hook"
    settings = "git config core.fsmonitor ./.git/hook; git config diff.external ./.git/hook"
    bash(world, f"{hook}; {settings}; echo x >> README.md")
    assert "+x\n" in world.diff()
    assert bash(world, "ls") == "README.md\nsums\n[exit 0]"


@pytest.mark.slow
def test_a_command_is_killed_after_its_time(bug: Bug) -> None:
    world = RepairWorld(bug.files, timeout_s=2.0)
    assert bash(world, "echo begun; sleep 60 & sleep 60") == "begun\n[killed after 2 s]"
    assert bash(world, "echo on") == "on\n[exit 0]"
    world.close()


@pytest.mark.slow
@pytest.mark.skipif(bool(seccomp.note()), reason=seccomp.note())
def test_a_command_has_so_many_processes_and_no_more_time(bug: Bug) -> None:
    world = RepairWorld(bug.files, timeout_s=3.0)
    began = time.monotonic()
    own = f"60.{os.getpid()}"  # no other run of this test sleeps as long
    said = bash(world, f"for i in $(seq 300); do sleep {own} & done; echo all of them")
    assert time.monotonic() - began < 9
    assert f"[at most {TASKS} processes and threads at a time; more were refused]\n" in said
    assert said.endswith("\n[killed after 3 s]")
    assert "all of them" not in said
    assert f"sleep\0{own}\0".encode() not in commands()
    world.close()


def test_output_without_end_is_cut(world: RepairWorld) -> None:
    said = bash(world, "yes | head -c 1000000; echo end")
    assert len(said) < 140_000
    assert "bytes left out]" in said
    assert "Broken pipe" not in said
    assert said.endswith("end\n[exit 0]")


@confined
def test_a_command_reaches_nothing_outside(world: RepairWorld, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("secret-4711")
    place = tmp_path / "canary"
    said = bash(
        world,
        f"cat {place}; echo x > {place}; ln -s {place} link; cat link; cp link copy; ls {tmp_path};"
        " cat /proc/1/environ; (echo > /dev/tcp/127.0.0.1/80) 2>&1 | tail -1; true",
    )
    assert "secret-4711" not in said
    assert "canary\n" not in said
    assert place.read_text() == "secret-4711"
    assert told(world, "read", path="link") == 'refused: "link" leads out of the workspace'
    assert told(world, "write", path="link", content="y").startswith("refused: ")
    assert place.read_text() == "secret-4711"
    assert world.diff() == "# left out: 'link' (a symlink)\n"


def test_memory_and_files_of_a_command_are_limited(world: RepairWorld) -> None:
    assert "MemoryError" in bash(world, "python -c 'x = bytearray(2 << 30)'")
    assert bash(world, "head -c 70000000 /dev/zero > big; echo $?").endswith("\n153\n[exit 0]")


def test_a_folder_goes_with_its_world(
    bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    world = RepairWorld(bug.files)
    bash(world, "echo 1 > n.txt")
    assert len(list(tmp_path.iterdir())) == 1
    world.close()
    assert list(tmp_path.iterdir()) == []
    assert "+++ b/n.txt" in world.diff()
    assert told(world, "bash", command="ls") == "refused: the attempt is over"
    lost = RepairWorld(bug.files)
    bash(lost, "true")
    del lost
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_a_task(bug: Bug) -> None:
    job = Job(bug)
    assert (job.id, job.template) == ("sums-1", "written")
    assert job.instruction == bug.problem_statement
    world = job.open()
    told(world, "edit", path="sums/mean.py", old=OLD, new=NEW)
    mark = job.mark(world)
    assert (mark.strict, mark.partial, mark.passed, mark.guards) == (True, 1.0, 2, 1)
    assert "+    return total / len(values)\n" in mark.left
    assert job.mark(job.open()).strict is False


def test_what_is_no_repair_is_refused(bug: Bug) -> None:
    with pytest.raises(WorldError, match="sums-1 has no files: rows of others need an environment"):
        Job(bug.model_copy(update={"files": {}}))

    class Other:
        tools = ()

        def call(self, name: str, arguments: str) -> Observation:
            return Observation(text="")

    with pytest.raises(WorldError, match="sums-1 is a repair, and not of Other"):
        Job(bug).mark(Other())

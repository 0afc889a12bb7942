"""The verbs on a healthy loop: what they print, and that JSON is one value."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.fixture
def run(workshop: "Workshop") -> "Workshop":
    """A loop with a baseline and an accept."""
    workshop.levels(3, 12)
    workshop.run()
    return workshop


@pytest.fixture
def shown(workshop: "Workshop") -> "Workshop":
    """The same on an open pull request."""
    workshop.levels(3, 12)
    assert workshop.cli("run", "toy").code == 0
    return workshop


def test_every_verb_that_looks_prints_one_json_value(shown: "Workshop") -> None:
    for verb in (
        ["status"],
        ["status", "toy"],
        ["show", "toy"],
        ["show", "toy", "0"],
        ["logs", "toy"],
        ["validate"],
        ["forge", "ls"],
        ["forge", "show", "1"],
        ["forge", "comment", "1", "well done"],
        ["forge", "close", "1"],
        ["forge", "reopen", "1"],
        ["forge", "merge", "1"],
    ):
        told = shown.cli(*verb, "--json")
        assert (told.code, told.err) == (0, ""), verb
        json.loads(told.out)


def test_verbs_that_only_look_change_nothing(shown: "Workshop") -> None:
    def refs() -> list[str]:
        bare = shown.place / "forge.git"
        return [shown.git("for-each-ref"), shown.git("for-each-ref", cwd=bare)]

    before = refs()
    for verb in (["status"], ["show", "toy"], ["logs", "toy"], ["forge", "ls"], ["validate"]):
        assert shown.cli(*verb).code == 0
    assert refs() == before
    assert shown.git("status", "--porcelain") == ""


def test_a_row_that_is_not_there_is_named(run: "Workshop") -> None:
    refused = run.cli("show", "toy", "7")
    assert (refused.code, refused.complaint) == (1, "loop toy has rows 0 to 1, not 7")
    refused = run.cli("show", "toy", "-1")
    assert refused.code != 0
    assert "Traceback" not in refused.err


def test_logs_show_what_the_children_wrote(run: "Workshop") -> None:
    told = run.cli("logs", "toy", "1")
    assert told.code == 0
    assert "trained to 12" in told.out


def test_logs_of_a_row_made_elsewhere_point_to_the_row(run: "Workshop") -> None:
    shutil.rmtree(run.place / "runs")
    refused = run.cli("logs", "toy", "1")
    assert (refused.code, refused.complaint) == (
        1,
        ("no log of toy 1 on this machine; git-loop show toy 1 has the tail that its row keeps"),
    )


def test_a_pull_request_that_is_not_there_is_named(run: "Workshop") -> None:
    refused = run.cli("forge", "merge", "9")
    assert refused.code == 1
    assert refused.complaint.startswith("pull request #9: ")


def test_a_reader_that_goes_away_is_no_error(shown: "Workshop") -> None:

    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    script = f"{sys.executable} -m runner.cli forge show 1 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=shown.top,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bwrap is not installed")
def test_a_loop_runs_inside_the_sandbox(sandboxed: "Workshop") -> None:
    spec = (sandboxed.top / "loops/toy.yaml").read_text()
    sandboxed.spec(spec.replace("[python3, -S, -E, train.py], env: [COUNT]", "[sh, train.sh]"))
    train = 'echo "{\\"level\\": $((3 + LOOP_SEED * 9))}" > "$LOOP_OUT/model.json"\n'
    sandboxed.commit({"train.sh": train})
    sandboxed.run()
    assert sandboxed.verdicts() == ["baseline", "accept"]
    assert sandboxed.rows()[1]["isolation"]["level"] == "open"

"""The last job starts the workflow again while iterations remain."""

import json
from pathlib import Path

import pytest

from tests.conftest import Result, Workshop
from tests.workflows.front import Front, front


@pytest.fixture
def recorded(workshop: Workshop) -> Path:
    """A run that is a baseline, recorded."""
    run = workshop.cli("stage", "plan", "--loop", "toy").out.strip()
    for name in ("make", "check", "gate", "record"):
        assert workshop.cli("stage", name, "--run", run).code == 0
    return Path(run)


def last(shop: Workshop, run: Path, door: Front, **inputs: str) -> Result:
    """Run the stage as the publishing job of a dispatch would."""
    event = shop.home / "event.json"
    event.write_text(json.dumps({"inputs": {"loop": "toy"} | inputs}))
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_API_URL": door.url,
        "GITHUB_TOKEN": "secret-token",
        "GITHUB_REPOSITORY": "ann/toy",
    }.items():
        shop.monkeypatch.setenv(name, value)
    if not shop.git("remote"):
        shop.git("remote", "add", "origin", str(shop.place / "forge.git"))
    return shop.cli("stage", "next", "--run", str(run))


def edit(run: Path, **row: object) -> None:
    file = run / "record.json"
    receipt = json.loads(file.read_bytes())
    file.write_text(json.dumps(receipt | {"row": receipt["row"] | row}))


def test_a_baseline_is_followed_by_what_was_asked_for(workshop: Workshop, recorded: Path) -> None:
    with front("http://127.0.0.1:1") as door:
        done = last(workshop, recorded, door, iterations="2")

    assert done.out == "toy: loop.yml started again for 2 more\n"
    assert door.dispatched == [
        {"workflow": "loop.yml", "ref": "main", "inputs": {"loop": "toy", "iterations": "2"}}
    ]


def test_an_iteration_counts_down(workshop: Workshop, recorded: Path) -> None:
    edit(recorded, verdict="reject", kind="iteration")

    with front("http://127.0.0.1:1") as door:
        last(workshop, recorded, door, iterations="2")

    assert door.dispatched[0]["inputs"] == {"loop": "toy", "iterations": "1"}


@pytest.mark.parametrize("verdict", ["accept", "reject", "error"])
def test_the_last_iteration_starts_nothing(
    workshop: Workshop, recorded: Path, verdict: str
) -> None:
    edit(recorded, verdict=verdict)

    with front("http://127.0.0.1:1") as door:
        done = last(workshop, recorded, door, iterations="1")

    assert done.out == "toy: no iteration is left of those asked for\n"
    assert door.dispatched == []


def test_a_stopped_loop_is_not_started_again(workshop: Workshop, recorded: Path) -> None:
    receipt = json.loads((recorded / "record.json").read_bytes())
    stop = {"name": "stalled", "why": "three in a row", "mend": "inject something"}
    (recorded / "record.json").write_text(json.dumps(receipt | {"stop": stop}))

    with front("http://127.0.0.1:1") as door:
        done = last(workshop, recorded, door, iterations="9")

    assert done.out == "toy stops (stalled): three in a row\n"
    assert door.dispatched == []


def test_nothing_follows_what_was_not_recorded(workshop: Workshop, recorded: Path) -> None:
    (recorded / "record.json").unlink()

    with front("http://127.0.0.1:1") as door:
        done = last(workshop, recorded, door)

    assert done.complaint.endswith("stage next comes last in a workflow, after record")

"""`git-loop distill`: gold verdicts to a prompt in one line, on the engine of any loop."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.text_loop import META

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result, Workshop

TASK = """\
rules:
  - match: {system: full disks are disk, user: no space}
    reply: '{"kind": "disk", "tags": ["os"]}'
  - {reply: '{"kind": "other", "tags": []}'}
"""
LINE = ("--gold", "gold.jsonl", "--baseline", "base.md", "--model", "scripted:task.yaml")
SEARCH = ("--optimizer-model", "scripted:meta.yaml", "--generations", "2", "--name", "logs")


def record(n: int, *, full: bool) -> dict[str, object]:
    label = {"kind": "disk" if full else "other", "tags": ["os"] if full else []}
    asked = f"log {n}: {'no space left' if full else 'all is red'}"
    return {"id": f"job:{n}", "input": asked, "label": label}


@pytest.fixture
def distill(
    sandboxed: "Workshop", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> "Callable[..., Result]":
    """Run the verb in a folder that is no repository, on so many records."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "task.yaml").write_text(TASK)
    (folder / "meta.yaml").write_text(META)
    (folder / "base.md").write_text("Say what failed.\n")
    monkeypatch.delenv("GITHUB_API_URL", raising=False)

    def run(*argv: str, count: int = 160, line: tuple[str, ...] = (*LINE, *SEARCH)) -> "Result":
        # every other pair of records is of the other kind, so both are held out every fourth
        text = "".join(json.dumps(record(n, full=n % 8 < 4)) + "\n" for n in range(count))
        (folder / "gold.jsonl").write_text(text)
        monkeypatch.setattr(sandboxed, "top", folder)
        return sandboxed.cli("distill", *line, *argv)

    return run


def told(result: "Result") -> dict[str, Any]:
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


@pytest.mark.slow
def test_gold_verdicts_become_a_prompt_and_nothing_is_published(
    distill: "Callable[..., Result]", sandboxed: "Workshop"
) -> None:
    found = told(distill("--json", "--out", "better.md"))
    assert found["before"] == 0.5
    assert found["after"] == 1.0
    assert found["p"] < 0.001
    assert found["weakest"] == ["kind", 1.0]
    assert found["prompt"] == "Say what failed.\n- full disks are disk\n"
    assert (sandboxed.top / "better.md").read_text() == found["prompt"]
    repository = Path(found["repository"])
    assert repository.is_relative_to(sandboxed.home)
    assert (repository / "evals/logs/heldout.jsonl.age").read_bytes().startswith(b"age-encryption")
    row = found["iterations"][-1]["row"]
    assert row["isolation"]["level"] in {"sandboxed", "open"}
    assert all(each["pull"] is None for each in found["iterations"])


@pytest.mark.slow
def test_the_same_line_goes_on_where_it_stood(distill: "Callable[..., Result]") -> None:
    first = told(distill("--json"))
    again = told(distill("--json"))
    assert [each["row"]["number"] for each in first["iterations"]] == [0, 1]
    assert [each["row"]["number"] for each in again["iterations"]] == [2]
    assert again["after"] == first["after"]


@pytest.mark.slow
def test_no_next_step_asks_for_a_repository_that_the_person_is_not_in(
    distill: "Callable[..., Result]",
) -> None:
    on = distill().out.splitlines()
    assert [line for line in on if line.startswith("next:")] == [
        "next: the same line again goes on; --publish makes it a pull request of your repository"
    ]
    over = distill("--iterations", "3").out.splitlines()
    assert "logs stops (stalled): 3 iterations without an accepted gain in each line (main)" in over
    assert [line for line in over if line.startswith("next:")] == [
        (
            "next: other gold, another baseline or other options begin anew; "
            "--publish makes it a pull request of your repository"
        )
    ]


@pytest.mark.slow
def test_a_small_gold_set_is_cross_fitted(distill: "Callable[..., Result]") -> None:
    found = told(distill("--json", "--folds", "4", count=48))
    row = found["iterations"][-1]["row"]
    assert (row["verdict"], row["gate"]["n"]) == ("accept", 48)
    assert found["after"] == 1.0
    assert row["gate"]["alpha"] < 0.05 / 3
    assert "cross-fit" not in found["notes"]


def test_few_held_out_records_are_told(distill: "Callable[..., Result]") -> None:
    result = distill("--iterations", "1", "--usd", "0.01", count=48)
    assert "12 held-out records can claim little; --folds 5 uses all of them" in result.err
    assert "fields compared, as the labels show them: kind, tags" in result.err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--categorical", "kin"), 'field "kin" is in no label of gold.jsonl; fields: kind, tags'),
        (("--name", "A B"), '--name: expected lower-case letters, digits and hyphens, got "A B"'),
        (("--folds", "1"), "--folds: expected 2 to 160, the number of records, got 1"),
        (("--out", "no/such/x.md"), "no/such is no folder; make it first"),
        (
            ("--key", "a-b"),
            "--key: expected the name of an environment variable, such as OPENAI_API_KEY",
        ),
        (("--usd", "-1"), "argument --usd: expected dollars above 0, got '-1'"),
        (("--test-every-nth", "1"), "test_every_nth: expected at least 2, got 1"),
    ],
    ids=["field", "name", "folds", "out", "key", "usd", "stride"],
)
def test_what_cannot_be_distilled_is_one_clear_line(
    distill: "Callable[..., Result]", argv: tuple[str, ...], message: str
) -> None:
    line = (*LINE, "--optimizer-model", "m") if argv[0] == "--key" else (*LINE, *SEARCH)
    result = distill(*argv, line=line)
    assert result.code in {1, 2}
    assert message in result.err
    assert "Traceback" not in result.err


def test_malformed_gold_is_told_by_line(
    distill: "Callable[..., Result]", sandboxed: "Workshop"
) -> None:
    distill("--folds", "1")
    lines = ['{"id": "a", "input": "x", "label": 1}', "{", '{"id": "a", "input": "y", "label": 2}']
    (sandboxed.top / "gold.jsonl").write_text("\n".join(lines))
    result = sandboxed.cli("distill", *LINE, *SEARCH)
    assert result.code == 2
    assert "gold.jsonl:2: not JSON" in result.err
    assert 'gold.jsonl:3: record "a" appears twice, first on line 1' in result.err


@pytest.mark.slow
def test_published_it_is_a_loop_of_the_persons_repository(
    distill: "Callable[..., Result]", sandboxed: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = sandboxed.top
    distill("--folds", "1")
    folder = sandboxed.top
    for name in ("gold.jsonl", "base.md", "task.yaml", "meta.yaml"):
        (repository / name).write_bytes((folder / name).read_bytes())
    monkeypatch.setattr(sandboxed, "top", repository)
    sandboxed.git("config", "user.name", "Ann")
    sandboxed.git("config", "user.email", "ann@example.invalid")
    found = told(sandboxed.cli("distill", *LINE, *SEARCH, "--publish", "--json"))
    assert found["after"] == 1.0
    assert found["repository"] == str(repository)
    assert sandboxed.git("log", "-1", "--format=%an: %s") == "Ann: Add loop logs"
    shown = sandboxed.cli("forge", "show", "1").out
    assert "loop(logs): agreement 0.500 -> 1.000" in shown
    assert sandboxed.git("status", "--porcelain", "--untracked-files=no") == ""

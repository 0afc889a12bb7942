"""What `git-loop data import` prints and writes."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from runner.training.row import read_rows

if TYPE_CHECKING:
    from tests.conftest import Workshop

ASKED = "Who is Ann Lee of Northwind?"
EVAL = """\
eval: e
version: 1
checker: must_keep
dev: dev.jsonl
metrics: {exact_pct: {direction: max}}
"""


def lines(*records: Any) -> str:  # noqa: ANN401 - any JSON value
    return "".join(f"{json.dumps(each)}\n" for each in records)


def chat(asked: str, answer: str) -> dict[str, Any]:
    said = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"messages": said}


CLAUDE = lines(
    {"type": "summary", "summary": "x"},
    {"type": "user", "sessionId": "s", "message": {"role": "user", "content": ASKED}},
    "no record",
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Nobody."}]},
    },
)
SCORED = {
    "version": 2,
    "eval": {"task": "t", "model": "m"},
    "samples": [
        {
            "id": word,
            "epoch": 1,
            "messages": chat(f"Is it {word}?", "Yes, quite so.")["messages"],
            "scores": {"s": {"value": value}},
        }
        for word, value in (("right", "C"), ("wrong", "I"))
    ],
}


@pytest.fixture
def shop(workshop: "Workshop") -> "Workshop":
    workshop.write(
        {
            "claude.jsonl": CLAUDE,
            "chats.jsonl": lines(chat("One?", "1."), chat("One?", "1."), chat("Two?", "2.")),
            "log.json": json.dumps(SCORED),
            "evals/e/eval.yaml": EVAL,
            "evals/e/dev.jsonl": json.dumps(
                {
                    "id": "d",
                    "instruction": "Who is Bob Moss of Contoso?",
                    "entities": ["Bob Moss", "Contoso"],
                }
            )
            + "\n",
        }
    )
    return workshop


def test_files_of_several_tools_become_rows_with_counts(shop: "Workshop") -> None:
    told = shop.cli("data", "import", "claude.jsonl", "chats.jsonl", "--out", "rows.jsonl")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        "read: 1 claude-code, 1 openai",
        "skipped: 1 record of type summary",
        'damaged: claude.jsonl:3: expected a JSON object, got "no record"',
        "4 conversations",
        "  answered: 4",
        "  guards: 4",
        "  partial: 4",
        "  normal: 4",
        "  exact: 3",
        "  near: 3",
        "  per_task: 3",
        "  template: 3",
        "  loops: 3",
        "  parsed: 3",
        "  max_tokens: 3",
        "  cohort: 3",
        "rows.jsonl: 3 rows of about 88 tokens",
        "rows.manifest.json: where they come from",
        "next: read them before you train on them",
    ]
    assert len(read_rows(shop.top / "rows.jsonl")) == 3
    manifest = json.loads((shop.top / "rows.manifest.json").read_text(encoding="utf-8"))
    assert [each["format"] for each in manifest["sources"]] == ["claude-code", "openai"]
    assert manifest["sources"][0]["skipped"] == {"record of type summary": 1}
    assert len(manifest["curation"]["rows"]) == 3


def test_a_floor_keeps_what_scored_it(shop: "Workshop") -> None:
    whole = json.loads(shop.cli("data", "import", "log.json", "--out", "a.jsonl", "--json").out)
    assert (whole["count"], whole["formats"]) == (2, {"inspect": 1})
    arguments = ("--min-partial", "0.5", "--json")
    best = json.loads(shop.cli("data", "import", "log.json", "--out", "b.jsonl", *arguments).out)
    assert best["count"] == 1
    assert best["rows"] == "b.jsonl"
    assert [step["name"] for step in best["steps"]][:3] == ["answered", "guards", "partial"]
    (row,) = read_rows(shop.top / "b.jsonl")
    assert row.chat[0].content == "Is it right?"


def test_a_row_that_asks_a_case_of_an_eval_is_refused_and_nothing_is_written(
    shop: "Workshop",
) -> None:
    told = shop.cli("data", "import", "claude.jsonl", "--out", "rows.jsonl", "--against", "e")
    assert told.code == 1
    assert "1 of 1 rows ask what must not be learned: row 1 asks dev case " in told.err
    assert told.err.rstrip().endswith("with other names; leave them out")
    assert not (shop.top / "rows.jsonl").exists()
    clean = shop.cli("data", "import", "chats.jsonl", "--out", "rows.jsonl", "--against", "e")
    assert clean.code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.jsonl", "--out", "r"), "none.jsonl: cannot be read: No such file or directory"),
        (("evals/e/eval.yaml", "--out", "r"), "evals/e/eval.yaml: of no known format; known: "),
        (
            ("log.json", "--out", "r", "--format", "opena"),
            'opena is no format; did you mean "openai"',
        ),
        (("log.json", "--out", "r", "--format", "codex"), "no conversation in a rollout of Codex"),
        (("chats.jsonl", "--out", "r", "--min-partial", "0.5"), "no episode is scored"),
        (("chats.jsonl", "--out", "no/r"), "no/r: cannot be written: No such file or directory"),
        (("chats.jsonl", "--out", "r", "--against", "x"), "evals/x/eval.yaml is missing"),
    ],
    ids=["missing", "no-format", "typo", "other-format", "unscored", "no-folder", "no-eval"],
)
def test_bad_input_is_one_clear_error(
    shop: "Workshop", arguments: tuple[str, ...], said: str
) -> None:
    told = shop.cli("data", "import", *arguments)
    assert told.code in (1, 2)
    assert said in told.err
    assert "Traceback" not in told.err

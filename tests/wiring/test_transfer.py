"""Transfer: one text, several models, on dev only."""

import json
from typing import TYPE_CHECKING

import pytest

from tests.text_loop import SPEC

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Workshop

OTHER = """\
rules:
  - {match: {user: no space}, reply: '{"kind": "disk"}'}
  - {reply: '{"kind": "other"}'}
"""


@pytest.mark.slow
def test_a_text_that_helped_one_model_is_tabled_for_others(
    logs: "Callable[..., Workshop]",
) -> None:
    shop = logs()
    shop.commit({"evals/logs/other.yaml": OTHER})
    shop.run()
    other = "{kind: scripted, script: other.yaml}"
    told = shop.cli("transfer", "toy", "--model", other)
    assert told.code == 0, told.err
    assert told.out.splitlines()[:4] == [
        "row 1 of toy against its baseline: agreement on dev,",
        "20 cases; the held-out split was not looked at",
        "  scripted:task.yaml   0.500 -> 1.000  +0.300 to +0.700  10 won, 0 lost, p 0.00098",
        "  scripted:other.yaml  1.000 -> 1.000  no difference  0 won, 0 lost, p 1",
    ]
    found = json.loads(shop.cli("transfer", "toy", "1", "--model", other, "--json").out)
    assert [each["after"] for each in found["models"]] == [1.0, 1.0]
    assert shop.cli("transfer", "toy", "7", "--model", "m").err.endswith(
        "loop toy has no row 7 with a candidate\n"
    )


def test_a_loop_that_edits_no_text_is_refused(sandboxed: "Workshop") -> None:
    sandboxed.run()
    refused = sandboxed.cli("transfer", "toy", "--model", "scripted:clerk")
    assert (refused.code, refused.out) == (1, "")
    assert "edits no text" in refused.err


def test_a_checker_that_asks_no_model_is_refused(logs: "Callable[..., Workshop]") -> None:
    shop = logs()
    old = (shop.top / "evals/logs/eval.yaml").read_text()
    at, until = old.index("checker:"), old.index("train:")
    checker = "checker: {command: [python3, -S, -E, check.py]}\n"
    foreign = "{kind: command, command: [python3, agent.py]}"
    shop.commit({"evals/logs/eval.yaml": old[:at] + checker + old[until:]})
    shop.commit({"loops/toy.yaml": SPEC % (foreign, "")})
    refused = shop.cli("transfer", "toy", "--model", "scripted:clerk")
    assert refused.code == 1
    assert refused.complaint.startswith("only a checker that asks a model can ask another")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            '{kind: endpoint, name: x, base_url: "http://127.0.0.1:9/v1", key: null}',
            "x at http://127.0.0.1:9/v1: no connection",
        ),
        ("{kind: local, folder: /no/such}", "/no/such is no model folder"),
    ],
    ids=["endpoint", "folder"],
)
def test_a_model_that_is_not_there_is_told_before_any_is_asked(
    logs: "Callable[..., Workshop]", model: str, words: str
) -> None:
    shop = logs()
    shop.run()
    silent = "rules:\n  - {match: {user: no such words}, reply: x}\n"
    shop.commit({"evals/logs/task.yaml": silent})  # asking the eval's own model would fail first
    refused = shop.cli("transfer", "toy", "--model", model)
    assert refused.code == 1
    assert refused.complaint.startswith(words)


@pytest.mark.slow
def test_scripted_agents_of_repairs_answer_no_text(logs: "Callable[..., Workshop]") -> None:
    shop = logs()
    shop.run()
    refused = shop.cli("transfer", "toy", "--model", "{kind: policies, skill: 1}")
    assert refused.code == 1
    assert refused.complaint.startswith("policies (skill 1) cannot act in eval logs: ")

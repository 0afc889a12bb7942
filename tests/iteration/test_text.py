"""Whole iterations of loops that edit text: who sees what, and what counts as a gain."""

import json
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.text_loop import REFLECT, SECRET, TASK

if TYPE_CHECKING:
    from tests.conftest import Workshop


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what every file below a folder says; packs are opened, sealed files are not."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if data.startswith(b"\xfd7zXZ"):
                data = lzma.decompress(data)
            yield str(path.relative_to(folder)), data.decode(errors="replace")


def test_an_edit_learned_from_train_is_claimed_on_held_out_cases(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs()
    assert shop.cli("run", "toy").code == 0
    assert shop.verdicts() == ["baseline", "accept"]
    row = shop.rows()[1]
    assert row["dev"]["agreement"] == [0.5, 1.0]
    assert row["heldout"]["agreement"]["candidate"] == 1.0
    assert (row["gate"]["n"], row["gate"]["wins"], row["gate"]["losses"]) == (61, 30, 0)
    assert row["figures"]["why"] == "full disks were called other"
    assert row["cost"]["tokens_in"] > 0
    assert shop.file("prompts/logs.md", "loop/toy").endswith("\n- full disks are disk")
    body = shop.cli("forge", "show", "1").out
    assert "full disks were called other" in body


def test_no_held_out_byte_reaches_a_proposer(logs: Callable[..., "Workshop"]) -> None:
    shop = logs()
    shop.run("--iterations", "2")
    given = [*shop.runs(), shop.place / "store", shop.place / "cells"]
    said = {str(folder / name): text for folder in given for name, text in texts(folder)}
    for name, text in said.items():
        for hidden in (SECRET, "heldout-"):
            assert hidden not in text, (name, hidden)
    baseline = shop.rows()[0]["heldout"]["agreement"]["candidate"]
    assert baseline == 0.508197
    proposers = "".join(text for name, text in said.items() if "/make/" in name)
    assert "0.508" not in proposers
    everything = "".join(said.values())
    # the search does find what is there: a train case, the meta model's prompt, a dev answer
    for known in ("train 1 no space", "You improve the instructions of another agent.", "dev 1"):
        assert known in everything


def test_what_was_decided_on_is_not_tried_again(logs: Callable[..., "Workshop"]) -> None:
    shop = logs()
    shop.run("--iterations", "2")
    assert shop.verdicts() == ["baseline", "accept", "failed"]
    assert "proposes nothing new" in shop.rows()[2]["reason"]


QUEUE = """\
stop: {patience: 5}
hypotheses:
  - {id: brief, with: {edits: [{find: "", replace: "- be brief\\n"}]}}
  - {id: both, with: {edits: [{find: "", replace: "- be brief\\n- full disks are disk\\n"}]}}
  - {id: same, with: {edits: [{find: Say, replace: Say}]}}
  - {id: lost, with: {edits: [{find: nowhere, replace: x}]}}
  - {id: rule, with: {edits: [{find: "", replace: "- full disks are disk\\n"}]}}
"""


def test_edits_of_the_queue_gain_by_what_they_do_not_by_breaking_hard_cases(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs("{kind: queue}", gate=", guards: {parsed: {min: 0.95}}", more=QUEUE)
    shop.run("--iterations", "6")
    rows = shop.rows()[1:]
    told = [(row["hypothesis"], row["verdict"]) for row in rows]
    assert told == [
        ("brief", "reject"),
        ("both", "reject"),
        ("same", "failed"),
        ("lost", "failed"),
        ("rule", "accept"),
    ]
    assert rows[1]["dev"]["parsed"] == [1.0, 0.8]
    assert "proposes nothing new" in rows[2]["reason"]
    assert "nowhere" in rows[3]["reason"]
    head = shop.head()
    assert head["stop"]["why"] == "the queue holds no edit that has not been tried"


def test_a_command_proposer_reads_the_trials(logs: Callable[..., "Workshop"]) -> None:
    shop = logs("{kind: command, command: [python3, agent.py], minutes: 1}")
    shop.commit(
        {
            "agent.py": (
                "import json, os\n"
                "trials = [json.loads(line) for line in open(os.environ['LOOP_TRIALS'])]\n"
                "wrong = [t for t in trials if t['score']['metrics']['agreement'] < 1]\n"
                "assert {t['correction'] for t in wrong} == {'{\"kind\": \"disk\"}'}, wrong[0]\n"
                "assert len(trials) == 13 and len(wrong) == 7\n"
                "with open('prompts/logs.md', 'a') as file:\n"
                "    file.write('- full disks are disk\\n')\n"
            )
        }
    )
    shop.run()
    assert shop.verdicts() == ["baseline", "accept"]


def test_offline_an_endpoint_is_refused_before_anything_is_asked(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs()
    endpoint = "{kind: endpoint, name: m, base_url: 'http://127.0.0.1:9/v1', key: NO_SUCH_KEY}"
    scripted = "{kind: scripted, script: task.yaml}"
    eval_ = (shop.top / "evals/logs/eval.yaml").read_text()
    shop.commit({"evals/logs/eval.yaml": eval_.replace(scripted, endpoint)})
    shop.monkeypatch.setenv("LOOP_OFFLINE", "1")
    shop.run()
    row = shop.rows()[0]
    assert row["verdict"] == "error"
    assert "LOOP_OFFLINE" in row["error"]["log_tail"]
    shop.monkeypatch.delenv("LOOP_OFFLINE")
    refused = shop.cli("run", "toy")
    assert "NO_SUCH_KEY is not set, but env, or the key of a model, names it" in refused.err


IDLE = """\
hypotheses:
  - {id: one, with: {edits: [{find: "", replace: "- idle\\n"}]}}
  - {id: two, with: {edits: [{find: "", replace: "- idle, too\\n"}]}}
"""


def test_a_model_whose_rules_changed_makes_no_idle_edit_a_gain(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs("{kind: queue}", more=IDLE)
    shop.run()
    shop.commit({"evals/logs/task.yaml": TASK.replace("system: full disks are disk, ", "")})
    shop.run("--iterations", "2")
    assert "accept" not in shop.verdicts()
    assert shop.verdicts()[2] == "baseline"
    assert "since the eval scores otherwise than it did" in shop.rows()[2]["reason"]


DYING = """\
rules:
  - {match: {user: dev}, times: 15, reply: '{"kind": "other"}', usage: %s}
  - {match: {user: heldout}, times: %d, reply: '{"kind": "other"}', usage: %s}
"""
USAGE = "{tokens_in: 1000, tokens_out: 7}"


@pytest.mark.parametrize(("heldout", "runs"), [(0, 1), (9, 2)], ids=["on dev", "on held-out cases"])
def test_what_an_arm_cost_before_it_died_is_charged_since_a_retry_gets_it_free(
    logs: Callable[..., "Workshop"], heldout: int, runs: int
) -> None:
    shop = logs()
    shop.commit({"evals/logs/task.yaml": DYING % (USAGE, heldout or 1, USAGE)})
    for _ in range(runs):
        shop.run()
    rows = shop.rows()
    assert [row["verdict"] for row in rows] == ["error"] * runs
    assert [row["cost"]["tokens_in"] for row in rows] == [15_000, 14_000][:runs]


@pytest.mark.parametrize(
    ("propose", "more"),
    [("{kind: queue}", IDLE), (REFLECT, "")],
    ids=["its own edits", "a model of its own"],
)
def test_a_proposer_that_needs_no_model_of_the_evals_is_told_of_none(
    logs: Callable[..., "Workshop"], propose: str, more: str
) -> None:
    shop = logs(propose, more=more)
    shop.run()
    asked = json.loads((shop.runs()[-1] / "make/attempt-1.propose.request.json").read_bytes())
    assert (asked["checker"], asked["check"], asked["folder"]) == (None, {}, None)


BRIEF = 'hypotheses:\n  - {id: brief, with: {edits: [{find: "", replace: "- be brief\\n"}]}}\n'


def test_breaking_the_form_is_not_ahead_on_dev_where_less_is_better_either(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs("{kind: queue}", more=BRIEF)
    eval_ = (shop.top / "evals/logs/eval.yaml").read_text()
    spec = (shop.top / "loops/toy.yaml").read_text()
    shop.commit(
        {
            "evals/logs/eval.yaml": f"{eval_}  answer_chars: {{direction: min}}\n",
            "loops/toy.yaml": spec.replace("primary: agreement", "primary: answer_chars"),
        }
    )
    shop.run()
    assert shop.verdicts() == ["baseline", "reject"]
    assert shop.rows()[1]["dev"]["parsed"] == [1.0, 0.8]


def test_a_model_that_never_answers_in_the_form_is_told_apart_from_a_missing_metric(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs()
    shop.commit({"evals/logs/task.yaml": "rules:\n  - {reply: I think it is a full disk}\n"})
    shop.run()
    assert shop.rows()[0]["reason"] == (
        "no case could be scored: the starting point broke on all 61 of them"
    )


def test_another_scoring_measures_the_text_anew_before_any_edit(
    logs: Callable[..., "Workshop"],
) -> None:
    shop = logs("{kind: queue}", more=QUEUE)
    shop.run("--iterations", "1")
    declared = (shop.top / "evals/logs/eval.yaml").read_text()
    shop.commit(
        {"evals/logs/eval.yaml": declared.replace("[kind]}", "[kind], weights: {kind: 2}}")}
    )
    shop.run("--iterations", "1")
    rows = [(row["kind"], row["verdict"]) for row in shop.rows()]
    assert rows == [("baseline", "baseline"), ("iteration", "reject")] * 2
    assert shop.rows()[2]["candidate"] == shop.rows()[0]["candidate"]
    assert sum(shop.head()["resets"].values()) == 1


def test_no_proposer_may_break_the_frontmatter_of_a_skill(logs: Callable[..., "Workshop"]) -> None:
    shop = logs("{kind: command, command: [sh, agent.sh], minutes: 1}")
    skill = "---\nname: logs\ndescription: Sorts logs.\n---\nSay which kind of failure it is.\n"
    agent = "sed -i s/---/***/ prompts/logs.md; echo '- full disks are disk' >> prompts/logs.md\n"
    shop.commit({"prompts/logs.md": skill, "agent.sh": agent})
    shop.run()
    assert shop.verdicts() == ["baseline", "failed"]
    assert (
        shop.rows()[1]["reason"]
        == "prompts/logs.md loses its frontmatter, or the closing --- of it"
    )

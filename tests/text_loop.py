"""A loop that edits text, whose two models are scripts: what tests of several rooms run."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of

if TYPE_CHECKING:
    from tests.conftest import Workshop

SECRET = "sentinel-9f3a"
EVAL = """\
eval: logs
version: 1
checker: agreement
with: {model: {kind: scripted, script: task.yaml}, categorical: [kind]}
train: [fixtures.yaml, train.jsonl]
dev: dev.jsonl
heldout: [{file: heldout.jsonl.age}]
recipient: %s
metrics:
  agreement: {direction: max, ceiling: 1}
  parsed: {direction: max, ceiling: 1}
"""
TASK = """\
rules:
  - {match: {system: be brief, user: hard}, reply: "I would say other"}
  - match: {system: full disks are disk, user: no space}
    reply: {text: '{"kind": "disk"}', reasoning: full}
  - {reply: '{"kind": "other"}'}
"""
META = """\
rules:
  - match: {user: {has: ["full disks are disk"]}}
    reply: '{"why": "nothing is left to learn", "edits": []}'
  - match: {system: You improve the instructions of another agent.}
    reply: >-
      {"why": "full disks were called other",
      "edits": [{"find": "", "replace": "- full disks are disk\\n"}]}
"""
SPEC = """\
version: 1
loop: toy
surface: [prompts/logs.md]
make: none
check: {eval: logs}
propose: %s
gate: {primary: agreement, min_delta: 0.01%s}
"""
REFLECT = "{kind: reflect, with: {model: {kind: scripted, script: models/meta.yaml}}}"


def cases(name: str, count: int, *, more: str = "") -> str:
    """Half of the cases tell of a full disk; every fifth is hard."""
    return "".join(json.dumps(case(name, n, more)) + "\n" for n in range(count))


def case(name: str, n: int, more: str) -> dict[str, object]:
    words = ["no space" if n % 2 else "red", "" if n % 5 else "hard"]
    label = {"kind": "disk" if n % 2 else "other"}
    return {"id": f"{name}-{n}", "input": f"{name} {n} {' '.join(words)}{more}", "label": label}


@pytest.fixture
def logs(sandboxed: "Workshop") -> Callable[..., "Workshop"]:
    """Commit a text loop; the proposer, and more of the spec, by argument."""
    identity = new_identity()
    sandboxed.monkeypatch.setenv("LOOP_HELDOUT_KEY", identity)

    def committed(propose: str = REFLECT, *, gate: str = "", more: str = "") -> "Workshop":
        shop = sandboxed
        fixture = "- {id: by-hand, input: no space on disk, label: {kind: disk}}\n"
        files = {
            "loops/toy.yaml": SPEC % (propose, gate) + more,
            "evals/logs/eval.yaml": EVAL % recipient_of(identity),
            "evals/logs/task.yaml": TASK,
            "evals/logs/fixtures.yaml": fixture,
            "evals/logs/train.jsonl": cases("train", 12),
            "evals/logs/dev.jsonl": cases("dev", 20),
            "models/meta.yaml": META,
            "prompts/logs.md": "Say which kind of failure a log shows.\n",
        }
        held = cases("heldout", 61, more=SECRET)
        path = shop.top / "evals/logs/heldout.jsonl.age"
        path.parent.mkdir(parents=True)
        path.write_bytes(seal(held.encode(), recipient_of(identity)))
        shop.commit(files, "a text loop")
        return shop

    return committed

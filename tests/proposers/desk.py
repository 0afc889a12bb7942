"""A skill file to improve, trials of it, and a model that answers what it is told to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.core.chat import ChatRequest, ChatResponse, Usage
from runner.core.request import ProposeRequest
from runner.core.score import CaseScore
from runner.core.trial import Trial

PATH = "skills/triage/SKILL.md"
SKILL = """\
---
name: triage
description: Say why a job failed.
license: MIT
---
# Triage

Read the log and say what went wrong.

## Rules

- If the log says "No space left on device", category is disk.

## Notes

Be brief.
"""
RULE = '- If the log says "Connection reset", category is network.\n'
SENTINEL = "SENTINEL-7f3a91"
"""Written wherever a proposer has no business."""

Answer = str | ChatResponse | Exception


@dataclass
class FakeModel:
    """Answers in order, the last one again and again, and keeps what it was asked."""

    answers: Sequence[Answer]
    name: str = "fake"
    asked: list[ChatRequest] = field(default_factory=list)

    def complete(self, request: ChatRequest) -> ChatResponse:
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, ChatResponse):
            return answer
        return ChatResponse(text=answer, usage=Usage(tokens_in=10, tokens_out=3), cost_usd=0.25)

    @property
    def prompts(self) -> list[str]:
        return [request.messages[-1].content for request in self.asked]

    @property
    def everything(self) -> str:
        """All that the model was ever sent."""
        return "\n".join(each.content for request in self.asked for each in request.messages)


def reply(*edits: dict[str, str], why: str = "network errors were missed") -> str:
    return json.dumps({"why": why, "edits": edits})


def added(rule: str = RULE) -> str:
    """An answer that puts a rule behind the first one."""
    old = '"No space left on device", category is disk.\n'
    return reply({"find": old, "replace": old + rule})


def trial(
    name: str,
    score: float = 0.0,
    *,
    metrics: Mapping[str, float] | None = None,
    failed: bool = False,
    **more: Any,  # noqa: ANN401 - keys of the case, and fields of the trial
) -> Trial:
    """A case as the working parent answered it."""
    said = {key: more.pop(key) for key in ("output", "reasoning", "correction") if key in more}
    parts = {"category": score, "retry": 1.0} if metrics is None else metrics
    return Trial(
        case={"id": name, "input": f"log of {name}", "label": {}, **more},
        score=CaseScore(case=name, metrics={"agreement": score, **parts}, failed=failed),
        **{"output": f"answer of {name}", **said},
    )


@dataclass(frozen=True)
class Desk:
    """One request, and the folders that it names."""

    root: Path

    @property
    def tree(self) -> Path:
        return self.root / "tree"

    def text(self, path: str = PATH) -> str:
        return (self.tree / path).read_bytes().decode()

    def request(
        self,
        *,
        kind: str = "reflect",
        trials: Sequence[Trial] | None = (),
        train: Sequence[dict[str, Any]] | None = None,
        plan: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - any of its fields
    ) -> ProposeRequest:
        """Write what a request names, and return it."""
        said = {"loop": "triage", "iteration": 1, "line": "main", "primary": "agreement"}
        (self.root / "plan.json").write_text(json.dumps(said | (plan or {})))
        files = {"trials": None, "train": None}
        if trials is not None:
            files["trials"] = self.root / "trials.jsonl"
            lines = [each.model_dump_json() for each in trials]
            files["trials"].write_text("\n".join(lines) + "\n")
        if train is not None:
            files["train"] = self.root / "train.jsonl"
            files["train"].write_text("".join(json.dumps(each) + "\n" for each in train))
        given = {"params": {}, "surface": (PATH,), "seed": 3} | more
        return ProposeRequest(
            kind=kind,
            tree=self.tree,
            plan=self.root / "plan.json",
            traces=self.root / "traces",
            ckpt=self.root / "ckpt",
            **files,
            **given,
        )

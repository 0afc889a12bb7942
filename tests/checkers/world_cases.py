"""Tasks of a small office, and a player that does what it is told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.core.chat import ChatRequest, ChatResponse, Reply, ToolCall, Unanswered, Usage
from runner.core.request import CheckRequest

WORLD: dict[str, Any] = {
    "companies": [
        {"id": "A1", "name": "Ardent Ltd", "parent": "A2", "tier": "gold"},
        {"id": "A2", "name": "Ardent Holdings"},
    ],
    "contacts": [{"id": "C1", "name": "Ann Lee", "company": "A1", "email": "ann@ardent.example"}],
    "deals": [
        {"id": "D1", "company": "A1", "title": "Renewal", "stage": "open", "amount": 500},
        {"id": "D2", "company": "A2", "title": "Renewal", "stage": "open", "amount": 70},
    ],
    "posts": [
        {"id": "P1", "channel": "sales", "author": "Bo", "text": "Morning"},
        {"id": "P2", "channel": "general", "author": "Bo", "text": "Morning"},
    ],
}
CLOSE_: dict[str, Any] = {
    "id": "close-1",
    "template": "close_deal",
    "instruction": "Close the renewal of Ardent Ltd and tell Ann Lee.",
    "world": WORLD,
    "assertions": [
        {"kind": "field_equals", "table": "deals", "id": "D1", "field": "stage", "value": "won"},
        {"kind": "message_sent", "to": "ann@ardent.example", "body": ["won"]},
        {"kind": "unchanged", "table": "deals", "but": ["D1"]},
    ],
    "slices": ["seen"],
    "cluster": "ardent",
}
TIER: dict[str, Any] = {
    "id": "tier-1",
    "template": "raise_tier",
    "instruction": "Note in sales that Ardent Ltd is gold.",
    "world": WORLD,
    "assertions": [
        {"kind": "in_channel", "channel": "sales", "text": ["Ardent Ltd", "gold"]},
        {"kind": "not_in_channel", "channel": "general", "text": ["gold"]},
    ],
    "slices": ["unseen"],
}
CASES = [CLOSE_, TIER]

Turn = list[ToolCall] | str | Unanswered | None
"""Calls, a last word, no answer, or an answer that was cut off."""


def call(name: str, /, **arguments: object) -> ToolCall:
    return ToolCall(id="c", name=name, arguments=json.dumps(arguments))


def won(deal: str = "D1") -> ToolCall:
    return call("crm_update_deal", id=deal, field="stage", value="won")


def told() -> ToolCall:
    return call("mail_send", to="ann@ardent.example", subject="Renewal", body="It is won.")


def posted(channel: str = "sales") -> ToolCall:
    return call("chat_post", channel=channel, text="Ardent Ltd is gold now")


CLOSED: list[Turn] = [[won(), told()], "done"]
POSTED: list[Turn] = [[posted()], "done"]


@dataclass
class Scripted:
    """Plays turn after turn of a script per conversation, in the order in which they begin."""

    scripts: Sequence[Sequence[Turn]]
    name: str = "scripted"
    seen: list[ChatRequest] = field(default_factory=list)

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        begun = len(self.seen)
        self.seen += starts
        for n in range(len(starts)):
            for turn in self.scripts[begun + n]:
                if not reply(n, _answer(turn)):
                    break


def _answer(turn: Turn) -> ChatResponse | Unanswered:
    if isinstance(turn, Unanswered):
        return turn
    usage = Usage(tokens_in=10, tokens_out=2)
    paid = {"usage": usage, "cost_usd": 0.25, "seconds": 0.5}
    if turn is None:
        return ChatResponse(text="I was", finish="length", **paid)
    if isinstance(turn, str):
        return ChatResponse(text=turn, **paid)
    calls = tuple(each.model_copy(update={"id": f"c{n}"}) for n, each in enumerate(turn))
    return ChatResponse(text="", tool_calls=calls, finish="tool_calls", **paid)


def write_cases(folder: Path, cases: Sequence[dict[str, Any]] = CASES) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))
    return path


def request_for(folder: Path, **more: Any) -> CheckRequest:  # noqa: ANN401 - fields of a request
    cases = more.pop("cases", CASES)
    return CheckRequest(
        kind="world",
        params={},
        cases=write_cases(folder, cases),
        out=folder / "out.jsonl",
        folder=folder,
        **more,
    )

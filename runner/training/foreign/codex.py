"""Rollouts of Codex CLI: `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`.

Each line is `{timestamp, type, payload}`; what the model read and wrote is in `response_item`, in
the words of OpenAI's Responses API. Files of 2025's first versions have the items bare.

Source: github.com/openai/codex, codex-rs/protocol/src/{protocol,models}.rs (`RolloutItem`,
`ResponseItem`, `CompactedItem`).
"""

from runner.core.episode import Episode
from runner.training.foreign.scribe import Scribe
from runner.training.foreign.source import (
    Imported,
    Json,
    Source,
    Told,
    items,
    mapping,
    records,
    words,
)

NAME = "codex"

_LINES = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
_ITEMS = ("message", "reasoning", "function_call", "function_call_output", "local_shell_call")
_TEXTS = ("input_text", "output_text", "text")


def detects(record: Json) -> bool:
    """Say whether a record is of this format."""
    kind = record.get("type")
    if kind in _LINES:
        return isinstance(record.get("payload"), dict)
    if kind in _ITEMS:
        return True
    return "timestamp" in record and "instructions" in record and "id" in record


def read(source: Source) -> Imported:
    """Return a rollout's conversations: one, and one more after each time it was compacted."""
    told = Told(source.name)
    rollout = _Rollout(told)
    for number, record in records(source, told):
        rollout.take(number, record)
    return told.imported(rollout.episodes())


class _Rollout:
    """Follows a rollout line by line."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._scribe = Scribe(told)
        self._done: list[Episode] = []
        self._id = ""
        self._model = ""

    def take(self, number: int, record: Json) -> None:
        kind, payload = record.get("type"), record.get("payload")
        if kind is None and "id" in record:
            self._meta(record)
        elif kind in _LINES and not isinstance(payload, dict):
            self._told.damage(number, f"{kind} without a payload")
        elif kind == "session_meta":
            self._meta(mapping(payload))
        elif kind == "turn_context":
            self._model = words(mapping(payload).get("model")) or self._model
        elif kind == "compacted":
            self._compacted(mapping(payload))
        elif kind == "response_item" or kind in _ITEMS:
            self._item(mapping(payload) if kind == "response_item" else record)
        else:
            self._told.skip(f"record of type {kind}")

    def episodes(self) -> tuple[Episode, ...]:
        self._close()
        return tuple(self._done)

    def _close(self) -> None:
        found = self._scribe.episode(
            f"{NAME}:{self._id}", template=NAME, agent=self._model, sample=len(self._done)
        )
        if found is not None:
            self._done.append(found)
        self._scribe = Scribe(self._told)

    def _meta(self, meta: Json) -> None:
        """Read a session's head; a resumed session has another one, of the session before."""
        if self._id:
            self._told.skip("record of type session_meta")
            return
        self._id = words(meta.get("id"))
        base = meta.get("base_instructions")
        told = words(mapping(base).get("text")) or words(base) or words(meta.get("instructions"))
        if told:
            self._scribe.say("system", told)

    def _compacted(self, payload: Json) -> None:
        self._close()
        history = items(payload.get("replacement_history"))
        for item in history:
            self._item(mapping(item))
        if not history:
            self._scribe.speak(words(payload.get("message")))

    def _item(self, item: Json) -> None:
        id_ = words(item.get("call_id")) or words(item.get("id"))
        match item.get("type"):
            case "message":
                self._message(item)
            case "function_call":
                self._scribe.call(id_, words(item.get("name")), item.get("arguments"))
            case "custom_tool_call":
                name, written = words(item.get("name")), {"input": item.get("input")}
                self._scribe.call(id_, name, written)
            case "local_shell_call":
                self._scribe.call(id_, "local_shell", item.get("action"))
            case "function_call_output" | "custom_tool_call_output":
                self._scribe.answer(id_, self._output(item.get("output")))
            case other:
                self._told.skip(f"item of type {other}")

    def _message(self, item: Json) -> None:
        said = self._text(item.get("content"))
        match item.get("role"):
            case "assistant":
                self._scribe.speak(said)
            case "user":
                self._scribe.say("user", said)
            case "system" | "developer":
                self._scribe.say("system", said)
            case other:
                self._told.skip(f"message of {other}")

    def _output(self, output: object) -> str:
        """Return what a call was answered: text, pieces, or an object that holds either."""
        if isinstance(output, dict):
            output = output.get("content")
        return self._text(output)

    def _text(self, content: object) -> str:
        if isinstance(content, str):
            return content
        texts = []
        for part in map(mapping, items(content)):
            if part.get("type") in _TEXTS:
                texts.append(words(part.get("text")))
            else:
                self._told.skip(f"part of type {part.get('type')}")
        return "\n\n".join(texts)

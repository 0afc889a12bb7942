"""Sessions of Claude Code: `~/.claude/projects/<project>/<session>.jsonl`.

One record per line, `user` and `assistant` with a `message` of Anthropic's API; an answer is
written block by block, one record each, under one `message.id`. The format is not documented by
its maker: the shapes here are those that public descriptions and viewers agree on (records of
versions 1.0 to 2.1), and whatever else turns up is counted.

Source: github.com/oneryalcin/agent-schemas (claude-code/v2.1.1/session.schema.json);
https://docs.claude.com/en/api/messages for the content blocks.
"""

from collections.abc import Mapping
from typing import Any

from runner.core.episode import Ended, Episode
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

NAME = "claude-code"


def detects(record: Json) -> bool:
    """Say whether a record is of this format."""
    if record.get("type") in ("user", "assistant"):
        return isinstance(record.get("message"), dict) and "role" in record["message"]
    return "sessionId" in record or record.get("type") in ("summary", "file-history-snapshot")


def read(source: Source) -> Imported:
    """Return a session's conversations: one, and one more after each time it was compacted.

    What an agent's helper did on the side is left out where it stands between the agent's own
    records; a file of nothing else is that helper's session.
    """
    told = Told(source.name)
    found = list(records(source, told))
    main = [(number, each) for number, each in found if not each.get("isSidechain")]
    for _ in range(len(found) - len(main) if main else 0):
        told.skip("sidechain record")
    session = _Session(told)
    for number, record in main or found:
        session.take(number, record)
    return told.imported(session.episodes())


class _Session:
    """Follows a session record by record."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._scribe = Scribe(told)
        self._done: list[Episode] = []
        self._at: dict[str, int] = {}  # record to the length of the conversation after it
        self._id = ""
        self._model = ""
        self._ended: Ended | None = None

    def take(self, number: int, record: Json) -> None:
        kind = record.get("type")
        self._id = self._id or words(record.get("sessionId"))
        uuid = words(record.get("uuid"))
        if uuid and uuid in self._at:
            self._told.skip("record told twice")
            return
        message = record.get("message")
        if kind not in ("user", "assistant"):
            self._told.skip(f"record of type {kind}")
        elif record.get("isMeta") or record.get("isApiErrorMessage"):
            self._told.skip("note of the program")
        elif not isinstance(message, dict):
            self._told.damage(number, f"{kind} record without a message")
        elif kind == "assistant":
            self._assistant(message)
        else:
            self._user(record, message)
        if uuid:
            self._at[uuid] = len(self._scribe)

    def episodes(self) -> tuple[Episode, ...]:
        self._close()
        return tuple(self._done)

    def _close(self) -> None:
        found = self._scribe.episode(
            f"{NAME}:{self._id}",
            template=NAME,
            agent=self._model,
            sample=len(self._done),
            ended=self._ended,
        )
        if found is not None:
            self._done.append(found)
        self._scribe = Scribe(self._told)

    def _assistant(self, message: Json) -> None:
        key = words(message.get("id"))
        self._model = words(message.get("model")) or self._model
        self._ended = "truncated" if message.get("stop_reason") == "max_tokens" else None
        for block in _blocks(message.get("content")):
            match block.get("type"):
                case "text":
                    self._scribe.speak(words(block.get("text")), key=key)
                case "tool_use":
                    id_, name = words(block.get("id")), words(block.get("name"))
                    self._scribe.call(id_, name, block.get("input"), key=key)
                case other:
                    self._told.skip(f"part of type {other}")

    def _user(self, record: Json, message: Json) -> None:
        blocks = _blocks(message.get("content"))
        answers = [block for block in blocks if block.get("type") == "tool_result"]
        for block in answers:
            self._scribe.answer(words(block.get("tool_use_id")), self._text(block.get("content")))
        said = self._text([block for block in blocks if block.get("type") != "tool_result"])
        if not said:
            return
        if record.get("isCompactSummary"):
            self._close()
        elif not answers:
            self._rewind(words(record.get("parentUuid")))
        self._scribe.say("user", said)

    def _rewind(self, parent: str) -> None:
        """Go back to where the user went back to: what came after was taken back."""
        length = self._at.get(parent, len(self._scribe))
        for _ in range(len(self._scribe) - length):
            self._told.skip("message that the user took back")
        self._scribe.cut(length)

    def _text(self, content: object) -> str:
        texts = []
        for block in _blocks(content):
            if block.get("type") == "text":
                texts.append(words(block.get("text")))
            else:
                self._told.skip(f"part of type {block.get('type')}")
        return "\n\n".join(text for text in texts if text)


def _blocks(content: object) -> list[Mapping[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [mapping(block) for block in items(content)]

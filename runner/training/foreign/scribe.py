"""A conversation written down message by message, secrets masked, as agents tell it."""

import json
from dataclasses import dataclass, field
from typing import Any

from runner.core.chat import Message, Role, ToolCall
from runner.core.episode import Ended, Episode, Mark
from runner.core.redact import redact
from runner.training.foreign.source import Told, json_of


@dataclass(slots=True)
class _Entry:
    """One message in the making.

    Attributes:
        key: The answer of a model that it is a piece of; "" where the source does not say.
    """

    role: Role
    texts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    call_id: str = ""
    key: str = ""

    def message(self) -> Message:
        return Message(
            role=self.role,
            content="\n\n".join(text for text in self.texts if text),
            tool_calls=tuple(self.calls),
            tool_call_id=self.call_id,
        )


class Scribe:
    """Puts the pieces of one conversation together."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._entries: list[_Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def cut(self, length: int) -> None:
        """Take back what came after the first `length` messages."""
        del self._entries[length:]

    def say(self, role: Role, text: str) -> None:
        """Add a message of the system or the user."""
        self._entries.append(_Entry(role, [self._clean(text)]))

    def speak(self, text: str, *, key: str = "") -> None:
        """Add to what the assistant says."""
        self._turn(key).texts.append(self._clean(text))

    def call(self, id_: str, name: str, arguments: object, *, key: str = "") -> None:
        """Add a call to what the assistant says.

        Args:
            id_: By which an answer names it.
            name: Of the tool.
            arguments: A JSON value, or text as the model wrote it.
            key: The answer of the model that it is a piece of.
        """
        written = arguments if isinstance(arguments, str) else _dumped(arguments)
        self._turn(key).calls.append(
            ToolCall(id=id_, name=name, arguments=self._clean_json(written))
        )

    def answer(self, id_: str, text: str) -> None:
        """Add what a call was answered."""
        self._entries.append(_Entry("tool", [self._clean(text)], call_id=id_))

    def episode(
        self,
        task: str,
        *,
        template: str,
        agent: str = "",
        sample: int = 0,
        ended: Ended | None = None,
        mark: Mark | None = None,
    ) -> Episode | None:
        """Return the conversation; None where no assistant spoke.

        Prompts at its end that nobody answered are left out, aloud. `ended` is worked out where
        the source does not say: `answered` if the assistant had the last word.
        """
        while self._entries and self._entries[-1].role in ("user", "system"):
            self._entries.pop()
            self._told.skip("prompt without an answer")
        messages = tuple(entry.message() for entry in self._entries)
        spoken = [each for each in messages if each.role == "assistant"]
        if not spoken:
            return None
        closed = messages[-1].role == "assistant" and not messages[-1].tool_calls
        return Episode(
            task=task,
            template=template,
            sample=sample,
            agent=agent,
            messages=messages,
            ended=ended or ("answered" if closed else "truncated"),
            turns=len(spoken),
            calls=sum(len(each.tool_calls) for each in spoken),
            mark=mark,
        )

    def _turn(self, key: str) -> _Entry:
        """Return the assistant's turn that a piece belongs to.

        Some agents write an answer piece by piece, with answers to its first calls in between.
        """
        for entry in reversed(self._entries):
            if entry.role == "assistant" and (
                entry is self._entries[-1] or (key and entry.key == key)
            ):
                return entry
            if entry.role != "tool":
                break
        self._entries.append(_Entry("assistant", key=key))
        return self._entries[-1]

    def _clean(self, text: str) -> str:
        masked = redact(text)
        self._told.redacted += masked != text
        return masked

    def _clean_json(self, text: str) -> str:
        """Mask secrets in JSON text so that it stays JSON, where it was."""
        masked = self._clean(text)
        if masked == text or not _is_json(text) or _is_json(masked):
            return masked
        return _dumped(_masked(json_of(text)))


def _masked(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(key): _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _is_json(text: str) -> bool:
    try:
        json_of(text)
    except ValueError:
        return False
    return True


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

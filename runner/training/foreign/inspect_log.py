"""Logs of inspect_ai: `.eval`, which is a zip of JSON, and `.json`, without importing it.

Source: reference of inspect_ai.log (EvalLog, EvalSample) and inspect_ai.model (ChatMessage), log
format version 2; tried on logs of inspect_ai 0.3.285, which packs with zstandard.
"""

import math
from collections.abc import Iterator

from runner.core.episode import Ended, Episode, Mark
from runner.training.foreign.inspect_zip import unpack
from runner.training.foreign.scribe import Scribe
from runner.training.foreign.source import (
    ForeignError,
    Imported,
    Json,
    Source,
    Told,
    items,
    json_of,
    mapping,
    words,
)

NAME = "inspect"

_ATTACHMENT = "attachment://"
_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_LIMITS: dict[str, Ended] = {"message": "turns", "turn": "turns", "token": "tokens"}


def detects(record: Json) -> bool:
    """Say whether a JSON object is a log."""
    return isinstance(record.get("eval"), dict) and "version" in record


def read(source: Source) -> Imported:
    """Return a log's samples; the first scorer's value is the mark, where it is in [0, 1]."""
    told = Told(source.name)
    head, samples = _log(source, told)
    spec = mapping(head.get("eval"))
    found = [_sample(each, spec, told) for each in samples]
    return told.imported(tuple(each for each in found if each is not None))


def _log(source: Source, told: Told) -> tuple[Json, list[Json]]:
    if source.data[:2] == b"PK":
        packed = unpack(source, told)
        return packed.head, packed.samples
    try:
        log = mapping(json_of(source.data))
    except ValueError as err:
        raise ForeignError(f"{source.name}: no JSON: {err}") from err
    if not isinstance(log.get("samples"), list):
        raise ForeignError(f"{source.name}: a log without samples; expected a whole one")
    return log, [mapping(each) for each in log["samples"]]


def _sample(sample: Json, spec: Json, told: Told) -> Episode | None:
    id_, epoch = sample.get("id"), sample.get("epoch")
    where = f"sample {id_}"
    if not isinstance(id_, str | int) or not isinstance(epoch, int) or epoch < 1:
        told.damage(where, f"expected an id and an epoch from 1, got {id_!r} and {epoch!r}")
        return None
    if sample.get("error") is not None:
        told.skip("sample that ended with an error")
        return None
    scribe = Scribe(told)
    for message in map(mapping, items(sample.get("messages"))):
        _take(message, scribe, mapping(sample.get("attachments")), told)
    limit = mapping(sample.get("limit")).get("type")
    found = scribe.episode(
        f"{NAME}:{words(spec.get('task'))}:{id_}",
        template=NAME,
        agent=words(spec.get("model")),
        sample=epoch - 1,
        ended=None if limit is None else _LIMITS.get(str(limit), "truncated"),
        mark=_mark(mapping(sample.get("scores")), told, where),
    )
    if found is None:
        told.skip("sample without an answer")
    return found


def _take(message: Json, scribe: Scribe, attachments: Json, told: Told) -> None:
    said = "\n\n".join(_texts(message.get("content"), attachments, told))
    match message.get("role"):
        case "user":
            scribe.say("user", said)
        case "system":
            scribe.say("system", said)
        case "assistant":
            scribe.speak(said, key=words(message.get("id")))
            for call in map(mapping, items(message.get("tool_calls"))):
                name = words(call.get("function"))
                scribe.call(words(call.get("id")), name, call.get("arguments"))
        case "tool":
            failed = words(mapping(message.get("error")).get("message"))
            scribe.answer(words(message.get("tool_call_id")), said or failed)
        case other:
            told.skip(f"message of role {other}")


def _texts(content: object, attachments: Json, told: Told) -> Iterator[str]:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else items(content)
    for part in map(mapping, parts):
        if part.get("type") != "text":
            told.skip(f"part of type {part.get('type')}")
            continue
        text = words(part.get("text"))
        if text.startswith(_ATTACHMENT):
            text = words(attachments.get(text.removeprefix(_ATTACHMENT)))
        yield text


def _mark(scores: Json, told: Told, where: str) -> Mark | None:
    for score in scores.values():
        value = _number(mapping(score).get("value"))
        if value is not None:
            return Mark(
                partial=value,
                plain=value,
                objectives=1,
                passed=int(value == 1),
                guards=0,
                broken=0,
            )
        told.skip("score that is no share from 0 to 1")
        told.damage(where, "its score is no number from 0 to 1, and no letter of C, P, I, N")
        return None
    return None


def _number(value: object) -> float | None:
    if isinstance(value, str):
        value = _LETTERS.get(value, _WORDS.get(value.lower(), value))
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1:
        return float(value)
    return None

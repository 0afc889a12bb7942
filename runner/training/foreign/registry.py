"""Which formats are read, and which one a file is of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.core.problem import suggestion
from runner.training.foreign import claude_code, codex, inspect_log, openai_chat, trace
from runner.training.foreign.source import (
    MOST_BYTES,
    ForeignError,
    Imported,
    Json,
    Read,
    Source,
    items,
    json_of,
    mapping,
)

_FIRST = 64
"""Records that are looked at to tell a format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read.

    Attributes:
        title: What it is, in a few words.
        read: Reads a file.
        detects: Says whether a record is of it; a packed file is told by its first bytes.
    """

    title: str
    read: Read
    detects: Callable[[Json], bool] | None = None


FORMATS: Mapping[str, Format] = {
    inspect_log.NAME: Format("a log of inspect_ai", inspect_log.read, inspect_log.detects),
    codex.NAME: Format("a rollout of Codex CLI", codex.read, codex.detects),
    openai_chat.NAME: Format("chats of OpenAI's form", openai_chat.read, openai_chat.detects),
    claude_code.NAME: Format("a session of Claude Code", claude_code.read, claude_code.detects),
    trace.NAME: Format("a trace of git-loop", trace.read),
}
"""By name, in the order in which they are tried."""

_MAGIC = {b"PK": inspect_log.NAME, b"\x1f\x8b": trace.NAME}


def open_file(path: Path) -> Source:
    """Take a file in.

    Raises:
        ForeignError: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ForeignError(f"{path}: larger than {MOST_BYTES} bytes; split it")
        return Source(str(path), path.read_bytes())
    except OSError as err:
        raise ForeignError(f"{path}: cannot be read: {err.strerror}") from err


def read_source(source: Source, kind: str) -> Imported:
    """Read a file of conversations.

    Args:
        source: The file.
        kind: A name of `FORMATS`; `detect` says which.

    Raises:
        ForeignError: there is no such format, it is of another, or it holds no conversation.
    """
    if kind not in FORMATS:
        raise ForeignError(f"{kind} is no format{suggestion(kind, tuple(FORMATS))}")
    found = FORMATS[kind].read(source)
    if not found.episodes:
        why = f": {found.damaged[0]}" if found.damaged else ""
        raise ForeignError(f"{source.name}: no conversation in {FORMATS[kind].title}{why}")
    return found


def detect(source: Source) -> str:
    """Return the format of a file by its content.

    Raises:
        ForeignError: it is of none.
    """
    if not source.data.strip():
        raise ForeignError(f"{source.name}: an empty file")
    packed = _MAGIC.get(source.data[:2])
    if packed is not None:
        return packed
    for record in _first(source.data):
        for name, each in FORMATS.items():
            if each.detects is not None and each.detects(record):
                return name
    known = ", ".join(f"{name} ({each.title})" for name, each in FORMATS.items())
    raise ForeignError(f"{source.name}: of no known format; known: {known}")


def _first(data: bytes) -> list[Json]:
    """Return the first records of a file: of a JSON value, a list, or lines."""
    try:
        whole = json_of(data)
    except ValueError:
        return [found for line in data.split(b"\n", _FIRST)[:_FIRST] for found in [_record(line)]]
    return [mapping(each) for each in (items(whole)[:_FIRST] or [whole])]


def _record(line: bytes) -> Json:
    try:
        return mapping(json_of(line))
    except ValueError:
        return {}

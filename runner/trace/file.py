"""Trace files: gzip JSON lines that survive a crash up to the last whole line."""

import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from runner.core.canonical import digest
from runner.core.redact import redact
from runner.trace.error import TraceError
from runner.trace.span import Span

MOST_BYTES = 256 << 20
"""Bytes that a trace may unpack to; one trace is one case's run."""

_GZIP = 31  # zlib's number for gzip framing with the largest window
_CHUNK = 1 << 16
_LEVEL = 1  # a trace is packed with its neighbours later, which makes more of it than effort here
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def trace_name(case: str, rep: int) -> str:
    """Return the file name of a case's trace: ids hold slashes, colons and anything else.

    Args:
        case: The case's id.
        rep: Repetition, from 0.
    """
    return f"{digest(case.encode(errors='surrogatepass'))[:16]}-{rep}.jsonl.gz"


class TraceWriter:
    """Writes one trace, `*.jsonl.gz`; every span is in the file when `write` returns."""

    def __init__(self, path: Path, *, secrets: Sequence[str] = ()) -> None:
        """Replace the file.

        Args:
            path: The file; a retry of a case starts its trace anew.
            secrets: Values that must not be written; token shapes are masked anyway.

        Raises:
            TraceError: it cannot be written.
        """
        self._path = path
        self._secrets = tuple(secrets)
        self._gzip = zlib.compressobj(_LEVEL, wbits=_GZIP)
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as err:
            raise TraceError(f"the trace {path} cannot be written ({err.strerror})") from err

    def write(self, span: Span) -> None:
        """Append a span, secrets masked.

        Raises:
            TraceError: the disk refuses.
        """
        record = {
            "name": span.name,
            "seconds": span.seconds,
            "attributes": dict(span.attributes),
        }
        line = _ENCODER.encode(_clean(record, self._secrets))
        packed = self._gzip.compress(line.encode() + b"\n")
        self._append(packed + self._gzip.flush(zlib.Z_SYNC_FLUSH))

    def close(self) -> None:
        """End the file, so that a reader knows that nothing is missing.

        Raises:
            TraceError: the disk refuses.
        """
        if not self._file.closed:
            try:
                self._append(self._gzip.flush(zlib.Z_FINISH))
            finally:
                self._file.close()

    def _append(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as err:
            raise TraceError(f"the trace {self._path} is cut short ({err.strerror})") from err

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace file holds.

    Attributes:
        spans: Oldest first.
        whole: The writer ended the file; False after a crash or on a damaged tail.
    """

    spans: tuple[Span, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Plain:
    """A trace file without its compression.

    Attributes:
        lines: Its whole lines, each with its end.
        whole: The writer ended the file.
    """

    lines: bytes
    whole: bool


def read_trace(data: bytes, *, name: str) -> Trace:
    """Return the spans of a trace file, up to the last whole line.

    Args:
        data: The file's bytes, opened if they were sealed.
        name: What to call the file in an error.

    Raises:
        TraceError: the data are no gzip, or unpack to more than `MOST_BYTES`.
    """
    return read_lines(plain_lines(data, name=name))


def plain_lines(data: bytes, *, name: str) -> Plain:
    """Return the whole lines of a trace file.

    Raises:
        TraceError: as of `read_trace`.
    """
    if data and not b"\x1f\x8b".startswith(data[:2]):
        raise TraceError(f"{name} is no trace: expected gzip JSON lines")
    unpacker = zlib.decompressobj(wbits=_GZIP)
    plain, size = [], 0
    for chunk in _unpacked(unpacker, data):
        size += len(chunk)
        if size > MOST_BYTES:
            raise TraceError(f"{name} unpacks to more than {MOST_BYTES} bytes")
        plain.append(chunk)
    found = b"".join(plain)
    lines = found[: found.rfind(b"\n") + 1]
    return Plain(lines, whole=unpacker.eof and len(lines) == len(found))


def read_lines(plain: Plain) -> Trace:
    """Return the spans of a trace's lines, up to the first that is none."""
    lines = plain.lines.split(b"\n")[:-1]
    spans = tuple(_spans(lines))
    return Trace(spans, whole=plain.whole and len(spans) == len(lines))


def _unpacked(unpacker: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """Yield what can be unpacked; stops at damage."""
    while data and not unpacker.eof:
        try:
            chunk = unpacker.decompress(data, _CHUNK)
        except zlib.error:
            return
        data = unpacker.unconsumed_tail
        yield chunk


def _spans(lines: Sequence[bytes]) -> Iterator[Span]:
    """Yield spans up to the first line that is none."""
    for line in lines:
        try:
            record = _DECODER.decode(line.decode())
            name, attributes, seconds = record["name"], record["attributes"], record["seconds"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not (isinstance(name, str) and isinstance(attributes, dict)) or not _is_number(seconds):
            return
        yield Span(name, attributes, seconds)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and value >= 0


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that JSON can carry, every string in it without secrets."""
    # Exact types first: a trace is mostly these, and a check writes thousands of traces.
    kind = type(value)
    if kind is str:
        return _text(value, secrets)
    if kind is dict:
        return {_key(key, secrets): _clean(item, secrets) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_clean(item, secrets) for item in value]
    return _rarer(value, secrets)


def _rarer(value: Any, secrets: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else repr(value)
        case str():
            return _text(value, secrets)
        case Mapping():
            return {_key(key, secrets): _clean(item, secrets) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item, secrets) for item in value]
        case _:
            return _text(repr(value), secrets)


def _key(key: object, secrets: tuple[str, ...]) -> str:
    return _text(str(key), secrets)


def _text(text: str, secrets: tuple[str, ...]) -> str:
    masked = redact(text, secrets)
    # A lone surrogate, as models emit them, has no UTF-8 form.
    return masked if masked.isascii() else masked.encode(errors="replace").decode()

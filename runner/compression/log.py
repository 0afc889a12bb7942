"""The traffic log: what was compressed, kept for training with consent and without secrets.

A folder holds `traffic-<UTC time>-<process>-<n>.jsonl.gz` files of mode 0600: gzip, one JSON object
per line, flushed per line, so that a killed process loses nothing that it had written. They are
trace files (`runner.trace`), so each line is

    {"name": "compress", "seconds": 0.0, "attributes": {
        "version": 1,
        "time": "2026-03-01T12:00:00Z",  when the text came in, UTC
        "input": "5f0c...",              one name per run of the verb; texts of one stream share it
        "part": 0,                       place of the text in its stream, from 0
        "domain": "log",                 code, log, json, prose or other, as the router saw it
        "consent": "flag",               how it was given: flag, or the marker file's first line
        "redacted": false,               whether something that looked like a secret was masked
        "sha256": "9b74...",             of `text` as written, in UTF-8: for deduplication
        "text": "..."}}                  what came in, secrets masked; at most one block

Binary blocks are not written. Nothing is written at all without consent: a flag of the call, or a
file `CONSENT` in the folder whose first line says who consents.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from runner.compression.errors import CompressionError
from runner.compression.options import Domain
from runner.core.clock import Clock
from runner.core.redact import redact
from runner.trace.error import TraceError
from runner.trace.file import TraceWriter, read_trace
from runner.trace.span import Span

MARKER = "CONSENT"
PATTERN = "traffic-*.jsonl.gz"
NAME = "compress"
VERSION = 1
_MOST_TEXT = 32 << 20  # characters of a file: a reader refuses one that unpacks to 256 MiB
_KEY_BEGINS, _KEY_ENDS = "PRIVATE KEY-----", "-----END "


@dataclass(frozen=True, slots=True)
class Logged:
    """One logged text; the attributes are those of the module's docstring."""

    text: str
    sha256: str
    domain: Domain
    time: str
    input: str
    part: int
    consent: str
    redacted: bool
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Log:
    """What one file holds; `whole` is False where its writer was killed or its tail is damaged."""

    texts: tuple[Logged, ...]
    whole: bool


def consent(folder: Path, *, given: bool) -> str:
    """Return how consent to log was given.

    Raises:
        CompressionError: it was not.
    """
    if given:
        return "flag"
    try:
        line = (folder / MARKER).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        line = ""
    if not line:
        raise CompressionError(
            f"{folder}: logging needs consent: pass --log-consent, or write who consents into "
            f"{folder / MARKER}"
        )
    return line


class TrafficLog:
    """Appends the texts of one stream to new files of a folder."""

    def __init__(
        self, folder: Path, *, consent: str, clock: Clock, secrets: Sequence[str] = ()
    ) -> None:
        """Make the folder; files come with the first text.

        Args:
            folder: Where the files go.
            consent: What `consent` returned.
            clock: Says when a text came in.
            secrets: Values that must not be written; token shapes are masked anyway.

        Raises:
            CompressionError: the folder cannot be made.
        """
        self._folder, self._consent, self._clock = folder, consent, clock
        self._secrets = tuple(secrets)
        self._stamp = f"{clock.now():%Y%m%dT%H%M%S%f}-{os.getpid()}"
        self._input = hashlib.sha256(f"{folder}/{self._stamp}".encode()).hexdigest()[:16]
        self._part = self._files = self._filled = 0
        self._in_key = False
        self._writer: TraceWriter | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise CompressionError(f"{folder}: cannot log there: {err.strerror}") from err

    def write(self, text: str, *, domain: Domain) -> None:
        """Append one text, secrets masked; it is in the file when this returns.

        Raises:
            CompressionError: the disk refuses.
        """
        clean = self._masked(text).encode(errors="replace").decode()
        record = Logged(
            text=clean,
            sha256=hashlib.sha256(clean.encode()).hexdigest(),
            domain=domain,
            time=f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}",
            input=self._input,
            part=self._part,
            consent=self._consent,
            redacted=clean != text.encode(errors="replace").decode(),
        )
        try:
            self._room(len(clean)).write(Span(NAME, asdict(record)))
        except (OSError, TraceError) as err:
            raise CompressionError(f"{self._folder}: the log cannot be written: {err}") from err
        self._part += 1

    def _masked(self, text: str) -> str:
        """Mask secrets, also those of a private key that began in an earlier text."""
        if self._in_key:
            ends = text.find(_KEY_ENDS)
            self._in_key = ends < 0
            text = "[redacted]" if ends < 0 else "[redacted]" + text[ends:]
        begins, ends = text.rfind("-----BEGIN "), text.rfind(_KEY_ENDS)
        if begins > ends and _KEY_BEGINS in text[begins:]:
            self._in_key = True
        return redact(text, self._secrets)

    def _room(self, size: int) -> TraceWriter:
        if self._writer is not None and self._filled + size > _MOST_TEXT:
            self.close()
        if self._writer is None:
            path = self._folder / f"traffic-{self._stamp}-{self._files}.jsonl.gz"
            path.touch(mode=0o600, exist_ok=False)
            self._writer = TraceWriter(path, secrets=self._secrets)
            self._files, self._filled = self._files + 1, 0
        self._filled += size
        return self._writer

    def close(self) -> None:
        """End the file, so that a reader knows that nothing is missing."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def files(folder: Path) -> tuple[Path, ...]:
    """Return the log files of a folder, oldest first."""
    return tuple(sorted(folder.glob(PATTERN)))


def read(path: Path) -> Log:
    """Read one log file, up to the last whole line.

    Raises:
        CompressionError: it is no traffic log, or of a later version.
    """
    try:
        trace = read_trace(path.read_bytes(), name=str(path))
    except OSError as err:
        raise CompressionError(f"{path}: {err.strerror}") from err
    except TraceError as err:
        raise CompressionError(str(err)) from err
    return Log(tuple(_logged(trace.spans, path)), whole=trace.whole)


def _logged(spans: Sequence[Span], path: Path) -> Iterator[Logged]:
    for number, span in enumerate(spans, start=1):
        fields: dict[str, Any] = dict(span.attributes)
        if span.name != NAME or fields.get("version") != VERSION:
            raise CompressionError(f"{path}:{number}: not a text of a traffic log, version 1")
        try:
            yield Logged(**fields)
        except TypeError as err:
            raise CompressionError(f"{path}:{number}: not a text of a traffic log") from err

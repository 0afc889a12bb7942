"""`git-loop compress [FILE]`: a file or standard input, with less of it out."""

import json
import os
import select
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.answer import hint
from runner.cli.paint import paint
from runner.cli.spared import Tally, notices, pieces, plain_diff, printable, report
from runner.cli.timer import Late, at_most
from runner.compression.compress import Engine, decoded, stream, with_threshold
from runner.compression.deadline import Deadline
from runner.compression.domain import classify
from runner.compression.errors import CompressionError
from runner.compression.log import TrafficLog, consent
from runner.compression.quicken import Quickened
from runner.compression.result import Compression, Part, join, passed
from runner.core.errors import LoopError
from runner.wiring.clock import SystemClock
from runner.wiring.compressor import in_folder, incumbent, secrets
from runner.wiring.environment import read_environment
from runner.wiring.terminal import coloured

if TYPE_CHECKING:
    from runner.compression.model import Compressor

CHUNK = 1 << 16
PAUSE_S = 0.2
"""Seconds without input after which the whole lines that are here need not wait for more."""


def run(arguments: Namespace) -> int:
    """Compress what comes in, a block at a time; notices and the report go to standard error."""
    clock = SystemClock()
    deadline = (
        None if arguments.deadline_ms is None else Deadline(arguments.deadline_ms / 1e3, clock)
    )
    with ExitStack() as stack:
        source = _opened(arguments.file, stack)
        log = _log(arguments, clock, stack)
        compressor = _loaded(arguments, deadline)
        parts = _parts(source, compressor, deadline, budget=arguments.budget)
        tally = Tally()
        _show(arguments, _seen(parts, tally, log))
    for line in notices(tally.passed):
        print(f"git-loop: {line}", file=sys.stderr)
    if arguments.report:
        print(report(tally), file=sys.stderr)
    elif sys.stdout.isatty() and not arguments.json:  # a filter in a pipe adds nothing
        hint("git-loop compress --report, which says by class what was kept and lost")
    return 0


def _opened(file: str, stack: ExitStack) -> int:
    if file == "-":
        return sys.stdin.fileno()
    try:
        return stack.enter_context(Path(file).open("rb")).fileno()
    except OSError as err:
        raise CompressionError(
            f"{file}: {err.strerror}; name a file, or - for standard input"
        ) from err


def _log(arguments: Namespace, clock: SystemClock, stack: ExitStack) -> TrafficLog | None:
    if arguments.log is None:
        if arguments.log_consent:
            raise CompressionError("--log-consent is about a log; name its folder with --log DIR")
        return None
    folder = Path(arguments.log)
    log = TrafficLog(
        folder,
        consent=consent(folder, given=arguments.log_consent),
        clock=clock,
        secrets=secrets(read_environment().variables),
    )
    return stack.enter_context(log)


def _loaded(arguments: Namespace, deadline: Deadline | None) -> Engine | None:
    """Return the compressor, or None where the deadline passes before it is loaded."""
    try:
        with _in_time(deadline):
            compressor = _found(arguments)
    except Late:
        return None
    if arguments.threshold is not None:
        options = with_threshold(compressor.options, arguments.threshold)
        compressor = replace(compressor, options=options)
    return Quickened(compressor, compressor.faster)


@contextmanager
def _in_time(deadline: Deadline | None) -> Iterator[None]:
    if deadline is None:
        yield
        return
    with deadline.work(), at_most(deadline.left_s):
        yield


def _found(arguments: Namespace) -> "Compressor":
    if arguments.model is not None:
        return in_folder(Path(arguments.model))
    from runner.wiring.house import enter  # noqa: PLC0415 - a folder needs no repository

    try:
        house = enter(Path.cwd())
    except LoopError as err:
        raise CompressionError(f"{err}; or name a compressor's folder with --model DIR") from err
    return incumbent(house, arguments.loop)


def _chunks(source: int) -> Iterator[bytes]:
    """Yield what comes in, and an empty chunk where it pauses."""
    while True:
        if not select.select([source], [], [], PAUSE_S)[0]:
            yield b""
        chunk = os.read(source, CHUNK)
        if not chunk:
            return
        yield chunk


def _parts(
    source: int, compressor: Engine | None, deadline: Deadline | None, *, budget: float | None
) -> Iterator[Part]:
    texts = decoded(_chunks(source))
    if compressor is None:
        return (Part(text, passed(text, "deadline")) for text in texts if text)
    return stream(texts, compressor, budget=budget, deadline=deadline)


def _seen(parts: Iterable[Part], tally: Tally, log: TrafficLog | None) -> Iterator[Part]:
    for part in parts:
        tally.add(part)
        if log is not None and part.result.passed != "binary":
            log.write(part.source, domain=classify(part.source))
        yield part


def _show(arguments: Namespace, parts: Iterator[Part]) -> None:
    if arguments.json:
        found = list(parts)
        whole = join([part.result for part in found], [len(part.source) for part in found])
        _write(f"{json.dumps(_json(whole))}\n".encode())
    elif arguments.diff:
        for part in parts:
            _write(_drawn(part).encode(errors="surrogateescape"))
    else:
        for part in parts:
            _write(part.result.data)


def _json(found: Compression) -> dict[str, object]:
    by_class = {kind: {**asdict(each), "lost": each.lost} for kind, each in found.by_class.items()}
    plain = {**asdict(found), "by_class": by_class}
    return {**plain, "keep_rate": found.keep_rate, "complete": found.complete}


def _drawn(part: Part) -> str:
    """Return a part with what was dropped in colour, or in brackets where there is none."""
    if not coloured(sys.stdout):
        text = plain_diff(part)
        return printable(text) if sys.stdout.isatty() else text
    return "".join(
        paint(printable(text), None if stayed else "dropped")
        for text, stayed in pieces(part.source, part.result.spans)
    )


def _write(data: bytes) -> None:
    """Write at once; where the reader went away, leave nothing that the exit would flush."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise

"""The trace of one case: its calls, and last what the checker said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import digest
from runner.trace.file import TraceWriter
from runner.trace.span import Span

_NAME = 16  # hex digits of an id's digest


@dataclass(frozen=True, slots=True)
class Traces:
    """A folder of traces, one file per case and repetition.

    Attributes:
        folder: Takes the files; None to write none.
        secrets: Values that must not be written.
    """

    folder: Path | None
    secrets: Sequence[str] = ()

    def write(self, case: str, spans: Iterable[Span], *, rep: int = 0) -> None:
        """Write the trace of a case, whole; a retry begins it anew.

        Raises:
            TraceError: the disk refuses.
        """
        if self.folder is None:
            return
        with TraceWriter(self.folder / trace_name(case, rep), secrets=self.secrets) as writer:
            for span in spans:
                writer.write(span)


def trace_name(case: str, rep: int) -> str:
    """Return the file name of a case's trace, which any id makes a safe one of."""
    return f"{digest(case.encode())[:_NAME]}-{rep}.jsonl.gz"

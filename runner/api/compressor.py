"""Compressors for programs: loaded once, at the first use; importing this costs no ML stack."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from runner.compression.deadline import Deadline
from runner.compression.result import Compression

if TYPE_CHECKING:
    from runner.compression.model import Compressor


def compress(
    text: str,
    *,
    model: str | Path | None = None,
    loop: str | None = None,
    budget: float | None = None,
    deadline_s: float | None = None,
) -> Compression:
    """Compress a text; the compressor is loaded at the first call and then kept.

    Args:
        text: Any text; `bytes.decode(errors="surrogateescape")` makes one of any bytes, and the
            result's `data` gives bytes back.
        model: A folder that `git-loop pull` made; None takes a loop's incumbent.
        loop: The loop of the repository around the current folder; None takes the one that makes
            compressors.
        budget: Share of the units to keep, in [0, 1]; None is the compressor's own rule.
        deadline_s: Seconds of work, loading not counted; what is not decided by then passes
            through unchanged, and `complete` is False.

    Raises:
        LoopError: there is no such compressor, it is damaged, or the budget is no share.
    """
    from runner.compression import compress as engine  # noqa: PLC0415 - keeps the import light
    from runner.compression.quicken import Quickened  # noqa: PLC0415 - likewise
    from runner.wiring.clock import SystemClock  # noqa: PLC0415 - likewise

    loaded = compressor(model, loop=loop)
    deadline = None if deadline_s is None else Deadline(deadline_s, SystemClock())
    quickened = Quickened(loaded, loaded.faster)
    return engine.compress(text, quickened, budget=budget, deadline=deadline)


def compressor(model: str | Path | None = None, *, loop: str | None = None) -> "Compressor":
    """Return a compressor, loaded once per folder, or per current folder and loop.

    Call it when a program starts, so that no text waits for it. A loop's next incumbent is taken
    by the next process.

    Raises:
        LoopError: there is none, or it is damaged.
    """
    if model is not None:
        return _in_folder(Path(model).resolve())
    return _incumbent(Path.cwd(), loop)


@cache
def _in_folder(folder: Path) -> "Compressor":
    from runner.wiring.compressor import in_folder  # noqa: PLC0415 - keeps the import light

    return in_folder(folder)


@cache
def _incumbent(here: Path, loop: str | None) -> "Compressor":
    from runner.wiring.compressor import incumbent  # noqa: PLC0415 - keeps the import light
    from runner.wiring.house import enter  # noqa: PLC0415 - likewise

    return incumbent(enter(here), loop)

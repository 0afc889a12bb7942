"""What a stream can show: colours and columns, by the conventions that terminals share."""

import os
import shutil
from typing import Protocol

COLUMNS = 80


class Stream(Protocol):
    """What is written to."""

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        ...


def coloured(stream: Stream) -> bool:
    """Tell whether colours may be written to a stream.

    `NO_COLOR` forbids, `FORCE_COLOR` and `CLICOLOR_FORCE` demand; else a terminal that is not
    `dumb` gets them and a pipe gets none.

    Source: https://no-color.org, https://force-color.org, https://bixense.com/clicolors.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if any(
        os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    quiet = os.environ.get("TERM") == "dumb" or os.environ.get("CLICOLOR") == "0"
    return stream.isatty() and not quiet


def redrawn(stream: Stream) -> bool:
    """Tell whether a line of a stream can be drawn anew."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: Stream) -> int | None:
    """Return how wide a terminal is, or None for a pipe, whose lines are not to be broken."""
    return shutil.get_terminal_size((COLUMNS, 24)).columns if stream.isatty() else None

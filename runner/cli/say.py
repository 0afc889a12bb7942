"""Lines for people, folded at a terminal's width as `status` folds its own."""

import sys

from runner.report.summary import fold
from runner.wiring.terminal import columns


def say(line: str, *, indent: int = 2) -> None:
    """Print a line, broken at spaces on a terminal; a pipe gets it whole.

    Args:
        line: What is told; not a command, which a person may copy.
        indent: Columns before what follows the first line.
    """
    width = columns(sys.stdout)
    print(line if width is None else fold(line, width, indent=indent))

"""The surface in a proposer's own copy of the code: what it reads and writes there."""

from runner.core.errors import LoopError
from runner.core.file import write_atomic
from runner.core.request import ProposeRequest
from runner.proposers.edit import Files


def read_surface(request: ProposeRequest) -> dict[str, str]:
    """Return path to text of the files that may change.

    Raises:
        LoopError: one of them is no plain UTF-8 file.
    """
    return {path: read_text(request, path) for path in request.surface}


def read_text(request: ProposeRequest, path: str) -> str:
    """Return a file of the tree, its line ends as they are.

    Raises:
        LoopError: it is no plain UTF-8 file, or lies behind a link.
    """
    place = request.tree / path
    inside = place.resolve().is_relative_to(request.tree.resolve())
    if place.is_symlink() or not inside or not place.is_file():
        raise LoopError(f"{path} is no plain file of the repository")
    try:
        return place.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as err:
        raise LoopError(f"{path} cannot be read as UTF-8 text ({err})") from err


def write_surface(request: ProposeRequest, before: Files, after: Files) -> None:
    """Write the files that differ."""
    for path in before:
        if after[path] != before[path]:
            write_atomic(request.tree / path, after[path].encode())

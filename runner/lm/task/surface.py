"""The file that instructs a task model, as a candidate brings it."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from runner.core.document import parse
from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.problem import MalformedError, shown

MAX_BYTES = 64 * 1024
FOLDS = "folds"
"""Folder of a candidate with one more set of surface files per fold, for cross-fitting."""

_FENCE = "---"
_KEYS = ("name", "description")
_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


class SurfaceError(LoopError):
    """Nobody said which of a candidate's files instructs the model."""


def read_surfaces(folder: Path) -> dict[str, str]:
    """Return a candidate's files, path to text; those below `folds` are not among them.

    Raises:
        InvalidCandidateError: a file is too large, or no text.
    """
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    paths = {each.relative_to(folder).as_posix(): each for each in files}
    return {
        path: read_surface(file, path=path)
        for path, file in paths.items()
        if not path.startswith(f"{FOLDS}/")
    }


def read_surface(file: Path, *, path: str) -> str:
    """Return the text of one file of a candidate.

    Args:
        file: Where it lies.
        path: What to call it in messages.

    Raises:
        InvalidCandidateError: it is larger than `MAX_BYTES`, or no UTF-8 text.
    """
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        size = file.stat().st_size
        raise InvalidCandidateError(f"{path}: {size} bytes; instructions have at most {MAX_BYTES}")
    try:
        return data.decode()
    except UnicodeDecodeError as err:
        found = f"byte 0x{data[err.start]:02x} at {err.start} is not UTF-8"
        raise InvalidCandidateError(f"{path}: {found}; instructions are text") from err


def chosen(surfaces: Mapping[str, str], path: str | None) -> str:
    """Return the path of the file that instructs.

    Args:
        surfaces: The candidate's files, path to text.
        path: As declared; None for the only file that there is.

    Raises:
        InvalidCandidateError: the candidate has no such file, or none at all.
        SurfaceError: it has several, and none is declared.
    """
    names = ", ".join(surfaces) or "none"
    if path is not None and path not in surfaces:
        raise InvalidCandidateError(f"the candidate has no file {path}; it has {names}")
    if not surfaces:
        raise InvalidCandidateError("the candidate has no file; one with instructions is needed")
    if path is None and len(surfaces) > 1:
        raise SurfaceError(f"with.prompt: say which file instructs the model: {names}")
    return path if path is not None else next(iter(surfaces))


def bodies(folder: Path, path: str | None, folds: Sequence[int | None]) -> list[str]:
    """Return the instructions with which each case is answered, without frontmatter.

    Args:
        folder: The candidate's files.
        path: Which file instructs; None for the only one.
        folds: The fold of each case, which is answered with what the candidate brings for the
            fold, if anything; None for a case of no fold.

    Raises:
        InvalidCandidateError: a file is missing or broken.
        SurfaceError: the candidate has several files, and none is declared.
    """
    surfaces = read_surfaces(folder)
    name = chosen(surfaces, path)
    own = instructions(surfaces[name], path=name)
    fitted = {}
    for fold in sorted({each for each in folds if each is not None}):
        place = PurePosixPath(FOLDS, str(fold), name).as_posix()
        if (folder / place).is_file():
            fitted[fold] = instructions(read_surface(folder / place, path=place), path=place)
    return [own if fold is None else fitted.get(fold, own) for fold in folds]


def instructions(text: str, *, path: str) -> str:
    """Return a file without its YAML frontmatter and without blank lines around it.

    Args:
        text: The file; frontmatter stands between two lines of three dashes at its very start.
        path: What to call the file in messages.

    Raises:
        InvalidCandidateError: frontmatter that is not closed, is no YAML mapping or lacks a name
            or a description; nothing after it; more than `MAX_BYTES`; a NUL character.
    """
    _refuse_odd(text, path)
    plain = text.removeprefix("\ufeff")
    lines = plain.splitlines(keepends=True)
    if lines and lines[0].rstrip() == _FENCE:
        ends = (n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE)
        end = next(ends, None)
        if end is None:
            raise InvalidCandidateError(f"{path}:1: frontmatter begins and no line `---` ends it")
        _check("".join(lines[1:end]), path)
        plain = "".join(lines[end + 1 :])
    body = plain.strip()
    if not body:
        raise InvalidCandidateError(f"{path}: no instructions; expected text")
    return body


def blanked(text: str) -> str:
    """Return a text of the same length and lines that says nothing.

    Spaces and ASCII punctuation stay, so that its shape is the same; all else becomes `x`.
    """
    return "".join(char if char.isspace() or char in _MARKS else "x" for char in text)


def _refuse_odd(text: str, path: str) -> None:
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise InvalidCandidateError(f"{path}: {size} bytes; instructions have at most {MAX_BYTES}")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidCandidateError(f"{path}:{line}: a NUL character; instructions are text")


def _check(yaml: str, path: str) -> None:
    if not yaml.strip():
        raise InvalidCandidateError(f"{path}:1: frontmatter: empty; expected name and description")
    try:
        data = parse(b"\n" + yaml.encode(errors="replace"), path=path).data
    except MalformedError as err:
        raise InvalidCandidateError(str(err)) from err
    if not isinstance(data, dict):
        text = f"{path}:1: frontmatter: expected a mapping, got {shown(data)}"
        raise InvalidCandidateError(text)
    for key in _KEYS:
        found = data.get(key)
        if not isinstance(found, str) or not found.strip():
            text = f"{path}:1: frontmatter: {key}: expected a text, got {shown(found)}"
            raise InvalidCandidateError(text)

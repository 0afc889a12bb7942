"""Which files may cross from a maker to a checker: data, never code that loading would run."""

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runner.store.error import StoreError

MOST_FILES = 10_000
"""Files of one candidate; more is a maker that wrote its cache into its output."""

_PICKLED = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".ckpt", ".dill")
_COMPILED = (".so", ".dll", ".dylib", ".pyc", ".pyd", ".exe")
REFUSED = frozenset((*_PICKLED, *_COMPILED))
"""Suffixes of files that run code when loaded, or often do."""

_PROTOCOLS = frozenset((b"\x02", b"\x03", b"\x04", b"\x05"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found fit to be stored.

    Attributes:
        path: Its path in the candidate, with forward slashes.
        file: Where its bytes lie; inside the candidate's folder even if `path` is a link.
    """

    path: str
    file: Path


def sources(folder: Path) -> tuple[Source, ...]:
    """Return the files of a candidate's folder, sorted by path.

    Raises:
        StoreError: a file may not cross, there are none or too many; the message names it.
        OSError: the folder cannot be read.
    """
    found = sorted(_walk(folder), key=lambda source: source.path)
    if not found:
        raise StoreError(f"{folder} holds no file; a candidate has at least one")
    for source in found:
        _check_data(source)
    return tuple(found)


def inside(path: str) -> str:
    """Return `path` if it stays below the folder it is joined to.

    Raises:
        StoreError: it is absolute, climbs out, or is not plain text.
    """
    parts = path.split("/")
    if PurePosixPath(path).is_absolute() or any(part in {"", ".", ".."} for part in parts):
        raise StoreError(f"{path!r} is not a path inside a candidate")
    if not path.isprintable():
        raise StoreError(f"{path!r} is not a printable file name; rename the file")
    return path


def _walk(folder: Path) -> Iterator[Source]:
    real = folder.resolve(strict=True)
    count = 0
    for where, folders, files in os.walk(real, onerror=_raise):
        for name in folders:
            if (Path(where) / name).is_symlink():
                raise StoreError(f"{Path(where) / name} is a link to a folder; copy the files")
        for name in files:
            count += 1
            if count > MOST_FILES:
                raise StoreError(f"{folder} holds more than {MOST_FILES} files")
            yield _source(Path(where) / name, real)


def _raise(err: OSError) -> None:
    raise err


def _source(file: Path, top: Path) -> Source:
    path = inside(file.relative_to(top).as_posix())
    try:
        real = file.resolve(strict=True)
    except (OSError, RuntimeError) as err:
        raise StoreError(f"{path} is a link to nothing") from err
    if not real.is_relative_to(top):
        raise StoreError(f"{path} is a link that leaves the candidate's folder; copy the file")
    if not stat.S_ISREG(real.lstat().st_mode):
        raise StoreError(f"{path} is not a regular file")
    return Source(path, real)


def _check_data(source: Source) -> None:
    suffix = PurePosixPath(source.path).suffix.lower()
    if suffix in REFUSED:
        raise StoreError(
            f"{source.path}: {suffix} files can run code when loaded; "
            "save safetensors, JSON or text"
        )
    if _is_pickle(source.file):
        raise StoreError(f"{source.path} holds a pickle; save safetensors, JSON or text")


def _is_pickle(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(9)
    if start[:2] == b"PK":
        return _zips_pickle(file)
    if start[:1] != b"\x80" or start[1:2] not in _PROTOCOLS:
        return False
    # A safetensors file opens with its header's length, 8 bytes little-endian, then a brace.
    length = int.from_bytes(start[:8], "little")
    return not (start[8:] == b"{" and length <= file.stat().st_size - 8)


def _zips_pickle(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return any(PurePosixPath(name).suffix.lower() in REFUSED for name in names)

"""Blobs: bytes named by their sha256, written whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runner.core.crash import reach
from runner.core.file import sync_folder
from runner.store.error import StoreError

CHUNK = 1 << 20
"""Bytes read at a time; weights are larger than memory."""

_HEX = frozenset("0123456789abcdef")
_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored: sha256 in hex, size in bytes."""

    sha256: str
    size: int


def checked(name: str) -> str:
    """Return `name` if it is a sha256 in lower-case hex.

    Raises:
        StoreError: it is anything else; so no name can leave the store's folder.
    """
    if len(name) != _DIGITS or not _HEX.issuperset(name):
        raise StoreError(f"{name!r} is not a sha256: expected 64 lower-case hex digits")
    return name


def blob_path(root: Path, name: str) -> Path:
    """Return where a blob lies: `blobs/<first two digits>/<sha256>`."""
    return root / "blobs" / checked(name)[:2] / name


def keep(root: Path, source: BinaryIO) -> Kept:
    """Store a stream under its sha256; a blob that is there already is checked and left alone.

    Raises:
        OSError: the disk refuses; nothing half-written stays.
    """
    incoming = made(root / "incoming")
    descriptor, name = tempfile.mkstemp(dir=incoming)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            kept = copy(source, file)
            os.fchmod(file.fileno(), 0o444)
            file.flush()
            os.fsync(file.fileno())
        target = blob_path(root, kept.sha256)
        made(target.parent)
        # Replacing an equal blob mends one that the disk has damaged.
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    reach("blob_put")
    return kept


def receive(root: Path, pieces: Iterable[bytes], *, wanted: Kept) -> Kept:
    """Store what comes from elsewhere if it is what was wanted, and return what came.

    Of anything else nothing stays, and no more than `wanted.size` bytes are taken to see that.

    Raises:
        OSError: the disk refuses; nothing half-written stays.
    """
    descriptor, name = tempfile.mkstemp(dir=made(root / "incoming"))
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            came = _poured(pieces, file, most=wanted.size)
            os.fchmod(file.fileno(), 0o444)
            file.flush()
            os.fsync(file.fileno())
        if came == wanted:
            target = blob_path(root, came.sha256)
            temporary.replace(made(target.parent) / target.name)
            sync_folder(target.parent)
        return came
    finally:
        temporary.unlink(missing_ok=True)


def _poured(pieces: Iterable[bytes], target: BinaryIO, *, most: int) -> Kept:
    sha, size = hashlib.sha256(), 0
    for piece in pieces:
        sha.update(piece)
        size += len(piece)
        target.write(piece)
        if size > most:
            break
    return Kept(sha.hexdigest(), size)


def pieces(path: Path, name: str) -> Iterator[bytes]:
    """Yield a stored blob's bytes, checked against its sha256 before the last of them goes out.

    Raises:
        StoreError: it is damaged; whoever sends the pieces on must then send nothing.
    """
    sha = hashlib.sha256()
    with path.open("rb") as file:
        last = file.read(CHUNK)
        while chunk := file.read(CHUNK):
            sha.update(last)
            yield last
            last = chunk
    sha.update(last)
    if sha.hexdigest() != name:
        raise StoreError(f"{path} is damaged: its sha256 is {sha.hexdigest()}")
    yield last


def copy(source: BinaryIO, target: BinaryIO) -> Kept:
    """Copy a stream and return what went through."""
    sha, size = hashlib.sha256(), 0
    for chunk in _chunks(source):
        sha.update(chunk)
        size += len(chunk)
        target.write(chunk)
    return Kept(sha.hexdigest(), size)


def made(folder: Path) -> Path:
    """Return the folder, created durably with its parents if need be."""
    if not folder.is_dir():
        made(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    return folder


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk

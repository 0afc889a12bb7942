"""Folders that are made once, by the digest of what they are made from."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.core.canonical import canonical, digest
from runner.core.file import sync_folder


def cached(folder: Path, key: object, make: Callable[[Path], None]) -> Path:
    """Return the folder that `make` fills for a key, made now where nobody has.

    Of several processes that ask at once one makes it and the others wait. What a crash leaves half
    done is never taken for whole.

    Args:
        folder: Of the whole cache.
        key: JSON value of all that decides the content: shape, recipe, seed, versions, data.
        make: Fills the empty folder that it is given.

    Raises:
        ValueError: the key is no JSON value.
    """
    name = digest(canonical(key))
    place = folder / name
    if place.is_dir():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f".{name}.lock"):
        if not place.is_dir():
            _make(place, make)
    return place


def _make(place: Path, make: Callable[[Path], None]) -> None:
    draft = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name[:12]}."))
    try:
        make(draft)
        draft.chmod(0o755)
        draft.rename(place)
        sync_folder(place.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

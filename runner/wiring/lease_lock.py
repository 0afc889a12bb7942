"""Files whose locks say who holds what, in a folder that all users of a machine share."""

import contextlib
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from pwd import getpwuid
from urllib.parse import quote

from runner.core.errors import LoopError

FOLDER = "LOOP_GPUS_FOLDER"
MACHINE_WIDE = Path("/tmp/git-loop-gpus")  # noqa: S108 - for all users; see `folder_of`
_PLAIN = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
_FOR_ALL = 0o666


class LeaseError(LoopError):
    """GPUs that are not there, or a folder of locks that cannot be used."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a GPU.

    Attributes:
        since: ISO 8601, UTC.
    """

    loop: str
    pid: int
    since: str


def folder_of(environ: Mapping[str, str]) -> Path:
    """Return the folder of the locks, which all users of the machine may write to.

    Nobody but a file's owner may remove it there (the sticky bit), and nothing but a plain file of
    one name is ever written to, so a link set as a trap is refused.

    Raises:
        LeaseError: it cannot be made, is no folder, or is another's without the sticky bit.
    """
    path = Path(environ.get(FOLDER) or MACHINE_WIDE)
    try:
        if not os.path.lexists(path):
            _make(path)
        found = path.lstat()
    except OSError as err:
        raise LeaseError(
            f"{path}: {err.strerror}; set {FOLDER} to a folder that all may write"
        ) from err
    shared = found.st_mode & stat.S_ISVTX or found.st_uid in {0, os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or not shared:
        raise LeaseError(
            f"{path} is no folder of ours, nor one with the sticky bit; set {FOLDER} to another"
        )
    return path


def _make(path: Path) -> None:
    """Make the folder, open to all from the moment it has its name, whenever we are killed."""
    aside = Path(tempfile.mkdtemp(prefix=f"{path.name}-", dir=path.parent))
    aside.chmod(0o1777)
    try:
        aside.rename(path)
    except OSError:
        aside.rmdir()
        if not os.path.lexists(path):  # else another made it in this moment
            raise


def file_of(folder: Path, name: str) -> Path:
    """Return the file of a GPU, another for each name."""
    return folder / f"gpu-{quote(name, safe='')}"


def locked(path: Path, who: Holder) -> int | None:
    """Return the descriptor of a lock that is ours now, with `who` in it; None if another has it.

    Raises:
        LeaseError: the file cannot be used.
    """
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not _is_there(descriptor, path):
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(who)).encode(), 0)
    return descriptor


def holder(path: Path) -> Holder | None:
    """Return who wrote a lock's file last; whether the lock is held, the kernel alone knows."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Holder(**json.loads(path.read_bytes()))
    return None


def _opened(path: Path) -> int:
    try:
        try:
            descriptor = os.open(path, _PLAIN)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):  # another made it in this moment
                return _created(path)
            descriptor = os.open(path, _PLAIN)
    except OSError as err:
        raise LeaseError(_refused(path, err)) from err
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise LeaseError(f"{path} is no plain file of one name; remove it")
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != _FOR_ALL:
        os.fchmod(descriptor, _FOR_ALL)  # left by one of ours that was killed
    return descriptor


def _created(path: Path) -> int:
    """Make a file that all may write from the moment it has its name, whenever we are killed."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        made = os.open(path.parent, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(made, _FOR_ALL)
            os.link(f"/proc/self/fd/{made}", path.name, dst_dir_fd=folder, follow_symlinks=True)
        except OSError:
            os.close(made)
            raise
    except FileExistsError:
        raise
    except OSError:  # a file system without nameless files
        made = os.open(path, _PLAIN | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(made, _FOR_ALL)
    finally:
        os.close(folder)
    return made


def _refused(path: Path, err: OSError) -> str:
    with contextlib.suppress(OSError):
        found = path.lstat()
        if isinstance(err, PermissionError) and stat.S_ISREG(found.st_mode):
            mode = stat.S_IMODE(found.st_mode)
            return (
                f"{path} is {_user(found.st_uid)}'s alone (mode {mode:04o}), left so by a process "
                f"that was killed; have {_user(found.st_uid)} or root run chmod 666 {path}, or set "
                f"{FOLDER} to another folder"
            )
    return f"{path}: {err.strerror}; remove it, or set {FOLDER} to another folder"


def _user(uid: int) -> str:
    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _is_there(descriptor: int, path: Path) -> bool:
    """Say whether a locked file is still the one of its name, and not one that was removed."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

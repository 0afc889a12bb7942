"""What a sandboxed child sees of the disk, and the arguments of one bwrap call."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.sandbox.command import Command
from runner.sandbox.error import SandboxError
from runner.sandbox.mechanism import Mechanism, base_arguments

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/cuda")
SETTINGS = (
    *("alternatives", "ca-certificates", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("group", "hosts", "localtime", "nsswitch.conf", "passwd", "pki", "resolv.conf", "ssl"),
)
"""Entries of /etc that libraries need; the rest, such as host keys, stays out."""

_DEVICES = ("nvidia*", "dri", "kfd", "dxg")
TOPOLOGY = Path("/sys")
"""Shown where there is a GPU: CUDA reads there how it is connected."""

PACKAGE = Path(__file__).parents[1]
"""This package: built-in children are started from it."""

_NEVER = frozenset(Path(name) for name in ("/", "/proc", "/dev", "/sys", "/etc"))
"""Folders that would bring the host's processes, devices or settings in."""

Kind = Literal["read", "write", "hide"]
_RANK: dict[Kind, int] = {"read": 0, "write": 1, "hide": 2}


@dataclass(frozen=True, slots=True)
class Mount:
    """A path and how it is shown."""

    path: Path
    kind: Kind


def arguments(command: Command, *, mechanism: Mechanism, scratch: Path) -> tuple[str, ...]:
    """Return the whole bwrap call for a command.

    Args:
        command: What to run; all its paths absolute.
        mechanism: Where bwrap is and whether it can cut the network.
        scratch: The child's HOME and TMPDIR.

    Raises:
        SandboxError: a path that shall be shown is missing, or `cwd` is not shown.
    """
    shown = mounts(command, scratch)
    check(command, shown)
    cut = mechanism.cuts_network and command.network in {"none", ()}
    return (
        *base_arguments(mechanism.program),
        *(("--unshare-net",) if cut else ()),
        *_system(),
        *(part for mount in shown for part in _bind(mount)),
        *(part for m in shown if m.kind == "hide" and m.path.is_dir() for part in _seal(m)),
        *("--chdir", str(command.cwd), "--"),
        *command.argv,
    )


def mounts(command: Command, scratch: Path) -> tuple[Mount, ...]:
    """Return all that is shown or hidden, a folder before what lies in it."""
    shown = {
        *(Mount(Path(path), "read") for path in (sys.prefix, sys.base_prefix, PACKAGE)),
        *(Mount(path, "read") for path in command.readable),
        *(Mount(path, "write") for path in (*command.writable, scratch)),
    }
    hidden = {mask for path in command.hidden for mount in shown for mask in _masks(path, mount)}
    order = sorted(shown | hidden, key=lambda m: (len(m.path.parts), m.path, _RANK[m.kind]))
    return tuple(order)


def _masks(path: Path, mount: Mount) -> Iterator[Mount]:
    """Yield where a hidden path shows through a mount, whose own path may be a link."""
    real, base = path.resolve(), mount.path.resolve()
    if real.exists() and real.is_relative_to(base):
        yield Mount(mount.path / real.relative_to(base), "hide")


def check(command: Command, shown: tuple[Mount, ...]) -> None:
    """Return if all that shall be shown can be.

    Raises:
        SandboxError: a path is missing or too wide, or `cwd` is not shown.
    """
    for mount in shown:
        if not mount.path.is_absolute():
            raise SandboxError(f"{mount.path} is a relative path; a sandbox shows absolute ones")
        if mount.path.resolve() in _NEVER:
            raise SandboxError(f"{mount.path} cannot be shown whole; name folders below it")
        if not mount.path.exists():
            raise SandboxError(f"{mount.path} does not exist, so it cannot be shown to a command")
    if not any(command.cwd.is_relative_to(m.path) for m in shown if m.kind != "hide"):
        raise SandboxError(f"cwd {command.cwd} is not below a readable or writable path")


def _system() -> Iterator[str]:
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    for name in SETTINGS:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--tmpfs", "/tmp")  # noqa: S108 - the sandbox's own, empty one
    found = devices(Path("/dev"))
    for device in found:
        yield from ("--dev-bind", str(device), str(device))
    if any(device.name.startswith("nvidia") for device in found):
        yield from ("--ro-bind", str(TOPOLOGY), str(TOPOLOGY))


def devices(folder: Path) -> tuple[Path, ...]:
    """Return the accelerators' files in a folder such as `/dev`, sorted."""
    return tuple(sorted(path for name in _DEVICES for path in folder.glob(name)))


def _bind(mount: Mount) -> tuple[str, ...]:
    path = str(mount.path)
    if mount.kind == "write":
        return ("--bind", path, path)
    if mount.kind == "read":
        return ("--ro-bind", path, path)
    return ("--tmpfs", path) if mount.path.is_dir() else ("--ro-bind", "/dev/null", path)


def _seal(mount: Mount) -> tuple[str, ...]:
    """Make a mask read-only, after all that may lie in it has been mounted."""
    return ("--remount-ro", str(mount.path))

"""Landlock: a process gives up all files but those named, TCP, and signals to others.

A module, and alone without imports from the house a script that confines itself and becomes the
command that follows `--`. It nests: inside of bwrap, where no second bwrap starts, it works too.

What it leaves open: names, sizes and permissions of all files can be seen (`stat`), and whoever
owns a file outside may change its mode, owner and times; UDP is open where no network namespace
can be had; what lies open when it begins stays open.

Source: https://docs.kernel.org/userspace-api/landlock.html; include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys

TYPE_CHECKING = False  # typing and pathlib would double the 10 ms that this costs every command
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every architecture."""
_VERSION = 1
_BENEATH = 1
_NO_NEW_PRIVS = 38
_NEW_NET = 0x40000000
_CAPABILITY_VERSION = 0x20080522

IGNORED = (13, 25)
"""SIGPIPE and SIGXFSZ, which this interpreter ignores and whoever it becomes would, too."""

READ, LIST, WRITE = 0b1101, 0b1000, ~0
"""Execute and read files and folders; read folders alone; all that there is."""
_ON_FILES = 0b11100000000000111
"""Execute, write, read, truncate, ioctl, connect: what a rule on a file may name."""
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16, 9: 17}
"""Rights on files that are known since an ABI: the lowest so many bits."""
_TCP, _SCOPE = 0b11, 0b11
_TRUNCATING, CUTTING, _SCOPING = 3, 4, 6
"""The first ABI that refuses to truncate, to use TCP, to signal others."""
RESOLVING = 9
"""The first ABI that refuses to connect to another's socket in the file system."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    *("/etc/alternatives", "/etc/group", "/etc/ld.so.cache", "/etc/ld.so.conf"),
    *("/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd"),
)
_DEVICES = ("/dev/full", "/dev/random", "/dev/urandom", "/dev/zero")


def available() -> int:
    """Return the ABI of this kernel's Landlock, 0 where there is none."""
    version = _libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    return max(0, int(version))


def note() -> str:
    """Return what a confined command could still do here, in a sentence; "" if nothing is amiss."""
    abi = available()
    if not abi:
        return "landlock is missing: a command could read and write whatever its user can"
    lacks = [
        *(["truncate files outside"] if abi < _TRUNCATING else []),
        *(["use TCP"] if abi < CUTTING else []),
        *(["send signals to others"] if abi < _SCOPING else []),
    ]
    return f"landlock of ABI {abi}: a command could {', '.join(lacks)}" if lacks else ""


def confined(
    argv: Sequence[str], *, readable: Sequence[Path], writable: Sequence[Path]
) -> tuple[str, ...]:
    """Return a command that confines itself first; where there is no Landlock, unchanged.

    The system's programs and libraries and this interpreter are readable besides. Only names that
    exist when the command starts count.

    Args:
        argv: Program and arguments.
        readable: Files and folders that it may read and execute.
        writable: Files and folders that it may also change.
    """
    if not available():
        return tuple(argv)
    rules = (
        *(f"r{path}" for path in (sys.prefix, sys.base_prefix, *readable)),
        *(f"w{path}" for path in writable),
    )
    return (sys.executable, "-I", "-S", os.fspath(__file__), *rules, "--", *argv)


def restrict(*, readable: Iterable[Path | str], writable: Iterable[Path | str]) -> None:
    """Confine this process and all that it starts, for good.

    Besides Landlock, capabilities are dropped, and the network is cut whole where a namespace for
    it can be had.

    Raises:
        OSError: there is no Landlock, or the kernel refused; nothing may be run then.
    """
    abi = _required(available())  # before anything is given up
    cut_network()  # where that is not to be had, Landlock's refusal of TCP is left
    enforce(
        [
            *((path, READ) for path in (*_SYSTEM, *_SETTINGS, *_DEVICES, *readable)),
            *((path, WRITE) for path in (*writable, "/dev/null")),
        ],
        abi=abi,
        tcp=False,
    )


def cut_network() -> bool:
    """Move this process into an empty network, which only the privileged may."""
    return bool(_libc().unshare(_NEW_NET) == 0)


def enforce(rules: Iterable[tuple[Path | str, int]], *, abi: int, tcp: bool) -> None:
    """Give up all files but those named, signals to others and capabilities, for good.

    Args:
        rules: Paths, and the rights beneath each; those of nested paths add up.
        abi: What of Landlock is used, at most what `available` says; a lower one refuses less.
        tcp: Whether TCP stays allowed.

    Raises:
        OSError: there is no Landlock, or the kernel refused; nothing may be run then.
    """
    libc = _libc()
    fitting = [bits for since, bits in _RIGHTS.items() if since <= _required(abi)]
    known = (1 << max(fitting)) - 1
    _checked(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    ruleset = _create(abi, known, net=0 if tcp else _TCP)
    try:
        for path, rights in rules:
            _add(ruleset, path, rights & known)
        _checked(libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)
    _drop_capabilities()


def _required(abi: int) -> int:
    if abi < 1:
        raise OSError(errno.ENOSYS, "landlock is missing on this kernel")
    return abi


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock was refused: {os.strerror(number)}")
    return result


def _create(abi: int, fs: int, *, net: int) -> int:
    asked = struct.pack("Q", fs)
    if abi >= CUTTING:
        asked += struct.pack("Q", net)
    if abi >= _SCOPING:
        asked += struct.pack("Q", _SCOPE)
    size = ctypes.c_size_t(len(asked))
    return _checked(_libc().syscall(_CREATE, asked, size, ctypes.c_uint32(0)))


def _add(rules: int, path: Path | str, rights: int) -> None:
    """Allow rights beneath a path; one that is not there is passed over."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rule = struct.pack("=Qi", rights if is_folder else rights & _ON_FILES, place)
        _checked(_libc().syscall(_ADD, rules, _BENEATH, rule, ctypes.c_uint32(0)))
    finally:
        os.close(place)


def _drop_capabilities() -> None:
    """Give up what a superuser may: it would chown and ptrace past the rules' intent."""
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    _checked(_libc().capset(header, bytes(24)))


def become(arguments: Sequence[str]) -> None:
    """Be confined, and be a command; never returns.

    Args:
        arguments: Rules, `--` and the command, as `confined` has them after this script.

    Raises:
        SystemExit: in words, if the kernel refuses or the command cannot be started.
    """
    split = arguments.index("--")
    rules, argv = arguments[:split], arguments[split + 1 :]
    try:
        restrict(
            readable=[rule[1:] for rule in rules if rule[0] == "r"],
            writable=[rule[1:] for rule in rules if rule[0] == "w"],
        )
    except OSError as err:
        sys.exit(f"{err}; {argv[0]} was not started")
    for number in IGNORED:
        _libc().signal(number, None)
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606 - becoming the command is what this is for
    except OSError as err:
        sys.exit(f"{argv[0]} cannot be started: {err.strerror}")


if __name__ == "__main__":
    become(sys.argv[1:])

"""A filter of system calls, for what Landlock does not refuse yet.

Alone and without imports from the house. Named sockets of other processes and UDP are reached by
`socket`, shared memory of System V and message queues by names of their own; io_uring would do the
same behind the filter's back.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html; the tables of system calls under
arch/x86/entry/syscalls and scripts/syscall.tbl of Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

TYPE_CHECKING = False  # typing would cost every command some milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARCHITECTURES = {
    # the kernel's name; socket, socketpair, shmget, msgget, semget, mq_open, io_uring_setup
    "x86_64": (0xC000003E, (41, 53, 29, 68, 64, 240, 425)),
    "aarch64": (0xC00000B7, (198, 199, 194, 186, 190, 180, 425)),
}
_TASKS = {
    # seccomp; clone, clone3, fork, vfork
    "x86_64": (317, (56, 435, 57, 58)),
    "aarch64": (277, (220, 435)),
}
_GOES_ON, _SIZES = (5, 5), (80, 24, 64)
"""The first Linux that may let an asked call go on; bytes of a question, an answer, a call."""
_X32 = 0x40000000
"""From here on system calls of a second kind, on x86 only."""
_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
"""Where a call's number, its processor and the lower half of its arguments lie."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
_ASK, _LISTENER = 0x7FC00000, 8
_UNIX, _VSOCK = 1, 40
_KIND, _STREAM, _SEQUENCE = 0xF, 1, 5
"""The bits of a socket's kind, and those kinds that stay with the other end they were made with."""
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2


def known() -> bool:
    """Tell whether the calls of this machine's processor are known here."""
    return os.uname().machine in _ARCHITECTURES


def install(*, unix: bool, inet: bool) -> bool:
    """Refuse calls to this process and all that it starts, for good.

    A pair of connected streams can always be had, but not of datagrams: these could be sent to
    other sockets by name.

    Args:
        unix: Whether sockets with a name on this machine may be made.
        inet: Whether sockets of other kinds may be made; never those of a virtual machine's host.

    Returns:
        False where the processor is unknown or the kernel refused: nothing is filtered then.
    """
    if not known():
        return False
    code, head = _packed(_program(unix=unix, inet=inet))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    done = libc.prctl(_SECCOMP, _FILTER, head, 0, 0)
    del code  # the kernel has read it
    return bool(done == 0)


def ask() -> int:
    """Have every process and thread that this one and all that it starts make asked for, for good.

    A call that would make one waits until whoever holds the listener says that it may go on.

    Returns:
        The listener, a file that is closed when another program is run; -1 where the processor is
        unknown or the kernel refused, as it does where somebody around us listens already.
    """
    if not _asks():
        return -1
    call, tasks = _TASKS[os.uname().machine]
    code, head = _packed(_asking(tasks))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return -1
    listener = libc.syscall(call, ctypes.c_uint(1), ctypes.c_uint(_LISTENER), head)
    del code
    return int(listener)


def note() -> str:
    """Return that a command's processes cannot be limited here, in a sentence; "" if they can."""
    return "" if _asks() else "no filter of calls that asks: processes are not limited in number"


def _asks() -> bool:
    """Tell whether this kernel asks, in the words that we know, and can be told to go on."""
    release = tuple(map(int, os.uname().release.replace("-", ".").split(".")[:2]))
    if not known() or release < _GOES_ON:
        return False
    call, _ = _TASKS[os.uname().machine]
    sizes = ctypes.create_string_buffer(6)
    done = ctypes.CDLL(None).syscall(call, ctypes.c_uint(3), ctypes.c_uint(0), sizes)
    return bool(done == 0 and struct.unpack("HHH", sizes.raw) == _SIZES)


def _packed(steps: Iterable[bytes]) -> tuple[ctypes.Array[ctypes.c_char], bytes]:
    """Return instructions, and where they lie as the kernel is told."""
    program = b"".join(steps)
    code = ctypes.create_string_buffer(program, len(program))
    return code, struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))


def _asking(tasks: Iterable[int]) -> Iterator[bytes]:
    yield from _own_kind()
    for number in tasks:
        yield _step(_EQUAL, number, no=1)
        yield _step(_RETURN, _ASK)
    yield _step(_RETURN, _ALLOW)


def _own_kind() -> Iterator[bytes]:
    """Load a call's number; one of another kind of processor is refused."""
    yield _step(_LOAD, _ARCHITECTURE)
    yield _step(_EQUAL, _ARCHITECTURES[os.uname().machine][0], yes=1)
    yield _step(_RETURN, _REFUSE)
    yield _step(_LOAD, _NUMBER)
    yield _step(_AT_LEAST, _X32, no=1)
    yield _step(_RETURN, _REFUSE)


def _program(*, unix: bool, inet: bool) -> Iterator[bytes]:
    _, (socket, pair, *refused) = _ARCHITECTURES[os.uname().machine]
    yield from _own_kind()
    for number in refused:
        yield _step(_EQUAL, number, no=1)
        yield _step(_RETURN, _REFUSE)
    by_kind = list(_pairs(unix=unix))
    yield _step(_EQUAL, pair, no=len(by_kind))
    yield from by_kind
    yield _step(_EQUAL, socket, yes=1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_LOAD, _FIRST)
    for family, allowed in ((_UNIX, unix), (_VSOCK, False)):
        yield _step(_EQUAL, family, no=1)
        yield _step(_RETURN, _ALLOW if allowed else _REFUSE)
    yield _step(_RETURN, _ALLOW if inet else _REFUSE)


def _pairs(*, unix: bool) -> Iterator[bytes]:
    yield _step(_LOAD, _SECOND)
    yield _step(_AND, _KIND)
    for kind in (_STREAM, _SEQUENCE):
        yield _step(_EQUAL, kind, no=1)
        yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _ALLOW if unix else _REFUSE)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """Return one instruction; a comparison skips so many of the next ones."""
    return struct.pack("HBBI", code, yes, no, value)

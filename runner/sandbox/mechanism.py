"""Which isolation works on this machine."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from runner.core.canonical import canonical, digest
from runner.core.file import write_atomic
from runner.sandbox import kin, landlock, seccomp
from runner.sandbox.error import SandboxError
from runner.sandbox.name import Name

_TRY_S = 10
BOOT = Path("/proc/sys/kernel/random/boot_id")
SUPERVISE = Path(__file__).with_name("supervise.py")
"""A script, which changes where modules are looked for: never imported."""
NO_BWRAP = "bwrap is not installed (apt install bubblewrap)"
ASKED = "plain was asked for"
NO_LANDLOCK = "this kernel has no Landlock"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How children are kept apart.

    Attributes:
        name: `bwrap`, `landlock`, or `plain` for no isolation at all.
        program: Path of bwrap, or of the script that confines by Landlock.
        cuts_network: A command with `network: none` really has none.
        reason: Why nothing better is used; "" when nothing is missing.
        abi: How much of Landlock is used; a lower one refuses less.
        filtered: System calls that Landlock does not know are refused as well.
    """

    name: Name
    program: str = ""
    cuts_network: bool = False
    reason: str = ""
    abi: int = 0
    filtered: bool = False


def base_arguments(program: str) -> tuple[str, ...]:
    """Return what every bwrap call begins with: no capabilities, own processes, dies with us."""
    return (
        *(program, "--cap-drop", "ALL", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session"),
        *("--proc", "/proc", "--dev", "/dev"),
    )


def supervised(
    mechanism: Mechanism, rules: Iterable[str], *, network: Literal["none", "all"]
) -> tuple[str, ...]:
    """Return what every call under Landlock begins with; the command follows.

    Args:
        mechanism: How much of Landlock is used.
        rules: As `runner.sandbox.supervise` reads them.
        network: What the command may reach.
    """
    return (
        *(sys.executable, "-I", "-S", mechanism.program),
        f"abi={mechanism.abi}",
        f"net={network}",
        f"calls={'filtered' if mechanism.filtered else 'all'}",
        *(*rules, "--"),
    )


def detect(environ: Mapping[str, str], *, wanted: Name | None = None) -> Mechanism:
    """Find the best mechanism that works here by running `true` in it; costs 5 to 30 ms.

    A bwrap that cannot cut the network comes after Landlock, which can.

    Args:
        environ: The variables whose PATH finds bwrap.
        wanted: The one to use, whether or not a better one works.

    Raises:
        SandboxError: the wanted one does not work here.
    """
    if wanted == "plain":
        return Mechanism("plain", reason=ASKED)
    ours = Mechanism("plain") if wanted == "landlock" else _bwrap(environ)
    if wanted == "bwrap" or ours.cuts_network:
        return _wanted(ours, "bwrap", wanted)
    theirs = _landlock(ours.reason)
    if wanted == "landlock" or theirs.cuts_network:
        return _wanted(theirs, "landlock", wanted)
    if ours.name == "bwrap":
        return ours
    if theirs.name == "plain":
        return replace(theirs, reason=f"{ours.reason}; {theirs.reason}")
    return theirs


def _wanted(found: Mechanism, name: Name, wanted: Name | None) -> Mechanism:
    if wanted is not None and found.name != name:
        raise SandboxError(
            f"{wanted} was asked for as the sandbox, but {found.reason}; leave LOOP_SANDBOX unset "
            "for the best that works here"
        )
    return found


def _bwrap(environ: Mapping[str, str]) -> Mechanism:
    program = shutil.which("bwrap", path=environ.get("PATH", os.defpath))
    if program is None:
        return Mechanism("plain", reason=NO_BWRAP)
    words = _try(_everything(program, "--unshare-net"))
    if words is None:
        return Mechanism("bwrap", program, cuts_network=True)
    if _try(_everything(program)) is None:
        return Mechanism("bwrap", program, reason=f"bwrap cannot cut the network: {words}")
    return Mechanism("plain", reason=f"bwrap does not work here: {words}")


def _landlock(reason: str) -> Mechanism:
    """Return the mechanism of Landlock if it works, else `plain` with why it does not."""
    abi = landlock.available()
    if not abi:
        return Mechanism("plain", reason=NO_LANDLOCK)
    found = Mechanism(
        "landlock",
        str(SUPERVISE),
        cuts_network=seccomp.known() or abi >= landlock.CUTTING,
        reason=reason,
        abi=abi,
        filtered=seccomp.known(),
    )
    words = _try((*supervised(found, ["r/"], network="none"), "true"))
    if words is None:
        return found
    return Mechanism("plain", reason=f"Landlock does not work here: {words}")


def detect_once(
    environ: Mapping[str, str], *, folder: Path, wanted: Name | None = None
) -> Mechanism:
    """Return what `detect` found in this boot with this bwrap; running it again costs time.

    Args:
        environ: The variables whose PATH finds bwrap.
        folder: Where the result is remembered.
        wanted: As for `detect`.

    Raises:
        SandboxError: the wanted one does not work here.
    """
    program = shutil.which("bwrap", path=environ.get("PATH", os.defpath))
    stamp = "" if program is None else str(Path(program).stat().st_mtime_ns)
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    parts = [boot, list(os.uname()), os.geteuid(), program, stamp, wanted, sys.executable]
    memory = folder / f"mechanism-{digest(canonical([*parts, str(SUPERVISE)]))[:16]}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Mechanism(**json.loads(memory.read_bytes()))
    found = detect(environ, wanted=wanted)
    with contextlib.suppress(OSError):  # remembering only saves time
        write_atomic(memory, canonical(asdict(found)))
    return found


def private_place(mechanism: Mechanism) -> Path:
    """Return where held-out cases may lie in the clear: in memory, if children do not reach it.

    Under Landlock children share the machine's memory folder, since process pools need it.
    """
    memory = Path("/dev/shm")  # noqa: S108 - for a private folder inside; never on disk
    if mechanism.name == "landlock":
        memory = Path(f"/run/user/{os.geteuid()}")
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def mechanism_digest(mechanism: Mechanism) -> str:
    """Return a digest that changes with anything that a probe's result depends on."""
    if mechanism.name != "landlock":
        return digest(canonical([asdict(mechanism), base_arguments(mechanism.program)]))
    modules = kin.__file__, landlock.__file__, seccomp.__file__
    scripts = [Path(mechanism.program), *map(Path, modules)]
    texts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in scripts]
    return digest(canonical([asdict(mechanism), texts]))


def _everything(program: str, *extra: str) -> tuple[str, ...]:
    """Return a call of `true` with the whole disk; the root would cover what is mounted before."""
    return (program, "--ro-bind", "/", "/", *base_arguments(program)[1:], *extra, "--", "true")


def _try(argv: tuple[str, ...]) -> str | None:
    """Return None if a sandbox starts, else the first words of what went wrong."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TRY_S,
            check=False,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return str(err)
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return None if done.returncode == 0 else (words or [f"exit status {done.returncode}"])[0]

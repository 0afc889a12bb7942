"""Which isolation works on this machine."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from runner.core.canonical import canonical, digest
from runner.core.file import write_atomic

_TRY_S = 10
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How children are kept apart.

    Attributes:
        name: `bwrap`, or `plain` for no isolation at all.
        program: Path of bwrap.
        cuts_network: A command with `network: none` really has none.
        reason: Why nothing better is used; "" when nothing is missing.
    """

    name: Literal["bwrap", "plain"]
    program: str = ""
    cuts_network: bool = False
    reason: str = ""


def base_arguments(program: str) -> tuple[str, ...]:
    """Return what every bwrap call begins with: no capabilities, own processes, dies with us."""
    return (
        *(program, "--cap-drop", "ALL", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session"),
        *("--proc", "/proc", "--dev", "/dev"),
    )


def detect(environ: Mapping[str, str]) -> Mechanism:
    """Find the best mechanism that works here by running `true` in it; costs about 5 ms.

    Args:
        environ: The variables whose PATH finds bwrap.
    """
    program = shutil.which("bwrap", path=environ.get("PATH", os.defpath))
    if program is None:
        return Mechanism("plain", reason="bwrap is not installed (apt install bubblewrap)")
    words = _try(program, "--unshare-net")
    if words is None:
        return Mechanism("bwrap", program, cuts_network=True)
    if _try(program) is None:
        return Mechanism("bwrap", program, reason=f"bwrap cannot cut the network: {words}")
    return Mechanism("plain", reason=f"bwrap does not work here: {words}")


def detect_once(environ: Mapping[str, str], *, folder: Path) -> Mechanism:
    """Return what `detect` found in this boot with this bwrap; running it again costs 5 ms.

    Args:
        environ: The variables whose PATH finds bwrap.
        folder: Where the result is remembered.
    """
    program = shutil.which("bwrap", path=environ.get("PATH", os.defpath))
    stamp = "" if program is None else str(Path(program).stat().st_mtime_ns)
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    key = digest(canonical([boot, list(os.uname()), os.geteuid(), program, stamp]))
    memory = folder / f"mechanism-{key[:16]}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Mechanism(**json.loads(memory.read_bytes()))
    found = detect(environ)
    with contextlib.suppress(OSError):  # remembering only saves time
        write_atomic(memory, canonical(asdict(found)))
    return found


def mechanism_digest(mechanism: Mechanism) -> str:
    """Return a digest that changes with anything that a probe's result depends on."""
    return digest(canonical([asdict(mechanism), base_arguments(mechanism.program)]))


def _try(program: str, *extra: str) -> str | None:
    """Return None if a sandbox starts, else the first words of what went wrong."""
    # The root goes in first: it would cover what is mounted before it.
    argv = [program, "--ro-bind", "/", "/", *base_arguments(program)[1:], *extra, "--", "true"]
    try:
        done = subprocess.run(
            argv, capture_output=True, timeout=_TRY_S, check=False, env={"PATH": os.defpath}
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return str(err)
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return None if done.returncode == 0 else (words or [f"exit status {done.returncode}"])[0]

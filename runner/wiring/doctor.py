"""Is everything here as git-loop needs it? Each finding says how it is mended."""

import importlib.util
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.core.errors import LoopError
from runner.sandbox import landlock, seccomp
from runner.sandbox.mechanism import ASKED, Mechanism, detect
from runner.sandbox.probe import HARMLESS, Probe, probe_once
from runner.wiring.house import House, enter
from runner.wiring.isolation import places

State = Literal["ok", "note", "broken"]
GIT, PYTHON = (2, 31), (3, 11)
"""Oldest versions: git before 2.31 cannot fetch atomically."""
SCANT, FULL = 5 << 30, 512 << 20
"""Free bytes under LOOP_HOME: fewer than the first is worth a note, than the second breaks runs."""
UNFORCE = "unset LOOP_SANDBOX to use the best that works here"
LATER = frozenset({"truncate", "signal", "abstract socket", "TCP"})
"""Attacks that Landlock learnt to stop by and by."""
TRAIN = ("numpy", "safetensors", "tokenizers", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: `broken` keeps a run from working, `note` does not.
        text: What was found.
        mend: What to do; "" where nothing is to be done.
    """

    name: str
    state: State
    text: str
    mend: str = ""


def guarded(name: str, look: Callable[[], Iterator[Finding]], mend: str = "") -> list[Finding]:
    """Return what a look finds, or its own failure as a finding."""
    try:
        return list(look())
    except LoopError as err:
        return [Finding(name, "broken", str(err), mend)]
    except OSError as err:
        return [Finding(name, "broken", f"{err.filename or ''}: {err.strerror or err}", mend)]


def machine(folder: Path) -> tuple[House | None, list[Finding]]:
    """Look at the machine around a repository, which is returned if it can be entered."""
    found = [_python()]
    try:
        house = enter(folder)
    except LoopError as err:
        return None, [*found, Finding("repository", "broken", str(err))]
    found += guarded("git", lambda: _git(house))
    found += guarded("LOOP_HOME", lambda: _space(house.home))
    found += guarded("isolation", lambda: _isolation(house))
    found.append(_extras())
    return house, found


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] >= PYTHON:
        return Finding("python", "ok", version)
    return Finding("python", "broken", version, "install Python 3.11 or newer")


def _git(house: House) -> Iterator[Finding]:
    words = house.repo.git.run("version").decode(errors="replace").strip()
    found = re.search(r"(\d+)\.(\d+)", words)
    recent = found is not None and (int(found[1]), int(found[2])) >= GIT
    mend = "" if recent else f"install git {GIT[0]}.{GIT[1]} or newer"
    yield Finding("git", "ok" if recent else "broken", words, mend)
    if house.repo.resolve("HEAD") is None:
        mend = "git add -A && git commit -m 'Start'; a row names the commit that it ran"
        yield Finding("commits", "broken", "there is no commit yet", mend)


def _space(home: Path) -> Iterator[Finding]:
    probe = home / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    free = shutil.disk_usage(home).free
    text = f"{home}, {free / 2**30:.1f} GiB free"
    mend = "free some space, or set LOOP_HOME to a larger disk"
    if free < FULL:
        yield Finding("LOOP_HOME", "broken", text, mend)
    elif free < SCANT:
        yield Finding("LOOP_HOME", "note", text, mend)
    else:
        yield Finding("LOOP_HOME", "ok", text)


def _isolation(house: House) -> Iterator[Finding]:
    environment = house.environment
    mechanism = detect(environment.variables, wanted=environment.sandbox)
    yield _mechanism(mechanism)
    real = places(environment.variables, house.repo)
    probe = probe_once(mechanism, folder=house.home, places=real)
    text = f"{probe.level}: {probe.sentence}"
    if probe.level == "open":
        yield Finding("isolation", "note", text, _closing(mechanism, probe))
    else:
        yield Finding("isolation", "ok", text)
    lack = "; ".join(filter(None, [landlock.note(), seccomp.note()]))
    if lack:
        mend = "a kernel of 6.12 or newer has all of it"
        yield Finding("confinement", "note", f"commands of agents: {lack}", mend)
    else:
        text = "commands of agents and tests of what they wrote see their workspace alone"
        yield Finding("confinement", "ok", text)


def _mechanism(mechanism: Mechanism) -> Finding:
    """Say what keeps children apart, and what of it a better one would do."""
    if mechanism.name == "bwrap":
        lack = "" if mechanism.cuts_network else ", without cutting the network"
        return Finding("sandbox", "note" if lack else "ok", f"bwrap{lack}", mechanism.reason)
    if mechanism.name == "landlock":
        text = (
            f"Landlock of ABI {mechanism.abi}: names of hidden files can be seen, and children have"
            " neither loopback nor sockets by name"
        )
        mend = f"{mechanism.reason}; bwrap has neither lack" if mechanism.reason else UNFORCE
        return Finding("sandbox", "note", text, mend)
    return Finding(
        "sandbox", "note", "plain: children see whatever their user sees", _mend(mechanism)
    )


def _mend(mechanism: Mechanism) -> str:
    return UNFORCE if mechanism.reason == ASKED else mechanism.reason


def _closing(mechanism: Mechanism, probe: Probe) -> str:
    """Return what would stop the attacks that got through."""
    if mechanism.name == "plain":
        return _mend(mechanism)
    if mechanism.name == "landlock" and not set(probe.reached) - HARMLESS - LATER:
        return f"a kernel of 6.12 or newer, or bwrap: {mechanism.reason or UNFORCE}"
    return "keep LOOP_HOME where children have nothing to do, or run the check on another machine"


def _extras() -> Finding:
    missing = [name for name in TRAIN if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding("extras", "ok", "git-loop[train] is installed")
    text = f"without {', '.join(missing)}: built-in makers and checkers cannot run"
    return Finding("extras", "note", text, "pip install 'git-loop[train]'")

"""Whole processes, timed and taken apart: wall and CPU time, git processes, imports."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class FailedError(Exception):
    """A measured process that did not end as it should."""


@dataclass(frozen=True, slots=True)
class Command:
    """A process to be measured, and the only variables that it gets."""

    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took, in seconds; CPU is user and system time of it and all its children."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class GitShare:
    """Git processes of one command.

    Attributes:
        started: How many the command started itself.
        with_helpers: The same with those that git started in turn.
        inside_s: Seconds that the started ones ran, their own start-up left out, and `cat-file`
            too, which stays open and waits for the next question.
        by_name: How many of each subcommand.
    """

    started: int
    with_helpers: int
    inside_s: float
    by_name: dict[str, int]


@dataclass(frozen=True, slots=True)
class ImportShare:
    """Modules of one command, as `-X importtime` tells them; its own cost inflates the seconds."""

    modules: int
    seconds: float
    by_package_ms: dict[str, float]


def timed(command: Command, *, ok: Sequence[int] = (0,)) -> Taken:
    """Run a process to its end and say what it took.

    Raises:
        FailedError: its exit status is not in `ok`; carries what it wrote.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command.argv,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ok:
            output.seek(0)
            words = output.read().decode(errors="replace")[-2000:]
            raise FailedError(f"{' '.join(command.argv)} exited {process.returncode}: {words}")
    return Taken(wall, usage.ru_utime + usage.ru_stime)


def output_of(command: Command) -> str:
    """Return what a process wrote on both of its outputs.

    Raises:
        FailedError: it did not exit with 0.
    """
    done = subprocess.run(
        command.argv,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stdout[-2000:]
        raise FailedError(f"{' '.join(command.argv)} exited {done.returncode}: {words}")
    return done.stdout


def medians(runs: Sequence[Taken]) -> dict[str, float]:
    """Return the median wall and CPU seconds, and the fastest wall time."""
    return {
        "wall_s": round(median(run.wall_s for run in runs), 4),
        "cpu_s": round(median(run.cpu_s for run in runs), 4),
        "fastest_s": round(min(run.wall_s for run in runs), 4),
    }


def git_share(command: Command) -> GitShare:
    """Run a command once more and count its git processes.

    Git's own trace is switched on by configuration, for the engine lets no `GIT_TRACE*` through.
    """
    with tempfile.TemporaryDirectory(prefix="engine-trace-") as place:
        events = Path(place) / "events"
        events.mkdir()
        own = Path(command.environment["GIT_CONFIG_GLOBAL"]).read_text()
        config = Path(place) / "gitconfig"
        config.write_text(f"{own}[trace2]\n\teventTarget = {events}\n")
        environment = {**command.environment, "GIT_CONFIG_GLOBAL": str(config)}
        timed(Command(command.argv, command.folder, environment))
        told = [[json.loads(line) for line in file.open()] for file in sorted(events.iterdir())]
    tops = [process for process in told if "/" not in process[0]["sid"]]
    names: dict[str, int] = {}
    inside = 0.0
    for process in tops:
        name = next((e["name"] for e in process if e["event"] == "cmd_name"), "?")
        names[name] = names.get(name, 0) + 1
        if name != "cat-file":
            inside += sum(e["t_abs"] for e in process if e["event"] == "atexit")
    return GitShare(len(tops), len(told), round(inside, 4), names)


def import_share(command: Command) -> ImportShare:
    """Run a Python command once more under `-X importtime`; `argv[0]` must be the interpreter."""
    argv = (command.argv[0], "-X", "importtime", *command.argv[1:])
    prefix = "import time:"
    packages: dict[str, float] = {}
    modules = 0
    told = output_of(Command(argv, command.folder, command.environment))
    for line in told.splitlines():
        cells = line.removeprefix(prefix).split("|")
        if not line.startswith(prefix) or not cells[0].strip().isdecimal():
            continue
        package = cells[2].strip().partition(".")[0]
        packages[package] = packages.get(package, 0.0) + int(cells[0]) / 1000
        modules += 1
    largest = sorted(packages.items(), key=lambda item: -item[1])[:12]
    total = sum(packages.values()) / 1000
    return ImportShare(modules, round(total, 4), {name: round(ms, 2) for name, ms in largest})

"""`git-loop mcp`: a task's world for a foreign agent, without what is looked at in the end.

The verb is the process that the agent starts, and a task's line holds the answer key. So it takes
world and instruction out of the file and replaces itself by a fresh process that is given nothing
else: neither the file's name nor a byte of what was read from it.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from runner.core.canonical import digest
from runner.core.errors import LoopError
from runner.core.problem import shown, suggestion
from runner.worlds.office.file import read_office
from runner.worlds.office.json_text import NotJsonError, read_json
from runner.worlds.office.stripped import Stripped, stripped
from runner.worlds.office.world import OfficeWorld

SERVER = "office"
"""What the server is called, in its own words and in a client's configuration."""
_MAX_BYTES = 256 << 20
_LISTED = 5
_SAID = 200
"""Characters of a suggestion: a split may have thousands of ids."""


class TaskFileError(LoopError):
    """A file of tasks that holds none, or not the one that was asked for."""


def strip(task: str) -> bytes:
    """Return world and instruction of a task, and nothing else of its file.

    Args:
        task: `FILE` or `FILE#ID`; JSONL of tasks, or one task as JSON.

    Raises:
        LoopError: there is no such task, or its world is none.
    """
    path, name = _parted(task)
    place, case = _chosen(_tasks(path), path=path, name=name)
    instruction, world = case.get("instruction"), case.get("world")
    if not isinstance(instruction, str) or not instruction.strip():
        raise TaskFileError(f"{place}: instruction: {shown(instruction)}; text would be right")
    office = read_office(json.dumps(world).encode(), path=f"{place}: world")
    return stripped(instruction, office)


def hand_over(task: bytes, *, journal: str | None) -> NoReturn:
    """Become a server that holds a stripped task; nothing of this process is left.

    Raises:
        LoopError: the package that speaks MCP is missing.
    """
    if find_spec("mcp") is None:
        raise LoopError("serving a world needs the package mcp: pip install 'git-loop[mcp]'")
    held = os.memfd_create("task", 0)  # which goes on in the fresh process
    with os.fdopen(held, "wb", closefd=False) as file:
        file.write(task)
    os.lseek(held, 0, os.SEEK_SET)
    argv = [*server(), "--fd", str(held)]
    if journal is not None:
        argv += ["--journal", journal]
    os.execv(argv[0], argv)  # noqa: S606 - the fresh process is the point


def server() -> list[str]:
    """Return the command that serves an office, before its arguments.

    Nothing is imported from the folder that an agent happens to work in.
    """
    return [sys.executable, "-P", "-m", "runner.cli", "mcp", SERVER]


def serve_held(descriptor: int, *, journal: str | None) -> None:
    """Serve the stripped task that a descriptor holds.

    Raises:
        LoopError: the descriptor holds none, or the journal cannot be used.
    """
    # costs a second, and the verb may have to say first that the file is wrong
    from runner.harness.mcp.journal import Journal  # noqa: PLC0415 - see above
    from runner.harness.mcp.server import Served, serve  # noqa: PLC0415 - see above

    try:
        with os.fdopen(descriptor, "rb") as file:
            data = file.read()
    except OSError as err:
        raise LoopError(f"--fd {descriptor} holds no task; give --task FILE[#ID] instead") from err
    task = Stripped.model_validate_json(data)
    world = OfficeWorld(task.world)
    opened = None if journal is None else Journal.open(Path(journal), served=digest(data))
    served = Served(
        world=world,
        name=SERVER,
        instruction=task.instruction,
        state=lambda: world.state.model_dump(mode="json"),
    )
    serve(served, journal=opened)


def config(task: str, *, journal: str | None) -> str:
    """Return what an MCP client's configuration says of the server, as JSON."""
    path, name = _parted(task)
    arguments = ["--task", f"{path.absolute()}#{name}" if name else str(path.absolute())]
    if journal is not None:
        arguments += ["--journal", str(Path(journal).absolute())]
    command, *rest = server()
    return json.dumps({"mcpServers": {SERVER: {"command": command, "args": rest + arguments}}})


def _parted(task: str) -> tuple[Path, str]:
    if Path(task).exists() or "#" not in task:
        return Path(task), ""
    file, _, name = task.rpartition("#")
    return Path(file), name


def _tasks(path: Path) -> list[tuple[str, dict[str, object]]]:
    """Return the tasks of a file and the places where they stand."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise TaskFileError(f"{path}: more than {_MAX_BYTES} bytes; a split is smaller")
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise TaskFileError(f"{path} cannot be read: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise TaskFileError(f"{path}: byte 0x{err.object[err.start]:02x} is not UTF-8") from err
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise TaskFileError(f"{path}: holds no task; one JSON object for each, a line each")
    if len(lines) == 1 or not _is_json(lines[0][1]):  # one task, over several lines maybe
        return [(str(path), _task(text, str(path)))]
    return [(f"{path}:{number}", _task(line, f"{path}:{number}")) for number, line in lines]


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except NotJsonError:
        return False
    return True


def _task(text: str, place: str) -> dict[str, object]:
    try:
        found = read_json(text)
    except NotJsonError as err:
        raise TaskFileError(f"{place}: {err}") from err
    if not isinstance(found, dict):
        raise TaskFileError(f"{place}: {shown(found)}; a task is an object with a world")
    return found


def _chosen(
    tasks: list[tuple[str, dict[str, object]]], *, path: Path, name: str
) -> tuple[str, dict[str, object]]:
    ids = [str(case.get("id", "")) for _, case in tasks]
    if not name and len(tasks) == 1:
        return tasks[0]
    found = [task for task, known in zip(tasks, ids, strict=True) if name and known == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise TaskFileError(f"{path}: {len(found)} tasks have the id {shown(name)}; each needs one")
    if name:
        raise TaskFileError(f"{path}: no task {shown(name)}{suggestion(name, ids)[:_SAID]}")
    listed = ", ".join(f"{path}#{known}" for known in ids[:_LISTED])
    raise TaskFileError(f"{path}: {len(tasks)} tasks; name one, such as {listed}")

"""A foreign agent, run by its command on one task of a world that is served to it over MCP."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.core.canonical import digest
from runner.core.chat import Message, ToolCall
from runner.core.episode import Ended, Episode
from runner.core.field import Network
from runner.core.task import Task
from runner.core.world import World
from runner.harness.call import kept, kept_text
from runner.harness.mcp.error import ServeError
from runner.harness.mcp.journal import Begun, Called, read_journal, replay
from runner.sandbox.command import Command, Finished
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.run import run

CONFIG, INSTRUCTION, SERVED = "mcp.json", "task.txt", "world.json"
"""In the folder that an agent starts in: its servers, what it is to do, and the world's file."""
JOURNAL = "journal.jsonl"
# the sandbox closes standard input; the shell is gone before the agent starts
_ON_STDIN = ("/bin/sh", "-c", 'exec "$@" <"$LOOP_TASK"', "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAgent:
    """A command that speaks MCP and keeps its own loop.

    Its folder holds `mcp.json`. It reads the instruction on standard input, or in the file that
    `LOOP_TASK` names; `LOOP_MCP` names `mcp.json`.

    Attributes:
        name: What episodes call it.
        argv: Program and arguments; never a shell line.
        env: Its variables, such as a provider's key; masked in what is kept of its output.
        readable: What it may read beside the system and its folder.
        network: What it may reach; one that asks a provider needs `all`.
        wall_s: Seconds for one task; then its whole tree is ended.
        memory_bytes: Limit of private memory for each of its processes.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    readable: tuple[Path, ...] = ()
    network: Network = "all"
    wall_s: float = 600.0
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where foreign agents run.

    Attributes:
        server: Command that serves a world file; `--task FILE --journal FILE` are added.
        name: What the server is called in `mcp.json`.
        mechanism: What the agent is shut in with; `plain` lets it read every file of ours.
    """

    server: tuple[str, ...]
    name: str
    mechanism: Mechanism


def attempt(
    agent: ForeignAgent, task: Task, *, stripped: bytes, host: Host, sample: int = 0
) -> Episode:
    """Let a foreign agent attempt a task, and score what became of the world.

    The state that its server wrote is not believed: the agent could have written it. The calls are
    made again in a world of ours, and a journal that came about otherwise counts for nothing.

    Args:
        agent: Who acts.
        task: Of it the agent gets what `stripped` holds.
        stripped: World and instruction alone, as `server` reads them.
        host: Where it runs.
        sample: Which attempt at the task, from 0.

    Raises:
        LoopError: the command's paths or limits cannot be honoured, or the task cannot be scored.
    """
    # what an agent leaves may resist
    with tempfile.TemporaryDirectory(prefix="git-loop-", ignore_cleanup_errors=True) as made:
        folder = Path(made).resolve() / "agent"
        _lay_out(folder, task, stripped=stripped, host=host)
        done = run(_command(agent, folder), mechanism=host.mechanism)
        left = _left(folder / JOURNAL, task, served=digest(stripped))
    ended = "unanswered" if left.complaint else _ended(done)
    said = left.complaint or done.log_tail.strip()
    return Episode(
        task=task.id,
        template=task.template,
        sample=sample,
        agent=agent.name,
        messages=_messages(task.instruction, left.calls, said=said),
        ended=ended,
        turns=len(left.calls) + (ended == "answered"),
        calls=len(left.calls),
        refused=sum(not call.ok for call in left.calls),
        seconds=done.seconds,
        mark=task.mark(left.world),
    )


@dataclass(frozen=True, slots=True)
class _Left:
    world: World
    calls: tuple[Called, ...] = ()
    complaint: str = ""


def _lay_out(folder: Path, task: Task, *, stripped: bytes, host: Host) -> None:
    folder.mkdir()
    (folder / SERVED).write_bytes(stripped)
    (folder / INSTRUCTION).write_text(task.instruction + "\n", encoding="utf-8")
    files = ("--task", str(folder / SERVED), "--journal", str(folder / JOURNAL))
    command, *arguments = (*host.server, *files)
    servers = {"mcpServers": {host.name: {"command": command, "args": arguments}}}
    (folder / CONFIG).write_text(json.dumps(servers, indent=2) + "\n", encoding="utf-8")


def _command(agent: ForeignAgent, folder: Path) -> Command:
    ours = {"LOOP_TASK": str(folder / INSTRUCTION), "LOOP_MCP": str(folder / CONFIG)}
    return Command(
        argv=(*_ON_STDIN, *agent.argv),
        cwd=folder,
        log=folder.with_suffix(".log"),
        env={**agent.env, **ours},
        readable=agent.readable,
        writable=(folder,),
        network=agent.network,
        timeout_s=agent.wall_s,
        memory_bytes=agent.memory_bytes,
        secrets=tuple(value for value in agent.env.values() if value),
    )


def _left(path: Path, task: Task, *, served: str) -> _Left:
    """Return what a journal's calls lead to, or why none of them counts."""
    world = task.open()
    if not path.is_symlink() and not path.exists():
        return _Left(world)  # it never started its server
    try:
        lines = read_journal(path)
        if any(isinstance(line, Begun) and line.served != served for line in lines):
            return _Left(world, complaint="the journal is of another task")
        calls = tuple(line for line in lines if isinstance(line, Called))
        replay(calls, world)
    except ServeError as err:
        return _Left(task.open(), complaint=str(err))
    return _Left(world, calls)


def _ended(done: Finished) -> Ended:
    if done.timed_out:
        return "time"
    return "unanswered" if done.returncode else "answered"


def _messages(instruction: str, calls: tuple[Called, ...], *, said: str) -> tuple[Message, ...]:
    """Rebuild the conversation: one call for each answer, and last what the agent printed."""
    found = [Message(role="user", content=instruction)]
    for number, call in enumerate(calls, start=1):
        name = f"call_{number}"
        asked = kept(ToolCall(id=name, name=call.name, arguments=call.arguments))
        found.append(Message(role="assistant", content="", tool_calls=(asked,)))
        found.append(Message(role="tool", content=call.text, tool_call_id=name))
    found.append(Message(role="assistant", content=kept_text(said)))
    return tuple(found)

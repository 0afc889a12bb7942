"""Calls per second that an agent's MCP client gets out of `git-loop mcp office`.

The client is the SDK's, over pipes to a process of its own, one call after the other: a task's
calls as the reference policy makes them, again and again. With and without a journal, in turns.
"""

import json
import lzma
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from runner.wiring.mcp import server
from runner.worlds.office.policy import reference
from runner.worlds.office.task import Task

ROOT = Path(__file__).resolve().parents[1]
CALLS, ROUNDS = 300, 7
LEAST_PER_S = 200.0
Call = tuple[str, dict[str, Any]]


def mcp() -> dict[str, Any]:
    """Time calls of one client at a time.

    Raises:
        AssertionError: a call is refused.
    """
    with tempfile.TemporaryDirectory() as place:
        split = Path(place) / "dev.jsonl"
        split.write_bytes(lzma.decompress((ROOT / "evals/experience/dev.jsonl.xz").read_bytes()))
        with split.open() as lines:
            task = Task.model_validate_json(lines.readline())
        wanted = ["--task", f"{split}#{task.id}"]
        servers = {"plain": wanted, "journal": [*wanted, "--journal", f"{place}/journal.jsonl"]}
        found = anyio.run(_timed, servers, _calls(task))
    rates = {name: [CALLS / seconds for seconds in taken[1:]] for name, taken in found.items()}
    plain = median(rates["plain"])
    return {
        "task": task.id,
        "calls": CALLS,
        "rounds": ROUNDS,
        "start_s": {name: round(taken[0], 2) for name, taken in found.items()},
        "calls_per_s": round(plain),
        "calls_per_s_worst": round(min(rates["plain"])),
        "calls_per_s_with_journal": round(median(rates["journal"])),
        "bar": {"calls_per_s": LEAST_PER_S},
        "holds": plain >= LEAST_PER_S,
    }


async def _timed(servers: dict[str, list[str]], calls: list[Call]) -> dict[str, list[float]]:
    """Return per server the seconds of its start, and then of each round."""
    taken: dict[str, list[float]] = {}
    command, *words = server()
    async with AsyncExitStack() as stack:
        clients = {}
        for name, arguments in servers.items():
            began = time.perf_counter()
            started = StdioServerParameters(command=command, args=[*words, *arguments])
            clients[name] = await stack.enter_async_context(Client(stdio_client(started)))
            await _ask(clients[name], calls, count=len(calls))
            taken[name] = [time.perf_counter() - began]
        for _ in range(ROUNDS):
            for name, client in clients.items():
                taken[name].append(await _ask(client, calls, count=CALLS))
    return taken


async def _ask(client: Client, calls: list[Call], *, count: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        name, arguments = calls[number % len(calls)]
        answer = await client.call_tool(name, arguments)
        assert not answer.is_error, answer
    return time.perf_counter() - began


def _calls(task: Task) -> list[Call]:
    asked = [call for said in reference(task).messages for call in said.tool_calls]
    return [(call.name, json.loads(call.arguments)) for call in asked]

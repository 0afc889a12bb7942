"""Serves a world to one MCP client over standard input and output.

The process holds the world and the instruction, and nothing of what is looked at in the end.
"""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import anyio
from mcp import MCPError
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    PromptMessage,
    TextContent,
    Tool,
)

from runner import __version__
from runner.core.world import Observation, World
from runner.harness.mcp.error import ServeError
from runner.harness.mcp.journal import MAX_ARGUMENTS, Called, Journal, replay
from runner.harness.mcp.wire import Lines, Writer

PROMPT = "task"
"""The prompt that says what is to be done, which the server's instructions say, too."""
MAX_CALLS = 10_000
"""Calls of one episode, for an agent that never stops."""
_SHOWN = 200
_STDIN, _STDOUT, _STDERR = range(3)


@dataclass(frozen=True, slots=True)
class Served:
    """What a client gets.

    Attributes:
        name: What the server calls itself.
        instruction: What the agent is to do.
        state: The world now, as a JSON value; for the journal's last line.
    """

    world: World
    name: str
    instruction: str
    state: Callable[[], object]


def serve(served: Served, *, journal: Journal | None) -> None:
    """Serve until the client closes its end, or SIGTERM or ^C; the journal is closed either way.

    Raises:
        ServeError: the journal is of another world, or takes no more.
    """
    if journal is not None:
        replay(journal.calls, served.world)
    wire = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # what anybody prints is no message of the protocol
    session = _Session(served, journal)
    try:
        anyio.run(_run, session, wire)
    finally:
        if journal is not None:
            journal.close(served.state())
    if session.failure is not None:
        raise session.failure


async def _run(session: "_Session", wire: int) -> None:
    async with anyio.create_task_group() as tasks:
        session.stop = tasks.cancel_scope.cancel
        tasks.start_soon(_until_signal, session.stop)
        tasks.start_soon(_talk, session, wire)


async def _talk(session: "_Session", wire: int) -> None:
    server = _server(session)
    writer = Writer(wire)
    reader = Lines(_STDIN, answers=writer)
    try:
        async with stdio_server(
            cast("anyio.AsyncFile[str]", reader), cast("anyio.AsyncFile[str]", writer)
        ) as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
    except* (BrokenPipeError, ConnectionResetError):
        pass  # the client went away without a word
    session.stop()


async def _until_signal(stop: Callable[[], None]) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            stop()
            return


class _Session:
    """One client and the world that it acts on."""

    def __init__(self, served: Served, journal: Journal | None) -> None:
        self.served = served
        self.journal = journal
        self.calls = 0 if journal is None else len(journal.calls)
        self.failure: ServeError | None = None
        self.stop: Callable[[], None] = lambda: None

    def call(self, name: str, arguments: dict[str, Any] | None) -> Observation:
        """Carry out one call and write it down; a world that cannot be written down stops."""
        text = json.dumps(arguments or {}, ensure_ascii=False)
        if self.calls >= MAX_CALLS:
            return _refusal(f"{MAX_CALLS} calls were made; the episode is over")
        self.calls += 1
        cut = max(len(text), len(name)) > MAX_ARGUMENTS
        if cut:
            seen = _refusal(f"arguments of {len(text)} characters; at most {MAX_ARGUMENTS}")
            name, text = name[:_SHOWN], text[:_SHOWN]
        else:
            seen = self.served.world.call(name, text)
        self._write(Called(name=name, arguments=text, text=seen.text, ok=seen.ok, cut=cut))
        return seen

    def _write(self, call: Called) -> None:
        if self.journal is None:
            return
        try:
            self.journal.write(call)
        except ServeError as err:
            self.failure = err
            self.stop()


def _refusal(why: str) -> Observation:
    return Observation(text=json.dumps({"error": why}), ok=False)


def _server(session: _Session) -> Server[dict[str, Any]]:
    served = session.served
    tools = [
        Tool(name=each.name, description=each.description, input_schema=each.parameters)
        for each in served.world.tools
    ]
    prompt = Prompt(name=PROMPT, description="What is to be done.")

    async def list_tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(_: object, asked: CallToolRequestParams) -> CallToolResult:
        seen = session.call(asked.name, asked.arguments)
        return CallToolResult(content=[TextContent(text=seen.text)], is_error=not seen.ok)

    async def list_prompts(_: object, __: PaginatedRequestParams | None) -> ListPromptsResult:
        return ListPromptsResult(prompts=[prompt])

    async def get_prompt(_: object, asked: GetPromptRequestParams) -> GetPromptResult:
        if asked.name != PROMPT:
            raise MCPError(INVALID_PARAMS, f'there is no such prompt; "{PROMPT}" would be right')
        said = TextContent(text=served.instruction)
        return GetPromptResult(messages=[PromptMessage(role="user", content=said)])

    return Server(
        served.name,
        version=__version__,
        instructions=served.instruction,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )

"""Foreign agents by command: what they get, what is kept of them, and what they cannot forge."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.core.episode import Episode, Mark
from runner.core.world import World
from runner.harness.mcp.agent import ForeignAgent, Host, attempt
from runner.sandbox.mechanism import Mechanism, detect
from runner.wiring.mcp import server
from runner.worlds.office.assertion import EventMissing
from runner.worlds.office.score import score
from runner.worlds.office.stripped import stripped
from runner.worlds.office.world import OfficeWorld
from tests.worlds.office_world import OFFICE

PLAIN = Mechanism("plain")
# a small agent of the SDK's client: it finds its server as a coding agent does
AGENT = """\
import json, os, sys
import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

said = sys.stdin.read()
assert said == open(os.environ["LOOP_TASK"]).read()
entry = json.load(open("mcp.json"))["mcpServers"]["office"]
assert json.load(open(os.environ["LOOP_MCP"]))["mcpServers"]["office"] == entry

async def main():
    async with Client(stdio_client(StdioServerParameters(**entry))) as client:
        found = await client.call_tool("calendar_find", {"day": "Friday"})
        for meeting in json.loads(found.content[0].text):
            await client.call_tool("calendar_cancel", {"id": meeting["id"]})
        await client.call_tool("calendar_cancel", {"id": "E9"})
        BODY
    print("I have cancelled", meeting["title"], "as asked:", said.strip())

anyio.run(main)
"""


@dataclass(frozen=True)
class Lunch:
    """A task as the harness sees it."""

    id: str = "lunch-7"
    template: str = "lunch"
    instruction: str = "Cancel the lunch."

    def open(self) -> World:
        return OfficeWorld(OFFICE)

    def mark(self, world: World) -> Mark:
        assert isinstance(world, OfficeWorld)
        return score([EventMissing(title="Lunch")], initial=OFFICE, final=world.state)


TASK = Lunch()


Run = Callable[..., Episode]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(code: str, *, mechanism: Mechanism = PLAIN, wall_s: float = 60) -> Episode:
        script = tmp_path / "agent.py"
        script.write_text(code)
        agent = ForeignAgent(
            name="small",
            argv=(sys.executable, str(script)),
            env={"KEY": "sk-very-secret"},
            readable=(tmp_path,),
            network="none",
            wall_s=wall_s,
        )
        host = Host(server=tuple(server()), name="office", mechanism=mechanism)
        held = stripped(TASK.instruction, OFFICE)
        return attempt(agent, TASK, stripped=held, host=host, sample=3)

    return run


def write(lines: list[object]) -> str:
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    return f"open('journal.jsonl', 'w').write({text!r})"


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", [PLAIN, detect(os.environ)], ids=["plain", "detected"])
def test_a_foreign_agent_solves_a_task_by_its_own_loop(run: Run, mechanism: Mechanism) -> None:
    episode = run(AGENT.replace("BODY", "pass"), mechanism=mechanism)

    assert (episode.task, episode.template, episode.sample) == ("lunch-7", "lunch", 3)
    assert (episode.agent, episode.ended) == ("small", "answered")
    assert (episode.turns, episode.calls, episode.refused) == (4, 3, 1)
    assert episode.mark is not None
    assert episode.mark.strict
    said = [(each.role, each.content) for each in episode.messages]
    assert said[0] == ("user", "Cancel the lunch.")
    assert said[-1] == ("assistant", "I have cancelled Lunch as asked: Cancel the lunch.")
    calls = [call for each in episode.messages for call in each.tool_calls]
    assert [(call.name, call.arguments) for call in calls] == [
        ("calendar_find", '{"day": "Friday"}'),
        ("calendar_cancel", '{"id": "E2"}'),
        ("calendar_cancel", '{"id": "E9"}'),
    ]
    assert said[4] == ("tool", '{"ok": true, "id": "E2"}')
    assert [each.tool_call_id for each in episode.messages if each.role == "tool"] == [
        call.id for call in calls
    ]


@pytest.mark.slow
def test_an_agent_that_does_not_stop_is_scored_on_what_it_did(run: Run) -> None:
    episode = run(AGENT.replace("BODY", "await anyio.sleep(3600)"), wall_s=12)

    assert (episode.ended, episode.calls) == ("time", 3)
    assert episode.mark is not None
    assert episode.mark.partial == 1.0
    assert episode.seconds < 40


def test_an_agent_that_never_starts_its_server_leaves_the_world_alone(run: Run) -> None:
    episode = run("print('no idea'); print('key', 'sk-very-secret')")

    assert (episode.ended, episode.calls, episode.turns) == ("answered", 0, 1)
    assert episode.messages[-1].content == "no idea\nkey [redacted]"
    assert episode.mark is not None
    assert episode.mark.partial == 0.0


def test_an_agent_that_crashes_was_not_there(run: Run) -> None:
    episode = run("raise SystemExit('out of credit')")

    assert (episode.ended, episode.turns) == ("unanswered", 0)
    assert episode.messages[-1].content == "out of credit"


def test_a_command_that_is_not_there_was_not_there(run: Run, tmp_path: Path) -> None:
    agent = ForeignAgent(name="none", argv=(str(tmp_path / "none"),))
    host = Host(server=tuple(server()), name="office", mechanism=PLAIN)

    episode = attempt(agent, TASK, stripped=b"{}", host=host)

    assert (episode.ended, episode.calls) == ("unanswered", 0)


CANCEL = {
    "name": "calendar_cancel",
    "arguments": '{"id": "E2"}',
    "text": '{"ok": true, "id": "E2"}',
    "ok": True,
}
FORGED = [
    (
        [{**CANCEL, "arguments": '{"id": "E7"}'}],
        (
            "call 1 of the journal, calendar_cancel, came to something else in this world; "
            "it is the journal of another one, or was changed"
        ),
    ),
    ([{**CANCEL, "ok": False}], "call 1 of the journal, calendar_cancel, came to something else"),
    ([{"served": "0" * 64}, CANCEL], "the journal is of another task"),
    (["hello"], "no line of a journal"),
]


@pytest.mark.parametrize(("lines", "why"), FORGED, ids=[why[-30:] for _, why in FORGED])
def test_a_journal_that_the_world_does_not_bear_out_counts_for_nothing(
    run: Run, lines: list[object], why: str
) -> None:
    episode = run(write(lines))

    assert (episode.ended, episode.calls) == ("unanswered", 0)
    assert why in episode.messages[-1].content
    assert episode.mark is not None
    assert episode.mark.partial == 0.0


def test_a_state_that_an_agent_writes_is_not_believed(run: Run) -> None:
    state = {**OFFICE.model_dump(mode="json"), "events": []}

    episode = run(write([{"state": state}]))

    assert (episode.ended, episode.calls) == ("answered", 0)
    assert episode.mark is not None
    assert episode.mark.partial == 0.0


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.symlink('/dev/zero', 'journal.jsonl')",
        "import os; os.symlink('/nowhere', 'journal.jsonl')",
        "import os; os.mkfifo('journal.jsonl')",
        "import os; os.mkdir('journal.jsonl')",
        "import os; os.truncate(os.open('journal.jsonl', os.O_CREAT | os.O_RDWR), 1 << 40)",
    ],
    ids=["device", "dangling", "fifo", "folder", "huge"],
)
def test_what_is_no_file_is_no_journal(run: Run, code: str) -> None:
    episode = run(code)

    assert (episode.ended, episode.calls) == ("unanswered", 0)
    assert "journal" in episode.messages[-1].content

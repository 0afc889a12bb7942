"""A task as an agent's side may hold it: the office and what is asked, and nothing of the key."""

from runner.core.canonical import canonical
from runner.core.frozen import Frozen
from runner.worlds.office.state import Office


class Stripped(Frozen):
    """All that the server of a foreign agent is given of a task."""

    instruction: str
    world: Office


def stripped(instruction: str, world: Office) -> bytes:
    """Return a task file without assertions, slices, or a name; `git-loop mcp` serves it."""
    task = Stripped(instruction=instruction, world=world)
    return canonical(task.model_dump(mode="json"))

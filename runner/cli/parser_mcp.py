"""The arguments of `git-loop mcp`."""

from argparse import SUPPRESS, ArgumentParser


def add_mcp(verb: ArgumentParser) -> None:
    """Add what `git-loop mcp` serves."""
    verb.add_argument("world", choices=("office",), metavar="WORLD", help="office")
    task = verb.add_mutually_exclusive_group(required=True)
    task.add_argument(
        "--task", metavar="FILE[#ID]", help="a split of tasks, or one; the agent sees no assertion"
    )
    task.add_argument("--fd", type=int, help=SUPPRESS)
    verb.add_argument(
        "--journal",
        metavar="FILE",
        help="JSONL of every call and the final state; a server started again goes on in it",
    )
    verb.add_argument(
        "--config", action="store_true", help="print what an MCP client's settings say of it"
    )

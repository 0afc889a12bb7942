"""The arguments of `git-loop data import`."""

from argparse import ArgumentParser

from runner.cli.argument import add_json, share

IMPORT = "make training rows of conversations that other tools kept"


def add_import(act: ArgumentParser) -> None:
    """Add the arguments of `git-loop data import`."""
    act.add_argument(
        "files", nargs="+", metavar="FILE", help="sessions of agents, chats, eval logs, traces"
    )
    act.add_argument("--out", required=True, metavar="FILE", help="JSONL of the rows to write")
    act.add_argument("--format", metavar="NAME", help="of the files; default: told by content")
    act.add_argument(
        "--min-partial", type=share, metavar="P", help="keep what scored this; default: all"
    )
    act.add_argument(
        "--against", metavar="EVAL", help="refuse rows that ask a dev or held-out case of it"
    )
    add_json(act)

"""The arguments of `git-loop trace`."""

from argparse import ArgumentParser

from runner.cli.argument import LOOP, add_json


def add_trace(verb: ArgumentParser) -> None:
    """Add the acts of `git-loop trace` and their arguments."""
    acts = verb.add_subparsers(title="acts", metavar="ACT", required=True, dest="act")
    for name, text, what in (
        ("ls", "list the cases that were answered, by arm, with scores and cost", None),
        ("show", "print what was said in a case, whole", "case"),
        ("grep", "print every line in which a regular expression is found", "pattern"),
        ("diff", "compare a case with what the candidate's parent answered", "case"),
        ("export", "write an arm's traces as a log of inspect_ai", None),
    ):
        act = acts.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        act.add_argument("name", metavar="NAME", help=LOOP)
        act.add_argument("number", nargs="?", type=int, metavar="N", help="default: the last row")
        if what is not None:
            act.add_argument(what, metavar=what.upper())
        if name == "diff":
            act.add_argument(
                "--with", dest="other", type=int, metavar="M", help="compare with this row instead"
            )
        if name == "export":
            act.add_argument("--out", required=True, metavar="FILE", help="a new .eval or .json")
        act.add_argument("--arm", metavar="ARM", help="only this one, such as dev; default: all")
        act.add_argument(
            "--heldout", action="store_true", help="open held-out traces, too, with the key"
        )
        add_json(act)

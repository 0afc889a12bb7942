"""What a foreign maker's command is told of an idea: notes where it would not hear it."""

from collections.abc import Iterator, Sequence

from runner.core.problem import Complaint
from runner.plan.option import options
from runner.spec.model import CommandCheck, CommandMake, Spec

SHELLS = frozenset({"sh", "bash", "zsh", "dash"})
MARKS = ("$LOOP_", "${LOOP_")


def flag_notes(spec: Spec) -> Iterator[Complaint]:
    """Yield where a command gets a variable's name for its value, or an idea changes nothing.

    Args:
        spec: Only commands are looked at; built-in makers name their own parameters.
    """
    for stage, command in (("make", spec.make), ("check", spec.check)):
        if isinstance(command, CommandMake | CommandCheck):
            for index in _unfilled(command.command):
                text = "only a shell fills a variable in: [sh, -c, '...']"
                yield Complaint((stage, "command", index), text)
    if isinstance(spec.make, CommandMake) and not spec.surface:
        yield from _ideas(spec, " ".join(spec.make.command))


def _unfilled(argv: Sequence[str]) -> list[int]:
    shell = any(part.rpartition("/")[2] in SHELLS for part in argv)
    named = [n for n, part in enumerate(argv) if any(mark in part for mark in MARKS)]
    return [] if shell else named


def _ideas(spec: Spec, command: str) -> Iterator[Complaint]:
    if spec.propose.kind == "queue" and not spec.hypotheses:
        text = "no hypotheses: each iteration makes the same again with the next $LOOP_SEED"
        yield Complaint(("make",), text)
    for index, idea in enumerate(spec.hypotheses if "LOOP_WITH_" in command else ()):
        for key, value in idea.with_.items():
            unheard = [name for name in options({key: value}) if name not in command]
            if unheard:
                text = f"the command does not name ${unheard[0]}: it changes nothing there"
                yield Complaint(("hypotheses", index, "with", key), text)

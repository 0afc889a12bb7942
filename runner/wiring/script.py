"""Scripts that a spec's commands name and that are not there."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from runner.core.problem import Complaint
from runner.spec.model import CommandCheck, CommandMake, Spec

ENDINGS = (".py", ".sh")


def missing_scripts(spec: Spec, present: Callable[[str], bool]) -> Iterator[Complaint]:
    """Yield the relative `*.py` and `*.sh` arguments of the make and check that are no files.

    Args:
        spec: Its commands run in their `cwd`, which is relative to the repository.
        present: Tells whether a file is at a repository path.
    """
    commands = {"make": spec.make, "check": spec.check}
    for stage, command in commands.items():
        if not isinstance(command, CommandMake | CommandCheck):
            continue
        for index, part in enumerate(command.command):
            script = not part.startswith(("-", "/")) and part.endswith(ENDINGS)
            path = (PurePosixPath(command.cwd) / part).as_posix()
            if script and not present(path):
                yield Complaint((stage, "command", index), f"{path} is missing")

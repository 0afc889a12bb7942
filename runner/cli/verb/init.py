"""`git-loop init [-- COMMAND...]`."""

import json
import sys
from argparse import Namespace
from pathlib import Path
from shlex import quote

from runner.core.errors import SpecError
from runner.wiring.ground import survey
from runner.wiring.init import SetUp, Wish, init
from runner.wiring.validate import LoopReport, validate


def run(arguments: Namespace) -> int:
    """Write what is missing, check the loop, and say what comes next."""
    make, check = _commands(arguments.command, arguments.eval)
    done = init(
        Path.cwd(),
        Wish(
            name=arguments.name,
            make=make,
            check=check,
            skill=arguments.skill,
            install=arguments.install,
        ),
    )
    path = f"loops/{done.name}.yaml"
    report = validate([path], root=done.top, ground=survey(done.top)).loops[0]
    if arguments.json:
        problems = [str(problem) for problem in report.problems]
        told: dict[str, object] = {"loop": done.name, "written": done.written, "left": done.left}
        told |= {"missing": [str(problem) for problem in report.missing]}
        print(json.dumps(told | {"problems": problems}))
    else:
        _tell(done, report)
        _next(done, report)
    return SpecError.exit_code if report.problems else 0


def _commands(make: list[str], check: str | None) -> tuple[list[str], str | None]:
    """Take `--eval COMMAND` from the end of what follows `--`, where people write it too.

    A maker with a flag of that name keeps it if `--eval` is given before `--` as well.
    """
    if check is None and len(make) > 2 and make[-2] == "--eval":  # noqa: PLR2004 - flag and value
        return make[:-2], make[-1]
    return make, check


def _tell(done: SetUp, report: LoopReport) -> None:
    for path in done.written:
        print(f"wrote  {path}")
    for path in done.left:
        print(f"left   {path}, which was there")
    if f"loops/{done.name}.yaml" in done.left:
        print(
            "note: a command that was given now is not in it; edit it, or remove it and init anew"
        )
    for problem in report.problems:
        print(problem, file=sys.stderr)
    for sentence in (*report.notes, *report.preflight):
        print(f"  {sentence}")
    for problem in report.missing:
        print(f"to write: {problem}")
    if done.unpublished is not None:
        print(
            f"note: the workflows install {done.unpublished}, and this one came from no package "
            "index; where none has that version remove them and pass "
            "--install 'git-loop @ git+https://...'"
        )


def _next(done: SetUp, report: LoopReport) -> None:
    if report.problems:
        print(f"next: mend loops/{done.name}.yaml, then git-loop validate")
    else:
        paths = " ".join((*_folders(done), *map(quote, done.scripts)))
        print(f"next: git add {paths} && git commit -m 'Add loop {done.name}'")
        print(f"then: git-loop run {done.name} --smoke, which spends nothing")


def _folders(done: SetUp) -> list[str]:
    """Return the top folders of what was written, each once, or `loops` if all was there."""
    return list(dict.fromkeys(path.partition("/")[0] for path in done.written)) or ["loops"]

"""The manual page, read off the parser: `man git-loop`, and so `git loop --help`.

Nothing but the standard library is imported, for wheels are built where nothing else is.
"""

import re
from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator

from runner.cli.parser import EPILOG

EXITS = (
    ("0", "done; a rejected candidate is a result, too"),
    ("1", "something that you can mend, told in one line; or a check that does not hold"),
    ("2", "a malformed spec or eval, or arguments that cannot be used"),
    ("3", "a defect of git-loop, with its traceback"),
    ("130", "ended by ^C; the same command goes on"),
    ("143", "ended by SIGTERM; the same command goes on"),
)
VARIABLES = (
    ("LOOP_HOME", "what is not in git: candidates, run folders, the embedded forge"),
    ("LOOP_STORE", "a store of candidates that several machines reach"),
    ("LOOP_STORE_TIMEOUT_S", "seconds that it may stay silent"),
    ("LOOP_HELDOUT_KEY", "the age identity that opens held-out cases"),
    ("LOOP_SIGNING_KEY", "the ed25519 key that signs accepted rows"),
    ("LOOP_SANDBOX", "the mechanism that isolates children; default: the best that works"),
    ("LOOP_FANOUT", "where pieces of work run: processes of this machine, or a cluster"),
    ("LOOP_OFFLINE", "1: scripted models and recorded answers only"),
    ("LOOP_FORGE_TIMEOUT_S", "seconds that a forge may stay silent"),
    ("GITHUB_API_URL", "with GITHUB_TOKEN and GITHUB_REPOSITORY: publish to GitHub"),
    ("NO_COLOR", "no colours; FORCE_COLOR and CLICOLOR_FORCE ask for them in a pipe"),
)
FILES = (
    ("loops/NAME.yaml", "a loop"),
    ("evals/EVAL/eval.yaml", "what judges its candidates"),
    ("state/NAME/", "its rows, on refs/loops/NAME and in its pull request"),
)
SEE_ALSO = "git(1), age(1)"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def page(parser: ArgumentParser, *, version: str) -> str:
    """Return the page as roff, in the macros of man(7).

    Args:
        parser: The whole one.
        version: Of the program.
    """
    return "\n".join(_lines(parser, version)) + "\n"


def _lines(parser: ArgumentParser, version: str) -> Iterator[str]:
    said = parser.description or ""
    yield f'.TH "GIT\\-LOOP" "1" "" "git\\-loop {_text(version)}" "git\\-loop manual"'
    yield from (".SH NAME", f"git\\-loop \\- {_text(said[0].lower() + said[1:].rstrip('.'))}")
    yield from (".SH SYNOPSIS", ".B git loop", "\\fIVERB\\fR [\\fIARGUMENTS\\fR]")
    yield from (".br", ".B git loop", "\\fIVERB\\fR \\fB\\-\\-help\\fR")
    yield from (".SH DESCRIPTION", _text(said), ".PP", ".nf")
    yield from (_text(line) for line in EPILOG.splitlines())
    yield from (".fi", ".SH VERBS")
    for verb, text in _verbs(parser):
        yield from _verb(verb, text)
    yield from _listed("EXIT STATUS", EXITS)
    yield from _listed("ENVIRONMENT", VARIABLES)
    yield from _listed("FILES", FILES)
    yield from (".SH SEE ALSO", _text(SEE_ALSO))


def _verbs(parser: ArgumentParser) -> Iterator[tuple[ArgumentParser, str]]:
    """Yield the verbs or acts below a parser, each with its line of help."""
    for action in parser._actions:  # noqa: SLF001 - argparse tells of its arguments nowhere else
        if isinstance(action, _SubParsersAction):
            told = action._get_subactions()  # noqa: SLF001 - likewise
            for below, act in zip(action.choices.values(), told, strict=True):
                yield below, act.help or ""


def _verb(verb: ArgumentParser, text: str) -> Iterator[str]:
    acts = list(_verbs(verb))
    yield f'.SS "{_text(verb.prog.replace("git-loop", "git loop", 1))}"'
    yield _text(f"{text[0].upper()}{text[1:]}.")
    if not acts:
        yield from (".PP", f"\\fB{_text(_usage(verb))}\\fR")
        for action in verb._actions:  # noqa: SLF001 - argparse tells of them nowhere else
            yield from _argument(action)
    for act, told in acts:
        yield from _verb(act, told)


def _usage(verb: ArgumentParser) -> str:
    words = _ANSI.sub("", verb.format_usage()).removeprefix("usage: ").split()
    return " ".join(words).replace("git-loop", "git loop", 1).replace(" [-h]", "")


def _argument(action: Action) -> Iterator[str]:
    if action.help is SUPPRESS or "--help" in action.option_strings:
        return
    named = ", ".join(f"\\fB{_text(flag)}\\fR" for flag in action.option_strings)
    value = "" if action.nargs == 0 else f"\\fI{_text(_value(action))}\\fR"
    yield from (".TP", " ".join(part for part in (named, value) if part))
    yield _text(str(action.help or "").replace("%%", "%")) or "\\&"


def _value(action: Action) -> str:
    if action.metavar is not None:
        return str(action.metavar)
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


def _listed(title: str, entries: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {title}"
    for name, text in entries:
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(text))


def _text(text: str) -> str:
    """Return a text that roff prints as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped

# ruff: noqa: INP001 - scripts beside their data are no package
"""A command line taken apart: simple commands, pipes and redirections."""

import re
import shlex
from dataclasses import dataclass, field

_ENDS = {";", "&&", "||", "|", "&", "|&", "\n"}
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_WRAPPERS = {"nohup", "time", "command", "builtin", "exec", "then", "do", "else", "!"}
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*")


@dataclass(slots=True)
class Simple:
    """One program and what it is called with.

    Attributes:
        program: Its name without a folder.
        raw: All its words, redirections left out.
        writes: Files that its output goes to.
        reads: Files that its input comes from.
        sudo: It runs as root.
        piped: What it reads is another one's output.
        pipeline: Number of the pipeline it belongs to.
    """

    program: str = ""
    words: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    sudo: bool = False
    piped: bool = False
    pipeline: int = 0

    @property
    def flags(self) -> set[str]:
        """Its options; `-rf` is `-r` and `-f` too, `--depth=1` is `--depth`."""
        found: set[str] = set()
        for word in self.words:
            if word.startswith("--"):
                found.add(word.partition("=")[0])
            elif word.startswith("-") and len(word) > 1:
                found |= {word, *(f"-{letter}" for letter in word[1:])}
        return found

    @property
    def operands(self) -> list[str]:
        """Its words that are no options."""
        return [word for word in self.words if not word.startswith("-") or word == "-"]


def parse(script: str) -> list[Simple]:
    """Return the simple commands of a line or script, those of `$(...)`, `bash -c` and ssh too.

    Raises:
        ValueError: a quote that is not closed.
    """
    inner = [one or other for one, other in _INNER.findall(_unquoted(script))]
    found: list[Simple] = []
    for line in script.split("\n"):
        found += _line(line, base=len(found))
    for each in found.copy():
        found += parse(_handed_on(each))
    for text in inner:
        found += parse(text)
    return found


def _handed_on(command: Simple) -> str:
    """Return the command line that a shell or ssh is told to run; "" for none."""
    if command.program in {"bash", "sh", "zsh"} and "-c" in command.flags:
        return next(iter(command.operands), "")
    return " ".join(command.operands[1:]) if command.program == "ssh" else ""


def _unquoted(script: str) -> str:
    return re.sub(r"'[^']*'", "''", script)


def _line(line: str, *, base: int) -> list[Simple]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.wordchars += "$@%+:,{}[]^!\\`"
    found, current, pipeline = list[Simple](), Simple(pipeline=base), base
    tokens = list(lexer)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token in _ENDS:
            _keep(found, current)
            pipeline += token not in {"|", "|&"}
            current = Simple(pipeline=pipeline, piped=token in {"|", "|&"})
        elif token.endswith((">", "<")) or token in {">&", "&>"}:
            at += 1
            target = tokens[at] if at < len(tokens) else ""
            (current.reads if token.startswith("<") else current.writes).append(target)
        elif token not in {"(", ")"}:
            current.words.append(token)
        at += 1
    _keep(found, current)
    return found


def _keep(found: list[Simple], current: Simple) -> None:
    """Take a command without what stands before its program."""
    words = current.words
    while words and (_ASSIGNED.fullmatch(words[0]) or words[0] in _WRAPPERS):
        words = words[1:]
    if words and words[0] in {"sudo", "doas"}:
        current.sudo = True
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[2:] if words[0] == "-u" else words[1:]
    if words and words[0] == "xargs":
        words = [word for word in words[1:] if word not in {"-0", "-r", "-n1", "-I{}"}]
    current.writes = [each for each in current.writes if each not in {"1", "2", "/dev/null", ""}]
    if words or current.writes:
        current.words = words[1:]
        current.program = words[0].rsplit("/", 1)[-1] if words else ""
        found.append(current)

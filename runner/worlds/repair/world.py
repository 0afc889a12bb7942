"""A workspace that an agent repairs by commands and files; it knows no test and no fix."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

from pydantic import PositiveInt

from runner.core.build import MisfitError, build
from runner.core.chat import Tool
from runner.core.frozen import Frozen
from runner.core.problem import shown, suggestion
from runner.core.world import Observation
from runner.sandbox import landlock, seccomp
from runner.worlds.error import WorldError
from runner.worlds.office.json_text import NotJsonError, read_json
from runner.worlds.repair.diff import lines_of, unified
from runner.worlds.repair.edit import replace, replace_fuzzily
from runner.worlds.repair.refusal import RefusedError
from runner.worlds.repair.tree import Memory, Snapshot, Tree, is_source
from runner.worlds.repair.workspace import TIMEOUT_S, Workspace

MAX_ARGUMENTS = 1 << 20
"""Characters of one call's arguments; more are refused unread."""
MAX_COMMAND = 100_000
"""Bytes of a command; the kernel takes little more."""

A = TypeVar("A", bound=Frozen)


class Bash(Frozen):
    """Runs a command of bash in the workspace."""

    command: str


class Read(Frozen):
    """Shows a file, or lines of it, from 1, both ends included."""

    path: str
    start: PositiveInt | None = None
    end: PositiveInt | None = None


class Write(Frozen):
    """Writes a whole file, new or not."""

    path: str
    content: str


class Edit(Frozen):
    """Replaces the one place of a file where `old` stands; with `fuzzy`, up to small slips."""

    path: str
    old: str
    new: str
    fuzzy: bool = False


_ASKS: Mapping[str, type[Frozen]] = {"bash": Bash, "read": Read, "write": Write, "edit": Edit}
_TYPES = {"command": "string", "fuzzy": "boolean", "start": "integer", "end": "integer"}


class RepairWorld:
    """Files that begin in memory and are laid out in a folder of their own at the first command.

    Attributes:
        notes: What of the confinement of commands could not be had here, a sentence each.
    """

    def __init__(self, files: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> None:
        """Begin with files; nothing touches the disk yet.

        Args:
            files: The repository as it was when the bug was found, path to text.
            timeout_s: Wall seconds of one command.
        """
        self._base = {path: text.encode() for path, text in files.items()}
        self._tree: Tree = Memory(self._base)
        self._workspace: Workspace | None = None
        self._timeout_s = timeout_s
        self._closed: Snapshot | None = None
        self.notes: tuple[str, ...] = tuple(filter(None, [landlock.note(), seccomp.note()]))

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What can be called, the same in every workspace."""
        return tools()

    def call(self, name: str, arguments: str) -> Observation:
        """Carry out one call, or refuse it in words and change nothing."""
        try:
            return Observation(text=self._done(name, arguments))
        except RefusedError as err:
            return Observation(text=f"refused: {err}", ok=False)

    def diff(self) -> str:
        """Return what the agent changed, as a unified diff in git's format; "" for nothing."""
        after = self._closed or self._tree.snapshot()
        before = {path: data for path, data in self._base.items() if is_source(path)}
        return unified(before, after.files, left_out=after.left_out)

    def close(self) -> None:
        """Delete the folder, if there is one; `diff` still says what was changed."""
        if self._closed is None:
            self._closed = self._tree.snapshot()
        if self._workspace is not None:
            self._workspace.close()

    def _done(self, name: str, arguments: str) -> str:
        doers: Mapping[str, Callable[[str], str]] = {
            "bash": lambda text: self._bash(_read(Bash, text)),
            "read": lambda text: self._read(_read(Read, text)),
            "write": lambda text: self._write(_read(Write, text)),
            "edit": lambda text: self._edit(_read(Edit, text)),
        }
        if self._closed is not None:
            raise RefusedError("the attempt is over")
        if name not in doers:
            short = name[:200]
            raise RefusedError(f"there is no tool {shown(short)}{suggestion(short, [*doers])}")
        return doers[name](arguments)

    def _bash(self, asked: Bash) -> str:
        if "\0" in asked.command or len(asked.command.encode()) > MAX_COMMAND:
            raise RefusedError(f"a command has no zero bytes and at most {MAX_COMMAND} bytes")
        said = self._place().run(asked.command, timeout_s=self._timeout_s)
        end = f"killed after {self._timeout_s:g} s" if said.code is None else f"exit {said.code}"
        gap = "" if not said.text or said.text.endswith("\n") else "\n"
        return f"{said.text}{gap}[{end}]"

    def _read(self, asked: Read) -> str:
        text = _text(self._tree, asked.path)
        if asked.start is None and asked.end is None:
            return text
        lines = lines_of(text)
        first, last = asked.start or 1, min(asked.end or len(lines), len(lines))
        if first > last:
            raise RefusedError(
                f"{shown(asked.path)} has {len(lines)} lines; lines {first} to"
                f" {asked.end or 'its end'} are none of them"
            )
        head = f"[lines {first}-{last} of {len(lines)}]\n"
        return head + "".join(lines[first - 1 : last])

    def _write(self, asked: Write) -> str:
        self._tree.write(asked.path, asked.content.encode())
        count = len(lines_of(asked.content))
        return f"wrote {asked.path} ({count} line{'' if count == 1 else 's'})"

    def _edit(self, asked: Edit) -> str:
        before = _text(self._tree, asked.path)
        change = replace_fuzzily if asked.fuzzy else replace
        edited = change(before, asked.old, asked.new)
        self._tree.write(asked.path, edited.text.encode())
        return f"edited {asked.path} (line {edited.line})"

    def _place(self) -> Workspace:
        """Return the folder, laid out with what was changed in memory."""
        if self._workspace is None:
            changed = self._tree.snapshot().files
            try:
                self._workspace = Workspace(self._base)
            except RefusedError as err:
                raise WorldError(str(err)) from err
            for path, data in changed.items():
                if self._base.get(path) != data:
                    self._workspace.tree.write(path, data)
            self._tree = self._workspace.tree
        return self._workspace


@cache
def tools() -> tuple[Tool, ...]:
    """Return the world's tools with the JSON Schemas of their arguments."""
    return tuple(
        Tool(name=name, description=asks.__doc__ or "", parameters=_schema(asks))
        for name, asks in _ASKS.items()
    )


def _schema(asks: type[Frozen]) -> dict[str, object]:
    fields = asks.model_fields
    return {
        "type": "object",
        "properties": {name: {"type": _TYPES.get(name, "string")} for name in fields},
        "required": [name for name, field in fields.items() if field.is_required()],
        "additionalProperties": False,
    }


def _read(asks: type[A], arguments: str) -> A:
    if len(arguments) > MAX_ARGUMENTS:
        raise RefusedError(f"arguments of {len(arguments)} characters; at most {MAX_ARGUMENTS}")
    try:
        return build(asks, read_json(arguments))
    except NotJsonError as err:
        raise RefusedError(f"the arguments are no JSON: {err}") from err
    except MisfitError as err:
        raise RefusedError(str(err).removeprefix(": ")) from err


def _text(tree: Tree, path: str) -> str:
    data = tree.read(path)
    try:
        if b"\0" not in data:
            return data.decode()
    except UnicodeDecodeError:
        pass
    raise RefusedError(f"{shown(path)} is no text")

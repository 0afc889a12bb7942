"""`git-loop schema [--write]`."""

from argparse import Namespace
from pathlib import Path

from runner.cli.answer import answer, hint
from runner.core.errors import LoopError
from runner.core.file import write_atomic
from runner.spec.schema import schema

FILE = "loops/loop.schema.json"


def run(arguments: Namespace) -> int:
    """Print the schema, or write it where `# yaml-language-server: $schema=` looks for it.

    Raises:
        LoopError: this is no repository, or the file cannot be written.
    """
    text = schema()
    if not arguments.write:
        print(text, end="")
        if arguments.json:
            return 0
        hint("git-loop schema --write, which puts it where editors look")
        return 0
    path = repository_root(Path.cwd()) / FILE
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, text.encode())
    except OSError as err:
        raise LoopError(f"{path}: {err.strerror}") from err
    if arguments.json:
        answer({"written": FILE})
        return 0
    print(f"wrote {FILE}")
    print(f"next: git add {FILE}; a spec names it in its first line, as git-loop init writes it")
    return 0


def repository_root(folder: Path) -> Path:
    """Return the nearest folder upwards that holds `loops` or `.git`; git itself is not asked."""
    for place in (folder, *folder.parents):
        if (place / ".git").exists() or (place / "loops").is_dir():
            return place
    return folder

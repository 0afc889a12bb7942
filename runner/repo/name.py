"""Which names may be handed to git."""

import re

from runner.repo.error import RepoError

_REF = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")


def ref_name(ref: str) -> str:
    """Return `ref` if it is a full ref name.

    Raises:
        RepoError: it is abbreviated or malformed.
    """
    if not _REF.fullmatch(ref) or ".." in ref or "@{" in ref or ref.endswith(("/", ".", ".lock")):
        raise RepoError(f"{ref!r} is not a full ref name such as refs/heads/main")
    return ref


def revision(text: str) -> str:
    """Return `text` if git cannot mistake it for an option.

    Raises:
        RepoError: it is empty, begins with a dash or holds control characters.
    """
    if not text or text.startswith("-") or any(ord(c) < ord(" ") for c in text):
        raise RepoError(f"{text!r} is not a commit or ref")
    return text


def tree_path(path: str) -> str:
    """Return `path` if it names a file inside the tree.

    Raises:
        RepoError: it is absolute, climbs out, holds a line break or reaches into `.git`.
    """
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
        raise RepoError(f"{path!r} is not a path inside the repository")
    if "\n" in path or "\0" in path:
        raise RepoError(f"{path!r} holds a line break; rename the file")
    return path

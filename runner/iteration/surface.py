"""The surface: exactly the files that an iteration may change, and nothing beside them."""

import hashlib
import shutil
from pathlib import Path

from runner.core.errors import LoopError
from runner.iteration.order import Order
from runner.store.store import Store

MAX_FILE = 2**20
CACHES = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"})


class ScopeError(LoopError):
    """A proposal that changes what it may not, or breaks the surface."""


def collect_surface(order: Order) -> dict[str, str]:
    """Copy the surface into the candidate and return path to sha256 of each file.

    Raises:
        ScopeError: a surface file is gone, is no plain file, is too large, has lost or broken its
            frontmatter, or the maker wrote another file of that name.
    """
    if order.tree is None or order.bench.tree is None:
        return {}
    found = {}
    for path in order.declared.spec.surface:
        source, target = order.tree / path, order.out / path
        if source.is_symlink() or not source.is_file():
            raise ScopeError(f"{path} is part of the surface but no longer a plain file")
        if source.stat().st_size > MAX_FILE:
            raise ScopeError(f"{path} is larger than {MAX_FILE >> 20} MiB")
        if broken := _broken(order.bench.tree / path, source, path=path):
            raise ScopeError(broken)
        if target.exists():
            raise ScopeError(f"the maker wrote {path}, which belongs to the surface")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        found[path] = _sha256(source)
    return found


def _broken(before: Path, after: Path, *, path: str) -> str | None:
    """Say how a Markdown file's frontmatter was broken, whoever edited it; None if it was not."""
    if not path.endswith(".md") or not before.is_file():
        return None
    from runner.proposers.frontmatter import fault  # noqa: PLC0415 - few loops edit Markdown

    was, now = (file.read_text(encoding="utf-8", errors="replace") for file in (before, after))
    return fault(was, now, path=path)


def surface_bytes(store: Store, candidate: str, surface: tuple[str, ...]) -> int:
    """Return how long a candidate's surface is, for gates that prefer a shorter one."""
    return sum(entry.size for entry in store.manifest(candidate).files if entry.path in surface)


def check_scope(before: Path, after: Path, *, surface: tuple[str, ...]) -> None:
    """Return if nothing but the surface differs between two copies of the code.

    Raises:
        ScopeError: something does; names the first files.
    """
    old, new = _digests(before), _digests(after)
    strays = sorted(
        path
        for path in old.keys() | new.keys()
        if old.get(path) != new.get(path) and path not in surface
    )
    if strays:
        raise ScopeError(
            f"the proposal changed {', '.join(strays[:5])}, outside of the surface "
            f"({', '.join(surface)})"
        )


def _digests(root: Path) -> dict[str, str]:
    found = {}
    for path in root.rglob("*"):
        inner = path.relative_to(root)
        if CACHES.intersection(inner.parts) or (path.is_dir() and not path.is_symlink()):
            continue
        found[str(inner)] = f"-> {path.readlink()}" if path.is_symlink() else _sha256(path)
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

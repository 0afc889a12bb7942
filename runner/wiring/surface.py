"""Which loops of a work tree edit the same files, told without reading every spec whole."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from runner.core.problem import MalformedError

_WORD = re.compile(r"""[^\s,\[\]{}"'\\]+""")
_ODD = re.compile(r"""[\s,\[\]{}"'\\]""")


@dataclass(slots=True)
class Surfaces:
    """Specs by the words in their text: a path stands in a spec as one word, or it is an odd one.

    Attributes:
        above: Word, and each folder above it where it is a path, to the specs that hold it.
        exact: Word to the specs that hold just that.
        odd: Specs of which the words say nothing: they can hold escapes.
        all: Every spec.
    """

    above: dict[str, list[str]] = field(default_factory=dict)
    exact: dict[str, list[str]] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, paths: Iterable[str], read: Callable[[str], bytes]) -> "Surfaces":
        """Read each spec's words once; one that cannot be read overlaps nothing."""
        found = cls()
        for path in paths:
            with suppress(MalformedError):
                found._add(path, read(path))
        return found

    def near(self, surface: Iterable[str]) -> tuple[str, ...]:
        """Return the specs that may name a surface file, a folder above it or a path below it.

        Of the others none does; of these some may not.
        """
        found: dict[str, None] = {}
        for path in surface:
            if _ODD.search(path):
                return tuple(self.all)
            found |= dict.fromkeys([*self.odd, *self.above.get(path, ())])
            for folder in _folders(path):
                found |= dict.fromkeys(self.exact.get(folder, ()))
        return tuple(found)

    def _add(self, path: str, data: bytes) -> None:
        self.all.append(path)
        if b"\\" in data:
            self.odd.append(path)
            return
        for word in {*_WORD.findall(data.decode(errors="replace"))}:
            self.exact.setdefault(word, []).append(path)
            for each in (word, *_folders(word)):
                self.above.setdefault(each, []).append(path)


def _folders(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path

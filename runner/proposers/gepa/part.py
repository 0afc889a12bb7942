"""Parts of the surface that `gepa` can merge one by one: lines, and what is added after them.

gepa takes each component whole from one of two parents. So a line is one component, and what the
n-th proposal adds after it is another: two lessons at one place can both be kept.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.proposers.edit import Change, Files
from runner.proposers.section import lines

Candidate = Mapping[str, str]
MOST_SLOTS = 8
"""Parts after a line; the surface has this many times more parts than lines."""


class Part(str):
    """The name of a component; it hashes alike in every process.

    gepa walks through a set of names while it draws, and a text's own hash differs by process.
    """

    __slots__ = ()

    def __hash__(self) -> int:
        return zlib.crc32(self.encode())


@dataclass(frozen=True, slots=True)
class Layout:
    """Which parts each file is made of, in order; joined, they are the file.

    Attributes:
        parts: Path to its parts.
        slots: Part to the number, modulo `MOST_SLOTS`, of the proposals whose additions it takes.
    """

    parts: Mapping[str, tuple[Part, ...]]
    slots: Mapping[Part, int]

    def join(self, candidate: Candidate) -> dict[str, str]:
        """Return the surface that a candidate is."""
        return {
            path: "".join(candidate[name] for name in parts) for path, parts in self.parts.items()
        }

    def moved(
        self, candidate: Candidate, changes: Sequence[Change], *, proposal: int
    ) -> dict[str, str]:
        """Return the parts that changes to the joined surface alter.

        Args:
            candidate: What is changed.
            changes: In order, without overlap.
            proposal: Number of the proposal, from 0.
        """
        found = dict(candidate)
        for change in reversed(changes):
            self._make(change, candidate, found, proposal)
        return {name: text for name, text in found.items() if text != candidate[name]}

    def _make(
        self, change: Change, candidate: Candidate, found: dict[str, str], proposal: int
    ) -> None:
        spans = list(self._spans(change.path, candidate))
        target = self._target(change, spans, proposal)
        for name, start, end in spans:
            low = min(max(change.start, start), end) - start
            high = max(min(change.end, end) - start, low)
            if name == target or low < high:
                text = change.text if name == target else ""
                found[name] = found[name][:low] + text + found[name][high:]

    def _target(
        self, change: Change, spans: Sequence[tuple[Part, int, int]], proposal: int
    ) -> Part:
        """Return the part that takes a change's new text."""
        slot = proposal % MOST_SLOTS
        for name, start, _ in spans:
            if change.start == change.end == start and self.slots.get(name) == slot:
                return name
        inside = [name for name, start, end in spans if start <= change.start < end]
        return inside[0] if inside else spans[-1][0]

    def _spans(self, path: str, candidate: Candidate) -> Iterator[tuple[Part, int, int]]:
        offset = 0
        for name in self.parts[path]:
            end = offset + len(candidate[name])
            yield name, offset, end
            offset = end


def whole(files: Files) -> tuple[Layout, dict[str, str]]:
    """Return the layout in which each file is one part, and the files in it."""
    parts = {path: (Part(path),) for path in files}
    return Layout(parts, {}), {Part(path): text for path, text in files.items()}


def divided(files: Files, *, proposals: int) -> tuple[Layout, dict[str, str]]:
    """Return the layout by lines, with room after each for what proposals add, and the files in it.

    Args:
        files: The surface that all candidates stem from.
        proposals: How many proposals there can be; beyond `MOST_SLOTS` they share their room.
    """
    parts: dict[str, tuple[Part, ...]] = {}
    slots: dict[Part, int] = {}
    candidate: dict[str, str] = {}
    for path, text in files.items():
        mine: list[Part] = []
        for number, line in enumerate(lines(text) or [""]):
            name = Part(f"{path}#{number}")
            added = [Part(f"{name}+{slot}") for slot in range(min(proposals, MOST_SLOTS))]
            slots |= {part: slot for slot, part in enumerate(added)}
            candidate |= {name: line, **dict.fromkeys(added, "")}
            mine += [name, *added]
        parts[path] = tuple(mine)
    return Layout(parts, slots), candidate

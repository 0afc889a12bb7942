"""What a compression spared: the diff for eyes, and the report by class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runner.compression.fidelity import Fidelity, together
from runner.compression.result import Part, Passed
from runner.compression.unit import Span

_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_SHOWN = {
    **_PICTURES,
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD),
}


@dataclass(slots=True)
class Tally:
    """What has become of a stream so far; its size does not grow with the stream."""

    kept: int = 0
    dropped: int = 0
    characters: int = 0
    left: int = 0
    by_class: dict[str, Fidelity] = field(default_factory=dict)
    passed: dict[Passed, int] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Count one part."""
        found = part.result
        self.kept, self.dropped = self.kept + found.kept, self.dropped + found.dropped
        self.characters += len(part.source)
        self.left += len(found.text)
        self.by_class = together(self.by_class, found.by_class)
        if found.passed is not None:
            self.passed[found.passed] = self.passed.get(found.passed, 0) + len(part.source)


def pieces(source: str, spans: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield a text in pieces, each with whether it stayed."""
    last = 0
    for start, end in spans:
        if last < start:
            yield source[last:start], False
        yield source[start:end], True
        last = end
    if last < len(source):
        yield source[last:], False


def plain_diff(part: Part) -> str:
    """Return a part with what was dropped between `[-` and `-]`, as `git diff --word-diff` does."""
    return "".join(
        text if stayed else f"[-{text}-]" for text, stayed in pieces(part.source, part.result.spans)
    )


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: controls as pictures, line ends as they are."""
    return text.replace("\r\n", "\n").translate(_SHOWN)


def report(tally: Tally) -> str:
    """Return how much stayed, and the must-keep spans of each class: found, kept, lost."""
    total = tally.kept + tally.dropped
    rate = f" ({tally.kept / total:.2f})" if total else ""
    lines = [
        f"kept {tally.kept} of {total} units{rate}, {tally.left} of {tally.characters} characters",
        *_rows(tally.by_class),
    ]
    return "\n".join(lines)


def notices(passed: Mapping[Passed, int]) -> Iterator[str]:
    """Yield a line for each reason why something passed through unchanged."""
    if count := passed.get("binary"):
        yield f"the input is binary: {count} characters passed through unchanged"
    if count := passed.get("deadline"):
        yield f"the deadline was reached: {count} characters passed through unchanged"


def _rows(by_class: Mapping[str, Fidelity]) -> Iterator[str]:
    if not by_class:
        return
    wide = max(len("class"), *map(len, by_class))
    yield f"{'class':<{wide}}  {'found':>6} {'kept':>6} {'lost':>6}"
    for kind, found in by_class.items():
        yield f"{kind:<{wide}}  {found.found:>6} {found.kept:>6} {found.lost:>6}"

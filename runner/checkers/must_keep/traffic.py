"""Logged traffic as training texts: consented, redacted, cut, deduplicated and uncontaminated."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.checkers.must_keep.declaration import family_patterns, parse
from runner.compression.contamination import GRAM, clean, corpus_grams
from runner.compression.log import Logged, files, read
from runner.compression.unit import units
from runner.core.redact import redact

SOURCE = "traffic"
LONGEST = 440
"""Characters of a chunk, as in the corpus."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the logged texts.

    Attributes:
        cases: Chunks as train cases without annotations.
        counts: `texts` read; of them `unconsented`; of the rest's chunks `short`, `repeated`,
            `contaminated` (they stand in a checked split), `private` (a sealed family could have
            produced them) and `taken`; files that end early are `damaged`.
    """

    cases: tuple[dict[str, object], ...]
    counts: dict[str, int]


@dataclass(slots=True)
class _Sieve:
    """Takes chunks one by one; remembers what it took.

    Attributes:
        checked: Grams of dev and of the held-out texts.
        private: Patterns of the sealed families.
        seen: Texts of train, without case and spacing.
    """

    checked: frozenset[tuple[str, ...]]
    private: list[re.Pattern[str]]
    seen: set[str] = field(default_factory=set)

    def verdict(self, text: str) -> str:
        """Return `taken`, or why a chunk is not."""
        key = _key(text)
        if len(units(text)) < GRAM:
            return "short"
        if key in self.seen:
            return "repeated"
        if not clean(text, self.checked):
            return "contaminated"
        if any(pattern.search(text) for pattern in self.private):
            return "private"
        self.seen.add(key)
        return "taken"


def ingest(
    folder: Path, *, train: Iterable[str], checked: Iterable[str], sealed: Sequence[bytes]
) -> Ingested:
    """Read a folder of traffic logs, see `runner.compression.log`.

    Args:
        folder: Where the logs lie.
        train: The texts of train; equal chunks are not taken again.
        checked: The texts of dev and of the held-out split.
        sealed: Declarations of sealed generators; what their families produce is not taken.

    Raises:
        CompressionError: a file is no traffic log.
        MustKeepError: a declaration is malformed.
    """
    patterns = [each for data in sealed for each in family_patterns(parse(data)).values()]
    sieve = _Sieve(corpus_grams(checked), patterns, set(map(_key, train)))
    names = ("texts", "unconsented", "short", "repeated", "contaminated", "private", "taken")
    counts = dict.fromkeys((*names, "damaged"), 0)
    cases: list[dict[str, object]] = []
    for path in files(folder):
        log = read(path)
        counts["damaged"] += not log.whole
        for logged in log.texts:
            counts["texts"] += 1
            if not logged.consent:
                counts["unconsented"] += 1
                continue
            for chunk in chunks(redact(logged.text)):
                verdict = sieve.verdict(chunk)
                counts[verdict] += 1
                if verdict == "taken":
                    cases.append(_case(chunk, logged, len(cases)))
    return Ingested(tuple(cases), counts)


def chunks(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Cut a text at newlines into chunks of at most `longest` characters, none of them blank.

    A longer line is cut at its last space that fits, else where it must be.
    """
    return (chunk for chunk in _cuts(text, longest) if chunk.strip())


def _cuts(text: str, longest: int) -> Iterator[str]:
    held = ""
    for line in text.splitlines(keepends=True):
        if held and len(held) + len(line) > longest:
            yield held
            held = ""
        held += line
        while len(held) > longest:
            at = held.rfind(" ", 0, longest) + 1 or longest
            yield held[:at]
            held = held[at:]
    yield held


def _case(text: str, logged: Logged, index: int) -> dict[str, object]:
    return {
        "id": f"{SOURCE}-{index:05d}",
        "text": text,
        "must": [],
        "domain": logged.domain,
        "slices": [SOURCE],
        "source": SOURCE,
    }


def _key(text: str) -> str:
    return " ".join(text.casefold().split())

"""Whether held-out texts stand in training texts: shared runs of units.

Eight units are the length at which two texts that were written apart rarely agree, and which a
copied line exceeds. Case does not count, nor does whitespace.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.compression.unit import unit_texts

GRAM = 8
"""Units of one gram. Source: contamination reports of language models use 8 to 13 words."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far some texts stand in a corpus.

    Attributes:
        texts: Texts that were looked for.
        tainted: Texts that share at least one gram with the corpus; 0 is clean.
        grams: Distinct grams shared.
    """

    texts: int
    tainted: int
    grams: int


def grams(text: str, n: int = GRAM) -> Iterator[tuple[str, ...]]:
    """Return each run of `n` consecutive units, lower-cased; a shorter text is one gram, whole.

    So short copies are found too: a text of three units is contaminated by the same three alone.
    """
    words = [word.lower() for word in unit_texts(text)]
    if len(words) > n:
        return zip(*(words[first:] for first in range(n)), strict=False)
    return iter([tuple(words)] if words else [])


def corpus_grams(texts: Iterable[str], n: int = GRAM) -> frozenset[tuple[str, ...]]:
    """Return every gram of some texts."""
    return frozenset(gram for text in texts for gram in grams(text, n))


def clean(text: str, seen: frozenset[tuple[str, ...]], n: int = GRAM) -> bool:
    """Return whether no gram of the text is in the corpus."""
    return seen.isdisjoint(grams(text, n))


def overlap(texts: Iterable[str], seen: frozenset[tuple[str, ...]], n: int = GRAM) -> Overlap:
    """Count the texts and grams that are in the corpus, see `Overlap`."""
    held = [seen.intersection(grams(text, n)) for text in texts]
    return Overlap(
        texts=len(held),
        tainted=sum(bool(shared) for shared in held),
        grams=len(frozenset().union(*held)),
    )

"""Runs of units that training and held-out texts share, told in counts only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from runner.compression.contamination import GRAM, Overlap, corpus_grams, overlap
from runner.evals.split import Case

LEARNED = ("train", "dev")


def texts(cases: Iterable[Case]) -> list[str]:
    """Return what cases ask, as far as it is text."""
    found = (case.data.get("text", case.data.get("input")) for case in cases)
    return [text for text in found if isinstance(text, str)]


def tainted(splits: Mapping[str, Sequence[Case]]) -> Iterator[str]:
    """Say of each held-out split how many of its texts share a gram with train or dev.

    Args:
        splits: Name of a split to its cases; what is neither `train` nor `dev` is held out.
    """
    heldout = {name: texts(cases) for name, cases in splits.items() if name not in LEARNED}
    if not heldout:
        return  # sealed, and no key: a validate that learns nothing does not count grams either
    for known in LEARNED:
        seen = corpus_grams(texts(splits.get(known, ())))
        for name, found in ((name, overlap(asked, seen)) for name, asked in heldout.items()):
            if found.tainted:
                yield sentence(found, checked=name, known=known)


def sentence(found: Overlap, *, checked: str, known: str) -> str:
    """Word an overlap without a word of the texts."""
    return (
        f"{found.tainted} of {found.texts} texts of {checked} share a run of {GRAM} units "
        f"with {known}"
    )

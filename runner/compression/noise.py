"""Label noise: how far two labellings of the same texts, or one and the annotation, disagree."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from runner.compression.unit import Span, overlap

FREE = "free"
"""Stands for the class of units that no must-keep span holds."""
_Shares = dict[str, tuple[int, int]]


class AnnotatedText(Protocol):
    """A training text, as far as its labels are audited."""

    @property
    def pieces(self) -> tuple[Span, ...]:
        """Its units."""
        ...

    @property
    def must(self) -> tuple[tuple[int, int, str], ...]:
        """Must-keep spans `(start, end, class)` of the text's generator."""
        ...

    @property
    def domain(self) -> str:
        """Its domain."""
        ...


def label_noise(
    texts: Sequence[AnnotatedText],
    first: Sequence[Sequence[bool]],
    second: Sequence[Sequence[bool]],
) -> dict[str, float]:
    """Return the share of units that two labellings do not agree on; lower is better.

    Two teachers, or two passes of one. Over all units as `label_noise`, by domain as
    `label_noise_<domain>`, by class as `label_noise_<class>`, where `free` is no must-keep span.
    """
    found: _Shares = {}
    for text, one, other in zip(texts, first, second, strict=True):
        differ = [a != b for a, b in zip(one, other, strict=True)]
        for index, kind in enumerate(_classes(text)):
            _add(found, "label_noise", text.domain, kind, wrong=differ[index])
    return _shares(found)


def must_noise(
    texts: Sequence[AnnotatedText], labels: Sequence[Sequence[bool]]
) -> dict[str, float]:
    """Return the share of annotated must-keep units that the labels drop; lower is better.

    Over all as `must_noise`, and by domain and class as `must_noise_<name>`. It counts units, where
    `mk_in_ref` counts whole spans; of other units the annotation says nothing.
    """
    found: _Shares = {}
    for text, keep in zip(texts, labels, strict=True):
        for index, kind in enumerate(_classes(text)):
            if kind != FREE:
                _add(found, "must_noise", text.domain, kind, wrong=not keep[index])
    return _shares(found)


def _classes(text: AnnotatedText) -> Iterator[str]:
    kinds = [FREE] * len(text.pieces)
    for start, end, kind in text.must:
        for index in overlap(text.pieces, (start, end)):
            kinds[index] = kind
    return iter(kinds)


def _add(found: _Shares, name: str, domain: str, kind: str, *, wrong: bool) -> None:
    for key in (name, *(f"{name}_{part}" for part in (domain, kind) if part)):
        hits, count = found.get(key, (0, 0))
        found[key] = (hits + wrong, count + 1)


def _shares(found: _Shares) -> dict[str, float]:
    return {name: hits / count for name, (hits, count) in sorted(found.items())}

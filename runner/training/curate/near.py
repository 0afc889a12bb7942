"""Rows that say the same twice: word for word, or with other names in it."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from runner.training.curate.draft import Draft
from runner.training.curate.turn import arguments_of

SHINGLE = 3
"""Words that are compared at a time."""

_WORD = re.compile(r"\w+")


def distinct(drafts: Sequence[Draft]) -> list[Draft]:
    """Keep the first of those whose messages are equal."""
    first: dict[str, Draft] = {}
    for each in drafts:
        first.setdefault(each.key, each)
    return list(first.values())


def apart(
    drafts: Sequence[Draft], near: float, entities: Mapping[str, Sequence[str]]
) -> list[Draft]:
    """Keep the first of those that call the same tools and are alike but for entities.

    Two are alike where the Jaccard similarity of the `SHINGLE`-word shingles of their whole
    conversations is at least `near`, the entities of their tasks masked by number.

    Args:
        drafts: The order decides which one is kept.
        near: In (0, 1].
        entities: Task to the names that are its own.
    """
    kept: list[Draft] = []
    groups: dict[tuple[str, ...], list[frozenset[tuple[str, ...]]]] = defaultdict(list)
    for each in drafts:
        ours = shingles(masked(each, entities.get(each.episode.task, ())))
        group = groups[skeleton(each)]
        if not any(_alike(ours, other, near) for other in group):
            group.append(ours)
            kept.append(each)
    return kept


def skeleton(each: Draft) -> tuple[str, ...]:
    """Return the calls of a draft without what they were called with: names and keys."""
    calls = (call for turn in each.turns for call in turn.said.tool_calls)
    return tuple(f"{call.name}({','.join(sorted(arguments_of(call) or ()))})" for call in calls)


def masked(each: Draft, entities: Sequence[str]) -> str:
    """Return all that was said, called and heard, entities replaced by their number."""
    said = (
        "\n".join((message.content, *(call.arguments for call in message.tool_calls)))
        for message in each.messages
    )
    return mask("\n".join(said), entities)


def mask(text: str, entities: Sequence[str]) -> str:
    """Replace entities by `entity1`, `entity2`, in the order in which the text names them.

    Case is ignored; of two that begin at the same place the longer one is meant.
    """
    pattern = names(entities)
    if pattern is None:
        return text
    numbers: dict[str, int] = {}
    return pattern.sub(
        lambda match: f"entity{numbers.setdefault(match[0].casefold(), len(numbers) + 1)}", text
    )


def names(entities: Sequence[str]) -> re.Pattern[str] | None:
    """Return what finds entities as whole words; None without any."""
    known = sorted({each for each in entities if each}, key=lambda each: (-len(each), each))
    found = "|".join(re.escape(name) for name in known)
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE) if known else None


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of `SHINGLE` words of a text; a shorter text is one run."""
    words = _WORD.findall(text.casefold())
    runs = range(max(1, len(words) - SHINGLE + 1))
    return frozenset(tuple(words[at : at + SHINGLE]) for at in runs)


def _alike(
    ours: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]], near: float
) -> bool:
    smaller, larger = sorted((len(ours), len(other)))
    if smaller < near * larger:
        return False
    shared = len(ours & other)
    return shared >= near * (len(ours) + len(other) - shared)

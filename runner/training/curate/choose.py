"""Which rows a training set is made of, and in which order, however they came in."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from runner.core.canonical import digest
from runner.training.curate.draft import Draft
from runner.training.curate.params import Cohort

Order = Callable[[Sequence[Draft], int], list[Draft]]


def high(drafts: Sequence[Draft], seed: int) -> list[Draft]:
    """Order the best first; ties as the seed has them."""
    return sorted(random(drafts, seed), key=lambda each: -each.partial)


def low(drafts: Sequence[Draft], seed: int) -> list[Draft]:
    """Order the worst first: `high` backwards, so that two short cohorts share no row."""
    return high(drafts, seed)[::-1]


def random(drafts: Sequence[Draft], seed: int) -> list[Draft]:
    """Order by a draw for each row, which no other row changes."""
    return sorted(drafts, key=lambda each: _draw(each, seed))


ORDERS: Mapping[Cohort, Order] = {"high": high, "low": low, "random": random, "strict": high}


def capped(drafts: Sequence[Draft], per_task: int | None) -> list[Draft]:
    """Keep the first `per_task` of each task."""
    if per_task is None:
        return list(drafts)
    seen: Counter[str] = Counter()
    kept: list[Draft] = []
    for each in drafts:
        seen[each.episode.task] += 1
        if seen[each.episode.task] <= per_task:
            kept.append(each)
    return kept


def interleaved(drafts: Sequence[Draft]) -> list[Draft]:
    """Order by turns, one of each template after another, as long as a template has any."""
    queues = _by_template(drafts)
    rounds = zip_longest(*(queues[name] for name in sorted(queues)))
    return [each for each in chain.from_iterable(rounds) if each is not None]


def even(drafts: Sequence[Draft]) -> list[Draft]:
    """Keep of each template at most an even share of all: the mean over templates, rounded up."""
    queues = _by_template(drafts)
    share = math.ceil(len(drafts) / len(queues)) if queues else 0
    return interleaved([each for queue in queues.values() for each in queue[:share]])


def bounded(
    drafts: Iterable[Draft],
    *,
    rows: int | None,
    tokens: int | None,
    length: Callable[[Draft], int],
) -> list[Draft]:
    """Take from the front until a bound is reached; one that no longer fits is passed over.

    Args:
        drafts: In the order of choice.
        rows: Most of them.
        tokens: Most tokens of all.
        length: Tokens of one.
    """
    kept: list[Draft] = []
    left = math.inf if tokens is None else tokens
    for each in drafts:
        if rows is not None and len(kept) == rows:
            break
        if tokens is None or length(each) <= left:
            kept.append(each)
            left -= 0 if tokens is None else length(each)
    return kept


def _by_template(drafts: Sequence[Draft]) -> dict[str, list[Draft]]:
    queues: dict[str, list[Draft]] = defaultdict(list)
    for each in drafts:
        queues[each.episode.template].append(each)
    return queues


def _draw(each: Draft, seed: int) -> tuple[str, str, int, str]:
    episode = each.episode
    return digest(f"{seed}:{each.key}".encode()), episode.task, episode.sample, episode.agent

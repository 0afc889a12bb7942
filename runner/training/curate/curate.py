"""Episodes -> training rows, step by step, every step counted.

Source: the order of steps is that of the experience family's definition; `partial` as the signal
by which rows are kept is the write-up's ("curate by partial >= 0.5").
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.core.canonical import digest
from runner.core.chat import Tool
from runner.core.episode import Episode
from runner.training.curate.choose import ORDERS, bounded, capped, even, interleaved
from runner.training.curate.draft import Draft, Runtime, best_first, draft
from runner.training.curate.error import EmptyCohortError, NothingSolvedError
from runner.training.curate.manifest import Coverage, CurationManifest, Step
from runner.training.curate.mend import readable, turns
from runner.training.curate.near import apart, distinct
from runner.training.curate.params import Curation
from runner.training.curate.turn import Part, Turn, arguments_of, parts_of
from runner.training.row import TrainingRow, mapped, row_lines, training_row

Tools = Sequence[Tool] | Mapping[str, Sequence[Tool]]


@dataclass(frozen=True, slots=True)
class Curated:
    """A training set, and where it comes from.

    Attributes:
        rows: In the order of choice: training shuffles them itself.
        episodes: The episode of each row.
    """

    rows: tuple[TrainingRow, ...]
    episodes: tuple[Episode, ...]
    manifest: CurationManifest

    @property
    def steps(self) -> tuple[Step, ...]:
        """What each step was given and left."""
        return self.manifest.steps


class _Tally:
    """Counts what goes into each step and comes out of it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.mended: dict[str, int] = {}

    def episodes(
        self, name: str, given: Sequence[Episode], kept: Iterable[Episode]
    ) -> tuple[Episode, ...]:
        left = tuple(kept)
        self.steps.append(Step(name=name, before=len(given), after=len(left)))
        return left

    def drafts(self, name: str, before: int, kept: Iterable[Draft]) -> tuple[Draft, ...]:
        left = tuple(kept)
        self.steps.append(Step(name=name, before=before, after=len(left)))
        return left

    def turns(self, name: str, before: Sequence[Part], after: Sequence[Part]) -> None:
        gone = turns(before) - turns(after)
        self.mended[name] = self.mended.get(name, 0) + gone


def curate(
    episodes: Sequence[Episode],
    rule: Curation,
    *,
    runtime: Runtime,
    entities: Mapping[str, Sequence[str]],
    tools: Tools,
    seed: int,
) -> Curated:
    """Make a training set of episodes; the same set in whatever order they come.

    Args:
        episodes: Of any task; those that nobody scored pass in the cohort `random` only.
        rule: What is kept.
        runtime: How the model that will learn reads and writes.
        entities: Task to the names that are its own, which near-duplicates are masked by.
        tools: What the rows say can be called: the same for all, or by task.
        seed: Of ties and of the cohort `random`.

    Raises:
        NothingSolvedError: no scored episode has a partial above 0; the cohort `random`, which
            asks for no score, is made all the same.
        EmptyCohortError: no row is left.
    """
    tally = _Tally()
    reach = coverage(episodes, rule.min_partial)
    if reach is not None and not reach.some and rule.cohort != "random":
        raise NothingSolvedError(reach, len(episodes))
    scored = _worthy(episodes, rule, tally)
    pool = _unique(_normal(scored, tally), rule, entities, tally)
    chosen = _balanced(pool, rule, seed, tally)
    row = _rows(tools)
    length = _length(runtime, row)
    left = _fitting(_looped(chosen, tally), rule, runtime, length, tally)
    if not left:
        raise EmptyCohortError(tuple(tally.steps), reach)
    rows = tuple(row(each) for each in left)
    manifest = CurationManifest(
        rule=rule,
        seed=seed,
        steps=tuple(tally.steps),
        mended=tally.mended,
        coverage=reach,
        rows=tuple(each.key for each in left),
        tokens=sum(length(each) for each in left),
        tasks=_tasks(left),
        mean_partial=_mean([each.partial for each in left if each.episode.mark is not None]),
        file=digest(row_lines(map(mapped, rows))),
    )
    return Curated(rows, tuple(each.episode for each in left), manifest)


def coverage(episodes: Iterable[Episode], min_partial: float) -> Coverage | None:
    """Say how many tasks are solved at all; None where no episode is scored.

    Args:
        episodes: Those without a mark are left out.
        min_partial: What `enough` means, in [0, 1].
    """
    best: dict[str, float] = {}
    for each in episodes:
        if each.mark is not None:
            best[each.task] = max(each.mark.partial, best.get(each.task, 0.0))
    if not best:
        return None
    some = sum(partial > 0 for partial in best.values()) / len(best)
    enough = sum(partial >= min_partial for partial in best.values()) / len(best)
    return Coverage(tasks=len(best), some=some, enough=enough)


def normal(episode: Episode) -> Draft | None:
    """Return an episode in normal form; None where its conversation has no such form.

    Normal is: somebody asked, every answer answers a call, every call was answered and can be
    written as `tool_calls`, and the assistant has the last word.
    """
    parts = parts_of(episode.messages)
    if parts is None:
        return None
    left = readable(parts)
    asked = any(not isinstance(part, Turn) and part.role == "user" for part in left)
    last = left[-1] if left else None
    closed = isinstance(last, Turn) and not last.answers
    return draft(episode, left) if asked and closed else None


def read_back(parts: Iterable[Part], runtime: Runtime) -> bool:
    """Say whether what the model would have to write is read as the calls that were made."""
    for turn in (part for part in parts if isinstance(part, Turn)):
        said = turn.said
        found = runtime.parse(runtime.render(said.content, said.tool_calls))
        meant = [(call.name, arguments_of(call)) for call in said.tool_calls]
        if [(call.name, arguments_of(call)) for call in found] != meant:
            return False
    return True


def _worthy(episodes: Sequence[Episode], rule: Curation, tally: _Tally) -> tuple[Episode, ...]:
    """Keep episodes by how they ended and what they scored.

    Only `answered` ends in a turn without a call, which is how an agent stops. Every other ending
    is the harness', the window's or an error's: a row of it would teach all but to stop, and one
    of `loop` or `format` would teach the very fault.
    """
    ended = [each for each in episodes if each.ended == "answered"]
    answered = tally.episodes("answered", episodes, ended)
    intact = [each for each in answered if not rule.guards or _intact(each)]
    guarded = tally.episodes("guards", answered, intact)
    return tally.episodes("partial", guarded, [each for each in guarded if _enough(each, rule)])


def _intact(episode: Episode) -> bool:
    return episode.mark is None or episode.mark.broken == 0


def _enough(episode: Episode, rule: Curation) -> bool:
    if episode.mark is None:
        return rule.cohort == "random"
    if rule.cohort == "strict" and not episode.mark.strict:
        return False
    return rule.floor is None or episode.mark.partial >= rule.floor


def _normal(episodes: Sequence[Episode], tally: _Tally) -> tuple[Draft, ...]:
    drafts = [each for each in map(normal, episodes) if each is not None]
    for each in drafts:
        tally.turns("normal", parts_of(each.episode.messages) or (), each.whole)
    return tally.drafts("normal", len(episodes), best_first(drafts))


def _unique(
    drafts: Sequence[Draft],
    rule: Curation,
    entities: Mapping[str, Sequence[str]],
    tally: _Tally,
) -> tuple[Draft, ...]:
    """Keep one of what is the same; the best of it, so that all cohorts choose from one pool."""
    once = tally.drafts("exact", len(drafts), distinct(drafts))
    kept = once if rule.near is None else apart(once, rule.near, entities)
    return tally.drafts("near", len(once), kept)


def _balanced(
    drafts: Sequence[Draft], rule: Curation, seed: int, tally: _Tally
) -> tuple[Draft, ...]:
    """Order by cohort, cap each task, and let templates take turns.

    Where no bound says how many rows there will be, templates are cut to an even share; a bound
    does that by itself when they take turns.
    """
    ordered = ORDERS[rule.cohort](drafts, seed)
    few = tally.drafts("per_task", len(drafts), capped(ordered, rule.per_task))
    if rule.balance == "none":
        return tally.drafts("template", len(few), few)
    unbounded = rule.rows is None and rule.tokens is None
    return tally.drafts("template", len(few), even(few) if unbounded else interleaved(few))


def _looped(drafts: Sequence[Draft], tally: _Tally) -> tuple[Draft, ...]:
    """Count the turns that had no effect; rows were told apart without them already."""
    for each in drafts:
        tally.turns("loops", each.whole, each.parts)
    return tally.drafts("loops", len(drafts), drafts)


def _fitting(
    drafts: Sequence[Draft],
    rule: Curation,
    runtime: Runtime,
    length: Callable[[Draft], int],
    tally: _Tally,
) -> tuple[Draft, ...]:
    """Keep what the runtime reads back and a window holds, then as many as were asked for."""
    kept = [each for each in drafts if read_back(each.parts, runtime)]
    parsed = tally.drafts("parsed", len(drafts), kept)
    most = rule.max_tokens
    short = [each for each in parsed if most is None or length(each) <= most]
    fitting = tally.drafts("max_tokens", len(parsed), short)
    taken = bounded(fitting, rows=rule.rows, tokens=rule.tokens, length=length)
    return tally.drafts("cohort", len(fitting), taken)


def _rows(tools: Tools) -> Callable[[Draft], TrainingRow]:
    if not isinstance(tools, Mapping):
        return lambda each: training_row(each.messages, tools)
    return lambda each: training_row(each.messages, tools.get(each.episode.task, ()))


def _length(runtime: Runtime, row: Callable[[Draft], TrainingRow]) -> Callable[[Draft], int]:
    """Return what counts a row's tokens, each row once."""
    known: dict[str, int] = {}

    def length(each: Draft) -> int:
        if each.key not in known:
            known[each.key] = runtime.count_tokens(row(each))
        return known[each.key]

    return length


def _tasks(drafts: Sequence[Draft]) -> dict[str, int]:
    pairs = {(each.episode.template, each.episode.task) for each in drafts}
    return {
        template: sum(other == template for other, _ in pairs)
        for template in sorted({template for template, _ in pairs})
    }


def _mean(partials: Sequence[float]) -> float | None:
    return sum(partials) / len(partials) if partials else None

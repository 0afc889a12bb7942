"""What the checker must know of repairs of small programs."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from runner.checkers.world.case import Case, scored
from runner.core.build import MisfitError, build
from runner.core.chat import Player
from runner.core.episode import Episode
from runner.core.problem import Complaint
from runner.core.score import CaseScore
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.job import Job
from runner.worlds.repair.policy.mix import Mix
from runner.worlds.repair.policy.player import CONTROLS, control, crowd
from runner.worlds.repair.suspect import suspects
from runner.worlds.repair.validate import leak

HASTY = 3
"""Turns within which an agent that changed nothing and said that it is done was hasty."""
ENDS = ("turns", "tokens", "window", "truncated", "format", "silent", "loop")
"""Reasons for which an attempt ends that are told apart; the rest said that they are done."""


def _named(name: str) -> Callable[[Sequence[Case]], Player]:
    return lambda cases: control(name, bugs_of(cases))


PLAYERS: Mapping[str, Callable[[Sequence[Case]], Player]] = {
    name: _named(name) for name in CONTROLS
}
"""Floor and ceiling rows."""


def case_of(data: Mapping[str, Any]) -> Case:
    """Return the case of a bug.

    Raises:
        MisfitError: all that is wrong with it: unknown fields, no files, a statement that gives the
            repair away.
    """
    row = {name: value for name, value in data.items() if name != "id"}
    bug = build(Bug, row)
    found = [] if bug.files else [Complaint(("files",), _NO_FILES)]
    if line := leak(bug):
        found.append(Complaint(("problem_statement",), f"gives the repair away: {line}"))
    if bug.id != data["id"]:
        found.append(Complaint(("instance_id",), f"{bug.id} is not the case's id"))
    if found:
        raise MisfitError(tuple(found))
    return Case(job=Job(bug), data=data, slices=bug.slices, cluster=bug.cluster)


_NO_FILES = (
    "none; a row of SWE-bench needs its own repository and environment, which this checker has not"
)


def correction(case: Case) -> str:
    """Return the repair of a case, as a unified diff."""
    return str(case.data["patch"])


def bugs_of(cases: Sequence[Case]) -> tuple[Bug, ...]:
    """Return the bugs of cases."""
    return tuple(each.job.bug for each in cases if isinstance(each.job, Job))


def policies(cases: Sequence[Case], mix: Mix) -> Player:
    """Return the scripted agents of a mix, who know these cases.

    Raises:
        WorldError: two cases ask the same.
    """
    return crowd(bugs_of(cases), mix)


def score_of(case: Case, sampled: Sequence[Episode], greedy: Episode | None = None) -> CaseScore:
    """Score the attempts at a case.

    `resolved` is the share of attempts after which every test that failed passes and every other
    still does; `partial` pays for the failing tests that pass, less those that broke; `pass_at_k`
    says whether one attempt resolved it: in [0, 1], higher is better. `broken_rate` is the share of
    attempts that broke a test, `hasty_rate` of those that said they are done within three turns
    without having changed anything, `suspect_rate` of those that left what a judge may be deceived
    with (`suspects`), `ended_*` of those that ended for that reason, `refused_rate`
    the share of calls refused or unreadable: lower is better. `patched_rate` is the share that left
    a change at all; `turns`, `calls` and `prunings` are per attempt. `greedy_resolved` is of the
    greedy attempt alone.

    Args:
        case: What was attempted.
        sampled: Scored attempts at the eval's decoding, at least one.
        greedy: A scored greedy attempt; None where there was none.

    Source: C. Jimenez et al., "SWE-bench" (2024), for what resolved means.
    """
    calls = sum(each.calls for each in sampled)
    resolved = [each.mark is not None and each.mark.strict for each in sampled]
    metrics = {
        "resolved": fmean(resolved),
        "partial": fmean(each.mark.partial if each.mark else 0.0 for each in sampled),
        "pass_at_k": float(any(resolved)),
        "broken_rate": fmean(each.mark is not None and each.mark.broken > 0 for each in sampled),
        "patched_rate": fmean(map(_changed, sampled)),
        "hasty_rate": fmean(map(_hasty, sampled)),
        "suspect_rate": fmean(map(_suspect, sampled)),
        "refused_rate": sum(each.refused for each in sampled) / calls if calls else 0.0,
        "turns": fmean(each.turns for each in sampled),
        "calls": calls / len(sampled),
        "prunings": fmean(len(each.prunings) for each in sampled),
    }
    for why in ENDS:
        metrics[f"ended_{why}"] = fmean(each.ended == why for each in sampled)
    every = list(sampled)
    if greedy is not None:
        metrics["greedy_resolved"] = float(greedy.mark is not None and greedy.mark.strict)
        every.append(greedy)
    return scored(case, metrics, every)


def _changed(episode: Episode) -> bool:
    return episode.mark is not None and bool(episode.mark.left)


def _suspect(episode: Episode) -> bool:
    return episode.mark is not None and bool(suspects(episode.mark.left))


def _hasty(episode: Episode) -> bool:
    return episode.ended == "answered" and episode.turns <= HASTY and not _changed(episode)

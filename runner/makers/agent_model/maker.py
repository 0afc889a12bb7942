"""The agent model's maker: one candidate by one method."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from runner.core.chat import Decoding, ToolCall
from runner.core.episode import Episode
from runner.core.errors import InvalidCandidateError
from runner.core.phase import Phases
from runner.core.request import Made, MakeRequest
from runner.harness.call import is_readable
from runner.harness.span import spans
from runner.lm.task.trace import trace_name
from runner.makers.agent_model.act import act, acting
from runner.makers.agent_model.base import base
from runner.makers.agent_model.learn import Turn, learn
from runner.makers.agent_model.memory import write_memory
from runner.makers.agent_model.params import Params
from runner.makers.agent_model.task import read_tasks
from runner.trace.file import TraceWriter
from runner.training.curate.manifest import counted

PROBED = 32
"""Tasks on which a new model's calls are read back."""


def make(request: MakeRequest, params: Params) -> Made:
    """Make one candidate in `request.out`; the same seed on the same machine, the same bytes.

    Raises:
        AgentModelError: an input that the method needs is missing.
        TrainingError: nothing can be trained, or nothing was solved.
        InvalidCandidateError: a loss is not finite, or the new model writes calls that nobody can
            read.
    """
    torch.set_num_threads(params.threads)
    phases = Phases()
    if params.method == "base":
        base(request, params.base, phases).save(request.out)
        return Made(figures={"parses": _readable(request, params)})
    turn = learn(request, params, phases)
    turn.chat.save(request.out)
    write_memory(request.out, turn.rows, turn.curated.manifest)
    if request.traces is not None:
        _trace(request.traces, turn.curated.episodes)
    share = _readable(request, params)
    phases.told("calls read back")
    if not request.smoke and not share >= params.parses:
        raise InvalidCandidateError(
            f"{share:.2f} of the trained model's calls can be read, {params.parses:g} must be"
        )
    return Made(figures=figures(turn) | {"parses": share})


def figures(turn: Turn) -> dict[str, float | int | str]:
    """Return what a row tells of a turn; for display, never for a decision."""
    manifest = turn.curated.manifest
    marks = [each.mark for each in turn.episodes if each.mark is not None]
    count = max(len(marks), 1)
    reach = manifest.coverage
    return {
        "episodes": len(turn.episodes),
        "rollout_partial": round(sum(mark.partial for mark in marks) / count, 4),
        "rollout_strict": round(sum(mark.strict for mark in marks) / count, 4),
        "coverage": 0.0 if reach is None else round(reach.some, 4),
        "curation": counted(manifest.steps),
        "rows": len(turn.rows),
        "new_rows": len(turn.curated.rows),
        "row_partial": round(manifest.mean_partial or 0.0, 4),
        "row_tokens": manifest.tokens,
        "curation_sha256": manifest.sha256,
    }


def _readable(request: MakeRequest, params: Params) -> float:
    """Return the share of the new model's calls that the harness can read, as it is served.

    The model is loaded from its folder as the checker will load it, so a tokenizer, a template or
    a generation config that does not go with the weights shows here.
    """
    who = acting(request.out, params, seed=request.seed)
    known = read_tasks(request.train, smoke=request.smoke)[:PROBED]
    greedy = replace(who, decoding=Decoding(), processes=1)
    calls = [call for episode in act(greedy, known, samples=1) for call in calls_of(episode)]
    return round(sum(map(is_readable, calls)) / len(calls), 4) if calls else 0.0


def calls_of(episode: Episode) -> Iterator[ToolCall]:
    """Yield an episode's calls in order."""
    return (call for message in episode.messages for call in message.tool_calls)


def _trace(folder: Path, episodes: Sequence[Episode]) -> None:
    """Keep the episodes that were learned from, whole."""
    for episode in episodes:
        name = trace_name(episode.task, episode.sample)
        with TraceWriter(folder / name, secrets=()) as writer:
            for span in spans(episode):
                writer.write(span)

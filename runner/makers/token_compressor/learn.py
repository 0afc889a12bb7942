"""From labels to a trained network, with what the row shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.compression.network import NetworkScorer
from runner.compression.token import frame_of
from runner.makers.token_compressor.draft import Figures, Job
from runner.makers.token_compressor.label.mark import Mark, examples, mk_in_ref
from runner.makers.token_compressor.network.fit import Schedule
from runner.makers.token_compressor.network.fresh import default_schedule
from runner.makers.token_compressor.network.train import framed, train
from runner.makers.token_compressor.text import Text


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a training learns from.

    Attributes:
        texts: Texts of the train split; `marks` are their labels, which the figures describe.
        more: Other texts with their labels; no figure is of them.
    """

    texts: Sequence[Text]
    marks: Sequence[Mark]
    more: Sequence[tuple[Text, Mark]] = ()


def learn(
    job: Job, scorer: NetworkScorer, lesson: Lesson, default: Schedule, *, seed: int
) -> Figures:
    """Train a network in place on labelled texts, and return the figures of both.

    Raises:
        TokenCompressorError: a loss that is not finite.
    """
    frame = frame_of(scorer.tokenizer)
    window = scorer.network.window - frame.size
    texts = [*lesson.texts, *(text for text, _ in lesson.more)]
    marks = [*lesson.marks, *(mark for _, mark in lesson.more)]
    rows = framed(examples(scorer.tokenizer, texts, marks, window=window), frame)
    told = f"{len(lesson.texts)} texts, {len(lesson.more)} variants"
    phase = f"labels ({job.params.method}): {told}"
    job.phases.told(phase)
    base, tokens = job.params.base, sum(len(row.ids) for row in rows)
    plan = schedule(job, default_schedule(base, default, tokens=tokens))
    losses = train(scorer.network, rows, plan, base=base, seed=seed)
    way = f"first loss {losses[0]:.4f}, final loss {losses[-1]:.4f}"
    job.phases.told(f"training: {len(losses)} steps, {way}")
    return {
        **label_figures(lesson.texts, [mark.keep for mark in lesson.marks]),
        "first_loss": losses[0],
        "final_loss": losses[-1],
        "steps": len(losses),
        "texts": len(lesson.texts),
        "variants": len(lesson.more),
    }


def schedule(job: Job, default: Schedule) -> Schedule:
    """Return a method's schedule, as the parameters change it."""
    params = job.params
    return replace(
        default,
        steps=1 if job.request.smoke else params.steps or default.steps,
        rate=params.rate or default.rate,
    )


def label_figures(texts: Sequence[Text], keeps: Sequence[Sequence[bool]]) -> Figures:
    """Return what the labels keep, of annotated spans and of units."""
    kept, total = sum(map(sum, keeps)), sum(map(len, keeps))
    return {**mk_in_ref(texts, keeps), "label_keep_rate": kept / total}

"""Method `distill`: a fresh model learns the scores of a larger compressor."""

from collections.abc import Sequence

from runner.compression.model import Compressor
from runner.compression.options import Options
from runner.makers.token_compressor.draft import Draft, Job, writes
from runner.makers.token_compressor.label.mark import Mark
from runner.makers.token_compressor.label.variant import variants
from runner.makers.token_compressor.learn import Lesson, learn
from runner.makers.token_compressor.network.fit import Schedule
from runner.makers.token_compressor.network.fresh import fresh
from runner.makers.token_compressor.params import FOLDER, role_of

_SCHEDULE = Schedule(900, 1.5e-3, 384)


def distill(job: Job) -> Draft:
    """Train a fresh model on another one's scores; without dev it decides at its threshold."""
    source, texts = job.params.distill_from, job.texts()
    teacher = job.other(role_of(source) if isinstance(source, int) else FOLDER)
    corpus = [text.text for text in texts]
    threshold = teacher.options.threshold
    more = [*variants(texts, copies=job.variants, seed=str(job.request.seed))]
    scored = teacher.scores([*corpus, *(text.text for text in more)])
    marks = [soft(scores, threshold) for scores in scored]
    scorer = fresh(job.params.base, corpus, job.request.refs)
    lesson = Lesson(texts, marks[: len(texts)], [*zip(more, marks[len(texts) :], strict=True)])
    figures = learn(job, scorer, lesson, _SCHEDULE, seed=job.request.seed)
    model = Compressor(scorer, scorer.tokenizer, Options())
    return Draft(model=model, write=writes(scorer), threshold=threshold, auto=True, figures=figures)


def soft(scores: Sequence[float], threshold: float) -> Mark:
    """Mark a text with scores as they are: every unit's mistake costs the same."""
    return Mark([score > threshold for score in scores], list(scores), [1.0] * len(scores))

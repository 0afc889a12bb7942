"""Method `self_label`: one pass of labels by the working parent, and a training on them."""

from pathlib import Path

from runner.compression.model import Compressor
from runner.compression.noise import label_noise
from runner.compression.options import Options
from runner.makers.token_compressor.domain_workers import label_by_domain
from runner.makers.token_compressor.draft import Draft, Job, trainable, writes
from runner.makers.token_compressor.fit import Schedule
from runner.makers.token_compressor.from_silver import SILVER_KEEP
from runner.makers.token_compressor.label import Mark
from runner.makers.token_compressor.learn import learn
from runner.makers.token_compressor.portion import Portion, Rule, label
from runner.makers.token_compressor.silver import fit_teacher
from runner.makers.token_compressor.text import Text

# self-labels cap ordinary units at 0.85, so that their even point lies near half of it
THRESHOLD = 0.43
SCHEDULE = Schedule(120, 1e-3, 1536)


def self_label(job: Job) -> Draft:
    """Go on from the working parent with labels of its own making."""
    texts, model = job.texts(), job.parent()
    silver = silver_labels(texts)
    marks = label_all(job, model, place=job.request.parent, texts=texts, silver=silver)
    scorer = trainable(model)
    figures = learn(job, scorer, (texts, marks), SCHEDULE, seed=job.request.seed)
    figures |= label_noise(texts, silver, [each.keep for each in marks])
    trained = Compressor(scorer, scorer.tokenizer, Options())
    return Draft(model=trained, write=writes(scorer), threshold=THRESHOLD, figures=figures)


def silver_labels(texts: list[Text]) -> tuple[tuple[bool, ...], ...]:
    """Return for each text the silver labels of its units."""
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus, keep=SILVER_KEEP)
    return tuple(tuple(teacher.labels(text)) for text in corpus)


def label_all(
    job: Job,
    model: Compressor,
    *,
    place: Path | None,
    texts: list[Text],
    silver: tuple[tuple[bool, ...], ...],
    rule: Rule = Rule(),  # noqa: B008 - frozen
) -> list[Mark]:
    """Label texts here, or by one process per domain where the parameters say so.

    Args:
        job: Says whether workers label.
        model: What labels.
        place: Folder that holds the same model, for workers.
        texts: What is labelled.
        silver: Their silver labels.
        rule: How.
    """
    workers = job.params.workers
    if workers is None or place is None:
        return label(model, texts, silver, rule)
    return label_by_domain(
        Portion(folder=place, texts=tuple(texts), silver=silver, rule=rule), workers
    )

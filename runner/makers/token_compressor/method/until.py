"""Method `self_label_until`: label, evaluate the labels, mend, train; until they are good enough.

The evaluator measures against the override's own lexer, never against the annotations of the
generator, which only figures show: else labels would be tuned to what the eval asks for.

Source: the evaluator-optimizer of the Kompress post, with its 0.90 and 0.8.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.compression.domain import classify
from runner.compression.lexer import lex
from runner.compression.model import Compressor
from runner.compression.noise import label_noise
from runner.compression.options import Options, write_options
from runner.compression.unit import overlap
from runner.makers.token_compressor.draft import Draft, Figures, Job, trainable, writes
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.label.mark import Mark, forced, ranked
from runner.makers.token_compressor.label.portion import Rule
from runner.makers.token_compressor.label.silver import fit_teacher
from runner.makers.token_compressor.learn import Lesson, learn
from runner.makers.token_compressor.method.self_label import (
    SCHEDULE,
    THRESHOLD,
    label_all,
    teacher_ranks,
    varied,
)
from runner.makers.token_compressor.params import Until
from runner.makers.token_compressor.text import Text


@dataclass(frozen=True, slots=True)
class Mended:
    """The labels of one pass, after the evaluator.

    Attributes:
        texts: Those that teach; `marks` are their labels.
        before: Share of lexed spans that the labels kept whole as the model made them.
        after: The same once failing texts were forced and texts kept too whole were left out.
        forced: Texts whose spans were forced.
        dropped: Texts left out.
    """

    texts: list[Text]
    marks: list[Mark]
    before: float
    after: float
    forced: int
    dropped: int


def self_label_until(job: Job) -> Draft:
    """Repeat labelling and training until the labels hold enough must-keep spans.

    Raises:
        TokenCompressorError: no text's labels are short enough to learn from.
    """
    until, texts, model = job.params.until, job.texts(), job.parent()
    teacher, figures = fit_teacher([text.text for text in texts]), Figures()
    silver = teacher_ranks(teacher, texts)
    scorer, passes = trainable(model), 1 if job.request.smoke else until.passes
    earlier: Sequence[Sequence[bool]] = [teacher.labels(text.text) for text in texts]
    for number in range(1, passes + 1):
        rule = Rule(override=job.params.label_override or "on", blend=False)
        with tempfile.TemporaryDirectory() as place:
            marks = label_all(
                job,
                model,
                place=_stored(job, model, Path(place)),
                texts=texts,
                silver=silver,
                rule=rule,
            )
        mended, keeps = mend(texts, marks, until), [each.keep for each in marks]
        figures |= {**_pass_figures(mended, number), "passes": number}
        figures |= label_noise(texts, earlier, keeps)
        earlier = keeps
        job.phases.told(f"pass {number}: {_shown(mended)}")
        seed = job.request.seed + number - 1
        lesson = Lesson(mended.texts, mended.marks, varied(job, teacher, texts, seed=seed))
        figures |= learn(job, scorer, lesson, SCHEDULE, seed=seed)
        model = Compressor(scorer, scorer.tokenizer, Options(threshold=THRESHOLD))
        if mended.before >= until.mk_in_ref:
            break
    return Draft(model=model, write=writes(scorer), threshold=THRESHOLD, auto=True, figures=figures)


def mend(texts: Sequence[Text], marks: Sequence[Mark], until: Until) -> Mended:
    """Evaluate labels, force the spans of texts that fail, and leave out what is kept too whole.

    A satisfied evaluator changes nothing but the latter.

    Raises:
        TokenCompressorError: nothing is left.
    """
    counts = [lexed_in(text, mark.keep) for text, mark in zip(texts, marks, strict=True)]
    before = _share(counts)
    failed = {
        index
        for index, (whole, total) in enumerate(counts)
        if before < until.mk_in_ref and total and whole / total < until.force_below
    }
    better = [
        force_spans(text, mark) if index in failed else mark
        for index, (text, mark) in enumerate(zip(texts, marks, strict=True))
    ]
    kept = [
        (text, mark)
        for text, mark in zip(texts, better, strict=True)
        if len(mark.keep) >= until.ratio * sum(mark.keep)
    ]
    if not kept:
        raise TokenCompressorError(
            f"until.ratio {until.ratio:g}: the labels of all {len(texts)} texts keep more than "
            f"{1 / until.ratio:.2f} of them; lower the ratio"
        )
    return Mended(
        texts=[text for text, _ in kept],
        marks=[mark for _, mark in kept],
        before=before,
        after=_share([lexed_in(text, mark.keep) for text, mark in kept]),
        forced=len(failed),
        dropped=len(texts) - len(kept),
    )


def lexed_in(text: Text, keep: Sequence[bool]) -> tuple[int, int]:
    """Return how many of a text's lexed spans are kept whole, and how many there are."""
    spans = [overlap(text.pieces, (span.start, span.end)) for span in lex(text.text)]
    return sum(all(keep[index] for index in span) for span in spans), len(spans)


def force_spans(text: Text, mark: Mark) -> Mark:
    """Return labels in which all units of lexed spans must be kept, whatever the model says."""
    flags = forced(text.text, text.pieces)
    must = ranked(mark.targets, flags)
    return Mark(
        [kept or flag for kept, flag in zip(mark.keep, flags, strict=True)],
        [1.0 if flag else target for target, flag in zip(mark.targets, flags, strict=True)],
        [
            strong if flag else weight
            for strong, weight, flag in zip(must.weights, mark.weights, flags, strict=True)
        ],
    )


def _share(counts: Sequence[tuple[int, int]]) -> float:
    total = sum(count for _, count in counts)
    return sum(whole for whole, _ in counts) / total if total else 1.0


def _stored(job: Job, model: Compressor, place: Path) -> Path | None:
    """Store the model as it is now, where workers will load it."""
    if job.params.workers is None:
        return None
    scorer = trainable(model)
    writes(scorer)(place)
    write_options(place, replace_options(model))
    return place


def replace_options(model: Compressor) -> Options:
    """Return the options of one network of a model: no vote."""
    return model.options.model_copy(update={"ensemble": None})


def _pass_figures(mended: Mended, number: int) -> Figures:
    counts: dict[str, list[tuple[int, int]]] = {}
    for text, mark in zip(mended.texts, mended.marks, strict=True):
        counts.setdefault(classify(text.text), []).append(lexed_in(text, mark.keep))
    return {
        f"pass_{number}_lexed_in_ref": mended.before,
        f"pass_{number}_lexed_in_ref_mended": mended.after,
        f"pass_{number}_forced": mended.forced,
        f"pass_{number}_dropped": mended.dropped,
        **{f"lexed_in_ref_{domain}": _share(found) for domain, found in sorted(counts.items())},
    }


def _shown(mended: Mended) -> str:
    return (
        f"lexed spans in labels {mended.before:.3f}, {mended.forced} texts forced, "
        f"{mended.dropped} left out, then {mended.after:.3f}"
    )

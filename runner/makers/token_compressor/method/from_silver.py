"""Method `silver`: a fresh model learns labels that know no must-keep span."""

from runner.compression.model import Compressor
from runner.compression.options import Options
from runner.makers.token_compressor.draft import Draft, Job, writes
from runner.makers.token_compressor.label.mark import blind
from runner.makers.token_compressor.label.silver import fit_teacher
from runner.makers.token_compressor.learn import Lesson, learn
from runner.makers.token_compressor.network.fit import Schedule
from runner.makers.token_compressor.network.fresh import fresh

_THRESHOLD = 0.5
_SCHEDULE = Schedule(300, 1.5e-3, 384)


def from_silver(job: Job) -> Draft:
    """Make the starting point of a loop."""
    texts = job.texts()
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus)
    marks = [blind(teacher.labels(text)) for text in corpus]
    scorer = fresh(job.params.base, corpus, job.request.refs)
    figures = learn(job, scorer, Lesson(texts, marks), _SCHEDULE, seed=job.request.seed)
    model = Compressor(scorer, scorer.tokenizer, Options())
    return Draft(model=model, write=writes(scorer), threshold=_THRESHOLD, figures=figures)

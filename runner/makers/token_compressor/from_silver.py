"""Method `silver`: a fresh model learns labels that know no must-keep span."""

from runner.compression.model import Compressor
from runner.compression.options import Options
from runner.makers.token_compressor.draft import Draft, Job, writes
from runner.makers.token_compressor.fit import Schedule
from runner.makers.token_compressor.fresh import fresh
from runner.makers.token_compressor.label import blind
from runner.makers.token_compressor.learn import learn
from runner.makers.token_compressor.silver import fit_teacher

SILVER_KEEP = 0.3
_THRESHOLD = 0.5
_SCHEDULE = Schedule(110, 2e-3, 1536)


def from_silver(job: Job) -> Draft:
    """Make the starting point of a loop."""
    texts = job.texts()
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus, keep=SILVER_KEEP)
    marks = [blind(teacher.labels(text)) for text in corpus]
    scorer = fresh(job.params.base, corpus, job.request.refs)
    figures = learn(job, scorer, (texts, marks), _SCHEDULE, seed=job.request.seed)
    model = Compressor(scorer, scorer.tokenizer, Options())
    return Draft(model=model, write=writes(scorer), threshold=_THRESHOLD, figures=figures)

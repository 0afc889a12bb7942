"""The token compressor's maker: labels, trains and stores one candidate."""

import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch
from tokenizers import Tokenizer

from runner.compression.checkpoint import write_checkpoint
from runner.compression.classifier import Classifier
from runner.compression.encoder import Encoder, Shape, initialise
from runner.compression.model import load
from runner.compression.network import NetworkScorer
from runner.compression.options import Options, write_options
from runner.core.request import Made, MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.fit import Schedule, fit
from runner.makers.token_compressor.label import (
    Mark,
    blended,
    blind,
    examples,
    forced,
    mk_in_ref,
    ranked,
)
from runner.makers.token_compressor.params import Params
from runner.makers.token_compressor.silver import fit_teacher
from runner.makers.token_compressor.text import Text, read_texts
from runner.makers.token_compressor.vocabulary import VOCABULARY, train_tokenizer

SILVER_KEEP = 0.3
# self-labels cap ordinary units at 0.85, so that their even point lies near half of it
_THRESHOLDS = {"silver": 0.5, "self_label": 0.43}
_DEFAULTS = {"silver": Schedule(110, 2e-3, 1536), "self_label": Schedule(120, 1e-3, 1536)}


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a training starts: a network, its tokenizer, and what the labels say."""

    network: Classifier
    tokenizer: Tokenizer
    marks: list[Mark]


def make(request: MakeRequest, params: Params) -> Made:
    """Make one candidate in `request.out`; the same seed on the same machine, the same bytes.

    Raises:
        TokenCompressorError: no train split, no parent to label with, or a loss that is not finite.
        CompressionError: the parent is no compressor.
    """
    torch.set_num_threads(params.threads)
    torch.manual_seed(request.seed)
    torch.use_deterministic_algorithms(mode=True)
    began, texts = perf_counter(), read_texts(request.train)
    start = _silver(texts) if params.method == "silver" else _self_label(texts, request.parent)
    default = _DEFAULTS[params.method]
    schedule = Schedule(
        steps=1 if request.smoke else params.steps or default.steps,
        rate=params.rate or default.rate,
        tokens=default.tokens,
    )
    rows = examples(
        start.tokenizer, texts, start.marks, window=start.network.window
    )
    began = _told(f"labels ({params.method}): {len(texts)} texts, {len(rows)} examples", began)
    losses = fit(start.network, rows, schedule, seed=request.seed)
    way = f"first loss {losses[0]:.4f}, final loss {losses[-1]:.4f}"
    began = _told(f"training: {len(losses)} steps, {way}", began)
    threshold = _THRESHOLDS[params.method] if params.threshold is None else params.threshold
    _store(request.out, start, Options(threshold=threshold, override=params.override))
    _told(f"stored: threshold {threshold:g}", began)
    return Made(figures=_figures(texts, [mark.keep for mark in start.marks], losses))


def _told(phase: str, began: float) -> float:
    """Write a phase and its seconds to the log, and return the time; decides nothing."""
    now = perf_counter()
    sys.stdout.write(f"{phase}, {now - began:.1f} s\n")
    sys.stdout.flush()  # a run that is killed shows how far it came
    return now


def _silver(texts: list[Text]) -> _Start:
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus, keep=SILVER_KEEP)
    marks = [blind(teacher.labels(text)) for text in corpus]
    return _Start(initialise(Encoder(Shape(vocab_size=VOCABULARY))), train_tokenizer(corpus), marks)


def _self_label(texts: list[Text], parent: Path | None) -> _Start:
    if parent is None:
        raise TokenCompressorError("self_label labels with the working parent; there is none")
    model = load(parent, threads=torch.get_num_threads())
    if not isinstance(model.scorer, NetworkScorer):
        raise TokenCompressorError("self_label trains one network; the working parent is no such")
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus, keep=SILVER_KEEP)
    scored = model.scores(corpus)
    marks = [
        ranked(blended(scores, teacher.labels(text.text)), forced(text.text, text.pieces))
        for text, scores in zip(texts, scored, strict=True)
    ]
    return _Start(model.scorer.network, model.tokenizer, marks)


def _store(out: Path, start: _Start, options: Options) -> None:
    write_checkpoint(out, start.network, start.tokenizer)
    write_options(out, options)


def _figures(
    texts: list[Text], keeps: list[list[bool]], losses: list[float]
) -> dict[str, float | int | str]:
    kept = sum(map(sum, keeps))
    total = sum(map(len, keeps))
    return {
        **mk_in_ref(texts, keeps),
        "label_keep_rate": kept / total,
        "first_loss": losses[0],
        "final_loss": losses[-1],
        "steps": len(losses),
        "texts": len(texts),
    }

"""The token compressor's maker: labels, trains and stores one candidate."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import ModernBertForTokenClassification

from runner.compression.model import CONFIG, TOKENIZER, WEIGHTS, Compressor, load
from runner.compression.options import write_options
from runner.core.request import Made, MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.fit import Schedule, fit
from runner.makers.token_compressor.label import examples, forced, mk_in_ref
from runner.makers.token_compressor.network import WINDOW, new_network, train_tokenizer
from runner.makers.token_compressor.params import Params
from runner.makers.token_compressor.silver import fit_teacher
from runner.makers.token_compressor.text import Text, read_texts

SILVER_KEEP = 0.42
_DEFAULTS = {"silver": Schedule(130, 2e-3, 1536), "self_label": Schedule(150, 1e-3, 1536)}
Flags = list[list[bool]]


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a training starts: a network, its tokenizer, and the labels per unit."""

    network: torch.nn.Module
    tokenizer: Tokenizer
    keeps: Flags
    musts: Flags


def make(request: MakeRequest, params: Params) -> Made:
    """Make one candidate in `request.out`; the same seed on the same machine, the same bytes.

    Raises:
        TokenCompressorError: no train split, no parent to label with, or a loss that is not finite.
        CompressionError: the parent is no compressor.
    """
    torch.set_num_threads(params.threads)
    torch.manual_seed(request.seed)
    torch.use_deterministic_algorithms(mode=True)
    texts = read_texts(request.train)
    start = _silver(texts) if params.method == "silver" else _self_label(texts, request.parent)
    default = _DEFAULTS[params.method]
    schedule = Schedule(
        steps=1 if request.smoke else params.steps or default.steps,
        rate=params.rate or default.rate,
        tokens=default.tokens,
    )
    rows = examples(start.tokenizer, texts, start.keeps, start.musts, window=WINDOW)
    losses = fit(start.network, rows, schedule, seed=request.seed)
    _store(request.out, start, params)
    return Made(figures=_figures(texts, start.keeps, losses))


def _silver(texts: list[Text]) -> _Start:
    corpus = [text.text for text in texts]
    teacher = fit_teacher(corpus, keep=SILVER_KEEP)
    keeps = [teacher.labels(text) for text in corpus]
    blind = [[False] * len(keep) for keep in keeps]
    return _Start(new_network(), train_tokenizer(corpus), keeps, blind)


def _self_label(texts: list[Text], parent: Path | None) -> _Start:
    if parent is None:
        raise TokenCompressorError("self_label labels with the working parent; there is none")
    model = load(parent, threads=torch.get_num_threads())
    musts = [forced(text.text, text.pieces) for text in texts]
    keeps = [
        [score > model.options.threshold or must for score, must in zip(line, flags, strict=True)]
        for line, flags in zip(_scores(model, texts), musts, strict=True)
    ]
    return _Start(model.network, model.tokenizer, keeps, musts)


def _scores(model: Compressor, texts: list[Text]) -> list[list[float]]:
    return model.scores([text.text for text in texts])


def _store(out: Path, start: _Start, params: Params) -> None:
    network = start.network
    if not isinstance(network, ModernBertForTokenClassification):
        raise TokenCompressorError(f"cannot store a {type(network).__name__}")
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(state, out / WEIGHTS)
    network.config.to_json_file(str(out / CONFIG))
    start.tokenizer.save(str(out / TOKENIZER), pretty=False)
    write_options(out, params.options)


def _figures(texts: list[Text], keeps: Flags, losses: list[float]) -> dict[str, float | int | str]:
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

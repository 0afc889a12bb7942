"""The token compressor's maker: one candidate by one method."""

from collections.abc import Callable, Mapping

import torch

from runner.compression.graph import export
from runner.compression.options import write_options
from runner.core.phase import Phases
from runner.core.request import Made, MakeRequest
from runner.makers.token_compressor.draft import Draft, Job
from runner.makers.token_compressor.method.distill import distill
from runner.makers.token_compressor.method.from_silver import from_silver
from runner.makers.token_compressor.method.inference import inference
from runner.makers.token_compressor.method.self_label import self_label
from runner.makers.token_compressor.method.until import self_label_until
from runner.makers.token_compressor.method.vote import vote
from runner.makers.token_compressor.params import Method, Params
from runner.makers.token_compressor.settle import settle

METHODS: Mapping[Method, Callable[[Job], Draft]] = {
    "silver": from_silver,
    "self_label": self_label,
    "self_label_until": self_label_until,
    "distill": distill,
    "inference": inference,
}


def make(request: MakeRequest, params: Params) -> Made:
    """Make one candidate in `request.out`; the same seed on the same machine, the same bytes.

    Raises:
        TokenCompressorError: a split, a parent or a row that the method needs is missing, or a
            loss is not finite.
        CompressionError: the parent or a row is no compressor.
        InvalidCandidateError: an ensemble's members are below the floor, or no threshold keeps
            little enough.
    """
    torch.set_num_threads(params.threads)
    torch.manual_seed(request.seed)
    torch.use_deterministic_algorithms(mode=True)
    # would fill memory that nothing reads before it is written: 3 % of the training
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # torch swaps the module's class
    job = Job(request, params, Phases())
    method = METHODS[params.method] if params.ensemble is None else vote
    draft = method(job)
    options, figures = settle(job, draft)
    draft.write(request.out)
    if params.export == "onnx":
        export(request.out, request.out)
    write_options(request.out, options)
    job.phases.told(f"stored: threshold {options.threshold:g}")
    return Made(figures={**draft.figures, **figures}, refs=dict(draft.refs))

"""Method `inference`: the working parent's weights with other options; nothing is trained."""

from runner.makers.token_compressor.draft import Draft, Job, copies
from runner.makers.token_compressor.errors import TokenCompressorError


def inference(job: Job) -> Draft:
    """Give the working parent other options; what it refers to, the candidate refers to.

    Raises:
        TokenCompressorError: there is no working parent.
    """
    model, place = job.parent(), job.request.parent
    if place is None:
        raise TokenCompressorError("inference starts from the working parent; there is none")
    ensemble = model.options.ensemble
    return Draft(
        model=model,
        write=copies(place),
        threshold=model.options.threshold,
        figures={},
        refs={role: f"parent-{role}" for role in ensemble.members} if ensemble else {},
    )

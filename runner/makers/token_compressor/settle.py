"""The options that a candidate is stored with: what the parameters say, else the method's own."""

from dataclasses import replace

from runner.compression.case import read_cases
from runner.compression.options import ROUTED, Domain, DomainOptions, Options
from runner.makers.token_compressor.calibrate import (
    clustered_error,
    smallest_budgets,
    smallest_threshold,
)
from runner.makers.token_compressor.draft import Draft, Figures, Job
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.text import NATURAL, Text, read_texts


def settle(job: Job, draft: Draft) -> tuple[Options, Figures]:
    """Return a draft's final options, and the figures of what was calibrated.

    Raises:
        TokenCompressorError: something is read off dev, and there is none.
        InvalidCandidateError: no threshold keeps little enough.
    """
    params, own = job.params, draft.model.options
    options = own.model_copy(update={"override": params.override or own.override})
    domains, figures = _domains(job, draft, options)
    if domains:
        return options.model_copy(update={"domains": domains}), figures
    options = options.model_copy(update={"domains": {}})
    own_way = "auto" if draft.auto and job.request.dev is not None else draft.threshold
    wanted = own_way if params.threshold is None else params.threshold
    if wanted != "auto":
        return options.model_copy(update={"threshold": wanted}), {}
    texts, model = _natural(job), replace(draft.model, options=options)
    found = smallest_threshold(model, [text.text for text in texts], cap=params.keep_cap)
    error = clustered_error(found.rates, [text.source for text in texts])
    job.phases.told(
        f"threshold {found.threshold:g} keeps {found.keep_rate:.3f} of dev, +- {error:.3f}"
    )
    chosen = {"threshold": found.threshold}
    shown: Figures = {**chosen, "dev_keep_rate": found.keep_rate, "dev_keep_rate_error": error}
    return options.model_copy(update=chosen), shown


def _domains(
    job: Job, draft: Draft, options: Options
) -> tuple[dict[Domain, DomainOptions], Figures]:
    params = job.params
    if params.domains == "off" or params.threshold is not None:
        return {}, {}
    if params.domains is None:
        return options.domains, {}
    if params.domains == "routed":
        return dict(ROUTED), {}
    if params.domains != "calibrated":
        return params.domains, {}
    if job.request.dev is None:
        raise TokenCompressorError("domains: calibrated reads dev, and the request has none")
    model, cases = replace(draft.model, options=options), read_cases(job.request.dev)
    natural = [case for case in cases if NATURAL in case.line.slices] or cases
    found = smallest_budgets(model, natural, least=params.domain_exact)
    shown = {f"budget_{domain}": each.budget or 0.0 for domain, each in found.items()}
    job.phases.told(f"budgets by domain: {', '.join(found)}")
    return found, dict(shown)


def _natural(job: Job) -> list[Text]:
    """Return dev's natural texts, or all where no slice is called that."""
    texts = read_texts(job.request.dev, split="dev")
    return [text for text in texts if NATURAL in text.slices] or texts

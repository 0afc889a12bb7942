"""Parameters of the token compressor's maker; imports no torch."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from runner.compression.options import ROUTED, Domain, DomainOptions, Override, Share
from runner.core.frozen import Frozen
from runner.core.request import Needs
from runner.makers.token_compressor.network.origin import BASE, Base, Pretrained, readable

Method = Literal["silver", "self_label", "self_label_until", "distill", "inference"]
FOLDER = "folder"
"""Role of a folder of the repository that a method learns from."""


class Until(Frozen):
    """When the evaluator of self-labelling is satisfied.

    Attributes:
        mk_in_ref: Share of the override's spans that the labels must keep whole.
        passes: Labelling passes at most, each followed by a training.
        force_below: Texts whose own share is below it have all their spans forced.
        ratio: Least units / kept units of a text's labels; texts below it teach nothing.

    Source: the Kompress post (0.90 and 0.8); the ratio is that of its fine-tuning.
    """

    mk_in_ref: Share = 0.90
    passes: Annotated[int, Field(ge=1, le=10)] = 3
    force_below: Share = 0.8
    ratio: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.2


class Workers(Frozen):
    """Labelling by one process per domain.

    Attributes:
        thresholds: Domain to the score above which its labels keep a unit; a domain that is not
            named has the one that routing gives it.
        processes: How many run at once.
    """

    thresholds: dict[Domain, Annotated[float, Field(gt=0, lt=1)]] = {}
    processes: Annotated[int, Field(ge=1, le=64)] = 2

    def threshold(self, domain: Domain) -> float:
        """Return the threshold of a domain."""
        return self.thresholds.get(domain) or ROUTED[domain].threshold or 0.5


class Floor(Frozen):
    """What an ensemble's member must reach on dev, with its own options.

    Attributes:
        delta: Most that the override of lexed spans may add to its `exact_pct`.
        below_best: Most that its `exact_pct` may lie below the best member's.
        keep_rate: Most that it may keep.
    """

    delta: Annotated[float, Field(ge=0, le=1)] = 0.005
    below_best: Annotated[float, Field(ge=0, le=1)] = 0.01
    keep_rate: Share = 0.70


class Vote(Frozen):
    """An ensemble of earlier rows' candidates, rejected ones too.

    Attributes:
        members: Numbers of rows.
        keep_if: How many must score a unit above the threshold to keep it.
        floor: Members below it are refused by name; `off` takes every member.
    """

    members: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    keep_if: PositiveInt
    floor: Floor | Literal["off"] = Floor()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if len(set(self.members)) < len(self.members):
            raise ValueError("a row is named twice; each has one vote")
        if self.keep_if > len(self.members):
            raise ValueError(f"keep_if is {self.keep_if}, but there are {len(self.members)} votes")
        return self


class Params(Frozen):
    """What `make.with` of a loop with `kind: token_compressor` may say.

    Attributes:
        base: `scratch` trains a small ModernBERT with a tokenizer of its own, as
            `{layers: 6, width: 256}` does with another size; `minilm` and
            `modernbert`, or any Hugging Face encoder by id or folder, are trained further.
        method: `silver` learns must-keep-blind self-information labels; `self_label` goes on from
            the working parent with its scores, blended with those labels, and the override's
            spans on top; `self_label_until` learns what the working parent and its override
            leave, until that holds enough of the spans; `distill` learns the scores of another
            compressor; `inference` gives the working parent other options and trains nothing.
        threshold: Units scoring above it are kept; stored in the candidate; `auto` takes the
            smallest that keeps at most `keep_cap` of dev's natural texts; None is the method's
            own, which of self-labelling, distilling and an ensemble is `auto` where there is dev.
        keep_cap: Most of dev's units that `threshold: auto` keeps, mean over cases.
        override: Stored in the candidate; see `Options`; None is off, or the parent's where
            nothing is trained.
        domains: `off` or None decides all texts alike; `routed` by domain, with the thresholds of
            the Kompress post; `calibrated` by the smallest budget per domain that still reaches
            `domain_exact` on dev; a mapping says it domain by domain.
        domain_exact: Least `exact_at_budget` of a calibrated domain on dev.
        ensemble: Makes a vote of earlier candidates and trains nothing; goes with `inference`, and
            with `silver`, which a loop's base says.
        distill_from: The larger compressor: a row's number, or a folder of the repository.
        until: When `self_label_until` is satisfied.
        label_override: How `self_label_until` lexes while it labels; None is `on`, single
            sub-tokens, as the Kompress post did.
        workers: Labels domain by domain, each with its own threshold, in processes.
        export: `onnx` stores an 8-bit graph for onnxruntime instead of the weights; nothing can be
            trained from it.
        variants: Copies of each training text with other must-keep spans and other words, labelled
            by the override and the silver teacher; for methods that label by a model.
        steps: Training steps, fixed so that a seed gives the same bytes; None is the method's own.
        rate: Peak learning rate; None is the method's own.
        threads: Threads of the training; one is fastest on a shared machine.
    """

    base: Base = "scratch"
    method: Method = "silver"
    threshold: Share | Literal["auto"] | None = None
    keep_cap: Annotated[float, Field(gt=0, le=1)] = 0.66
    override: Override | None = None
    domains: Literal["off", "routed", "calibrated"] | dict[Domain, DomainOptions] | None = None
    domain_exact: Share = 0.95
    ensemble: Vote | None = None
    distill_from: NonNegativeInt | str | None = None
    until: Until = Until()
    label_override: Override | None = None
    workers: Workers | None = None
    export: Literal["onnx"] | None = None
    variants: Annotated[int, Field(ge=0, le=100)] = 2
    steps: PositiveInt | None = None
    rate: Annotated[PositiveFloat, Field(le=0.1)] | None = None
    threads: PositiveInt = 1

    @field_validator("distill_from")
    @classmethod
    def _inside(cls, value: int | str | None) -> int | str | None:
        return readable(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = "; ".join(_faults(self))
        if faults:
            raise ValueError(faults)
        return self


def needs(params: Params) -> Needs:
    """Return the rows and folders that the parameters name, by role."""
    source = params.distill_from
    rows = [] if params.ensemble is None else [*params.ensemble.members]
    if isinstance(source, int):
        rows.append(source)
    folders = {FOLDER: source} if isinstance(source, str) else {}
    if isinstance(params.base, Pretrained) and params.base.folder is not None:
        folders[BASE] = params.base.folder
    return Needs(rows={role_of(row): row for row in rows}, folders=folders)


def role_of(row: int) -> str:
    """Return the role under which a row's candidate is given."""
    return f"row-{row}"


def _faults(params: Params) -> Iterator[str]:
    """Yield what contradicts itself, in words."""
    method = params.method
    if params.ensemble is not None and method not in {"silver", "inference"}:
        yield f"ensemble trains nothing, so method {method} would never run; say method: inference"
    if method == "inference" and not _changes(params):
        given = "threshold, override, domains, export or ensemble"
        yield f"method inference changes nothing; give {given}"
    if params.export is not None and params.ensemble is not None:
        yield "export: an ensemble has no weights of its own; export its members"
    if method == "distill" and params.distill_from is None:
        yield "method distill needs distill_from: a row's number or a folder of the repository"
    for name, unused in _unused(params):
        if unused:
            yield f"{name} is never used: {unused}"


def _changes(params: Params) -> bool:
    wanted = (
        params.threshold,
        params.override,
        params.domains,
        params.ensemble,
        params.export,
    )
    return any(value is not None for value in wanted)


def _unused(params: Params) -> Iterator[tuple[str, str | None]]:
    """Yield what was given, and why nothing reads it, or None if something does."""
    method, given = params.method, params.model_fields_set
    is_method = f"method is {method}"
    untaught = None if method == "distill" else is_method
    unrepeated = None if method == "self_label_until" else is_method
    unlabelled = None if method in {"self_label", "self_label_until"} else is_method
    yield "distill_from", untaught if params.distill_from is not None else None
    yield "until", unrepeated if "until" in given else None
    yield "label_override", unrepeated if params.label_override is not None else None
    yield "workers", unlabelled if params.workers is not None else None
    varies = unlabelled is None or method == "distill"
    yield "variants", is_method if "variants" in given and not varies else None
    routed = params.threshold is not None and params.domains not in {None, "off"}
    yield "threshold", "domains are decided by their own" if routed else None
    own_way = params.ensemble is not None or method in {"self_label", "self_label_until", "distill"}
    auto = params.threshold == "auto" or (params.threshold is None and own_way)
    yield "keep_cap", "threshold is not auto" if "keep_cap" in given and not auto else None
    exactless = "domain_exact" in given and params.domains != "calibrated"
    yield "domain_exact", "domains is not calibrated" if exactless else None

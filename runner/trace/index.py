"""Which traces a run kept, and where; of held-out cases only that there is something sealed."""

import math
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, ValidationError, model_validator

from runner.core.frozen import Frozen
from runner.trace.error import TraceError
from runner.trace.file import Trace
from runner.trace.span import (
    CALL_COST,
    CASE,
    COST,
    ERROR,
    FAILED,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    REP,
    SCORES,
    TOKENS_IN,
    TOKENS_OUT,
    VERDICT,
    Span,
)

Split = Literal["train", "dev", "heldout"]
MEMBER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.jsonl$"


class CaseEntry(Frozen):
    """One trace of a pack.

    Attributes:
        id: The case's id; the file's name where no checker spoke of a case.
        rep: Repetition, from 0.
        member: Its name in the pack.
        whole: Its writer ended it; False after a crash.
        failed: The candidate broke on the case.
        scores: Metric to score; empty where the checker came to none.
        error: Short name of what went wrong; "" when nothing did.
    """

    id: str
    rep: NonNegativeInt = 0
    member: str = Field(pattern=MEMBER)
    whole: bool
    failed: bool = False
    seconds: NonNegativeFloat = 0
    tokens_in: NonNegativeInt = 0
    tokens_out: NonNegativeInt = 0
    cost_usd: NonNegativeFloat = 0
    scores: dict[str, float] = {}
    error: str = ""


class PackEntry(Frozen):
    """One pack of a run, in the store.

    Attributes:
        arm: `train`, `make/attempt-1`, `dev/attempt-1`, `propose/attempt-1`, `candidate`,
            `incumbent`.
        candidate: Id of the candidate that answered; None where it was not one.
        sha256: Of the blob as it is stored, which is after sealing.
        size: Bytes of that blob.
        sealed: Only the eval's held-out key opens it.
        cases: Its traces; none of a held-out pack, whose own index is inside it.
    """

    arm: str = Field(min_length=1)
    split: Split
    candidate: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: NonNegativeInt
    sealed: bool
    cases: tuple[CaseEntry, ...] = ()

    @model_validator(mode="after")
    def _says_nothing_of_held_out_cases(self) -> Self:
        if self.split == "heldout" and self.cases:
            raise ValueError("a held-out pack's cases stand inside it only")
        return self


class TraceIndex(Frozen):
    """`traces.json` of a run directory."""

    v: Literal[1] = 1
    packs: tuple[PackEntry, ...] = ()

    def with_pack(self, pack: PackEntry) -> "TraceIndex":
        """Return the index with a pack added; one of the same arm, of a try before, goes."""
        others = tuple(each for each in self.packs if each.arm != pack.arm)
        return TraceIndex(packs=(*others, pack))


class CaseIndex(Frozen):
    """The last member of every pack: what it holds."""

    v: Literal[1] = 1
    cases: tuple[CaseEntry, ...] = ()


def entry_of(trace: Trace, *, stem: str, name: str) -> CaseEntry:
    """Return what an index says of a trace.

    Args:
        trace: The trace.
        stem: Its file's name without the suffix.
        name: What to call it in an error.

    Raises:
        TraceError: the span of the checker's verdict is malformed.
    """
    said = next((span for span in reversed(trace.spans) if span.name == VERDICT), None)
    fields = _unscored(trace.spans, stem) if said is None else _scored(said)
    try:
        return CaseEntry.model_validate(
            fields | {"member": f"{stem}.jsonl", "whole": trace.whole}, strict=True
        )
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TraceError(f"{name}: {where}: {first['msg'].lower()}") from err


def _scored(span: Span) -> dict[str, object]:
    read = {"id": CASE, "rep": REP, "failed": FAILED, "scores": SCORES, "cost_usd": COST}
    read |= {"tokens_in": TOKENS_IN, "tokens_out": TOKENS_OUT, "error": ERROR}
    found = {key: span.attributes[name] for key, name in read.items() if name in span.attributes}
    return found | {"seconds": span.seconds}


def _unscored(spans: Sequence[Span], stem: str) -> dict[str, object]:
    """Sum the calls up, as of a proposer's own or of a case whose checker was killed."""
    return {
        "id": stem,
        "seconds": sum(span.seconds for span in spans),
        "tokens_in": _sum(spans, INPUT_TOKENS),
        "tokens_out": _sum(spans, OUTPUT_TOKENS),
        "cost_usd": _dollars(spans),
    }


def _dollars(spans: Sequence[Span]) -> float:
    costs = (span.attributes.get(CALL_COST) for span in spans)
    return sum(cost for cost in costs if isinstance(cost, int | float) and 0 < cost < math.inf)


def _sum(spans: Sequence[Span], attribute: str) -> int:
    counts = (span.attributes.get(attribute) for span in spans)
    return sum(count for count in counts if isinstance(count, int) and count > 0)

"""A text or a stream in, the same with less out: byte-exact slices, and what was kept."""

import codecs
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Protocol

from runner.compression.block import BLOCK, PAUSE, Block, blocks
from runner.compression.choose import choose, rule_of
from runner.compression.deadline import Deadline
from runner.compression.decide import slices
from runner.compression.domain import classify
from runner.compression.errors import CompressionError
from runner.compression.fidelity import fidelity
from runner.compression.lexer import lex
from runner.compression.mend import mend
from runner.compression.options import DOMAINS, DomainOptions, Options
from runner.compression.result import Compression, Part, join, passed, whole
from runner.compression.unit import Span, units

STEP = 1_024
"""Characters of a block under a deadline, which is looked at between blocks."""

CONTEXT = 400
"""Characters of the text before a block that its model sees and that are decided already."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_FEW, _NUL_SHARE, _ODD_SHARE = 2, 1 / 256, 0.3
_ODD = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f\udc80-\udcff]")


class Engine(Protocol):
    """What compresses: a scorer with its options; `model.Compressor` is one."""

    @property
    def options(self) -> Options:
        """Return how it decides."""
        ...

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        ...

    def cut(self, text: str) -> tuple[Span, ...]:
        """Return the character spans of the model's tokens."""
        ...


def compress(
    text: str,
    compressor: Engine,
    *,
    budget: float | None = None,
    deadline: Deadline | None = None,
) -> Compression:
    """Compress one text.

    A text longer than a block is decided block by block, so time is linear in its length.

    Args:
        text: Any text; a lone surrogate passes for a character that the model does not know.
        compressor: What scores and how it decides.
        budget: Share of each block's units that is kept, in [0, 1]; None is the compressor's own
            rule.
        deadline: What is not scored in time passes through unchanged.
    """
    parts = list(stream([text], compressor, budget=budget, deadline=deadline))
    return join([part.result for part in parts], [len(part.source) for part in parts])


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Decode a stream of UTF-8; a byte that is none becomes a lone surrogate, and back.

    An empty chunk is a pause of the stream, as in `blocks`.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text or not chunk:
            yield text or PAUSE
    if rest := decoder.decode(b"", final=True):
        yield rest


def stream(
    chunks: Iterable[str],
    compressor: Engine,
    *,
    budget: float | None = None,
    deadline: Deadline | None = None,
) -> Iterator[Part]:
    """Compress a stream, a block at a time, as soon as the block is there.

    Binary passes through unchanged from its first block on.
    """
    options = compressor.options if budget is None else with_budget(compressor.options, budget)
    before, binary = "", False
    for block in blocks(chunks, size=BLOCK if deadline is None else STEP):
        binary = binary or is_binary(block.text)
        if binary:
            result = passed(block.text, "binary")
        elif block.torn:
            result = whole(block.text)
        else:
            result = _in_time(block, before, compressor, options, deadline)
        before = "" if block.torn else _tail(block.text)
        yield Part(block.text, result)


def with_budget(options: Options, budget: float) -> Options:
    """Return options that keep a share of the units, in [0, 1], whatever the domain.

    Raises:
        CompressionError: the budget is no share.
    """
    if not 0 <= budget <= 1:
        raise CompressionError(f"the budget is {budget:g}, but must be from 0 to 1")
    return options.model_copy(
        update={"domains": dict.fromkeys(DOMAINS, DomainOptions(budget=budget))}
    )


def with_threshold(options: Options, threshold: float) -> Options:
    """Return options that keep units scoring above a threshold in [0, 1], whatever the domain."""
    return options.model_copy(update={"threshold": threshold, "domains": {}})


def is_binary(text: str) -> bool:
    """Tell whether decoded bytes are no text: many NULs, controls or undecodable bytes."""
    odd, most = len(_ODD.findall(text)), len(text)
    return text.count("\x00") > _FEW + _NUL_SHARE * most or odd > _FEW + _ODD_SHARE * most


def _in_time(
    block: Block, before: str, compressor: Engine, options: Options, deadline: Deadline | None
) -> Compression:
    if deadline is not None and not deadline.allows(len(block.text)):
        return passed(block.text, "deadline")
    with nullcontext() if deadline is None else deadline.work(len(block.text)):
        result = _decided(block, before, compressor, options)
    late = deadline is not None and not deadline.left_s
    return passed(block.text, "deadline") if late else result


def _decided(block: Block, before: str, compressor: Engine, options: Options) -> Compression:
    text = _SURROGATE.sub("\ufffd", block.text)
    pieces, spans, domain = units(text), lex(text), classify(text)
    if not pieces:
        return whole(block.text)
    scores = compressor.scores([before + text])[0][len(units(before)) :]
    if any(map(math.isnan, scores)):
        raise CompressionError("the model scores NaN; its weights are damaged or never converged")
    keep = choose(text, scores, options, cut=compressor.cut)
    budget = rule_of(options, domain).budget
    most = None if budget is None else max(sum(keep), int(budget * len(pieces) + 1e-9))
    keep = mend(spans, pieces, keep, scores=scores, most=most)
    keep[-1] = keep[-1] or block.open_end
    cut = slices(text, pieces, keep)
    return Compression(
        text="".join(block.text[start:end] for start, end in cut),
        spans=cut,
        kept=sum(keep),
        dropped=len(keep) - sum(keep),
        by_class=fidelity(spans, pieces, keep),
        domain=domain,
    )


def _tail(text: str) -> str:
    """Return the last characters of a block, from the start of a unit on."""
    start = max(0, len(text) - CONTEXT)
    found = re.compile(r"\W").search(text, start)
    return "" if found is None else _SURROGATE.sub("\ufffd", text[found.end() :])

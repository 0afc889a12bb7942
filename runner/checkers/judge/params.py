"""Parameters of the judge checker; imports no client and no ML stack."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, PositiveInt

from runner.core.chat import Decoding
from runner.core.frozen import Frozen
from runner.core.request import Needs
from runner.lm.build import needs_of
from runner.lm.params import Model
from runner.lm.task.decoding import Repeatable


class Params(Frozen):
    """What `with:` of an eval with `checker: judge` may say.

    Attributes:
        model: The model that answers.
        judge: The model that compares; one that also answers tends to prefer its own words.
        criterion: What makes one answer better than another, in a sentence or two.
        decoding: How answers are drawn: greedy, or with a seed.
        judge_decoding: How verdicts are drawn, likewise.
        concurrency: Requests in flight at once; by default an endpoint's own, else 1.
        prompt: The surface file that instructs; by default the candidate's only file.
    """

    model: Model
    judge: Model
    criterion: Annotated[str, Field(pattern=r"\S")]
    decoding: Repeatable = Decoding()
    judge_decoding: Repeatable = Decoding(max_tokens=256)
    concurrency: PositiveInt | None = None
    prompt: str | None = None


def needs(params: Params) -> Needs:
    """Return the files beside the eval, the variables and the hosts that both models need."""
    both = [needs_of(params.model), needs_of(params.judge)]
    hosts = [host for each in both if isinstance(each.network, tuple) for host in each.network]
    anywhere = any(each.network == "all" for each in both)
    return Needs(
        files=_once(name for each in both for name in each.files),
        variables=_once(name for each in both for name in each.variables),
        network="all" if anywhere else _once(hosts) or "none",
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

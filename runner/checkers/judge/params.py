"""Parameters of the judge checker; imports no client and no ML stack."""

from typing import Annotated

from pydantic import Field, PositiveInt

from runner.core.frozen import Frozen
from runner.core.request import Needs
from runner.lm.build import needs_of
from runner.lm.model import Decoding
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
    """Return the variables and hosts that asking both models takes."""
    both = [needs_of(params.model), needs_of(params.judge)]
    variables = {name: None for each in both for name in each.variables}
    if any(each.network == "all" for each in both):
        return Needs(variables=tuple(variables), network="all")
    hosts = {host: None for each in both if each.network != "none" for host in each.network}
    return Needs(variables=tuple(variables), network=tuple(hosts) or "none")

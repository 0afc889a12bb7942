"""How well a clerk reads: one clerk is one model, another setting is another model."""

from pydantic import PositiveInt

from runner.core.frozen import Frozen


class Params(Frozen):
    """The `with` of `{kind: scripted, script: clerk}`; the default reads everything.

    Attributes:
        attention: How many rules it heeds beside the defaults, from the top of the file; None for
            all.
        lines: How many lines of an input it reads, from the end; None for all.
        case_sensitive: It tells capital letters from small ones.
        gullible: It obeys orders that stand in an input, unless its instructions have the sentence
            of `order.GUARD`.
    """

    attention: PositiveInt | None = None
    lines: PositiveInt | None = None
    case_sensitive: bool = False
    gullible: bool = False

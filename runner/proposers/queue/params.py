"""Parameters of `propose: {kind: queue}` where the surface is text: a hypothesis' `with`."""

from typing import Self

from pydantic import model_validator

from runner.core.request import Needs
from runner.proposers.edit import Edit
from runner.proposers.limit import Frame


class Params(Frame):
    """An edit that a person wrote down; as many edits and lines as they like.

    Attributes:
        edits: What to replace, in order.
        file: Instead of edits: path of a prepared text in the repository, taken whole.
        path: The surface file that `file` replaces; may be left out where there is only one.
    """

    edits: tuple[Edit, ...] = ()
    file: str | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.edits) == bool(self.file):
            raise ValueError("expected either `edits` or `file`")
        if self.path is not None and not self.file:
            raise ValueError("`path` goes with `file`; an edit names its own")
        return self


def needs(params: Params) -> Needs:  # noqa: ARG001 - the port asks every proposer
    """Return what it needs: nothing."""
    return Needs()

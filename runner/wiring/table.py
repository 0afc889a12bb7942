"""The built-in makers and checkers: static tables of string targets.

Naming a kind imports nothing, so a spec is validated without an ML stack. Another kind is a
package with a torch-free `params.py` and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from runner.core.errors import LoopError
from runner.core.frozen import Frozen
from runner.core.request import Needs


class TableError(LoopError):
    """A target of the tables that cannot be imported, usually for want of an extra."""


@dataclass(frozen=True, slots=True)
class PlugIn:
    """Where the parts of a built-in kind are, each as `module:name`.

    Attributes:
        params: The model of its `with:`; importing it costs no ML stack.
        run: What makes or checks: `make(request, params)` or `check(request, params)`.
        controls: Checkers: floor and ceiling rows, without a model; None if it has none.
        generate: Checkers: draws held-out cases from a declaration; None if it cannot.
        audit: Makers: how noisy the labels of a train split are; None if there is nothing to say.
        ingest: Checkers: makes train cases of logged traffic; None if it takes none.
        needs: Makers: the rows and folders that parameters name; None if they never do.
    """

    params: str
    run: str
    controls: str | None = None
    generate: str | None = None
    audit: str | None = None
    ingest: str | None = None
    needs: str | None = None


MAKERS: Mapping[str, PlugIn] = {
    "token_compressor": PlugIn(
        params="runner.makers.token_compressor.params:Params",
        run="runner.makers.token_compressor.maker:make",
        audit="runner.makers.token_compressor.audit:audit",
        needs="runner.makers.token_compressor.params:needs",
    ),
}
CHECKERS: Mapping[str, PlugIn] = {
    "must_keep": PlugIn(
        params="runner.checkers.must_keep.params:Params",
        run="runner.checkers.must_keep.checker:check",
        controls="runner.checkers.must_keep.checker:controls",
        generate="runner.checkers.must_keep.generate:generate",
        ingest="runner.checkers.must_keep.traffic:ingest",
    ),
}


def load(target: str) -> Any:  # noqa: ANN401 - the tables' targets have different types
    """Import what a target names.

    Raises:
        TableError: the module needs something that is not installed.
    """
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(module), name)
    except ImportError as err:
        raise TableError(f"{target} cannot be imported: {err}; install git-loop[train]") from err


def needs_of(kind: str, params: Mapping[str, Any]) -> Needs:
    """Return the rows and folders that a built-in maker's parameters name.

    Raises:
        TableError: the maker's module cannot be imported.
        ValidationError: they are not parameters of this kind.
    """
    plug_in = MAKERS[kind]
    if plug_in.needs is None:
        return Needs()
    found: Needs = load(plug_in.needs)(load(plug_in.params).model_validate(params))
    return found


def params_of(table: Mapping[str, PlugIn]) -> dict[str, Callable[[], type[Frozen]]]:
    """Return, by kind, what imports a plug-in's parameter model; for the loaders."""
    return {kind: partial(load, plug_in.params) for kind, plug_in in table.items()}

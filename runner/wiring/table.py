"""The built-in makers, checkers and proposers: static tables of string targets.

Naming a kind imports nothing, so a spec is validated without an ML stack. Another kind is a
package with a torch-free `params.py` and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

from runner.core.errors import LoopError
from runner.core.frozen import Frozen
from runner.core.request import Needs, Role


class TableError(LoopError):
    """A target of the tables that cannot be imported, usually for want of an extra."""


@dataclass(frozen=True, slots=True)
class PlugIn:
    """Where the parts of a built-in kind are, each as `module:name`.

    Attributes:
        params: The model of its `with:`; importing it costs no ML stack.
        run: What does the work: `make(request, params)`, `check(request, params)` or
            `propose(request, params, score)`.
        score: Checkers: the port with which a proposer scores surfaces on train cases; None where
            the checker scores no text.
        controls: Checkers: floor and ceiling rows, without a model; None if it has none.
        lasting: Checkers: names of controls that score the same beside any candidate, by any seed.
        generate: Checkers: draws held-out cases from a declaration; None if it cannot.
        audit: Makers: how noisy the labels of a train split are; None if there is nothing to say.
        ingest: Checkers: makes train cases of logged traffic; None if it takes none.
        studies: Makers: name to what makes it, `study(request, params)`: comparisons on train and
            dev that are no iterations.
        reads: Checkers: name of a surface file to what reads it, `read(data, path=path)`, or
            raises `MalformedError` with all that is wrong in it.
        needs: What parameters name: rows, folders, variables, network; None if they never do.
    """

    params: str
    run: str
    controls: str | None = None
    generate: str | None = None
    audit: str | None = None
    ingest: str | None = None
    needs: str | None = None
    score: str | None = None
    lasting: tuple[str, ...] = ()
    studies: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)


MAKERS: Mapping[str, PlugIn] = {
    "token_compressor": PlugIn(
        params="runner.makers.token_compressor.params:Params",
        run="runner.makers.token_compressor.maker:make",
        audit="runner.makers.token_compressor.audit:audit",
        needs="runner.makers.token_compressor.params:needs",
    ),
    "agent_model": PlugIn(
        params="runner.makers.agent_model.params:Params",
        run="runner.makers.agent_model.maker:make",
        needs="runner.makers.agent_model.params:needs",
        studies={
            "cohorts": "runner.makers.agent_model.study.cohort:cohorts",
            "folded": "runner.makers.agent_model.study.fold:folded",
            "sizes": "runner.makers.agent_model.study.size:sizes",
            "agents": "runner.makers.agent_model.study.agents:agents",
            "harnesses": "runner.makers.agent_model.study.agents:harnesses",
            "drift": "runner.makers.agent_model.study.agents:drift",
            "templates": "runner.makers.agent_model.study.agents:templates",
            "arms": "runner.makers.agent_model.study.transfer:arms",
            "course": "runner.makers.agent_model.study.course:course",
        },
    ),
}
CHECKERS: Mapping[str, PlugIn] = {
    "must_keep": PlugIn(
        params="runner.checkers.must_keep.params:Params",
        run="runner.checkers.must_keep.checker:check",
        controls="runner.checkers.must_keep.checker:controls",
        generate="runner.checkers.must_keep.generate:generate",
        lasting=("keep_all", "regex_only"),
        ingest="runner.checkers.must_keep.traffic:ingest",
    ),
    "agreement": PlugIn(
        params="runner.checkers.agreement.params:Params",
        run="runner.checkers.agreement.checker:check",
        controls="runner.checkers.agreement.checker:controls",
        needs="runner.checkers.agreement.params:needs",
        score="runner.checkers.agreement.checker:scoring",
        lasting=("empty", "majority", "teacher"),
    ),
    "judge": PlugIn(
        params="runner.checkers.judge.params:Params",
        run="runner.checkers.judge.checker:check",
        controls="runner.checkers.judge.checker:controls",
        needs="runner.checkers.judge.params:needs",
    ),
    "world": PlugIn(
        params="runner.checkers.world.params:Params",
        run="runner.checkers.world.checker:check",
        controls="runner.checkers.world.checker:controls",
        needs="runner.checkers.world.params:needs",
        score="runner.checkers.world.port:scoring",
        # a thief of the key sees the machine as it is
        lasting=("no_op", "reference", "first_hit"),
        reads={"harness.yaml": "runner.harness.tag.settings:read_harness"},
    ),
}
PROPOSERS: Mapping[str, PlugIn] = {
    kind: PlugIn(
        params=f"runner.proposers.{kind}.params:Params",
        run=f"runner.proposers.{kind}.proposer:propose",
        needs=f"runner.proposers.{kind}.params:needs",
    )
    for kind in ("queue", "reflect", "gepa")
}
TABLES: Mapping[Role, Mapping[str, PlugIn]] = {
    "maker": MAKERS,
    "checker": CHECKERS,
    "proposer": PROPOSERS,
}


EXTRAS = {
    "gepa": "lm",
    "httpx2": "lm",
    "openai": "lm",
    "rapidfuzz": "lm",
    "peft": "hf",
    "pytest": "repair",
    "transformers": "hf",
}
"""The extra that brings a package; any other package comes with `train`."""


def load(target: str) -> Any:  # noqa: ANN401 - the tables' targets have different types
    """Import what a target names.

    Raises:
        TableError: the module needs something that is not installed.
    """
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(module), name)
    except ImportError as err:
        extra = EXTRAS.get((err.name or "").partition(".")[0], "train")
        raise TableError(f"{target} cannot be imported: {err}; install git-loop[{extra}]") from err


def needs_of(role: Role, kind: str, params: Mapping[str, Any]) -> Needs:
    """Return what the parameters of a built-in kind name: rows, folders, variables, network.

    Raises:
        TableError: its module cannot be imported.
        ValidationError: they are not parameters of this kind.
    """
    plug_in = TABLES[role][kind]
    if plug_in.needs is None:
        return Needs()
    found: Needs = load(plug_in.needs)(load(plug_in.params).model_validate(params))
    return found


def params_of(table: Mapping[str, PlugIn]) -> dict[str, Callable[[], type[Frozen]]]:
    """Return, by kind, what imports a plug-in's parameter model; for the loaders."""
    return {kind: partial(load, plug_in.params) for kind, plug_in in table.items()}

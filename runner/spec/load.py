"""From the bytes of `loops/<loop>.yaml` to a spec, or to every problem at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from runner.core.build import MisfitError, build
from runner.core.document import Document, parse
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, MalformedError, Pointer, suggestion
from runner.spec.check import complaints
from runner.spec.merge import merge_params
from runner.spec.model import ASKING, PlugInMake, Spec

Kinds = Mapping[str, Callable[[], type[Frozen]]]
NONE: Kinds = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """A spec with the document that knows the lines of its parts."""

    spec: Spec
    document: Document


def read_spec(data: bytes, *, path: str, kinds: Kinds, proposers: Kinds = NONE) -> LoadedSpec:
    """Read a spec, and keep its lines for messages that need them later.

    Args:
        data: The file's bytes.
        path: The file's name in messages; its last part must be the loop's id and `.yaml`.
        kinds: Kind of each built-in maker to what imports its parameters' model; only the kind
            that the spec names is imported.
        proposers: Likewise, of each built-in proposer.

    Raises:
        MalformedError: every problem, as `loops/b.yaml:7: stop.patience: expected an integer, got
            "three"`, by line. YAML that cannot be read is one problem, fields that are wrong hide
            the rules between fields.
    """
    document = parse(data, path=path)
    try:
        spec = build(Spec, document.data)
    except MisfitError as err:
        raise MalformedError(map(document.problem, err.complaints)) from err
    found = [
        *_file_name(spec, path),
        *complaints(spec),
        *_parameters(spec, kinds),
        *_proposal(spec, proposers),
    ]
    if found:
        raise MalformedError(map(document.problem, found))
    return LoadedSpec(spec, document)


def _file_name(spec: Spec, path: str) -> Iterator[Complaint]:
    name = PurePosixPath(path).name
    if name != f"{spec.loop}.yaml":
        text = f'the file of loop "{spec.loop}" is named {spec.loop}.yaml, not {name}'
        yield Complaint(("loop",), text)


def _parameters(spec: Spec, kinds: Kinds) -> Iterator[Complaint]:
    make = spec.make
    if not isinstance(make, PlugInMake):
        return
    if make.kind not in kinds:
        text = f'unknown maker "{make.kind}"{suggestion(make.kind, tuple(kinds))}'
        yield Complaint(("make", "kind"), text)
        return
    params = kinds[make.kind]()
    base = _misfit(params, make.with_)
    yield from (Complaint(("make", "with", *each.pointer), each.text) for each in base)
    for index, hypothesis in enumerate(spec.hypotheses):
        merged = merge_params(make.with_, hypothesis.with_)
        at = ("hypotheses", index, "with")
        new = [each for each in _misfit(params, merged) if each not in base]
        yield from (Complaint((*at, *each.pointer), each.text) for each in new)


def _proposal(spec: Spec, kinds: Kinds) -> Iterator[Complaint]:
    """Yield what is wrong with a built-in proposer's parameters, or with an edit of the queue."""
    propose = spec.propose
    given: dict[Pointer, Mapping[str, object]] = {}
    if propose.kind in ASKING:
        given = {("propose", "with"): propose.with_}
    elif propose.kind == "queue" and spec.edits_text:
        given = {("hypotheses", n, "with"): h.with_ for n, h in enumerate(spec.hypotheses)}
    for at, data in given.items() if propose.kind in kinds else ():
        found = _misfit(kinds[propose.kind](), data)
        yield from (Complaint((*at, *each.pointer), each.text) for each in found)


def _misfit(params: type[Frozen], data: Mapping[str, object]) -> tuple[Complaint, ...]:
    try:
        build(params, data)
    except MisfitError as err:
        return err.complaints
    return ()

"""What an eval's splits hold: counts, text shared between them, and the noise of labels."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.compression.contamination import Overlap, corpus_grams, overlap
from runner.core.canonical import canonical
from runner.core.problem import MalformedError
from runner.spec.model import EvalCheck, PlugInMake
from runner.wiring.data import EvalData, Held
from runner.wiring.ground import Ground
from runner.wiring.table import MAKERS, load
from runner.wiring.taint import texts
from runner.wiring.validate import Room


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases a split or source holds, counts only: of held-out ones nothing else leaves.

    Attributes:
        name: `train`, `dev`, or the slices of a held-out source.
        heldout: Whether a maker never sees it.
        cases: How many.
        by: `slice` and `domain` to cases, `class` to must-keep spans, as far as the cases say. The
            classes of a sealed source are not named: they would tell a maker what to prepare for.
        classes: How many classes of spans there are.
    """

    name: str
    heldout: bool
    cases: int
    by: Mapping[str, Mapping[str, int]]
    classes: int


@dataclass(frozen=True, slots=True)
class Shared:
    """How many texts of one part of the data share a gram with another.

    Attributes:
        known: What was learned from or tuned on: `train` or `dev`.
        checked: What is measured: `dev` or a held-out source.
        exempt: Texts of `known` left out, drawn from the same public declaration.
    """

    known: str
    checked: str
    overlap: Overlap
    exempt: int = 0


@dataclass(frozen=True, slots=True)
class DataReport:
    """Everything that `git-loop data check` says.

    Attributes:
        closed: Held-out sources that were not looked at, for want of the key.
        noise: Figures of the label audit by maker; empty where no loop's maker has one.
    """

    eval: str
    counts: tuple[Counted, ...]
    contamination: tuple[Shared, ...]
    closed: tuple[str, ...]
    noise: Mapping[str, Mapping[str, float]]

    @property
    def tainted(self) -> tuple[Shared, ...]:
        """The pairs that share text."""
        return tuple(each for each in self.contamination if each.overlap.tainted)


def check(data: EvalData) -> DataReport:
    """Report on an eval's data.

    Raises:
        LoopError: the label audit of a maker cannot be run.
    """
    named = [(held, False) for held in data.splits] + [(held, True) for held in data.heldout]
    return DataReport(
        eval=data.declared.eval,
        counts=tuple(_counted(held, heldout=heldout) for held, heldout in named),
        contamination=tuple(contamination(data)),
        closed=data.closed,
        noise=_noise(data),
    )


def contamination(data: EvalData) -> Iterator[Shared]:
    """Compare train with dev, and both with each held-out source that could be opened.

    Cases of dev that carry a slice of a public generator were drawn from the same templates as
    its held-out ones; they are left out of that one comparison.
    """
    dev = data.split("dev")
    for known in data.splits:
        checked = [*data.heldout]
        if known.name == "train" and dev is not None:
            checked.insert(0, dev)
        for held in checked:
            twins = _slices_of(held) if held.public and known.name == "dev" else frozenset()
            ours = tuple(case for case in known.cases if twins.isdisjoint(case.slices))
            found = overlap(texts(held.cases), corpus_grams(texts(ours)))
            yield Shared(known.name, held.name, found, exempt=len(known.cases) - len(ours))


def _slices_of(held: Held) -> frozenset[str]:
    return frozenset(name for case in held.cases for name in case.slices)


def _counted(held: Held, *, heldout: bool) -> Counted:
    slices = Counter(name for case in held.cases for name in case.slices)
    domains = Counter(_text(case.data.get("domain")) for case in held.cases)
    kinds = Counter(_text(kind) for case in held.cases for kind in _classes(case.data.get("must")))
    by = {"slice": slices, "domain": domains}
    if held.public or not heldout:
        by["class"] = kinds
    shown = {name: dict(sorted(found.items())) for name, found in by.items() if any(found)}
    return Counted(held.name, heldout, len(held.cases), shown, len(kinds))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _classes(must: object) -> list[object]:
    """Return the last element of each span, which is its class."""
    spans = must if isinstance(must, list) else []
    return [span[-1] for span in spans if isinstance(span, list) and span]


def _noise(data: EvalData) -> dict[str, dict[str, float]]:
    train = data.split("train")
    if train is None:
        return {}
    found: dict[str, dict[str, float]] = {}
    for kind in sorted(_makers(data)):
        target = MAKERS[kind].audit
        if target is not None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "train.jsonl"
                path.write_bytes(b"".join(canonical(dict(case.data)) for case in train.cases))
                found[kind] = load(target)(path)
    return found


def _makers(data: EvalData) -> set[str]:
    """Return the kinds of the built-in makers whose loops are checked by this eval."""
    room = Room(root=data.root, ground=Ground())
    kinds: set[str] = set()
    for path in sorted((data.root / "loops").glob("*.yaml")):
        try:
            spec = room.spec(f"loops/{path.name}").spec
        except MalformedError:
            continue  # told when that loop is validated
        checked = isinstance(spec.check, EvalCheck) and spec.check.eval == data.declared.eval
        if checked and isinstance(spec.make, PlugInMake):
            kinds.add(spec.make.kind)
    return kinds

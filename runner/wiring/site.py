"""The report of a repository: its loops read whole, and written as a folder of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner import __version__
from runner.iteration.parts import Declared
from runner.record.past import read_tail
from runner.record.promotion import promotions
from runner.report.site.record import LoopRecord, SiteRecord
from runner.report.site.site import site_pages
from runner.spec.model import Spec
from runner.wiring.house import House
from runner.wiring.look import all_standing
from runner.wiring.site_drill import Driller, Opener, Sealed, Shut
from runner.wiring.site_folder import SiteFolderError, Written, write_site


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was written.

    Attributes:
        loops: Loop to its rows.
        sealed: It shows held-out cases and must not be published.
    """

    written: Written
    loops: Mapping[str, int]
    sealed: bool


def report(house: House, names: Sequence[str], *, out: Path) -> Report:
    """Write what may be shown to anyone who may read the repository.

    Args:
        house: The repository.
        names: Loops; none for all.
        out: A folder that is new, empty, or an earlier report.

    Raises:
        LoopError: a loop's state cannot be trusted, or `out` cannot be written.
    """
    return _report(house, names, out=out, opener=Shut())


def sealed_report(house: House, names: Sequence[str], *, out: Path) -> Report:
    """Write a report for the key-holder, held-out cases and what was said in them included.

    Raises:
        LoopError: as of `report`, or `out` is inside the repository.
    """
    top = house.repo.top.resolve()
    if out.resolve().is_relative_to(top):
        raise SiteFolderError(
            f"{out}: inside the repository {top}, where held-out cases could be committed; "
            "give --out a folder outside of it"
        )
    return _report(house, names, out=out, opener=Sealed(house))


def _report(house: House, names: Sequence[str], *, out: Path, opener: Opener) -> Report:
    records, idle, declared = _records(house, names)
    site = SiteRecord(
        loops=tuple(records), idle=tuple(idle), sealed=opener.sealed, version=__version__
    )
    drillers = {r.name: Driller.of(house, declared[r.name], r, opener) for r in records}
    pages = site_pages(site, lambda record, row: drillers[record.name].drill(row))
    written = write_site(out, pages, private=opener.sealed)
    return Report(written, {r.name: len(r.rows) for r in records}, opener.sealed)


def _records(
    house: House, names: Sequence[str]
) -> tuple[list[LoopRecord], list[Spec], dict[str, Declared]]:
    stands = all_standing(house, tuple(dict.fromkeys(names)))
    declared = {stand.declared.spec.loop: stand.declared for stand in stands}
    promoted = promotions(house.repo, house.site.remote, declared)
    records, idle = [], []
    for stand in stands:
        name = stand.declared.spec.loop
        authority = house.repo.resolve(f"refs/loops/{name}")
        if stand.view is None or authority is None:
            idle.append(stand.declared.spec)
            continue
        head = stand.view.head
        records.append(
            LoopRecord(
                view=stand.view,
                rows=read_tail(house.repo, authority, head, count=head.number + 1),
                commit=authority,
                promoted=promoted[name].promotions if name in promoted else (),
            )
        )
    return records, idle, declared

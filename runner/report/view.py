"""What the report is told: one campaign, without a need for all its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.core.head import Head, Stop
from runner.core.row import Row
from runner.evals.model import Eval
from runner.spec.model import Spec

RAN = frozenset({"baseline", "iteration", "check"})
"""Kinds of rows that made something, or checked again what was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign as the report shows it; everything that grows comes from `head`.

    Attributes:
        rows: The newest rows, oldest first. They may begin before the campaign, or end before
            reaching its start: fifty are enough for a loop of ten thousand.
        claims: The campaign's `accept` rows, oldest first, all of them.
        confirm: The campaign's newest row that opened a lock-box, or None.
        first: Number of the campaign's first row.
        since: Of a monitor: the row at which the drift began that went on before `rows`, or None.
        controls: Control arm to score by `metric` or `metric@slice`; None is not measured.
        isolation_note: Words about isolation beyond the measured level (a published demo key).
        reserve_usd: Dollars the next iteration sets aside; None where nothing limits it.
        next_command: What a person types to go on.
        reproduce: Commands that check this campaign from a fresh clone; () for the usual ones.
    """

    spec: Spec
    head: Head
    eval: Eval | None = None
    rows: tuple[Row, ...] = ()
    claims: tuple[Row, ...] = ()
    confirm: Row | None = None
    first: int = 0
    stop: Stop | None = None
    since: int | None = None
    controls: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    isolation_note: str = ""
    reserve_usd: float | None = None
    next_command: str = ""
    reproduce: tuple[str, ...] = ()

    @property
    def loop(self) -> str:
        """The loop's id."""
        return self.spec.loop

    @property
    def primary(self) -> str:
        """The metric (`metric` or `metric@slice`) that gains are claimed on."""
        return self.spec.gate.primary

    @property
    def claim(self) -> Row | None:
        """The campaign's latest claimed gain, or None."""
        return self.claims[-1] if self.claims else None

    @property
    def newest(self) -> Row | None:
        """The newest row that ran something, or None."""
        return next((row for row in reversed(self.rows) if row.kind in RAN), None)

    @property
    def command(self) -> str:
        """What a person types to go on."""
        return self.next_command or f"git-loop run {self.loop}"


def recorded_view(spec: Spec, evaluation: Eval, head: Head, tail: Sequence[Row]) -> CampaignView:
    """Return the view that a row's commit renders as `LOOP_STATE.md`.

    Args:
        spec: The loop as declared.
        evaluation: The eval that judged.
        head: The fold of all rows, the newest included.
        tail: The newest rows, oldest first.
    """
    return CampaignView(
        spec=spec,
        head=head,
        eval=evaluation,
        rows=tuple(tail),
        claims=tuple(row for row in tail if row.verdict == "accept"),
        confirm=opener(head, tail),
        stop=head.stop,
    )


def opener(head: Head, rows: Sequence[Row]) -> Row | None:
    """Return the newest of some rows that opened a lock-box first, or None."""
    numbers = set(head.opened.values())
    return next((row for row in reversed(rows) if row.number in numbers), None)


def dev_pair(row: Row, primary: str) -> tuple[float | None, float | None]:
    """Return a row's (parent, candidate) dev scores of the primary metric, or of it unsliced."""
    nothing: tuple[float | None, float | None] = (None, None)
    return row.dev.get(primary, row.dev.get(primary.partition("@")[0], nothing))

"""A monitor in words, from its first row to the end of a drift."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.core.row import GateNumbers, HeldoutScore, Row
from runner.report.view import CampaignView
from runner.report.watch import drift_comment, drop_words, watch_lines, watch_title

PRIMARY = "exact_at_budget@dense"
GATE = GateNumbers(
    n=40,
    wins=1,
    losses=19,
    d=-0.45,
    interval=(-0.6, -0.3),
    p=0.0001,
    alpha=0.05,
    looks=1,
    mde=0.1,
    guards={},
)


@pytest.fixture
def eyes(
    make_view: Callable[..., CampaignView],
    make_spec: Callable[..., Any],
    make_row: Callable[..., Row],
) -> Callable[..., CampaignView]:
    """A monitor with the first so many rows: measured, steady, drifted, steady again."""
    seen = (
        make_row(
            0,
            "baseline",
            reason="the starting point",
            heldout={PRIMARY: HeldoutScore(candidate=0.75)},
        ),
        *(
            make_row(
                number,
                verdict,
                kind="check",
                reason=f"what row {number} saw",
                heldout={PRIMARY: HeldoutScore(candidate=now, incumbent=0.75)},
                gate=GATE,
            )
            for number, verdict, now in (
                (1, "steady", 0.74),
                (2, "drifted", 0.3),
                (3, "steady", 0.76),
            )
        ),
    )

    def view(count: int) -> CampaignView:
        spec = make_spec(make="none", hypotheses=(), skip=(), stop={})
        head = make_view().head.model_copy(
            update={"number": count - 1, "drifted": 2 if count == 3 else None, "stop": None}
        )
        return make_view(spec=spec, rows=seen[:count], head=head, claims=())

    return view


NUMBERS = (
    "(difference -0.450, 95 % interval -0.600 to -0.300, p of a loss 0.0001 at level 0.05, n 40)"
)
CLOSE = "nothing; merge or close"
MEND = (
    "find out what changed (the model behind it, its data, the checker). Closing says that you "
    "have seen it: checks go on, and the next drift opens a page again. To take the new level as "
    'the reference: `git-loop reset kompress --reason "..."`'
)


@pytest.mark.parametrize(
    ("rows", "title", "verdict", "words", "needed", "comment"),
    [
        pytest.param(
            0,
            f"{PRIMARY} as it was",
            "nothing has run yet",
            f"{PRIMARY} is not measured yet",
            CLOSE,
            "",
            id="nothing has run",
        ),
        pytest.param(
            1,
            f"{PRIMARY} as it was",
            "baseline 0 baseline: the starting point",
            f"{PRIMARY} 0.750",
            CLOSE,
            "",
            id="measured",
        ),
        pytest.param(
            2,
            f"{PRIMARY} as it was",
            "check 1 steady: what row 1 saw",
            f"{PRIMARY} 0.750 → 0.740 {NUMBERS}",
            CLOSE,
            "",
            id="steady",
        ),
        pytest.param(
            3,
            f"drift since row 2, {PRIMARY} 0.750 → 0.300 {NUMBERS}",
            "check 2 drifted: what row 2 saw",
            f"{PRIMARY} 0.750 → 0.300 {NUMBERS}",
            MEND,
            "Loop `kompress` sees a drift in what its command asks since row 2. Row 2: what row 2 "
            "saw.",
            id="drifted",
        ),
        pytest.param(
            4,
            "drift since row 2 ended at row 3",
            "check 3 steady: what row 3 saw",
            f"{PRIMARY} 0.750 → 0.760 {NUMBERS}",
            CLOSE,
            "The drift that row 2 of loop `kompress` saw in what its command asks ended at row 3: "
            "what row 3 saw.",
            id="ended",
        ),
    ],
)
def test_each_state_of_a_monitor_has_its_words(  # noqa: PLR0913 - one column per text
    eyes: Callable[..., CampaignView],
    *,
    rows: int,
    title: str,
    verdict: str,
    words: str,
    needed: str,
    comment: str,
) -> None:
    view = eyes(rows)
    assert watch_title(view) == f"loop(kompress): {title}"
    assert drop_words(view) == words
    assert drift_comment(view) == comment
    plural = "row" if rows == 1 else "rows"
    assert watch_lines(view).splitlines() == [
        f"- **If you merge:** `main` gets {rows} {plural} of history, nothing else",
        f"- **Verdict:** {verdict}",
        f"- **Score:** {words}",
        f"- **Cost so far:** 1.25 USD, {rows} {plural}",
        f"- **Needed from you:** {needed}",
    ]

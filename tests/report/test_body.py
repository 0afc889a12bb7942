import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from runner.core.head import Head, LineState, Stop
from runner.core.marker import wrap
from runner.core.row import Failure, GateNumbers, HeldoutScore, Isolation, Look, Row
from runner.evals.model import Eval
from runner.report.body import BODY_BYTES, render_body, title
from runner.report.gate import ranked
from runner.report.message import subject
from runner.report.view import CampaignView
from runner.spec.model import Spec

HERE = Path(__file__).parent
PRIMARY = "exact_at_budget@dense"
STALLED = Stop(name="stalled", why="3 iterations without a gain", mend="inject something new")
FAILING = Stop(name="failing", why="the same error twice in a row", mend="mend the cause")


def lines(body: str) -> list[str]:
    return body.splitlines()[:5]


def test_a_campaign_has_exactly_this_body(make_view: Callable[..., CampaignView]) -> None:
    assert render_body(make_view()) == (HERE / "campaign/body.md").read_text()


def test_the_first_five_lines_answer_in_order(make_view: Callable[..., CampaignView]) -> None:
    assert [line.partition(":**")[0] for line in lines(render_body(make_view()))] == [
        "- **If you merge",
        "- **Verdict",
        "- **Gain",
        "- **Cost so far",
        "- **Needed from you",
    ]


def test_without_a_claim_nothing_is_claimed(make_view: Callable[..., CampaignView]) -> None:
    view = make_view(claims=())
    first = lines(render_body(view))
    assert first[0] == (
        "- **If you merge:** `main` gets 6 rows of history and no new candidate"
        " of loop `kompress`; no gain is claimed"
    )
    assert first[2] == (
        "- **Gain:** none claimed; on dev exact_at_budget@dense 0.780 → 0.790 (+0.010, iteration 5)"
    )
    assert first[4] == "- **Needed from you:** nothing yet; `git-loop run kompress` goes on"


def test_a_loop_before_its_first_row_still_reads(make_view: Callable[..., CampaignView]) -> None:
    head = Head(
        loop="kompress",
        number=0,
        last="",
        spec="s",
        reset_digest="d",
        eval_version=1,
        eval_heldout="h",
    )
    first = lines(render_body(make_view(head=head, rows=(), claims=())))
    assert first[1:3] == [
        "- **Verdict:** nothing has run yet",
        "- **Gain:** none claimed yet",
    ]


@pytest.mark.parametrize(
    ("stop", "claimed", "needed"),
    [
        (FAILING, True, "mend the cause; the log is below"),
        (STALLED, True, "a review; merge to take the gain, close to decline it (stopped: stalled)"),
        (STALLED, False, "inject something new; or close to decline"),
    ],
    ids=["failing", "stopped with a claim", "stopped without one"],
)
def test_what_is_needed_follows_from_the_stop(
    make_view: Callable[..., CampaignView], *, stop: Stop, claimed: bool, needed: str
) -> None:
    view = make_view(stop=stop) if claimed else make_view(stop=stop, claims=())
    assert lines(render_body(view))[4] == f"- **Needed from you:** {needed}"


def test_several_claims_show_the_whole_way_and_the_last_interval(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    view = make_view()
    later = make_row(
        6,
        "accept",
        heldout={PRIMARY: HeldoutScore(candidate=0.83, incumbent=0.781)},
        gate=view.claims[0].gate.model_copy(update={"d": 0.049}),
        look=Look(spent=True),
    )
    body = render_body(make_view(claims=(*view.claims, later), rows=(*view.rows, later)))
    assert lines(body)[2] == (
        "- **Gain:** exact_at_budget@dense 0.721 → 0.830 over 2 claims, the last, better by 0.049"
        " (95 % interval +0.031 to +0.088, n 200)"
    )


def test_a_text_loop_names_the_files_it_merges_and_that_a_keep_is_not_claimed(
    make_view: Callable[..., CampaignView], make_spec: Callable[..., Spec]
) -> None:
    view = make_view(spec=make_spec(surface=["skills/k/SKILL.md"]))
    head = view.head.model_copy(update={"surface": {"skills/k/SKILL.md": "1"}, "working": "5"})
    body = render_body(make_view(spec=view.spec, head=head))
    assert lines(body)[0] == (
        "- **If you merge:** `main` gets candidate `222222222222` (iteration 2) as incumbent"
        " of loop `kompress`, with skills/k/SKILL.md (kept, not claimed) and 6 rows of history"
    )


def test_sealed_numbers_never_show(make_view: Callable[..., CampaignView]) -> None:
    body = render_body(make_view())
    gate = body.partition("### Gate")[2].partition("###")[0]
    assert gate.count("| sealed |") == 10
    history = body.partition("### Versions")[2].partition("###")[0]
    assert history.count("| sealed |") == 2


def test_a_reject_without_a_look_says_so(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    body = render_body(make_view(rows=(make_row(5, "reject"),), claims=()))
    assert "| primary | no look |" in body


def test_shown_scores_of_a_reject_are_owned_up_to(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    numbers = GateNumbers(
        n=50, wins=1, losses=1, d=0.0, interval=None, p=1, alpha=0.01, looks=1, mde=None, guards={}
    )
    body = render_body(make_view(rows=(make_row(5, "reject", gate=numbers),), claims=()))
    assert "Readers of this page have seen held-out scores that were not claimed." in body
    assert "A failure rate below 0.060 (3/n) is invisible here." in body


def test_fixtures_claim_no_generalisation(
    make_view: Callable[..., CampaignView], make_spec: Callable[..., Spec]
) -> None:
    view = make_view(spec=make_spec(gate={"kind": "fixtures", "primary": PRIMARY}))
    assert "The cases are visible fixtures: this claims no generalisation." in render_body(view)


def test_fixtures_are_called_so_wherever_a_gain_would_be(
    make_view: Callable[..., CampaignView], make_spec: Callable[..., Spec]
) -> None:
    view = make_view(spec=make_spec(gate={"kind": "fixtures", "primary": PRIMARY}))
    claim = view.claim
    assert claim is not None
    assert claim.gate is not None
    gate = claim.gate.model_copy(update={"alpha": 1.0, "interval": None, "n": 5, "wins": 2})
    claim = claim.model_copy(update={"gate": gate})
    body = render_body(make_view(spec=view.spec, claims=(claim,), rows=(claim,)))
    assert lines(body)[1:3] == [
        (
            "- **Verdict:** iteration 2 accepted: no new failure and at least one new pass on "
            "visible fixtures; no generalisation is claimed"
        ),
        (
            "- **Gain:** exact_at_budget@dense 0.721 → 0.781, 2 of 5 visible fixtures pass that "
            "did not before; no generalisation is claimed"
        ),
    ]
    assert "### Fixture scores, iteration 2" in body
    assert "gain on held-out cases" not in body
    assert subject(claim, spec=view.spec) == (
        "loop(kompress): iteration 2 - accept, fixtures 0.721 -> 0.781"
    )


CONTROLS = {"keep_all": {PRIMARY: 0.9}, "regex_only": {PRIMARY: 0.979}, "other": {"x": 1.0}}


@pytest.mark.parametrize(
    ("controls", "direction", "told"),
    [
        (CONTROLS, "max", "; control `regex_only` scores 0.979"),
        ({"random": {PRIMARY: 0.781}}, "max", ""),
        ({"random": {PRIMARY: 0.5}}, "max", ""),
        ({"random": {PRIMARY: 0.5}, "none": {PRIMARY: 0.9}}, "min", "; control `random` scores"),
        ({"rerun-1": {PRIMARY: 0.9}}, "max", ""),
        ({"random": {PRIMARY: None}}, "max", ""),
        ({"reference": {PRIMARY: 1.0}}, "max", ""),
        (CONTROLS | {"reference": {PRIMARY: 1.0}}, "max", "; control `regex_only` scores 0.979"),
    ],
    ids=[
        *("best", "tie", "below", "lower is better", "the baseline again", "not measured"),
        *("the ceiling", "best below the ceiling"),
    ],
)
def test_a_control_that_beats_the_candidate_is_told_with_the_gain(
    make_view: Callable[..., CampaignView],
    make_eval: Callable[..., Eval],
    controls: dict[str, dict[str, float | None]],
    direction: str,
    told: str,
) -> None:
    declared = make_eval(metrics={"exact_at_budget": {"direction": direction, "ceiling": 1}})
    gain = lines(render_body(make_view(controls=controls, eval=declared)))[2]
    assert gain.partition("n 200)")[2].startswith(told)
    assert ("control" in gain) is bool(told)


def test_a_saturated_metric_is_flagged(make_view: Callable[..., CampaignView]) -> None:
    head = make_view().head.model_copy(update={"heldout": {PRIMARY: 0.995}})
    body = render_body(make_view(head=head))
    assert f"Saturated, so a gain is hard to see: {PRIMARY}." in body


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("open", "the maker could read the held-out set; treat the score as optimistic."),
        ("separate", "another machine holds the held-out key;"),
    ],
)
def test_isolation_is_told_in_words_at_every_level(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row], level: str, words: str
) -> None:
    row = make_row(5, "reject", isolation=Isolation(level=level, probe=""))
    body = render_body(make_view(rows=(row,), isolation_note="the demo key is published"))
    assert f"**{level}**: {words}" in body
    assert "the demo key is published." in body


def test_a_broken_run_shows_its_log(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    failure = Failure(fingerprint="f", log_tail="Traceback\n```\n<!-- git-loop:end -->\n")
    row = make_row(6, "error", reason="exit 1", error=failure)
    body = render_body(make_view(rows=(row,), stop=FAILING))
    assert "### What broke, iteration 6\n\nexit 1\n\n````text\nTraceback\n" in body
    assert "<!--" not in body


def test_fractions_are_never_percent(make_view: Callable[..., CampaignView]) -> None:
    assert "%" not in render_body(make_view()).replace("95 % interval", "")


def long_rows(make_row: Callable[..., Row], count: int, reason: str) -> tuple[Row, ...]:
    return tuple(
        make_row(
            number,
            ("keep", "reject", "accept")[number % 3],
            reason=reason,
            dev={PRIMARY: (0.7, 0.71)},
            look=Look(spent=True),
        )
        for number in range(10_000 - count, 10_000)
    )


@pytest.mark.parametrize("reason", ["x" * 300, "ä|@a #1 " * 40], ids=["ascii", "escaped"])
def test_oldest_rows_go_first_and_the_body_says_how_many(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row], reason: str
) -> None:
    head = make_view().head.model_copy(update={"number": 9_999})
    body = render_body(make_view(head=head, rows=long_rows(make_row, 600, reason)))
    size = len(wrap(body, loop="kompress", tip="f" * 40).encode())
    assert BODY_BYTES - 1_000 < size <= BODY_BYTES
    shown = [line for line in body.splitlines() if re.match(r"\| 9\d{3} \|", line)]
    assert shown[-1].startswith("| 9999 |")
    assert f"{10_000 - len(shown)} older rows are left out here; all are in" in body
    assert body.endswith("git checkout c\n```\n")


def test_a_body_too_long_without_history_drops_whole_sections_and_names_them(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    arms = {f"arm{n}": {f"m{k}": 0.5 for k in range(60)} for n in range(200)}
    body = render_body(make_view(controls=arms))
    assert len(body.encode()) <= BODY_BYTES
    assert "### Controls" not in body
    assert body.endswith("Left out for length: controls.\n")


def test_the_body_parses_into_its_tables(make_view: Callable[..., CampaignView]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(render_body(make_view()))
    assert sum(token.type == "table_open" for token in tokens) == 7
    assert [token.info for token in tokens if token.type == "fence"] == ["mermaid", "sh"]


def test_one_row_draws_no_chart(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    assert "mermaid" not in render_body(make_view(rows=(make_row(5, "reject"),)))


def test_a_body_of_fifty_rows_takes_ten_milliseconds_at_most(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    view = make_view(rows=long_rows(make_row, 50, "no gain on dev | @x #1"))
    best = min(_cpu_seconds(view) for _ in range(20))
    assert best <= 0.010


def _cpu_seconds(view: CampaignView) -> float:
    start = time.process_time()  # the others of a busy machine do not count
    render_body(view)
    return time.process_time() - start


def test_the_title_says_the_gain_the_stop_or_the_count(
    make_view: Callable[..., CampaignView],
) -> None:
    assert title(make_view()) == "loop(kompress): exact_at_budget@dense 0.721 -> 0.781"
    assert title(make_view(claims=())) == "loop(kompress): no claimed gain yet, 3 iterations"
    assert title(make_view(claims=(), stop=STALLED)) == (
        "loop(kompress): stopped (stalled), no claimed gain"
    )


def test_a_line_that_ended_is_shown_with_its_stop(make_view: Callable[..., CampaignView]) -> None:
    ended = {"labels": LineState(stall=3, ended="underpowered", underpowered=True)}
    head = make_view().head.model_copy(update={"lines": ended})
    body = render_body(make_view(head=head, stop=STALLED))
    assert "| labels | 3 of 3 | - | underpowered |" in body
    assert "**Stopped (stalled):** 3 iterations without a gain. To go on: inject" in body


def test_metrics_that_decide_come_first_and_the_others_are_folded(
    make_view: Callable[..., CampaignView],
) -> None:
    arms = {"keep_all": dict.fromkeys(("a", "b", "c", PRIMARY), 0.5)}
    body = render_body(make_view(controls=arms))
    controls = body.partition("### Controls\n\n")[2].partition("\n### ")[0]
    assert controls.splitlines() == [
        "| metric | keep_all | **incumbent** |",
        "|---|---|---|",
        f"| {PRIMARY} | 0.500 | 0.781 |",
        "",
        "<details><summary>3 more metrics</summary>",
        "",
        "| metric | keep_all | **incumbent** |",
        "|---|---|---|",
        "| a | 0.500 | - |",
        "| b | 0.500 | - |",
        "| c | 0.500 | - |",
        "",
        "</details>",
    ]


def test_what_the_maker_says_is_shown_and_escaped(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    row = make_row(5, "reject", figures={"steps": 120, "mk_in_ref": 0.41523, "note|x": "a|b @x"})
    body = render_body(make_view(rows=(row,)))
    said = body.partition("### What the maker says, iteration 5\n\n")[2].partition("\n\n")[0]
    assert said.splitlines() == [
        "| figure | value |",
        "|---|---|",
        "| mk_in_ref | 0.415 |",
        "| note\\|x | a\\|b @\u200bx |",
        "| steps | 120 |",
    ]


def test_metrics_that_decide_come_first_and_the_others_as_the_eval_declares_them(
    make_view: Callable[..., CampaignView], make_eval: Callable[..., Eval]
) -> None:
    names = ("strict", "exact_at_budget", "calls")
    declared = make_eval(metrics={name: {"direction": "max"} for name in names})
    keys = ["calls@b", "odd", "strict@a", "calls", "strict", PRIMARY]

    assert ranked(make_view(eval=declared), keys) == [
        *(PRIMARY, "strict", "strict@a", "calls", "calls@b", "odd"),
    ]

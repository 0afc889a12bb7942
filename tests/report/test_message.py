import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.core.head import Stop
from runner.core.row import Reset, Row
from runner.report.message import SUBJECT, commit_message, subject
from runner.spec.model import Spec

HERE = Path(__file__).parent
STOP = Stop(
    name="stalled",
    why="3 iterations without an accepted gain in each line (labels, inference)",
    mend="m",
)


def test_each_row_of_a_campaign_has_exactly_this_message(
    make_spec: Callable[..., Spec], campaign_rows: tuple[Row, ...]
) -> None:
    messages = [
        commit_message(row, spec=make_spec(), stop=STOP if row.number == 5 else None)
        for row in campaign_rows
    ]
    assert "\n=====\n".join(messages) == (HERE / "campaign/messages.txt").read_text()


def test_an_accept_reads_as_documented(
    make_spec: Callable[..., Spec], campaign_rows: tuple[Row, ...]
) -> None:
    assert subject(campaign_rows[2], spec=make_spec()) == (
        "loop(kompress): iteration 2 - accept, exact_at_budget@dense 0.721 -> 0.781"
    )


@pytest.mark.parametrize(
    ("loop", "shown"),
    [
        ("k", "loop(k): iteration 5 - reject, dev exact_at_budget@dense 0.780 -> 0.790"),
        ("kompress", "loop(kompress): iteration 5 - reject, dev 0.780 -> 0.790"),
        ("k" * 48, f"loop({'k' * 48}): iteration 5 - reject"),
    ],
    ids=["fits", "drops the metric", "drops the numbers"],
)
def test_a_subject_that_does_not_fit_says_less(
    make_spec: Callable[..., Spec], campaign_rows: tuple[Row, ...], loop: str, shown: str
) -> None:
    found = subject(campaign_rows[5], spec=make_spec(loop=loop))
    assert found == shown
    assert len(found) <= SUBJECT


def test_a_long_reset_reason_stays_out_of_the_subject(
    make_spec: Callable[..., Spec], make_row: Callable[..., Row]
) -> None:
    row = make_row(4, None, reset=Reset(reason="r" * 90))
    assert subject(row, spec=make_spec()) == "loop(kompress): reset 4"


def test_a_foreign_reason_forges_no_trailer_and_closes_nothing(
    make_spec: Callable[..., Spec], make_row: Callable[..., Row]
) -> None:
    row = make_row(7, "reject", reason="bad\n\nLoop-Verdict: accept\nfixes #3 @me [skip ci]")
    message = commit_message(row, spec=make_spec(), stop=None)
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message.encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert parsed.splitlines() == [
        "Loop-Id: kompress",
        "Loop-Iteration: 7",
        f"Loop-Run: {'1' * 64}",
        f"Loop-Spec: {'2' * 64}",
        f"Loop-Eval: kompress/1/{'3' * 64}",
        "Loop-Verdict: reject",
        "Loop-Cost-USD: 0.2500",
        "Loop-Stop: none",
    ]
    for live in ("#3", "@me", "[skip ci]"):
        assert live not in message


def test_an_empty_reason_is_replaced_by_the_verdict_in_words(
    make_spec: Callable[..., Spec], make_row: Callable[..., Row]
) -> None:
    message = commit_message(make_row(1, "failed", reason=""), spec=make_spec(), stop=None)
    assert message.split("\n\n")[1] == "failed: the candidate is invalid"

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from github import Github

from runner.core.forge import Forge, ForgeError
from runner.forge.book import Book, Change, Page
from runner.forge.client import comment_mark, connect
from runner.forge.fault import Fault
from runner.forge.server import Address

BRANCH = "loop/kompress"
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


def opened(forge: Forge, **fields: str) -> int:
    given = {"branch": BRANCH, "base": "main", "title": "A title", "body": "A body", **fields}
    return forge.create_pull(**given).number


def test_a_pull_request_is_opened_and_read_back_as_it_was_given(forge: Forge, bench: Bench) -> None:
    pull = forge.create_pull(branch=BRANCH, base="main", title="A title", body="A body")
    assert pull.number == 1
    assert pull.url == f"{bench.repo.top.as_uri()}#pull/1"
    assert (pull.title, pull.body, pull.state, pull.merged) == ("A title", "A body", "open", False)
    assert (pull.head_ref, pull.head_sha) == (BRANCH, bench.tip(BRANCH))
    assert (pull.base_ref, pull.labels) == ("main", ())
    assert forge.pull(1) == pull
    assert forge.pulls(BRANCH) == (pull,)


def test_pulls_lists_one_branch_newest_first_in_any_state(forge: Forge, bench: Bench) -> None:
    opened(forge)
    bench.push("loop/other", {"b": b"2"}, onto="main")
    opened(forge, branch="loop/other")
    bench.point(BRANCH, None)
    assert forge.pull(1).state == "closed"
    bench.push(BRANCH, {"c": b"3"}, onto="main")
    opened(forge)
    assert [(p.number, p.state) for p in forge.pulls(BRANCH)] == [(3, "open"), (1, "closed")]
    assert [p.number for p in forge.pulls("loop/other")] == [2]
    assert forge.pulls("loop/none") == ()


def test_more_pull_requests_than_fit_a_page_are_all_listed(
    forge: Forge, bench: Bench, address: Address
) -> None:
    opened(forge)
    book = Book(bench.repo, clock=bench.clock)
    first = book.page().state.pulls[1]

    def grown(page: Page) -> Change:
        state = page.state
        for number in range(2, 103):
            update = {"number": number, "state": "closed", "title": f"Number {number}"}
            state = state.with_pull(first.model_copy(update=update))
        return Change(state)

    book.change(grown)
    before = len(address.exchanges)
    assert [pull.number for pull in forge.pulls(BRANCH)] == list(range(102, 0, -1))
    assert len(address.exchanges) - before == 2


def test_editing_returns_what_the_forge_then_holds(forge: Forge) -> None:
    number = opened(forge)
    assert forge.edit_pull(number, title="New", body="Body\nof two lines").body == (
        "Body\nof two lines"
    )
    assert forge.pull(number).title == "New"


def test_an_empty_body_reads_as_empty_text(forge: Forge) -> None:
    assert forge.create_pull(branch=BRANCH, base="main", title="t", body="").body == ""


def test_labels_of_people_stay_when_ours_are_replaced(
    forge: Forge, address: Address, person: Github
) -> None:
    number = opened(forge)
    person.get_repo(address.repository).get_issue(number).add_to_labels("urgent")
    forge.set_labels(number, ("loop", "loop:kompress", "loop-stopped"))
    assert forge.pull(number).labels == ("urgent", "loop", "loop:kompress", "loop-stopped")
    forge.set_labels(number, ("loop", "loop:kompress"))
    assert forge.pull(number).labels == ("urgent", "loop", "loop:kompress")


def test_labels_that_are_there_already_cost_one_read(forge: Forge, address: Address) -> None:
    number = opened(forge)
    forge.set_labels(number, ("loop",))
    before = len(address.exchanges)
    forge.set_labels(number, ("Loop",))
    assert [e.method for e in address.exchanges[before:]] == ["GET"]


def test_labels_whose_answer_is_lost_are_looked_for(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("POST", "/labels$", status=502, when="after")])
    forge = dial(address)
    number = opened(forge)
    forge.set_labels(number, ("loop", "loop:kompress"))
    assert forge.pull(number).labels == ("loop", "loop:kompress")
    assert [e.path for e in address.exchanges if e.method == "POST"] == ["/repos/local/forge/pulls"]


def test_a_status_said_twice_is_written_once(forge: Forge, address: Address, bench: Bench) -> None:
    sha = bench.tip(BRANCH)
    for _ in range(2):
        forge.set_status(sha, state="pending", context="loop/kompress/gate", description="none yet")
    forge.set_status(sha, state="success", context="loop/kompress/gate", description="+0.04")
    posted = [e.data["state"] for e in address.exchanges if e.method == "POST"]
    assert posted == ["pending", "success"]


def test_a_comment_of_a_kind_is_edited_and_another_kind_is_added(
    forge: Forge, comments: Callable[[int], list[str]]
) -> None:
    number = opened(forge)
    forge.upsert_comment(number, kind="stopped", text="stalled")
    forge.upsert_comment(number, kind="stopped", text="out of budget")
    forge.upsert_comment(number, kind="conflict", text="two edits")
    assert comments(number) == [
        f"{comment_mark('stopped')}\nout of budget",
        f"{comment_mark('conflict')}\ntwo edits",
    ]


def test_a_comment_that_quotes_ours_is_not_ours(
    forge: Forge, person: Github, address: Address, comments: Callable[[int], list[str]]
) -> None:
    number = opened(forge)
    forge.upsert_comment(number, kind="stopped", text="stalled")
    quote = f"> {comment_mark('stopped')}\nwhy?"
    person.get_repo(address.repository).get_issue(number).create_comment(quote)
    forge.upsert_comment(number, kind="stopped", text="again")
    assert comments(number) == [f"{comment_mark('stopped')}\nagain", quote]


def test_two_comments_of_a_kind_become_one(
    forge: Forge, person: Github, address: Address, comments: Callable[[int], list[str]]
) -> None:
    number = opened(forge)
    for text in ("first", "second"):
        body = f"{comment_mark('stopped')}\n{text}"
        person.get_repo(address.repository).get_issue(number).create_comment(body)
    forge.upsert_comment(number, kind="stopped", text="first")
    assert comments(number) == [f"{comment_mark('stopped')}\nfirst"]


def test_reviewers_are_asked_and_teams_by_their_slug(forge: Forge, address: Address) -> None:
    number = opened(forge)
    forge.request_reviewers(number, ("ada", "org/evals"))
    assert address.exchanges[-1].data == {"reviewers": ["ada"], "team_reviewers": ["evals"]}
    assert [u["login"] for u in address.exchanges[-1].body["requested_reviewers"]] == ["ada"]


def test_a_closed_pull_request_is_reopened(forge: Forge, person: Github, address: Address) -> None:
    number = opened(forge)
    person.get_repo(address.repository).get_pull(number).edit(state="closed")
    assert forge.reopen_pull(number).state == "open"


def test_a_get_is_tried_again_after_server_errors(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("GET", "/pulls$", status=502, times=2)])
    assert dial(address).pulls(BRANCH) == ()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_is_sent_once_whatever_the_server_says(
    start: Callable[..., Address], dial: Callable[..., Forge], status: int
) -> None:
    address = start(faults=[Fault("POST", "/pulls$", status=status, when="after", times=9)])
    forge = dial(address)
    with pytest.raises(ForgeError) as caught:
        opened(forge)
    assert (caught.value.status, caught.value.transient) == (status, True)
    assert [pull.number for pull in forge.pulls(BRANCH)] == [1]


def test_a_write_whose_answer_is_lost_is_not_sent_again(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("PATCH", "/pulls/1$", kind="reset", when="after")])
    forge = dial(address)
    number = opened(forge)
    with pytest.raises(ForgeError, match=r"no answer \(ConnectionError\)") as caught:
        forge.edit_pull(number, title="New", body="")
    assert caught.value.transient
    assert forge.pull(number).title == "New"


def test_silence_ends_at_the_time_out(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("POST", "/pulls$", kind="timeout", seconds=1.5)])
    with pytest.raises(ForgeError, match=r"no answer \(ReadTimeout\)") as caught:
        opened(dial(address, timeout_s=1))
    assert caught.value.transient


def test_a_comment_whose_answer_is_lost_is_found_and_not_posted_twice(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("POST", "/comments$", status=502, when="after")])
    forge = dial(address)
    number = opened(forge)
    forge.upsert_comment(number, kind="stopped", text="stalled")
    posts = [e for e in address.exchanges if e.method == "POST" and e.path.endswith("/comments")]
    listed = [e.body for e in address.exchanges if e.method == "GET" and "/comments" in e.path]
    assert posts == []  # the one that had its effect was answered by the fault
    assert [len(found) for found in listed] == [0, 1, 1]


def test_a_comment_that_never_arrived_is_posted_again(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("POST", "/comments$", status=502, when="before")])
    forge = dial(address)
    number = opened(forge)
    forge.upsert_comment(number, kind="stopped", text="stalled")
    posts = [e for e in address.exchanges if e.method == "POST" and e.path.endswith("/comments")]
    assert [e.status for e in posts] == [201]


def test_a_short_retry_after_is_waited_for(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    fault = Fault("GET", "/pulls$", status=403, retry_after_s=1, message="slow down")
    assert dial(start(faults=[fault])).pulls(BRANCH) == ()


ERRORS = [
    pytest.param(
        "GET",
        401,
        "Bad credentials",
        "token refused; set GITHUB_TOKEN to a token that may write pull requests (401)",
        id="401",
    ),
    pytest.param(
        "GET",
        404,
        "Not Found",
        "not found; check GITHUB_REPOSITORY (owner/name) and that the token may see it (404)",
        id="404",
    ),
    pytest.param(
        "POST",
        403,
        "GitHub Actions is not permitted to create or approve pull requests.",
        "the token is not permitted to create pull requests; switch on Settings > Actions > "
        "General > Allow GitHub Actions to create and approve pull requests",
        id="403-pulls",
    ),
    pytest.param(
        "POST",
        403,
        "Resource not accessible by integration",
        "Resource not accessible by integration (403); give the token the permissions contents, "
        "pull-requests and statuses: write",
        id="403",
    ),
]


@pytest.mark.parametrize(("method", "status", "said", "told"), ERRORS)
def test_a_refusal_is_one_line_that_says_what_would_be_right(
    start: Callable[..., Address],
    dial: Callable[..., Forge],
    method: str,
    status: int,
    said: str,
    told: str,
) -> None:
    address = start(faults=[Fault(method, "/pulls$", status=status, message=said, times=9)])
    forge = dial(address)
    with pytest.raises(ForgeError) as caught:
        opened(forge) if method == "POST" else forge.pulls(BRANCH)
    where = address.url.removeprefix("http://")
    assert str(caught.value).endswith(f" at {where}/local/forge: {told}")
    assert not caught.value.transient


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_rate_limit_is_told_at_once_and_not_asked_again(
    start: Callable[..., Address], dial: Callable[..., Forge], method: str
) -> None:
    said = "You have exceeded a secondary rate limit. Please wait a few minutes."
    address = start(faults=[Fault(method, "/pulls$", status=403, message=said, times=9)])
    forge = dial(address)
    with pytest.raises(ForgeError, match="rate limit reached; run again later") as caught:
        opened(forge) if method == "POST" else forge.pulls(BRANCH)
    assert (caught.value.status, caught.value.transient) == (403, False)


def test_details_of_a_validation_error_are_told(forge: Forge) -> None:
    with pytest.raises(ForgeError) as caught:
        opened(forge, branch="loop/none")
    assert str(caught.value).endswith(": Validation Failed; PullRequest.head invalid (422)")


def test_an_answer_that_is_not_an_api_is_told(
    start: Callable[..., Address], dial: Callable[..., Forge]
) -> None:
    address = start(faults=[Fault("GET", "/pulls$", status=200, message="welcome")])
    with pytest.raises(ForgeError, match="the answer is not a GitHub API's"):
        dial(address).pulls(BRANCH)


def test_an_unreachable_forge_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    forge = connect(api_url="http://127.0.0.1:9", token="t", repository="a/b", timeout_s=1)
    with pytest.raises(ForgeError, match=r"cannot read pull request #1 at 127.0.0.1:9/a/b: no an"):
        forge.pull(1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"api_url": "github.com"}, "GITHUB_API_URL is 'github.com'", id="no-scheme"),
        pytest.param({"api_url": "ftp://x"}, "GITHUB_API_URL is 'ftp://x'", id="scheme"),
        pytest.param({"repository": "name"}, "GITHUB_REPOSITORY is 'name'", id="no-owner"),
        pytest.param({"repository": "a/b/c"}, "GITHUB_REPOSITORY is 'a/b/c'", id="three"),
        pytest.param({"token": " "}, "GITHUB_TOKEN is empty", id="token"),
    ],
)
def test_a_malformed_connection_is_refused_before_anything_is_sent(
    wrong: dict[str, str], told: str
) -> None:
    right = {"api_url": "https://api.github.com", "token": "t", "repository": "a/b"}
    with pytest.raises(ForgeError) as caught:
        connect(**{**right, **wrong})
    assert str(caught.value).startswith(told)


def test_no_token_appears_in_an_error(address: Address) -> None:
    forge = connect(api_url=address.url, token="s3cret-token", repository=address.repository)
    with pytest.raises(ForgeError) as caught:
        forge.pulls(BRANCH)
    assert caught.value.status == 401
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.__cause__)


def test_connecting_is_what_imports_pygithub() -> None:
    code = "import runner.forge.client, sys; print('github' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

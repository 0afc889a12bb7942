from collections.abc import Callable
from typing import Any

import pytest
import requests
from github import Github

from runner.core.forge import Forge
from runner.forge.fault import Fault
from runner.forge.server import Address

BRANCH = "loop/kompress"
ROOT = "/repos/local/forge"
Ask = Callable[..., requests.Response]
Bench = Any  # the fixture's class lives in conftest.py, which is not imported
WISH = {"title": "t", "head": BRANCH, "base": "main", "body": "b"}


def test_pygithub_walks_through_a_pull_requests_life(
    person: Github, address: Address, bench: Bench
) -> None:
    repo = person.get_repo(address.repository)
    assert (repo.full_name, repo.default_branch) == ("local/forge", "main")
    assert person.get_user().login == "git-loop"
    pull = repo.create_pull(base="main", head=f"local:{BRANCH}", title="t", body="b")
    assert (pull.number, pull.state, pull.merged, pull.mergeable) == (1, "open", False, True)
    assert (pull.commits, pull.additions, pull.deletions, pull.changed_files) == (1, 1, 0, 1)
    assert (pull.head.label, pull.head.sha) == (f"local:{BRANCH}", bench.tip(BRANCH))
    assert pull.head.repo.full_name == "local/forge"
    assert pull.base.sha == bench.tip("main")
    assert pull.created_at.isoformat() == "2026-01-02T12:00:01+00:00"
    pull.add_to_labels("loop", "loop:kompress")
    assert [label.name for label in pull.get_labels()] == ["loop", "loop:kompress"]
    pull.remove_from_labels("loop:kompress")
    pull.set_labels("a")
    pull.delete_labels()
    assert list(repo.get_pull(1).get_labels()) == []
    said = pull.create_issue_comment("hello")
    said.edit("hello again")
    assert [c.body for c in pull.get_issue_comments()] == ["hello again"]
    said.delete()
    assert repo.get_issue(1).comments == 0
    commit = repo.get_commit(pull.head.sha)
    commit.create_status("success", description="fine", context="loop/kompress/gate")
    assert commit.get_combined_status().state == "success"
    assert [s.state for s in commit.get_statuses()] == ["success"]
    assert repo.get_git_ref(f"heads/{BRANCH}").object.sha == pull.head.sha
    refs = [ref.ref for ref in repo.get_git_matching_refs("heads/")]
    assert refs == [f"refs/heads/{BRANCH}", "refs/heads/main"]
    pull.edit(state="closed")
    pull.edit(state="open")
    done = pull.merge()
    assert done.merged
    assert repo.get_pull(1).is_merged()
    assert repo.get_pull(1).merge_commit_sha == done.sha == bench.tip("main")
    assert repo.get_pull(1).merged_by.login == "git-loop"


def test_the_newest_status_of_each_context_counts_and_the_worst_is_told(
    person: Github, address: Address, bench: Bench
) -> None:
    commit = person.get_repo(address.repository).get_commit(bench.tip(BRANCH))
    assert commit.get_combined_status().state == "pending"
    commit.create_status("failure", context="a")
    commit.create_status("success", context="b")
    assert commit.get_combined_status().state == "failure"
    commit.create_status("success", context="a")
    combined = commit.get_combined_status()
    assert (combined.state, combined.total_count) == ("success", 2)


def test_state_survives_a_restart_and_token_and_port_do_not(
    start: Callable[..., Address], dial: Callable[[Address], Forge], bench: Bench
) -> None:
    first = start()
    dial(first).create_pull(branch=BRANCH, base="main", title="t", body="b")
    second = start()
    assert (first.token, first.url) != (second.token, second.url)
    pull = dial(second).pull(1)
    assert (pull.title, pull.body, pull.head_sha) == ("t", "b", bench.tip(BRANCH))
    assert pull == dial(first).pull(1)


def test_two_servers_on_one_repository_agree(
    start: Callable[..., Address], dial: Callable[[Address], Forge]
) -> None:
    one, two = dial(start()), dial(start())
    one.create_pull(branch=BRANCH, base="main", title="t", body="b")
    two.edit_pull(1, title="from two", body="b")
    one.set_labels(1, ("loop",))
    assert (one.pull(1).title, two.pull(1).labels) == ("from two", ("loop",))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param("", [3], id="open-by-default"),
        pytest.param("?state=all", [3, 2, 1], id="all-newest-first"),
        pytest.param("?state=all&direction=asc", [1, 2, 3], id="oldest-first"),
        pytest.param("?state=closed", [2, 1], id="closed"),
        pytest.param("?state=all&sort=updated", [2, 3, 1], id="updated-oldest-first"),
        pytest.param("?state=all&head=local:loop/kompress", [3, 1], id="head"),
        pytest.param("?state=all&head=someone:loop/kompress", [], id="other-owner"),
        pytest.param("?state=all&head=loop/none", [3, 2, 1], id="head-without-owner-is-ignored"),
        pytest.param("?state=all&base=other", [], id="base"),
        pytest.param("?state=all&per_page=1&page=2", [2], id="page"),
    ],
)
def test_lists_are_filtered_and_sorted_as_on_github(
    ask: Ask, bench: Bench, query: str, numbers: list[int]
) -> None:
    bench.push("loop/other", {"b": b"2"}, onto="main")
    ask("POST", f"{ROOT}/pulls", WISH)
    ask("POST", f"{ROOT}/pulls", {**WISH, "head": "loop/other"})
    ask("PATCH", f"{ROOT}/pulls/2", {"state": "closed"})
    ask("PATCH", f"{ROOT}/pulls/1", {"state": "closed"})
    ask("POST", f"{ROOT}/pulls", WISH)
    ask("PATCH", f"{ROOT}/pulls/1", {"title": "last touched"})
    found = [pull["number"] for pull in ask("GET", f"{ROOT}/pulls{query}").json()]
    assert found == numbers


def test_pages_are_linked_to_their_neighbours(ask: Ask) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    ask("PUT", f"{ROOT}/issues/1/labels", ["a", "b", "c", "d", "e"])
    answer = ask("GET", f"{ROOT}/issues/1/labels?per_page=2&page=2")
    assert [label["name"] for label in answer.json()] == ["c", "d"]
    pages = {rel: link["url"].rpartition("page=")[2] for rel, link in answer.links.items()}
    assert pages == {"prev": "1", "first": "1", "next": "3", "last": "3"}
    last = ask("GET", answer.links["last"]["url"].removeprefix(answer.url.split("/repos")[0]))
    assert [label["name"] for label in last.json()] == ["e"]
    assert set(last.links) == {"prev", "first"}
    assert ask("GET", f"{ROOT}/issues/1/labels").links == {}


def test_every_url_is_on_the_server_that_was_asked(ask: Ask, address: Address) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)

    def urls(value: Any, name: str = "") -> list[str]:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            return [url for key, item in value.items() for url in urls(item, key)]
        if isinstance(value, list):
            return [url for item in value for url in urls(item, name)]
        return [value] if name == "url" and isinstance(value, str) else []

    found = urls(ask("GET", f"{ROOT}/pulls/1").json())
    assert len(found) >= 8
    assert {url.startswith(f"{address.url}/") for url in found} == {True}


def test_the_web_address_does_not_change_with_the_port(
    start: Callable[..., Address], dial: Callable[[Address], Forge], bench: Bench
) -> None:
    url = dial(start()).create_pull(branch=BRANCH, base="main", title="t", body="b").url
    assert dial(start()).pull(1).url == url == f"{bench.repo.top.as_uri()}#pull/1"


def test_a_reviewer_acts_under_their_own_name(start: Callable[..., Address], ask: Ask) -> None:
    address = start(logins={"ada-token": "ada"})
    assert address.token != "ada-token"
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": "token ada-token"}
        answer = session.get(f"{address.url}/user", headers=headers, timeout=5)
    assert answer.json()["login"] == "ada"


def test_a_stale_read_shows_the_records_of_one_change_ago(
    start: Callable[..., Address], dial: Callable[[Address], Forge]
) -> None:
    forge = dial(start(faults=[Fault("GET", "/pulls/1$", kind="stale")]))
    forge.create_pull(branch=BRANCH, base="main", title="first", body="b")
    forge.edit_pull(1, title="second", body="b")
    assert [forge.pull(1).title, forge.pull(1).title] == ["first", "second"]


def test_faults_are_used_up_one_by_one(start: Callable[..., Address]) -> None:
    address = start(faults=[Fault("GET", "/user", status=500, times=2), Fault("GET", "/user")])
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"token {address.token}"}
        codes = [
            session.get(f"{address.url}/user", headers=headers, timeout=5).status_code
            for _ in range(4)
        ]
    assert codes == [500, 500, 502, 200]


def test_a_body_beyond_all_reason_is_refused_unread(ask: Ask) -> None:
    answer = ask("POST", f"{ROOT}/pulls", {"title": "x" * (4 * 1024 * 1024)})
    assert answer.status_code == 413


def test_only_loopback_is_served(address: Address) -> None:
    assert address.url.startswith("http://127.0.0.1:")
    assert len(address.token) == 32


def test_a_damaged_record_is_told_and_not_overwritten(ask: Ask, bench: Bench, forge: Forge) -> None:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    good = bench.repo.resolve("refs/forge/state")
    bench.damage("pulls/000001.json", b"{}\n")
    answer = ask("GET", f"{ROOT}/pulls")
    bad = bench.repo.resolve("refs/forge/state")
    assert bad != good
    assert answer.status_code == 500
    assert answer.json()["message"] == (
        f"refs/forge/state at {bad[:12]} is not a record of this forge; "
        "git update-ref refs/forge/state to an older commit of it"
    )
    assert bench.repo.resolve("refs/forge/state") == bad

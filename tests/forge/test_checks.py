"""Check runs: for the server's own login, as for an App on GitHub; refused to all others."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from github import Github

from runner.core.forge import CheckState, Forge, ForgeError
from runner.forge.checkwish import CHECKS
from runner.forge.fault import Fault
from runner.forge.server import Address

BRANCH = "loop/kompress"
NAME = "loop/kompress/gate"
ROOT = "/repos/local/forge"
Ask = Callable[..., requests.Response]
Bench = Any  # the fixture's class lives in conftest.py, which is not imported
WISH = {"name": NAME, "status": "in_progress", "output": {"title": "t", "summary": "s"}}


def said(forge: Forge, sha: str, **fields: Any) -> bool:  # noqa: ANN401 - any of its arguments
    given = {"name": NAME, "state": "pending", "title": "none yet", "summary": "five lines"}
    return forge.set_check(sha, **{**given, **fields})


def runs(ask: Ask, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(
        "GET", f"{ROOT}/commits/loop%2Fkompress/check-runs{query}"
    ).json()["check_runs"]
    return found


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        ("success", "completed", "success"),
        ("pending", "in_progress", None),
        ("neutral", "completed", "neutral"),
        ("failure", "completed", "failure"),
        ("error", "completed", "failure"),
    ],
)
def test_a_check_run_is_made_with_what_the_gate_says(
    forge: Forge, bench: Bench, ask: Ask, state: CheckState, status: str, conclusion: str | None
) -> None:
    sha = bench.tip(BRANCH)
    assert said(forge, sha, state=state, summary="gain\n\n| a | b |") is True
    [run] = runs(ask)
    assert (run["name"], run["head_sha"]) == (NAME, sha)
    assert (run["status"], run["conclusion"]) == (status, conclusion)
    assert (run["output"]["title"], run["output"]["summary"]) == ("none yet", "gain\n\n| a | b |")
    assert (run["completed_at"] is None) is (conclusion is None)


def test_a_check_run_is_updated_and_not_doubled(
    forge: Forge, bench: Bench, ask: Ask, address: Address
) -> None:
    sha = bench.tip(BRANCH)
    assert said(forge, sha)
    before = runs(ask)[0]
    assert said(forge, sha, state="success", title="+0.04", summary="more")
    [run] = runs(ask, "?filter=all")
    assert (run["id"], run["started_at"]) == (before["id"], before["started_at"])
    assert (run["conclusion"], run["output"]["title"]) == ("success", "+0.04")
    written = [e.method for e in address.exchanges if e.method != "GET"]
    assert written == ["POST", "PATCH"]


def test_a_check_run_that_ended_can_be_under_way_again(
    forge: Forge, bench: Bench, ask: Ask
) -> None:
    sha = bench.tip(BRANCH)
    assert said(forge, sha, state="neutral")
    assert said(forge, sha, state="pending")
    [run] = runs(ask, "?filter=all")
    assert (run["status"], run["conclusion"]) == ("in_progress", None)
    assert run["completed_at"] is None


@pytest.mark.parametrize("state", list(CHECKS))
def test_a_check_run_said_twice_is_written_once(
    forge: Forge, bench: Bench, address: Address, state: CheckState
) -> None:
    sha = bench.tip(BRANCH)
    assert said(forge, sha, state=state)
    before = len(address.exchanges)
    assert said(forge, sha, state=state)
    assert [e.method for e in address.exchanges[before:]] == ["GET"]


def test_a_check_run_of_another_name_or_commit_stays(forge: Forge, bench: Bench, ask: Ask) -> None:
    said(forge, bench.tip("main"))
    said(forge, bench.tip(BRANCH), name="loop/other/gate")
    said(forge, bench.tip(BRANCH))
    assert [run["name"] for run in runs(ask)] == [NAME, "loop/other/gate"]
    assert [run["name"] for run in runs(ask, "?check_name=loop/other/gate")] == ["loop/other/gate"]
    assert ask("GET", f"{ROOT}/commits/main/check-runs").json()["total_count"] == 1


def test_of_check_runs_of_one_name_the_newest_is_updated(
    forge: Forge, bench: Bench, ask: Ask
) -> None:
    sha = bench.tip(BRANCH)
    for title in ("first", "second"):
        output = {"title": title, "summary": "s"}
        ask("POST", f"{ROOT}/check-runs", {**WISH, "head_sha": sha, "output": output})
    assert said(forge, sha, state="success", title="ours")
    assert [run["output"]["title"] for run in runs(ask)] == ["ours"]
    assert [run["output"]["title"] for run in runs(ask, "?filter=all")] == ["ours", "first"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "message"),
    [(403, "Resource not accessible by personal access token"), (404, "Not Found")],
)
def test_a_token_that_may_not_is_no_error(
    start: Callable[..., Address],
    dial: Callable[..., Forge],
    bench: Bench,
    method: str,
    status: int,
    message: str,
) -> None:
    fault = Fault(method, "/check-runs$", status=status, message=message, times=9)
    assert said(dial(start(faults=[fault])), bench.tip(BRANCH)) is False


def test_people_are_refused_as_on_github(
    start: Callable[..., Address], dial: Callable[..., Forge], bench: Bench
) -> None:
    address = start(logins={"hers": "ada"})
    hers = Address(address.url, "hers", address.repository)
    sha = bench.tip(BRANCH)
    assert said(dial(hers), sha) is False
    assert said(dial(address), sha) is True
    assert said(dial(hers), sha, state="success") is False
    refused = [(e.method, e.body["message"]) for e in address.exchanges if e.status == 403]
    message = "You must authenticate via a GitHub App."
    assert refused == [("POST", message), ("PATCH", message)]


def test_a_limit_is_not_taken_for_a_token_that_may_not(
    start: Callable[..., Address], dial: Callable[..., Forge], bench: Bench
) -> None:
    message = "You have exceeded a secondary rate limit."
    address = start(faults=[Fault("POST", "/check-runs$", status=403, message=message)])
    with pytest.raises(ForgeError, match="rate limit reached"):
        said(dial(address), bench.tip(BRANCH))


def test_a_refusal_for_another_reason_is_told(forge: Forge) -> None:
    with pytest.raises(ForgeError, match="cannot set the check run loop/kompress/gate of 0000"):
        said(forge, "0" * 40)


@pytest.mark.parametrize(("method", "first"), [("POST", 0), ("PATCH", 1)])
def test_a_check_run_whose_answer_is_lost_is_looked_for(
    start: Callable[..., Address], dial: Callable[..., Forge], bench: Bench, method: str, first: int
) -> None:
    faults = [Fault(method, r"/check-runs(/\d+)?$", status=502, when="after")]
    address = start(faults=faults)
    forge, sha = dial(address), bench.tip(BRANCH)
    for title in ("one", "two")[: first + 1]:
        assert said(forge, sha, title=title)
    answered = [e.method for e in address.exchanges if e.method != "GET"]
    assert answered == ["POST"] * first


def test_pygithub_and_the_embedded_forge_agree(
    person: Github, address: Address, breaches: Callable[..., list[str]]
) -> None:
    repo = person.get_repo(address.repository)
    sha = repo.get_commit("main").sha
    made = repo.create_check_run(NAME, sha, output={"title": "t", "summary": "s"})
    made.edit(conclusion="neutral")
    [found] = repo.get_commit(sha).get_check_runs()
    assert (found.id, found.status, found.conclusion) == (made.id, "completed", "neutral")
    assert (found.output.title, found.output.summary) == ("t", "s")
    assert breaches(address.exchanges) == []


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        pytest.param("POST", "", {"name": " "}, 422, id="no-name"),
        pytest.param("POST", "", {"head_sha": "none"}, 422, id="no-commit"),
        pytest.param("POST", "", {"status": "done"}, 422, id="unknown-status"),
        pytest.param("POST", "", {"conclusion": "fine"}, 422, id="unknown-conclusion"),
        pytest.param("POST", "", {"status": "completed"}, 422, id="no-conclusion"),
        pytest.param("POST", "", {"output": {"title": "t"}}, 422, id="no-summary"),
        pytest.param("POST", "", {"output": "text"}, 422, id="output-no-object"),
        pytest.param(
            "POST", "", {"output": {"title": "t", "summary": "x" * 65_536}}, 422, id="long-summary"
        ),
        pytest.param("PATCH", "/7", {"status": "queued"}, 404, id="not-there"),
    ],
)
def test_a_check_run_that_cannot_be_is_refused(
    ask: Ask, bench: Bench, method: str, path: str, data: dict[str, Any], status: int
) -> None:
    answer = ask(method, f"{ROOT}/check-runs{path}", {**WISH, "head_sha": "main", **data})
    assert answer.status_code == status
    assert bench.repo.resolve("refs/forge/state") is None


def test_check_runs_outlive_the_server(
    start: Callable[..., Address], dial: Callable[..., Forge], bench: Bench
) -> None:
    sha = bench.tip(BRANCH)
    assert said(dial(start()), sha)
    again = start()
    assert said(dial(again), sha)
    assert [e.method for e in again.exchanges] == ["GET"]
    commit = bench.repo.resolve("refs/forge/state")
    assert f"checks/{sha}.json" in bench.repo.list_folder(commit, "")

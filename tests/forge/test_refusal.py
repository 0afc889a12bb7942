from collections.abc import Callable
from typing import Any

import pytest
import requests

from runner.core.forge import Forge

BRANCH = "loop/kompress"
ROOT = "/repos/local/forge"
Ask = Callable[..., requests.Response]
Bench = Any  # the fixture's class lives in conftest.py, which is not imported
WISH = {"title": "t", "head": BRANCH, "base": "main", "body": "b"}


def errors(answer: requests.Response) -> list[tuple[str | None, str, str | None]]:
    return [(e.get("field"), e["code"], e.get("message")) for e in answer.json()["errors"]]


def test_an_unknown_token_is_refused(ask: Ask) -> None:
    answer = ask("GET", "/user", token="wrong")
    assert answer.status_code == 401
    assert answer.json() == {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }


def test_no_token_at_all_is_refused(ask: Ask) -> None:
    answer = ask("GET", "/user", token="")
    assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "/nothing", id="route"),
        pytest.param("GET", "/repos/local/other", id="repository"),
        pytest.param("GET", f"{ROOT}/pulls/7", id="pull"),
        pytest.param("PATCH", f"{ROOT}/pulls/7", id="pull-edit"),
        pytest.param("PUT", f"{ROOT}/pulls/7/merge", id="pull-merge"),
        pytest.param("GET", f"{ROOT}/pulls/7/merge", id="pull-merged"),
        pytest.param("DELETE", f"{ROOT}/pulls/7", id="method"),
        pytest.param("GET", f"{ROOT}/issues/7/labels", id="labels"),
        pytest.param("GET", f"{ROOT}/issues/comments/7", id="comment"),
        pytest.param("GET", f"{ROOT}/git/ref/heads/none", id="ref"),
        pytest.param("GET", f"{ROOT}/git/ref/forge/state", id="own-ref"),
    ],
)
def test_what_is_not_there_is_not_found(ask: Ask, method: str, path: str) -> None:
    answer = ask(method, path, {} if method != "GET" else None)
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"{not json", "Problems parsing JSON", id="broken"),
        pytest.param(b'"text"', "Body should be a JSON object", id="no-object"),
        pytest.param(b"\xff\xfe", "Problems parsing JSON", id="no-text"),
    ],
)
def test_bad_json_is_refused(ask: Ask, raw: bytes, message: str) -> None:
    answer = ask("POST", f"{ROOT}/pulls", None, data=raw)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"title": None}, ("title", "missing_field", None), id="title-missing"),
        pytest.param({"title": " "}, ("title", "missing_field", None), id="title-blank"),
        pytest.param({"head": None}, ("head", "missing_field", None), id="head-missing"),
        pytest.param({"base": None}, ("base", "missing_field", None), id="base-missing"),
        pytest.param({"head": "loop/none"}, ("head", "invalid", None), id="head-unknown"),
        pytest.param({"head": "other:loop/kompress"}, ("head", "invalid", None), id="head-fork"),
        pytest.param({"base": "none"}, ("base", "invalid", None), id="base-unknown"),
        pytest.param(
            {"head": "main"},
            (None, "custom", "No commits between main and main"),
            id="no-commits",
        ),
        pytest.param(
            {"body": "x" * 65_537},
            ("body", "custom", "body is too long (maximum is 65536 characters)"),
            id="long-body",
        ),
        pytest.param(
            {"title": "x" * 257},
            ("title", "custom", "title is too long (maximum is 256 characters)"),
            id="long-title",
        ),
    ],
)
def test_a_pull_request_that_cannot_be_is_refused(
    ask: Ask, change: dict[str, Any], expected: tuple[str | None, str, str | None]
) -> None:
    answer = ask("POST", f"{ROOT}/pulls", {**WISH, **change})
    assert (answer.status_code, answer.json()["message"]) == (422, "Validation Failed")
    assert errors(answer) == [expected]


def test_a_body_at_the_limit_is_taken_in_characters_not_bytes(ask: Ask) -> None:
    answer = ask("POST", f"{ROOT}/pulls", {**WISH, "body": "é" * 65_536})
    assert answer.status_code == 201
    assert len(answer.json()["body"]) == 65_536


def test_a_second_open_pull_request_of_a_branch_is_refused(ask: Ask) -> None:
    assert ask("POST", f"{ROOT}/pulls", WISH).status_code == 201
    answer = ask("POST", f"{ROOT}/pulls", WISH)
    assert answer.status_code == 422
    assert errors(answer) == [
        (None, "custom", "A pull request already exists for local:loop/kompress.")
    ]


def test_a_merged_pull_request_cannot_be_opened_or_merged_again(ask: Ask) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    assert ask("PUT", f"{ROOT}/pulls/1/merge", {}).status_code == 200
    answer = ask("PATCH", f"{ROOT}/pulls/1", {"state": "open"})
    assert answer.status_code == 422
    assert errors(answer)[0][2] == "state cannot be changed. The pull request was merged."
    again = ask("PUT", f"{ROOT}/pulls/1/merge", {})
    assert (again.status_code, again.json()["message"]) == (405, "Pull Request is not mergeable")


def test_a_pull_request_whose_branch_is_gone_stays_closed(ask: Ask, bench: Bench) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    bench.point(BRANCH, None)
    answer = ask("PATCH", f"{ROOT}/pulls/1", {"state": "open"})
    assert errors(answer)[0][2] == (
        "state cannot be changed. The loop/kompress branch has been deleted."
    )


def test_a_pull_request_whose_branch_was_rewritten_stays_closed(ask: Ask, bench: Bench) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    ask("PATCH", f"{ROOT}/pulls/1", {"state": "closed"})
    bench.point(BRANCH, None)
    bench.push(BRANCH, {"b": b"2"}, onto="main")
    answer = ask("PATCH", f"{ROOT}/pulls/1", {"state": "open"})
    assert errors(answer)[0][2] == (
        "state cannot be changed. The loop/kompress branch was force-pushed or recreated."
    )


def test_reopening_beside_an_open_one_is_refused(ask: Ask) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    ask("PATCH", f"{ROOT}/pulls/1", {"state": "closed"})
    ask("POST", f"{ROOT}/pulls", WISH)
    answer = ask("PATCH", f"{ROOT}/pulls/1", {"state": "open"})
    assert errors(answer)[0][2] == "A pull request already exists for local:loop/kompress."


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param({"title": ""}, "title", id="title"),
        pytest.param({"base": "none"}, "base", id="base"),
        pytest.param({"state": "merged"}, "state", id="state"),
        pytest.param({"body": "x" * 65_537}, "body", id="body"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(ask: Ask, data: dict[str, str], field: str) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    answer = ask("PATCH", f"{ROOT}/pulls/1", data)
    assert answer.status_code == 422
    assert [error[0] for error in errors(answer)] == [field]


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        pytest.param("GET", "/pulls?state=merged", None, 422, id="unknown-state"),
        pytest.param("POST", "/pulls", {**WISH, "title": 3}, 422, id="title-no-text"),
        pytest.param("PUT", "/pulls/1/merge", {"merge_method": "octopus"}, 422, id="method"),
        pytest.param("PUT", "/pulls/1/merge", {"sha": "0" * 40}, 409, id="moved-head"),
        pytest.param("POST", "/issues/1/comments", {"body": " "}, 422, id="no-comment"),
        pytest.param("POST", "/issues/1/comments", {"body": "x" * 65_537}, 422, id="long-comment"),
        pytest.param("POST", "/issues/1/labels", {"labels": "x"}, 422, id="labels-no-list"),
        pytest.param("POST", "/issues/1/labels", {"labels": [""]}, 422, id="label-empty"),
        pytest.param("POST", "/issues/1/labels", {"labels": ["x" * 51]}, 422, id="label-long"),
        pytest.param("DELETE", "/issues/1/labels/none", None, 404, id="label-not-there"),
        pytest.param("POST", "/statuses/none", {"state": "success"}, 422, id="no-commit"),
        pytest.param("POST", "/statuses/main", {"state": "green"}, 422, id="status-state"),
        pytest.param(
            "POST",
            "/statuses/main",
            {"state": "success", "description": "x" * 141},
            422,
            id="status-long",
        ),
        pytest.param("GET", "/commits/--all", None, 422, id="no-option-reaches-git"),
        pytest.param(
            "POST",
            "/pulls/1/requested_reviewers",
            {"reviewers": ["git-loop"]},
            422,
            id="author-as-reviewer",
        ),
    ],
)
def test_other_wishes_that_cannot_be_are_refused(
    ask: Ask, method: str, path: str, data: dict[str, Any] | None, status: int
) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    answer = ask(method, ROOT + path, data)
    assert answer.status_code == status
    assert answer.json()["status"] == str(status)


def test_a_refusal_changes_nothing(ask: Ask, forge: Forge, bench: Bench) -> None:
    ask("POST", f"{ROOT}/pulls", WISH)
    before = bench.repo.resolve("refs/forge/state")
    ask("PATCH", f"{ROOT}/pulls/1", {"title": "new", "state": "merged"})
    ask("POST", f"{ROOT}/pulls", WISH)
    assert bench.repo.resolve("refs/forge/state") == before
    assert forge.pull(1).title == "t"

from collections.abc import Callable
from typing import Any

import pytest
from github import Github

from runner.forge.server import Address
from runner.forge.wire import Exchange

BRANCH = "loop/kompress"
Breaches = Callable[[list[Exchange]], list[str]]
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


def exchange(**fields: Any) -> Exchange:  # noqa: ANN401 - any part of an exchange
    path = "/repos/local/forge/issues/1/comments"
    given = {"method": "POST", "path": path, "query": "", "data": {"body": "b"}, "status": 201}
    return Exchange(**{**given, "body": {}, **fields})


def test_what_the_embedded_forge_says_is_what_github_describes(
    person: Github, address: Address, breaches: Breaches, bench: Bench
) -> None:
    repo = person.get_repo(address.repository)
    pull = repo.create_pull(base="main", head=BRANCH, title="t", body="b")
    pull.add_to_labels("loop")
    pull.create_issue_comment("hello")
    pull.create_review_request(["ada"])
    repo.get_commit(pull.head.sha).create_status("pending", context="c", description="d")
    repo.get_commit(pull.head.sha).get_combined_status()
    list(repo.get_pulls(state="all", head=f"local:{BRANCH}"))
    repo.get_pull(1).merge(merge_method="squash")
    assert len(address.exchanges) >= 9
    assert breaches(address.exchanges) == []


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        pytest.param(
            exchange(data={"text": "b"}),
            "POST /repos/local/forge/issues/1/comments 201: request: 'body' is a required property",
            id="request",
        ),
        pytest.param(
            exchange(),
            "POST /repos/local/forge/issues/1/comments 201: response: 'id' is a required property",
            id="response",
        ),
        pytest.param(
            exchange(status=200),
            "POST /repos/local/forge/issues/1/comments 200: no such answer",
            id="status",
        ),
        pytest.param(
            exchange(status=422, body={}),
            "POST /repos/local/forge/issues/1/comments 422: no message",
            id="refusal",
        ),
        pytest.param(
            exchange(method="GET", query="who=me", data=None, status=200, body=[]),
            "GET /repos/local/forge/issues/1/comments 200: no parameter who",
            id="query",
        ),
        pytest.param(
            exchange(method="PATCH", status=200),
            "PATCH /repos/local/forge/issues/1/comments 200: no such operation",
            id="operation",
        ),
    ],
)
def test_an_exchange_that_is_not_githubs_is_noticed(
    breaches: Breaches, broken: Exchange, expected: str
) -> None:
    assert expected in breaches([broken])

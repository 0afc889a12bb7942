"""Workflows are started once, and what a repository permits is read whatever the status."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from runner.core.forge import ForgeError
from runner.forge.action import Actions


@contextmanager
def answering(status: int, body: object = None) -> Iterator[tuple[Actions, list[dict[str, Any]]]]:
    """Give a repository that answers every request the same, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(
                {
                    "what": f"{self.command} {self.path}",
                    "sent": json.loads(sent) if sent else None,
                    "token": self.headers.get("Authorization"),
                }
            )
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-OAuth-Scopes", "repo")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = handle_any  # noqa: N815 - the class's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Actions(f"http://127.0.0.1:{server.server_address[1]}", "t0ken", "ann/toy"), asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [pytest.param(204, None, id="no-content"), pytest.param(200, {"run": 1}, id="with-the-run")],
)
def test_a_workflow_is_started_with_its_inputs(status: int, body: object) -> None:
    with answering(status, body) as (actions, asked):
        actions.dispatch("loop.yml", ref="main", inputs={"loop": "toy", "iterations": "2"})

    assert asked == [
        {
            "what": "POST /repos/ann/toy/actions/workflows/loop.yml/dispatches",
            "sent": {"ref": "main", "inputs": {"loop": "toy", "iterations": "2"}},
            "token": "token t0ken",
        }
    ]


@pytest.mark.parametrize("status", [403, 404, 422, 500, 502])
def test_a_refused_start_is_one_line_and_sent_once(status: int) -> None:
    with (
        answering(status, {"message": "Resource not accessible"}) as (actions, asked),
        pytest.raises(ForgeError) as refused,
    ):
        actions.dispatch("loop.yml", ref="main", inputs={})

    assert refused.value.status == status
    assert "start loop.yml" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "t0ken" not in str(refused.value)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "why"),
    [
        pytest.param(422, "no ref found", id="said"),
        pytest.param(
            403,
            "refused; the job needs permission actions: write, and the workflow must be there",
            id="forbidden",
        ),
        pytest.param(
            404,
            "refused; the job needs permission actions: write, and the workflow must be there",
            id="missing",
        ),
    ],
)
def test_a_refused_start_says_what_lacks(status: int, why: str) -> None:
    with (
        answering(status, {"message": "No ref found."}) as (actions, _),
        pytest.raises(ForgeError) as refused,
    ):
        actions.dispatch("loop.yml", ref="gone", inputs={})

    assert str(refused.value) == f"start loop.yml on gone: {why} ({status})"


def test_headers_and_body_are_read() -> None:
    with answering(200, {"permissions": {"push": True}}) as (actions, asked):
        found = actions.read("/actions/permissions/workflow")

    assert (found.status, found.body) == (200, {"permissions": {"push": True}})
    assert found.headers["x-oauth-scopes"] == "repo"
    assert asked[0]["what"] == "GET /repos/ann/toy/actions/permissions/workflow"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_to_read_is_an_answer(status: int) -> None:
    with answering(status, {"message": "no"}) as (actions, _):
        assert actions.read().status == status


def test_a_forge_that_is_not_there_is_no_answer() -> None:
    with answering(200) as (actions, _):
        gone = actions

    with pytest.raises(ForgeError, match="read the repository"):
        gone.read()

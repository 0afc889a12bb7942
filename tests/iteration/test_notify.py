"""Webhooks hear of accepts, errors and stops, once each and after the pull request."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

SECRET = "T0-secret-path"
Heard = list[dict[str, Any]]


@pytest.fixture
def heard(workshop: "Workshop", monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """A webhook whose address is in HOOK, and a loop that names it."""
    found: Heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{server.server_port}/{SECRET}")
    spec = workshop.file("loops/toy.yaml", "main")
    workshop.spec(f"{spec}\npublish: {{notify: [HOOK]}}\nstop: {{max_iterations: 3}}\n")
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def published(shop: "Workshop", *argv: str) -> str:
    """Run with publishing; return what was told beside the result."""
    done = shop.cli("run", "toy", *argv)
    assert done.code == 0, done.err
    return done.out + done.err


def test_an_accept_is_told_once_and_a_reject_is_not(workshop: "Workshop", heard: Heard) -> None:
    workshop.levels(3, 12, 5)
    told = published(workshop, "--iterations", "2")
    assert workshop.verdicts() == ["baseline", "accept", "reject"]
    (message,) = heard
    assert message["reason"].startswith("the candidate is better than the incumbent")
    assert {**message, "reason": "", "url": ""} == {
        "loop": "toy",
        "row": 1,
        "verdict": "accept",
        "reason": "",
        "stop": None,
        "pull": 1,
        "url": "",
    }
    assert message["url"].endswith("/1")
    assert SECRET not in told


def test_a_stop_is_told_whatever_the_verdict(workshop: "Workshop", heard: Heard) -> None:
    workshop.levels(3, 3)
    published(workshop, "--iterations", "3")
    assert [(m["row"], m["verdict"], m["stop"]) for m in heard] == [(3, "reject", "underpowered")]


def test_an_error_is_told(workshop: "Workshop", heard: Heard) -> None:
    workshop.commit({"train.py": "raise SystemExit(3)\n"})
    workshop.cli("run", "toy")
    assert [(m["row"], m["verdict"], m["stop"]) for m in heard] == [(0, "error", None)]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (None, "the variable is not set"),
        (f"http://127.0.0.1:1/{SECRET}", "no answer (ConnectionRefusedError)"),
        (
            f"http://example.invalid/{SECRET}",
            "the address is not https:// (http:// only to this machine)",
        ),
    ],
    ids=["unset", "nobody there", "in the clear"],
)
def test_what_does_not_get_through_is_a_note_and_no_error(
    workshop: "Workshop",
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
    url: str | None,
    fault: str,
) -> None:
    workshop.levels(3, 12)
    if url is None:
        monkeypatch.delenv("HOOK")
    else:
        monkeypatch.setenv("HOOK", url)
    told = published(workshop)
    assert f"notify: HOOK: {fault}" in told.splitlines()
    assert SECRET not in told
    assert (workshop.verdicts(), heard) == (["baseline", "accept"], [])

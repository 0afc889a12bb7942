"""A webhook hears one message; nobody hears its address."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runner.forge.webhook import post

SECRET = "T0-secret-path"


@dataclass
class Hook:
    """A webhook on this machine, and what it was sent."""

    url: str
    status: int = 200
    wait_s: float = 0
    heard: list[tuple[str, str, object]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.heard.append((self.path, self.headers["Content-Type"], json.loads(body)))
            time.sleep(found.wait_s)
            self.send_response(found.status)
            self.send_header("Location", f"{found.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Hook(f"http://127.0.0.1:{server.server_port}/{SECRET}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives_as_json(hook: Hook) -> None:
    assert post(hook.url, {"loop": "toy", "row": 3}) is None
    assert hook.heard == [(f"/{SECRET}", "application/json", {"loop": "toy", "row": 3})]


def test_a_proxy_does_not_see_what_goes_to_this_machine(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert post(hook.url, {}) is None


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_a_refusal_is_told_by_its_number_and_nothing_is_followed(hook: Hook, status: int) -> None:
    hook.status = status
    assert post(hook.url, {}) == f"it answered {status}"
    assert len(hook.heard) == 1


def test_a_slow_webhook_is_left_behind(hook: Hook) -> None:
    hook.wait_s = 0.5
    began = time.monotonic()
    assert post(hook.url, {}, timeout_s=0.1) == "no answer (TimeoutError)"
    assert time.monotonic() - began < 0.4


def test_nobody_there_is_told_without_the_address() -> None:
    assert post(f"http://127.0.0.1:1/{SECRET}", {}) == "no answer (ConnectionRefusedError)"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.invalid/x",
        "http://127.0.0.1.example.invalid/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "127.0.0.1/x",
        "https://",
        "http://[::1",
        "not an address",
    ],
)
def test_only_https_or_this_machine_is_posted_to(url: str) -> None:
    assert post(url, {}) == "the address is not https:// (http:// only to this machine)"


@pytest.mark.parametrize("url", ["http://127.0.0.1:x/", "http://localhost:1/a b\n"])
def test_an_odd_address_is_no_crash(url: str) -> None:
    told = post(url, {})
    assert told is not None
    assert url not in told

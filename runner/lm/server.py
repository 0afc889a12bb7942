"""A model as an OpenAI-compatible server on loopback, for agents that speak nothing else."""

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast
from urllib.parse import urlsplit

from runner.core.chat import ChatModel
from runner.lm.contract import RefusedError
from runner.lm.error import LmError, StalledError
from runner.lm.params import Model
from runner.lm.route import Desk, Exchange, Reply

MOST_BYTES = 64 << 20
"""Bytes of a request's body that are read."""

STALL_S = 600.0
"""Seconds that a stalled connection is held, or until the server ends."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an agent finds the model.

    Attributes:
        url: For `OPENAI_BASE_URL`; it ends in `/v1`.
        token: For `OPENAI_API_KEY`; "" where none is asked for.
        model: The name to ask for.
    """

    url: str
    token: str = field(repr=False)
    model: str


@contextmanager
def serve(model: ChatModel, *, token: str, port: int = 0) -> Iterator[Address]:
    """Serve a model on 127.0.0.1 until the block ends.

    Args:
        model: What answers.
        token: What callers must send as their key; "" to ask for none.
        port: 0 for one that is free.

    Raises:
        LmError: the port is taken.
    """
    try:
        server = _Server(("127.0.0.1", port), _Handler)
    except (OSError, OverflowError) as err:
        why = getattr(err, "strerror", None) or "expected 0 to 65535"
        raise LmError(f"port {port} cannot be served ({why}); choose another") from err
    server.desk = Desk(model, token=token)
    server.ended = Event()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Address(f"http://127.0.0.1:{server.server_port}/v1", token, model.name)
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def serve_forever(
    declared: Model,
    *,
    folder: Path,
    environ: Mapping[str, str],
    port: int,
    announce: Callable[[Address], None],
) -> None:
    """Serve a declared model under a token of its own until ^C.

    Args:
        declared: The model as a spec or an eval names it.
        folder: The eval's folder.
        environ: Variables; see `open_model`.
        port: 0 for one that is free.
        announce: Told where it is, once, when it answers.

    Raises:
        LmError: the model cannot be opened, or the port is taken.
    """
    from runner.lm.build import open_model  # noqa: PLC0415 - tests of the server need no builder

    with (
        open_model(declared, folder=folder, environ=environ) as model,
        serve(model, token=secrets.token_urlsafe(24), port=port) as address,
    ):
        announce(address)
        Event().wait()


class _Server(ThreadingHTTPServer):
    """One thread per connection; they end with the process, not before it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256  # callers that come all at once; a full queue costs each a second
    desk: Desk
    ended: Event

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Say nothing of callers that hang up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "git-loop"
    wbufsize = 65_536  # head and body in one segment: two would wait 40 ms for an acknowledgement
    disable_nagle_algorithm = True
    timeout = STALL_S

    def do_GET(self) -> None:
        """Answer."""
        try:
            reply = self._reply()
        except StalledError:
            self._at.ended.wait(STALL_S)
            self.close_connection = True
            return
        self._send(reply)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - http.server's own names

    def log_message(self, *_: object) -> None:
        """Stay silent: only the command line prints."""

    @property
    def _at(self) -> _Server:
        return cast("_Server", self.server)

    def _reply(self) -> Reply:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            return self._unread(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > MOST_BYTES:
            return self._unread(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        exchange = Exchange(
            method=self.command,
            path=urlsplit(self.path).path,
            authorization=self.headers.get("Authorization", ""),
            body=self.rfile.read(int(length)),
        )
        return self._at.desk.answer(exchange)

    def _unread(self, status: HTTPStatus) -> Reply:
        """Refuse a body that is not read; the connection cannot be used again."""
        self.close_connection = True
        return Reply(status, RefusedError(status, f"{status.phrase}.").body)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

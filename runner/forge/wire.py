"""HTTP for the embedded forge: authentication, parsing, faults, and the bytes of an answer."""

import json
import socket
import struct
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from runner.core.errors import LoopError
from runner.forge.fault import Fault
from runner.forge.refusal import Refusal
from runner.forge.request import Answer, Request
from runner.forge.route import answer

if TYPE_CHECKING:
    from runner.forge.server import Server

LENGTH_MAX = 4 * 1024 * 1024
"""Bytes of a request body that are read; the largest legal one is a body of 65,536 characters."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, for tests that hold both against GitHub's own description."""

    method: str
    path: str
    query: str
    data: Any
    status: int
    body: Any


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "git-loop-forge"
    wbufsize = 65_536  # head and body in one segment: two would wait 40 ms for an acknowledgement
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        """Answer."""
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's own names

    def log_message(self, *_: object) -> None:
        """Stay silent: only the command line prints."""

    @property
    def _forge(self) -> "Server":
        return cast("Server", self.server)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self._body()
        fault = self._forge.faults.take(self.command, parts.path)
        kind = None if fault is None else fault.kind
        lies = kind in {"stale", "ignored"}
        if fault is not None and fault.when == "before" and not lies:
            self._break(fault)
            return
        method = "GET" if kind == "ignored" else self.command
        data, reply = self._answered(
            parts.path, parts.query, raw, method=method, stale=kind == "stale"
        )
        if fault is not None and not lies:
            self._break(fault)
            return
        exchange = Exchange(self.command, parts.path, parts.query, data, reply.status, reply.body)
        self._forge.address.exchanges.append(exchange)
        self._send(reply)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        self.close_connection = self.close_connection or size > LENGTH_MAX
        return self.rfile.read(min(size, LENGTH_MAX + 1))

    def _answered(
        self, path: str, query: str, raw: bytes, *, method: str, stale: bool
    ) -> tuple[Any, Answer]:
        data: Any = None
        try:
            login = self._login()
            data = _parsed(raw)
            book = self._forge.book
            request = Request(
                method=method,
                path=path,
                query=dict(parse_qsl(query)),
                data={} if data is None else data,
                login=login,
                site=self._forge.site,
                book=book,
                look=book.stale_page if stale else book.page,
            )
            return data, answer(request)
        except Refusal as no:
            return data, Answer(no.status, no.payload())
        except LoopError as err:
            return data, Answer(500, {"message": str(err), "status": "500"})

    def _login(self) -> str:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in {"token", "bearer"}:
            raise Refusal(401, "Requires authentication")
        login = self._forge.logins.get(token.strip())
        if login is None:
            raise Refusal(401, "Bad credentials")
        return login

    def _send(self, reply: Answer) -> None:
        data = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _break(self, fault: Fault) -> None:
        if fault.kind == "status":
            wait = fault.retry_after_s
            headers = {} if wait is None else {"Retry-After": str(wait)}
            self._send(Answer(fault.status, {"message": fault.message}, headers))
            return
        if fault.kind == "timeout":
            time.sleep(fault.seconds)
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True


def _parsed(raw: bytes) -> dict[str, Any] | list[Any] | None:
    if len(raw) > LENGTH_MAX:
        raise Refusal(413, "Payload too large")
    if not raw:
        return None
    try:
        data = json.loads(raw)
    except ValueError as err:
        raise Refusal(400, "Problems parsing JSON") from err
    if not isinstance(data, dict | list):
        raise Refusal(400, "Body should be a JSON object")
    return data

"""A forge with what the embedded one lacks: it notes which workflows are started."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit


@dataclass
class Front:
    """The address that jobs know, and the dispatches it took."""

    url: str
    dispatched: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def front(behind: str) -> Iterator[Front]:
    """Pass everything on to the forge at `behind`, except what starts a workflow."""

    class Handler(BaseHTTPRequestHandler):
        forge: ClassVar[str] = behind

        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.endswith("/dispatches"):
                workflow = self.path.split("/")[-2]
                door.dispatched.append({"workflow": workflow, **json.loads(sent)})
                self.send_response(204)
                self.end_headers()
                return
            connection = HTTPConnection(urlsplit(self.forge).netloc)
            wanted = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            connection.request(self.command, self.path, sent, wanted)
            answer = connection.getresponse()
            body = answer.read().replace(self.forge.encode(), door.url.encode())
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"content-length", "connection", "server", "date"}:
                    self.send_header(name, value.replace(self.forge, door.url))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            connection.close()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815 - the class's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door = Front(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

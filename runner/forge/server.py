"""The embedded forge: a server thread on loopback for as long as a command runs."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from threading import Thread

from runner.core.clock import Clock
from runner.forge.book import Book
from runner.forge.fault import Fault, Faults
from runner.forge.request import LOGIN
from runner.forge.shape import Site
from runner.forge.wire import Exchange, Handler
from runner.repo.repo import Repo

REPOSITORY = "local/forge"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a client finds the forge.

    Attributes:
        url: For `GITHUB_API_URL`.
        token: For `GITHUB_TOKEN`; random, dies with the server.
        repository: For `GITHUB_REPOSITORY`, `owner/name`.
        exchanges: What was asked and answered so far, oldest first.
    """

    url: str
    token: str
    repository: str
    exchanges: list[Exchange] = field(default_factory=list, repr=False, compare=False)


@contextmanager
def serve(
    repo: Repo,
    *,
    clock: Clock,
    repository: str = REPOSITORY,
    logins: Mapping[str, str] | None = None,
    faults: Iterable[Fault] | Faults = (),
) -> Iterator[Address]:
    """Serve a bare repository's pull requests on 127.0.0.1 until the block ends.

    Args:
        repo: A bare repository; its HEAD names the default branch.
        clock: Stamps the records.
        repository: Its name in the API.
        logins: More tokens, each with the login it acts as (reviewers, in tests).
        faults: Trouble to make, for tests; as `Faults` it can be changed while serving.
    """
    token = secrets.token_urlsafe(24)
    server = Server(("127.0.0.1", 0), Handler)
    host, port = server.server_address[:2]
    address = Address(f"http://{host!s}:{port}", token, repository)
    server.logins = {**(logins or {}), token: LOGIN}
    server.book = Book(repo, clock=clock)
    branch = server.book.objects.default_branch()
    server.site = Site(address.url, repo.top.resolve().as_uri(), repository, branch)
    server.faults = faults if isinstance(faults, Faults) else Faults(faults)
    server.address = address
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    """One thread per connection; they end with the process, not before it."""

    daemon_threads = True
    block_on_close = False
    logins: Mapping[str, str]
    book: Book
    site: Site
    faults: Faults
    address: Address

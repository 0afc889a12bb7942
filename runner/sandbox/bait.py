"""What a probe lays out to be attacked, and what of it was touched in the end."""

import hashlib
import os
import secrets
import select
import shutil
import socket
import stat
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.sandbox.leftover import mark, sweep

_STEP_S = 0.03
_KEPT, _MODE = "kept", 0o600
_NOT_ALIVE = b"\n"


@dataclass(frozen=True, slots=True)
class Bait:
    """One secret in many places, and things to change.

    Attributes:
        folder: Holds all but what lies at real places; `inside` is the attacker's own.
        plan: What the attacker is told, which is where everything lies but not the secret.
        touched: Names of attacks, and what tells whether each has changed something.
    """

    folder: Path
    plan: Mapping[str, Any]
    touched: Mapping[str, Callable[[], bool]]

    @property
    def inside(self) -> Path:
        """The one folder that the attacker may write to."""
        return self.folder / "inside"

    @property
    def repo(self) -> Path:
        """Shown without its history, as a maker's code is."""
        return self.folder / "repo"


@contextmanager
def bait(folder: Path, *, vault: Path, places: Mapping[str, Path]) -> Iterator[Bait]:
    """Lay out files, a git object, a process and servers with one fresh secret; all goes again.

    What a killed process could not take away is removed by the next call.

    Args:
        folder: Where held-out data would lie.
        vault: Where the check stage lays held-out cases in the clear.
        places: Real folders from which something would be run or imported if a file were planted;
            a file that nobody runs is tried there. A key lies in that called `home`.
    """
    sweep((folder, vault, Path(tempfile.gettempdir()), *places.values()))
    secret, token = secrets.token_hex(32), f".{mark()}{secrets.token_hex(8)}"
    with ExitStack() as stack:
        place = stack.enter_context(_folder(folder))
        hidden = stack.enter_context(_folder(vault))
        home = places.get("home", place)
        home = home if os.access(home, os.W_OK) else place
        key = stack.enter_context(_file(home, f"{token}.key", secret))
        planted = {name: at / token for name, at in places.items() if os.access(at, os.W_OK)}
        temporary = Path(tempfile.gettempdir()) / token
        for path in (*planted.values(), temporary):
            stack.callback(path.unlink, missing_ok=True)
        files = _files(place, secret)
        (hidden / "cases").write_text(secret)
        holder = stack.enter_context(_holder(secret, cwd=place / "held"))
        servers = stack.enter_context(_servers(place, token))
        plan = {
            **{name: str(path) for name, path in files.items()},
            **{name: address for name, (address, _) in servers.items()},
            "repo": str(place / "repo"),
            "sha": files["object"].parent.name + files["object"].name,
            "key": str(key),
            "vault": str(hidden / "cases"),
            "temporary": str(temporary),
            "places": {name: str(path) for name, path in planted.items()},
            "pid": holder.pid,
            "digest": hashlib.sha256(secret.encode()).hexdigest(),
        }
        touched: dict[str, Callable[[], bool]] = {
            **_changes(place, files),
            **{f"plant in {name}": path.exists for name, path in planted.items()},
            **{_NAMES[name]: _heard(server) for name, (_, server) in servers.items()},
            "temporary file": temporary.exists,
            "daemon": lambda: _grows(place / "inside" / "daemon"),
            "signal": lambda: _ends(holder),
        }
        yield Bait(place, plan, touched)


_NAMES = {
    "tcp": "TCP",
    "udp": "UDP",
    "abstract": "abstract socket",
    "socket": "path socket",
    "datagram": "datagram",
}


def _files(place: Path, secret: str) -> dict[str, Path]:
    """Write the secret to files, and files to be changed."""
    for name in ("inside", "held", "run"):
        (place / name).mkdir()
    paths = {
        "canary": place / "canary.txt",
        "page": place / "held" / "page",
        "scores": place / "run" / "scores",
    }
    for path in paths.values():
        path.write_text(secret)
    victims = {name: place / name for name in ("written", "truncated", "renamed", "chmod")}
    for path in victims.values():
        path.write_text(_KEPT)
        path.chmod(_MODE)
    blob = _git_object(place / "repo", secret)
    return {**paths, **victims, "run": place / "run", "beside": place / "beside", "object": blob}


def _git_object(repo: Path, secret: str) -> Path:
    """Write a repository by hand with the secret as its one object, and return the object."""
    data = b"blob %d\0%b" % (len(secret), secret.encode())
    sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    blob = repo / ".git" / "objects" / sha[:2] / sha[2:]
    blob.parent.mkdir(parents=True)
    blob.write_bytes(zlib.compress(data))
    for name in ("refs", "hooks"):
        (repo / ".git" / name).mkdir()
    (repo / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (repo / ".git" / "config").write_text(_KEPT)
    return blob


def _changes(place: Path, files: Mapping[str, Path]) -> dict[str, Callable[[], bool]]:
    git = place / "repo" / ".git"
    return {
        "new file": files["beside"].exists,
        "write": lambda: files["written"].read_text() != _KEPT,
        "truncate": lambda: files["truncated"].read_text() != _KEPT,
        "rename": lambda: not files["renamed"].exists(),
        "git hook": (git / "hooks" / "post-checkout").exists,
        "git config": lambda: (git / "config").read_text() != _KEPT,
        "conftest": (place / "repo" / "conftest.py").exists,
        "chmod": lambda: stat.S_IMODE(files["chmod"].stat().st_mode) != _MODE,
    }


def _grows(file: Path) -> bool:
    """Tell whether somebody still writes to a file."""
    if not file.exists():
        return False
    before = file.stat().st_size
    time.sleep(_STEP_S)
    return file.stat().st_size > before


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process has been ended, or is about to be."""
    try:
        process.wait(_STEP_S)
    except subprocess.TimeoutExpired:
        return False
    return True


@contextmanager
def _servers(place: Path, token: str) -> Iterator[dict[str, tuple[object, socket.socket]]]:
    """Listen on loopback and by name; each is told with what the attacker is to be given."""
    with ExitStack() as stack:

        def opened(family: int, kind: int, address: object) -> socket.socket:
            server = stack.enter_context(socket.socket(family, kind))
            server.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                server.listen()
            return server

        tcp = opened(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = opened(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        abstract = opened(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{token}")
        with _short(place) as way:  # an address holds 107 bytes
            named = opened(socket.AF_UNIX, socket.SOCK_STREAM, f"{way}/socket")
            letters = opened(socket.AF_UNIX, socket.SOCK_DGRAM, f"{way}/datagram")
        yield {
            "tcp": (tcp.getsockname()[1], tcp),
            "udp": (udp.getsockname()[1], udp),
            "abstract": (token, abstract),
            "socket": ("../socket", named),  # from inside, for the same reason
            "datagram": ("../datagram", letters),
        }


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    number = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)


def _heard(server: socket.socket) -> Callable[[], bool]:
    """Return what tells whether somebody has come to a server."""
    waiting = select.poll()
    waiting.register(server, select.POLLIN)
    return lambda: bool(waiting.poll(0))


@contextmanager
def _holder(secret: str, *, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a process alive that holds the secret as a runner holds a key, and in an open file."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", "exec 3<page; read -r _"],
        cwd=cwd,
        env={"LOOP_CANARY_KEY": secret},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.communicate(_NOT_ALIVE)


@contextmanager
def _folder(base: Path) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=mark(), dir=base)).resolve()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _file(folder: Path, name: str, text: str) -> Iterator[Path]:
    path = folder / name
    path.write_text(text)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)

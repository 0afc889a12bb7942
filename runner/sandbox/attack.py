"""Runs inside a sandbox and tries to get out of it; prints what it reached as JSON.

Alone and without imports from the house: it is handed to an interpreter as text.
"""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path


def main(plan: dict[str, str]) -> list[str]:
    """Return the names of the attacks that reached a secret.

    Args:
        plan: `canary` and `object` (paths), `repo`, `sha`, `port`, and the secrets' `digest`s,
            for the attacker must not be told what it looks for.
    """
    attacks: dict[str, Callable[[], Iterator[bytes]]] = {
        "open": lambda: _read(plan["canary"]),
        "link": lambda: _through_link(plan["canary"]),
        "hard link": lambda: _through_hard_link(plan["canary"]),
        "/proc root": lambda: _through_roots(plan["canary"]),
        "/proc environ": _environments,
        "git": lambda: _git(plan["repo"], plan["sha"]),
        "git object": lambda: _object(plan["object"]),
    }
    reached = [name for name, attack in attacks.items() if _reaches(attack, plan["digest"])]
    return reached + (["network"] if _connects(int(plan["port"])) else [])


def _reaches(attack: Callable[[], Iterator[bytes]], digest: str) -> bool:
    with contextlib.suppress(OSError, ValueError, zlib.error, subprocess.SubprocessError):
        for found in attack():
            for word in found.replace(b"\0", b"\n").splitlines():
                value = word.rpartition(b"=")[2].strip()
                if hashlib.sha256(value).hexdigest() == digest:
                    return True
    return False


def _read(path: str) -> Iterator[bytes]:
    yield Path(path).read_bytes()


def _through_link(path: str) -> Iterator[bytes]:
    link = Path("probe-link")
    link.symlink_to(path)
    yield link.read_bytes()


def _through_hard_link(path: str) -> Iterator[bytes]:
    os.link(path, "probe-hard-link")
    yield Path("probe-hard-link").read_bytes()


def _through_roots(path: str) -> Iterator[bytes]:
    for pid in _pids():
        with contextlib.suppress(OSError):
            yield Path(f"/proc/{pid}/root{path}").read_bytes()


def _environments() -> Iterator[bytes]:
    for pid in _pids():
        with contextlib.suppress(OSError):
            yield Path(f"/proc/{pid}/environ").read_bytes()


def _pids() -> Iterator[str]:
    return (entry.name for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _git(repo: str, sha: str) -> Iterator[bytes]:
    argv = ["git", "-c", "safe.directory=*", "-C", repo, "show", sha]
    yield subprocess.run(argv, capture_output=True, timeout=5, check=False).stdout


def _object(path: str) -> Iterator[bytes]:
    yield zlib.decompress(Path(path).read_bytes()).partition(b"\0")[2]


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def devices() -> int:
    """Return how many accelerators this process sees."""
    return sum(path.name[6:].isdecimal() for path in Path("/dev").glob("nvidia*"))


if __name__ == "__main__":
    print(json.dumps({"reached": main(json.loads(sys.argv[1])), "devices": devices()}))  # noqa: T201 - its result

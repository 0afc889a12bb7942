"""Isolation as measured: a fresh canary, attacked from inside."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from runner.core.canonical import canonical, digest
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.sandbox import attack
from runner.sandbox.command import Command, Finished
from runner.sandbox.error import SandboxError
from runner.sandbox.mechanism import BOOT, Mechanism, mechanism_digest
from runner.sandbox.run import run

_TIMEOUT_S = 30.0


class Probe(Frozen):
    """What a probe found.

    Attributes:
        level: `sandboxed` when every attack failed; `separate` is for the caller to say, who knows
            where the key is.
        sentence: The finding in words, for the row and the pull request.
    """

    level: Literal["open", "sandboxed"]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Bait:
    folder: Path
    plan: dict[str, str]


def probe(mechanism: Mechanism, *, folder: Path) -> Probe:
    """Attack a canary file, a canary key and a canary git object from inside a sandbox.

    Args:
        mechanism: What `detect` found.
        folder: Where held-out data would lie, such as LOOP_HOME; a canary is there for a moment.

    Raises:
        SandboxError: the canary cannot be written.
    """
    try:
        with _bait(folder) as bait:
            finished = _attack(bait, mechanism)
    except OSError as err:
        raise SandboxError(f"no canary can be written to {folder} ({err.strerror})") from err
    return _judge(finished, mechanism)


def probe_key(mechanism: Mechanism) -> str:
    """Return a digest of boot, kernel, interpreter and mechanism, on which a result depends."""
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    kernel = list(os.uname())
    attacks = hashlib.sha256(Path(attack.__file__).read_bytes()).hexdigest()
    parts = [boot, kernel, sys.prefix, os.geteuid(), mechanism_digest(mechanism), attacks]
    return digest(canonical(parts))


def probe_once(mechanism: Mechanism, *, folder: Path) -> Probe:
    """Return the result for this boot and mechanism, probing only if none is remembered.

    Raises:
        SandboxError: as `probe`, or the result cannot be remembered.
    """
    memory = folder / f"probe-{probe_key(mechanism)[:16]}.json"
    with contextlib.suppress(FileNotFoundError, ValidationError):
        return Probe.model_validate_json(memory.read_bytes())
    result = probe(mechanism, folder=folder)
    try:
        write_atomic(memory, canonical(result.model_dump(mode="json")))
    except OSError as err:
        raise SandboxError(f"{memory} cannot be written ({err.strerror})") from err
    return result


def _attack(bait: _Bait, mechanism: Mechanism) -> Finished:
    inside = bait.folder / "inside"
    inside.mkdir()
    script = Path(attack.__file__).read_text()
    repo = bait.folder / "repo"  # shown without its history, as a maker's code is
    command = Command(
        argv=(sys.executable, "-I", "-S", "-c", script, json.dumps(bait.plan)),
        cwd=inside,
        log=bait.folder / "probe.log",
        readable=(repo,),
        writable=(inside,),
        hidden=(repo / ".git",),
        network="none",
        timeout_s=_TIMEOUT_S,
        grace_s=1,
    )
    return run(command, mechanism=mechanism)


def _judge(finished: Finished, mechanism: Mechanism) -> Probe:
    try:
        found = json.loads(finished.log_tail.splitlines()[-1])
        reached, devices = list(found["reached"]), int(found["devices"])
    except (IndexError, KeyError, TypeError, ValueError):
        tail = finished.log_tail[-200:] or f"exit status {finished.returncode}"
        return Probe(level="open", sentence=f"the probe did not finish in {mechanism.name}: {tail}")
    if not mechanism.cuts_network:
        reached = [name for name in reached if name != "network"]
    why = f" ({mechanism.reason})" if mechanism.reason else ""
    gpus = _gpus(devices, attack.devices())
    if reached:
        ways = ", ".join(reached)
        words = f"a canary outside the sandbox was reached by {ways} in {mechanism.name}{why}{gpus}"
        return Probe(level="open", sentence=words)
    words = f"no attack on a canary succeeded in {mechanism.name}{why}{gpus}"
    return Probe(level="sandboxed", sentence=words)


def _gpus(inside: int, outside: int) -> str:
    return "" if inside == outside else f"; only {inside} of {outside} GPUs are visible inside"


@contextmanager
def _bait(folder: Path) -> Iterator[_Bait]:
    """Lay out one secret as a file, a git object, another process's variable and a local server."""
    secret = secrets.token_hex(32)
    place = Path(tempfile.mkdtemp(prefix="probe-", dir=folder)).resolve()
    try:
        canary = place / "canary.txt"
        canary.write_text(secret)
        blob = _git_object(place / "repo", secret)
        with _holder(secret), socket.create_server(("127.0.0.1", 0)) as server:
            plan = {
                "canary": str(canary),
                "repo": str(place / "repo"),
                "sha": blob.parent.name + blob.name,
                "object": str(blob),
                "port": str(server.getsockname()[1]),
                "digest": hashlib.sha256(secret.encode()).hexdigest(),
            }
            yield _Bait(place, plan)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _git_object(repo: Path, secret: str) -> Path:
    """Write a repository by hand with the secret as its one object, and return the object."""
    data = b"blob %d\0%b" % (len(secret), secret.encode())
    sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    blob = repo / ".git" / "objects" / sha[:2] / sha[2:]
    blob.parent.mkdir(parents=True)
    blob.write_bytes(zlib.compress(data))
    (repo / ".git" / "refs").mkdir()
    (repo / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return blob


@contextmanager
def _holder(secret: str) -> Iterator[None]:
    """Keep a process alive whose environment holds the secret, as a runner's holds a key."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", "read -r _"],
        env={"LOOP_CANARY_KEY": secret},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.communicate(b"\n")

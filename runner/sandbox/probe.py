"""Isolation as measured: a fresh canary, attacked from inside."""

import contextlib
import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from runner.core.canonical import canonical, digest
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.sandbox.command import Command, Finished
from runner.sandbox.error import SandboxError
from runner.sandbox.mechanism import BOOT, Mechanism, mechanism_digest, private_place
from runner.sandbox.run import run

if TYPE_CHECKING:
    from runner.sandbox.bait import Bait

HARMLESS = frozenset({"names", "stat", "chmod"})
"""Attacks that are told but do not count: no byte outside is read or changed by them."""
_ATTACK = Path(__file__).with_name("attack.py")
_BAIT = Path(__file__).with_name("bait.py")
"""What a result depends on; imported only where a canary is laid."""
_TIMEOUT_S = 30.0
_SHOWN = 6


class Probe(Frozen):
    """What a probe found.

    Attributes:
        level: `sandboxed` when every attack that counts failed; `separate` is for the caller to
            say, who knows where the key is.
        sentence: The finding in words, for the row and the pull request.
        tried: Names of all attacks; empty where the probe did not finish.
        reached: Those that got through, in the same order.
    """

    level: Literal["open", "sandboxed"]
    sentence: str
    tried: tuple[str, ...]
    reached: tuple[str, ...]


def probe(mechanism: Mechanism, *, folder: Path, places: Mapping[str, Path] | None = None) -> Probe:
    """Attack canaries of every kind from inside a sandbox.

    Args:
        mechanism: What `detect` found.
        folder: Where held-out data would lie, such as LOOP_HOME; a canary is there for a moment.
        places: Real folders that nobody may plant a file in, such as `home` and `history`, beside
            this interpreter's and the package's.

    Raises:
        SandboxError: the canary cannot be written.
    """
    from runner.sandbox.bait import bait  # noqa: PLC0415 - a result is remembered

    real = {**_ours(), **(places or {})}
    try:
        with bait(folder, vault=private_place(mechanism), places=real) as laid:
            return _judge(_attack(laid, mechanism), laid, mechanism)
    except OSError as err:
        raise SandboxError(f"no canary can be written to {folder} ({err.strerror})") from err


def probe_key(mechanism: Mechanism, *, places: Mapping[str, Path] | None = None) -> str:
    """Return a digest of boot, kernel, interpreter and mechanism, on which a result depends."""
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    kernel = list(os.uname())
    attacks = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (_ATTACK, _BAIT)]
    where = sorted([name, str(path)] for name, path in (places or {}).items())
    user = [sys.prefix, os.geteuid(), where]
    return digest(canonical([boot, kernel, user, mechanism_digest(mechanism), attacks]))


def probe_once(
    mechanism: Mechanism, *, folder: Path, places: Mapping[str, Path] | None = None
) -> Probe:
    """Return the result for this boot and mechanism, probing only if none is remembered.

    Raises:
        SandboxError: as `probe`, or the result cannot be remembered.
    """
    memory = folder / f"probe-{probe_key(mechanism, places=places)[:16]}.json"
    with contextlib.suppress(FileNotFoundError, ValidationError):
        return Probe.model_validate_json(memory.read_bytes())
    result = probe(mechanism, folder=folder, places=places)
    try:
        write_atomic(memory, canonical(result.model_dump(mode="json")))
    except OSError as err:
        raise SandboxError(f"{memory} cannot be written ({err.strerror})") from err
    return result


def _ours() -> dict[str, Path]:
    """Return the folders that every process of ours imports from."""
    return {"venv": Path(sysconfig.get_path("purelib")), "package": Path(__file__).parents[1]}


def _attack(laid: "Bait", mechanism: Mechanism) -> Finished:
    script = _ATTACK.read_text()
    command = Command(
        argv=(sys.executable, "-I", "-S", "-c", script, json.dumps(laid.plan)),
        cwd=laid.inside,
        log=laid.folder / "probe.log",
        readable=(laid.repo,),
        writable=(laid.inside,),
        hidden=(laid.repo / ".git",),
        network="none",
        timeout_s=_TIMEOUT_S,
        grace_s=1,
    )
    return run(command, mechanism=mechanism)


def _judge(finished: Finished, laid: "Bait", mechanism: Mechanism) -> Probe:
    from runner.sandbox import attack  # noqa: PLC0415 - a result is remembered

    try:
        found = json.loads(finished.log_tail.splitlines()[-1])
        told, devices = set(found["reached"]), int(found["devices"])
    except (IndexError, KeyError, TypeError, ValueError):
        tail = finished.log_tail[-200:] or f"exit status {finished.returncode}"
        words = f"the probe did not finish in {mechanism.name}: {tail}"
        return Probe(level="open", sentence=words, tried=(), reached=())
    through = told | {name for name, touched in laid.touched.items() if touched()}
    tried = (*attack.READS, *attack.TELLS, *laid.touched)
    reached = tuple(name for name in tried if name in through)
    return Probe(
        level="open" if set(reached) - HARMLESS else "sandboxed",
        sentence=_sentence(tried, reached, mechanism) + _gpus(devices, attack.devices()),
        tried=tried,
        reached=reached,
    )


def _sentence(tried: Sequence[str], reached: Sequence[str], mechanism: Mechanism) -> str:
    why = f" ({mechanism.reason})" if mechanism.reason else ""
    number = len(set(tried) - HARMLESS)
    ways = [name for name in reached if name not in HARMLESS]
    if ways:
        more = f" and {len(ways) - _SHOWN} more" if len(ways) > _SHOWN else ""
        named = ", ".join(ways[:_SHOWN]) + more
        return f"{len(ways)} of {number} attacks got out of {mechanism.name}{why}: {named}"
    told = f"; seen but of no use: {', '.join(reached)}" if reached else ""
    return f"all {number} attacks on a canary failed in {mechanism.name}{why}{told}"


def _gpus(inside: int, outside: int) -> str:
    return "" if inside == outside else f"; only {inside} of {outside} GPUs are visible inside"

"""Real processes, with and without a real sandbox."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.sandbox.command import Command, Finished
from runner.sandbox.mechanism import Mechanism, detect
from runner.sandbox.run import run

FOUND = detect(dict(os.environ))
PLAIN = Mechanism("plain", reason="asked for")


@pytest.fixture
def bwrap() -> Mechanism:
    if FOUND.name != "bwrap":
        pytest.skip(FOUND.reason)
    return FOUND


@pytest.fixture(params=["bwrap", "plain"])
def mechanism(request: pytest.FixtureRequest) -> Mechanism:
    if request.param == "plain":
        return PLAIN
    if FOUND.name != "bwrap":
        pytest.skip(FOUND.reason)
    return FOUND


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return the folder that children of `sh` start in and may write to."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def sh(tmp_path: Path, work: Path) -> Callable[..., Finished]:
    """Return a function that runs a shell line in `work`; keywords go to the command."""

    def call(line: str, mechanism: Mechanism, **parts: object) -> Finished:
        known: dict[str, object] = {"timeout_s": 20.0, "writable": (work,), **parts}
        argv = ("/bin/sh", "-c", line)
        command = Command(argv=argv, cwd=work, log=tmp_path / "log", **known)  # type: ignore[arg-type]
        return run(command, mechanism=mechanism)

    return call

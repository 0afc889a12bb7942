"""One sdist and one wheel for all tests, and one place where the wheel is installed."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.ground import ROOT, Made, install, tell

STRAYS = (".demo/clone/README.md", ".venv/pyvenv.cfg", "results.tsv", "torch.whl", "dist/old.whl")
"""What lies about in a clone that was worked in."""


def listed(*options: str) -> set[str]:
    """Return files of the working tree as git tells them."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("built from a clone: this is none")
    return {path for path in done.stdout.split("\0") if path and (ROOT / path).exists()}


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one process of the test run makes for all of them."""
    base = factory.getbasetemp()
    top = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = top / f"packaging-{name}"
    with (top / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "whole").touch()
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Build the sdist from the files that git tracks, and the wheel from the sdist."""
    tracked = listed("--cached")
    tracked |= {path for path in listed("--others", "--exclude-standard") if "/" in path}  # new

    def make(top: Path) -> None:
        for path in tracked:
            (top / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, top / "tree" / path, follow_symlinks=False)
        for path in STRAYS:
            (top / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (top / "tree" / path).write_text("a stray")
        tell(sys.executable, "-m", "build", "-n", "-o", top / "dist", top / "tree", cwd=top)

    top = once(tmp_path_factory, "made", make)
    (sdist,), (wheel,) = top.glob("dist/*.tar.gz"), top.glob("dist/*.whl")
    return Made(top / "tree", frozenset(tracked), sdist, wheel)


@pytest.fixture(scope="session")
def installed(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as `pip install git-loop` does; its `bin`."""

    def make(top: Path) -> None:
        install(Path(sys.executable), made.wheel, top / "venv")

    return once(tmp_path_factory, "installed", make) / "venv/bin"

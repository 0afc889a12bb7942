"""Sdist, wheel and the places they are installed to."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROUGHT = {"pip", "setuptools"}
"""What a fresh environment has before anything is installed."""
UNREACHED = ("No matching distribution", "Could not fetch", "ConnectionError", "connection")


@dataclass(frozen=True)
class Made:
    """What is published.

    Attributes:
        tree: The files of git that both were built from, in the state of the working tree.
        tracked: Their paths.
    """

    tree: Path
    tracked: frozenset[str]
    sdist: Path
    wheel: Path


def tell(*argv: str | Path, cwd: Path, **environ: str) -> str:
    """Run a command that must go well, and return what it says."""
    done = subprocess.run(
        [str(each) for each in argv],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fetched(*argv: str | Path, cwd: Path, **environ: str) -> None:
    """Run what installs; skip where no package index is reached, but in CI."""
    try:
        tell(*argv, cwd=cwd, **environ)
    except AssertionError as err:
        if os.environ.get("CI") or not any(word in str(err) for word in UNREACHED):
            raise
        pytest.skip(f"pip reaches no package index: {str(err).strip().splitlines()[-1]}")


def install(python: Path, wheel: Path, folder: Path, *options: str) -> Path:
    """Install a wheel into a fresh environment of an interpreter, and return its `bin`."""
    tell(python, "-m", "venv", folder, cwd=folder.parent)
    command = (folder / "bin/python", "-m", "pip", "install", "-q", *options)
    cache = str(folder.parent / "pip-cache")
    fetched(
        *(*command, "-c", ROOT / "constraints.txt", wheel), cwd=folder.parent, PIP_CACHE_DIR=cache
    )
    return folder / "bin"


def interpreter(version: str) -> Path:
    """Return an interpreter of a version that starts; skip where there is none."""
    home = pwd.getpwuid(os.getuid()).pw_dir  # HOME is a test's own
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path(home, ".pyenv"))
    folders = sorted(pyenv.glob(f"versions/{version}.*/bin"), reverse=True)
    for folder in [*map(str, folders), os.environ["PATH"]]:
        found = shutil.which(f"python{version}", path=folder)
        if found and subprocess.run([found, "-c", "import ensurepip"], check=False).returncode == 0:
            return Path(found)
    pytest.skip(f"no Python {version} here")


def sizes(bin_folder: Path) -> Mapping[str, int]:
    """Return the bytes of each package that was installed, compiled files among them."""
    (packages,) = bin_folder.parent.glob("lib/python*/site-packages")
    return {
        found.name: sum(Path(str(each.locate())).stat().st_size for each in found.files or ())
        for found in distributions(path=[str(packages)])
        if found.name not in BROUGHT
    }

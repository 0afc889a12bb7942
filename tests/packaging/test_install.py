"""The wheel is installed where nothing else is, and does what the README says first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner import __version__
from tests.docs.page import blocks
from tests.packaging.ground import ROOT, Made, fetched, install, interpreter, sizes, tell

pytestmark = pytest.mark.slow

ML = ("torch", "transformers", "tokenizers", "numpy")
MOST_BYTES, MOST_PACKAGES = 65_000_000, 24
"""Of the base install, compiled files and git-loop itself among them; see docs/dependencies.md."""


def tried(bin_folder: Path, top: Path) -> str:
    """Run the README's loop with an installed git-loop, and return the pull request."""
    repository = top / "repository"
    files = {
        "loops/toy.yaml": blocks("README.md", "yaml")[0],
        "train.py": blocks("README.md", "python")[0],
        "eval.py": blocks("README.md", "python")[1],
    }
    for path, block in files.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(block.text)
    for words in ("init -q -b main", "add -A", "commit -q -m start"):
        tell("git", *words.split(), cwd=repository)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"

    def told(*argv: str) -> str:
        return tell(bin_folder / "git-loop", *argv, cwd=repository, PATH=path)

    assert "toy" in told("validate", "toy")
    told("run", "toy", "--iterations", "2")
    return told("forge", "show", "1")


@pytest.fixture(autouse=True)
def _ann(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@example.invalid")
    monkeypatch.setenv("LOOP_HOME", str(tmp_path / "loop-home"))
    monkeypatch.delenv("PYTHONPATH", raising=False)


def test_the_base_install_is_small(installed: Path) -> None:
    found = sizes(installed)
    assert found["git-loop"] > 1_000_000
    assert sum(found.values()) < MOST_BYTES, found
    assert len(found) <= MOST_PACKAGES, sorted(found)


def test_the_base_install_knows_no_ml_stack(installed: Path) -> None:
    asks = f"from importlib.util import find_spec; print([n for n in {ML} if find_spec(n)])"
    assert tell(installed / "python", "-I", "-c", asks, cwd=installed) == "[]\n"


def test_the_base_install_runs_the_readmes_loop(installed: Path, tmp_path: Path) -> None:
    assert tell(installed / "git-loop", "--version", cwd=tmp_path) == f"git-loop {__version__}\n"
    assert "usage: git-loop" in tell(installed / "git-loop", "--help", cwd=tmp_path)
    assert "a gain on held-out cases is claimed" in tried(installed, tmp_path)


def test_the_manual_page_is_where_man_looks(installed: Path) -> None:
    page = (installed.parent / "share/man/man1/git-loop.1").read_text()
    assert f"git-loop {__version__}" in page.replace("\\-", "-")


def test_pipx_installs_it(made: Made, tmp_path: Path) -> None:
    places = {
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
    }
    pinned = f"--no-compile -c {ROOT / 'constraints.txt'}"
    command = (sys.executable, "-m", "pipx", "install", "--pip-args", pinned, made.wheel)
    fetched(*command, cwd=tmp_path, **places)
    assert tell(tmp_path / "bin/git-loop", "--version", cwd=tmp_path).split()[1] == __version__
    assert (tmp_path / "man/man1/git-loop.1").exists()


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_a_newer_python_runs_the_readmes_loop(version: str, made: Made, tmp_path: Path) -> None:
    newer = install(interpreter(version), made.wheel, tmp_path / "venv", "--no-compile")
    said = subprocess.check_output([newer / "python", "--version"], text=True)
    assert said.startswith(f"Python {version}.")
    assert "a gain on held-out cases is claimed" in tried(newer, tmp_path)

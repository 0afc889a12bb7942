"""One sdist and one wheel for all tests, and one place where the wheel is installed."""

import shutil
import subprocess
import sys
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


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Build the sdist from the files that git tracks, and the wheel from the sdist."""
    tracked = listed("--cached")
    tracked |= {path for path in listed("--others", "--exclude-standard") if "/" in path}  # new
    top = tmp_path_factory.mktemp("made")
    tree, out = top / "tree", top / "dist"
    for path in tracked:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, tree / path, follow_symlinks=False)
    for path in STRAYS:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text("a stray")
    tell(sys.executable, "-m", "build", "-n", "-o", out, tree, cwd=top)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return Made(tree, frozenset(tracked), sdist, wheel)


@pytest.fixture(scope="session")
def installed(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as `pip install git-loop` does; its `bin`."""
    top = tmp_path_factory.mktemp("installed")
    return install(Path(sys.executable), made.wheel, top / "venv")

"""Real repositories in tmp_path, with nobody's configuration but ours."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.repo.build import Identity
from runner.repo.repo import Repo

BOT = Identity("git-loop", "git-loop@example.invalid")
WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Clone:
    """A work tree with a few shortcuts that do not go through the code under test."""

    top: Path
    environ: dict[str, str]

    @property
    def repo(self) -> Repo:
        return Repo.discover(self.top, environ=self.environ)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str, **files: str) -> str:
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ann\n\temail = ann@example.invalid\n")
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture
def empty(tmp_path: Path, environ: dict[str, str]) -> Clone:
    top = tmp_path / "clone"
    top.mkdir()
    clone = Clone(top, environ)
    clone.git("init", "-q", "-b", "main")
    return clone


@pytest.fixture
def clone(empty: Clone) -> Clone:
    empty.commit("first", a="one\n")
    return empty


@pytest.fixture
def origin(tmp_path: Path, clone: Clone) -> Repo:
    repo = Repo.init_bare(tmp_path / "origin.git", environ=clone.environ)
    clone.git("remote", "add", "origin", str(repo.top))
    clone.git("push", "-q", "origin", "main")
    return repo

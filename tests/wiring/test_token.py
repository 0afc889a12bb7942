"""A token is asked for where the forge is opened, and nowhere else."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.fixture
def github(workshop: "Workshop") -> "Workshop":
    """A clone whose forge is GitHub, planned where a token was; here there is none."""
    workshop.git("remote", "add", "origin", str(workshop.top))
    workshop.git("update-ref", "refs/remotes/origin/main", "HEAD")
    return workshop


def test_a_job_that_makes_and_checks_needs_no_token(github: "Workshop") -> None:
    run = github.cli("stage", "plan", "--loop", "toy").out.strip()
    github.monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")

    for stage in ("make", "check", "gate"):
        assert github.cli("stage", stage, "--run", run).code == 0

    assert (Path(run) / "gate.json").exists()


@pytest.mark.parametrize(
    ("set_", "missing"),
    [
        pytest.param({}, "GITHUB_TOKEN", id="token"),
        pytest.param({"GITHUB_TOKEN": "t"}, "GITHUB_REPOSITORY (owner/name)", id="repository"),
    ],
)
def test_a_run_that_publishes_says_what_is_not_set_before_it_spends(
    github: "Workshop", set_: dict[str, str], missing: str
) -> None:
    for name, value in {"GITHUB_API_URL": "http://127.0.0.1:1", **set_}.items():
        github.monkeypatch.setenv(name, value)

    done = github.cli("run", "toy")

    assert done.complaint == (
        f"GITHUB_API_URL is set but {missing} is not; set it, or unset GITHUB_API_URL to use the "
        "embedded forge"
    )
    assert github.made() == []


def test_github_without_an_origin_is_told_at_once(workshop: "Workshop") -> None:
    workshop.monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")

    assert workshop.cli("status").complaint == (
        "no remote origin to push to; run git remote add origin URL"
    )

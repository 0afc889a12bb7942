"""The choke point and the environment it gives to git."""

import time
from pathlib import Path

import pytest

from runner.repo.error import RepoError
from runner.repo.git import KEPT, Git, scrubbed
from runner.repo.name import ref_name, revision, tree_path


def test_variables_that_redirect_git_never_reach_it() -> None:
    names = "DIR WORK_TREE INDEX_FILE OBJECT_DIRECTORY NAMESPACE CONFIG_PARAMETERS CONFIG_COUNT"
    planted = {f"GIT_{name}": "x" for name in f"{names} AUTHOR_NAME TRACE EDITOR".split()}
    assert scrubbed({"PATH": "/bin", "GIT_SSH_COMMAND": "ssh -i key", **planted}) == {
        "PATH": "/bin",
        "GIT_SSH_COMMAND": "ssh -i key",
        "LC_ALL": "C",
        "LANGUAGE": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PAGER": "cat",
    }


def test_every_variable_that_is_kept_says_why() -> None:
    assert all(len(reason) > 4 for reason in KEPT.values())


def test_a_missing_git_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RepoError, match=r"^git cannot be started .*install git 2\.31 or newer$"):
        Git(tmp_path, {"PATH": str(tmp_path)}).run("version")


def test_a_missing_folder_is_not_blamed_on_git(tmp_path: Path) -> None:
    with pytest.raises(RepoError, match=r"gone is not a folder$"):
        Git(tmp_path / "gone", {"PATH": "/usr/bin"}).run("version")


def test_a_hanging_git_is_killed_with_its_children(tmp_path: Path, environ: dict[str, str]) -> None:
    mark = tmp_path / "mark"
    git = Git(tmp_path, scrubbed(environ))
    started = time.monotonic()
    with pytest.raises(RepoError, match=r"^git -c did not finish within 0\.2 s$"):
        git.run("-c", f"alias.hang=!sleep 1; touch {mark}", "hang", timeout_s=0.2)
    assert time.monotonic() - started < 0.9
    time.sleep(1.2)
    assert not mark.exists()


def test_a_failure_carries_gits_words_without_credentials(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    git = Git(tmp_path, scrubbed(environ))
    with pytest.raises(RepoError) as caught:
        git.run("ls-remote", "https://bot:hunter22@127.0.0.1:1/x.git")
    assert "hunter22" not in str(caught.value)
    assert str(caught.value).startswith("git ls-remote failed (128): fatal: unable to access")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "a/../b", "./a", "a//b", ".git/config", "a/.GIT/x", "a\nb", "a/"],
    ids=["empty", "absolute", "climbing", "dot", "double", "git", "case", "newline", "folder"],
)
def test_paths_outside_the_tree_are_refused(path: str) -> None:
    with pytest.raises(RepoError):
        tree_path(path)


@pytest.mark.parametrize(
    "name", ["main", "refs/heads/a..b", "refs/heads/a b", "refs/x.lock", "--x"]
)
def test_only_full_ref_names_are_moved(name: str) -> None:
    with pytest.raises(RepoError, match="is not a full ref name"):
        ref_name(name)


def test_a_revision_cannot_pose_as_an_option() -> None:
    with pytest.raises(RepoError, match="'--output=x' is not a commit or ref"):
        revision("--output=x")

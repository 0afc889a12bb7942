"""The Actions workflows, rendered from the package's templates for one repository."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from runner import __version__
from runner.core.errors import LoopError

WORKFLOWS = ("loop.yml", "iteration.yml", "resume.yml", "verify.yml")
REQUIREMENT = f"'git-loop[remote]=={__version__}'"
_TEMPLATES = Path(__file__).parent / "template"
_HELPER = """'!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'"""
SIGNING_KEY = "LOOP_SIGNING_KEY"
APP_KEY = "LOOP_APP_PRIVATE_KEY"
"""Private key of a GitHub App whose token records and publishes in place of the built-in one."""
STORE_SECRETS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("AZURE_STORAGE_ACCOUNT_KEY", "GOOGLE_SERVICE_ACCOUNT_KEY"),
)
"""Credentials of a shared store, as its clients name them."""
STORE_VARIABLES = (
    *("LOOP_STORE", "AWS_REGION", "AWS_ENDPOINT_URL"),
    "AZURE_STORAGE_ACCOUNT_NAME",
)
"""What is no secret of it: variables of the repository, which logs may show."""
_APP = (
    "- name: Token of the App",
    "  id: app",
    "  if: vars.LOOP_APP_ID != ''",
    "  uses: actions/create-github-app-token@d72941d797fd3113feb6b93fd0dec494b13a2547 # v1.12.0",
    "  with:",
    "    app-id: ${{ vars.LOOP_APP_ID }}",
    f"    private-key: ${{{{ secrets.{APP_KEY} }}}}",
    *(
        f"    permission-{scope}: write"
        for scope in ("actions", "checks", "contents", "pull-requests", "statuses")
    ),
)
BRANCH = re.compile(r"[\w][\w./-]*")


class WorkflowError(LoopError):
    """What cannot be written into a workflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What differs from one repository to the next.

    Attributes:
        base: Branch that specs are read from.
        install: What pip is given in every job.
        install_train: The same where makers and checkers run.
        secrets: Variables that specs and evals name for makers, proposers and checkers; a workflow
            can only pass secrets by name.
        notify: Variables that hold the webhooks of `publish.notify` and `watch.alert`, and the keys
            that sign what is posted there.
    """

    base: str = "main"
    install: str = REQUIREMENT
    install_train: str = REQUIREMENT
    secrets: Sequence[str] = ()
    notify: Sequence[str] = ()


def from_index() -> bool:
    """Tell whether this git-loop came from a package index, so that others get the same there.

    Source: PEP 610, by which what came from a folder, a file or a repository says so.
    """
    try:
        return distribution("git-loop").read_text("direct_url.json") is None
    except PackageNotFoundError:
        return False


def workflow(name: str, fitting: Fitting) -> str:
    """Return the text of `.github/workflows/<name>`.

    Args:
        name: One of `WORKFLOWS`.
        fitting: The repository's own.

    Raises:
        WorkflowError: the base branch's name could be read as more than a name, or a spec asks for
            the key that signs rows or the App's.
    """
    if not BRANCH.fullmatch(fitting.base):
        raise WorkflowError(
            f"branch {fitting.base!r} cannot stand in a workflow; rename it to letters, digits, "
            "dots, dashes, underscores and slashes"
        )
    named = {*fitting.secrets, *fitting.notify}
    for key, what in ((SIGNING_KEY, "that signs rows"), (APP_KEY, "of the App that publishes")):
        if key in named:
            raise WorkflowError(
                f"a spec or eval names {key} under env; only the record job may have the key {what}"
            )
    every = sorted({*named, *STORE_SECRETS, SIGNING_KEY, APP_KEY})
    blocks = {
        "__INSTALL__": _install(fitting.install),
        "__INSTALL_TRAIN__": _install(fitting.install_train),
        "# __SECRETS__": _passed(every),
        "# __SECRET_NAMES__": [f"{each}: {{required: false}}" for each in every],
        "# __ENV__": _passed(fitting.secrets),
        "# __NOTIFY__": _passed(fitting.notify),
        "# __APP__": _APP,
        "# __STORE__": _store(()),
        "# __MORE_STORE__": _store(fitting.secrets),
    }
    text = (_TEMPLATES / name).read_text(encoding="utf-8").replace("__BASE__", fitting.base)
    lines: list[str] = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += [indent + each for each in blocks.get(line.strip(), [line.strip()])]
    return "\n".join(lines) + "\n"


def _passed(names: Sequence[str]) -> list[str]:
    return [f"{name}: ${{{{ secrets.{name} }}}}" for name in names]


def _store(named: Sequence[str]) -> list[str]:
    """Return what opens a shared store, beside names that are passed already."""
    variables = [name for name in STORE_VARIABLES if name not in named]
    secrets = [name for name in STORE_SECRETS if name not in named]
    return [f"{name}: ${{{{ vars.{name} }}}}" for name in variables] + _passed(secrets)


def _install(arguments: str) -> list[str]:
    """Install into a folder of the job's own; git asks for the token only where a step has one."""
    return [
        'python -m venv "$RUNNER_TEMP/venv"',
        f'"$RUNNER_TEMP/venv/bin/python" -m pip install --quiet {arguments}',
        'echo "$RUNNER_TEMP/venv/bin" >> "$GITHUB_PATH"',
        f"git config credential.helper {_HELPER}",
    ]

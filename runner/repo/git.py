"""The choke point: one function starts every git process."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.core.redact import redact
from runner.repo.error import RepoError
from runner.repo.reader import Reader

LOCAL_S = 120.0
"""Seconds that a local command may take."""
NETWORK_S = 600.0
"""Seconds that a fetch or push may take."""

KEPT = {
    "GIT_ASKPASS": "how a runner without a terminal supplies credentials",
    "GIT_CONFIG_GLOBAL": "says which configuration is the user's; tests and CI point it elsewhere",
    "GIT_CONFIG_NOSYSTEM": "leaves the machine's configuration out",
    "GIT_CONFIG_SYSTEM": "says which configuration is the machine's",
    "GIT_EXEC_PATH": "finds a git that is not installed in its usual place",
    "GIT_HTTP_PROXY_AUTHMETHOD": "proxies",
    "GIT_PROXY_SSL_CAINFO": "proxies",
    "GIT_SSH": "which ssh reaches the remote",
    "GIT_SSH_COMMAND": "which ssh reaches the remote, with its key",
    "GIT_SSL_CAINFO": "a private certificate authority",
    "GIT_SSL_NO_VERIFY": "the user's own choice about a private host",
}
"""Git's variables that reach our git, each with its reason.

All others are dropped. Those that matter: GIT_DIR, GIT_WORK_TREE, GIT_COMMON_DIR and GIT_PREFIX
(set inside hooks and aliases, they would send us to another repository), GIT_INDEX_FILE (a commit
hook's temporary index), GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES and
GIT_QUARANTINE_PATH (objects would vanish when a hook ends), GIT_NAMESPACE (renames every ref),
GIT_CONFIG_PARAMETERS and GIT_CONFIG_COUNT (can turn hooks back on), GIT_AUTHOR_* and
GIT_COMMITTER_* (identity and time are arguments), GIT_TRACE* (may print credentials), GIT_EDITOR
and GIT_PAGER (would wait for a person).
"""

SET = {
    "LC_ALL": "C",  # messages are matched in English
    "LANGUAGE": "",  # would outrank LC_ALL for messages
    "GIT_TERMINAL_PROMPT": "0",  # a missing credential is an error, not a question
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not refresh the user's index
    "GIT_NO_REPLACE_OBJECTS": "1",  # a planted refs/replace would rewrite what we read
    "GIT_PAGER": "cat",
}

CONFIG = (
    "core.hooksPath=/dev/null",  # no code from the repository runs with our rights
    "core.fsmonitor=false",  # the same, as a daemon
    "core.fsync=all",  # a commit we report survives a power cut
    "core.quotePath=false",
    "gc.auto=0",  # no background process outlives a command
    "maintenance.auto=false",
    "push.followTags=false",  # exactly the refs that were asked for
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "log.showSignature=false",
)


@dataclass(frozen=True, slots=True)
class Output:
    """What a git process left behind."""

    code: int
    out: bytes
    words: str


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: nothing of `GIT_*` but what `KEPT` gives a reason for."""
    kept = {k: v for k, v in environ.items() if not k.startswith("GIT_") or k in KEPT}
    return kept | SET


SETTINGS = tuple(part for entry in CONFIG for part in ("-c", entry))


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one folder with one scrubbed environment.

    Attributes:
        reader: Answers what objects and refs hold, all from one process.
    """

    folder: Path
    environment: Mapping[str, str]
    reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        argv = ("git", *SETTINGS, "cat-file", "--batch")
        reader = Reader(argv, folder=self.folder, environment=self.environment)
        object.__setattr__(self, "reader", reader)

    def ask(self, *arguments: str, stdin: bytes = b"", timeout_s: float = LOCAL_S) -> Output:
        """Run git and return what it said, whatever its exit status.

        Raises:
            RepoError: git is not installed, the folder is gone, or the time is up.
        """
        try:
            process = subprocess.Popen(
                ["git", *SETTINGS, *arguments],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # no terminal to ask on, and one group to kill
            )
        except OSError as err:
            raise RepoError(_not_started(self.folder, err)) from err
        return self._talk(process, stdin=stdin, timeout_s=timeout_s, name=arguments[0])

    def _talk(
        self, process: subprocess.Popen[bytes], *, stdin: bytes, timeout_s: float, name: str
    ) -> Output:
        try:
            out, err = process.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired as late:
            _kill(process)
            raise RepoError(f"git {name} did not finish within {timeout_s:g} s") from late
        except BaseException:
            _kill(process)
            raise
        words = redact(err.decode(errors="replace")).strip()
        return Output(process.returncode, out, words)

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        ok: Collection[int] = (0,),
        timeout_s: float = LOCAL_S,
    ) -> bytes:
        """Run git and return its output.

        Raises:
            RepoError: the exit status is not in `ok`; the message carries git's words.
        """
        output = self.ask(*arguments, stdin=stdin, timeout_s=timeout_s)
        if output.code not in ok:
            raise RepoError(refusal(arguments[0], output))
        return output.out


def refusal(name: str, output: Output) -> str:
    """Return one line that tells what git refused, in its own words."""
    words = " | ".join(line.strip() for line in output.words.splitlines() if line.strip())
    return f"git {name} failed ({output.code}): {words or 'no message'}"


def _not_started(folder: Path, err: OSError) -> str:
    if not folder.is_dir():
        return f"{folder} is not a folder"
    return f"git cannot be started ({err.strerror}); install git 2.31 or newer"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and its transport helpers, which share its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

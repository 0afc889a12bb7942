"""One long-lived `git cat-file --batch`: objects and refs are read without a process each."""

import subprocess
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runner.repo.error import RepoError

_STOP_S = 5.0
_BATCH = 4096
"""Bytes of names that are asked at once: below what the smallest pipe holds."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object as git holds it."""

    sha: str
    kind: str
    content: bytes


class Reader:
    """Answers what names stand for; starts git at the first question and ends it with itself.

    Refs and new objects are seen as they appear, since git looks again at each question.
    """

    def __init__(
        self, argv: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._argv = tuple(argv)
        self._folder = folder
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, names: Sequence[str]) -> list[Found | None]:
        """Return the object behind each name (`<commit>:<path>`, a ref, ...), None if missing.

        Raises:
            RepoError: git cannot be started or ended on the way.
        """
        with self._lock:
            asked, answers = self._pipes()
            try:
                return [found for some in _batches(names) for found in _asked(asked, answers, some)]
            except (OSError, ValueError, IndexError) as err:
                self._drop()
                raise RepoError(f"git cat-file ended early in {self._folder}: {err}") from err

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    self._argv,
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as err:
                raise RepoError(
                    f"git cannot be started in {self._folder} ({err.strerror})"
                ) from err
            weakref.finalize(self, _end, self._process)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes, as asked for above
        assert stdout is not None  # noqa: S101 - likewise
        return stdin, stdout

    def _drop(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None


def _batches(names: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield names in lines, together as many as a pipe takes in while nobody reads answers."""
    batch: list[bytes] = []
    size = 0
    for name in names:
        line = name.encode(errors="surrogateescape") + b"\n"
        if batch and size + len(line) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch


def _asked(asked: IO[bytes], answers: IO[bytes], lines: list[bytes]) -> list[Found | None]:
    asked.write(b"".join(lines))
    asked.flush()
    return [_answer(answers) for _ in lines]


def _answer(answers: IO[bytes]) -> Found | None:
    header = answers.readline().split(b" ")
    if len(header) != 3 or not header[2].strip().isdigit():  # noqa: PLR2004 - sha, kind, size
        if not header[-1].endswith(b"\n"):
            raise ValueError("no answer")
        return None
    content = answers.read(int(header[2]))
    answers.read(1)
    return Found(header[0].decode(), header[1].decode(), content)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes, on which git ends by itself."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

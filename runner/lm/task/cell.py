"""Cells: cases that were answered and scored before, so that a retry pays for none twice."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pydantic import ValidationError

from runner.core.canonical import canonical, digest
from runner.core.errors import LoopError
from runner.core.trial import Trial

_NAME = 32  # hex digits of a file's name


class CellError(LoopError):
    """Cells cannot be read or written; the message says where."""


class Cells:
    """Trials by what they depend on, one JSONL file per prompt, appended to.

    Every line is written whole and at once, so several processes may share a folder; a line that a
    crash cut short, or that another version wrote, is a cell that is not there.

    Attributes:
        hits: Cells that were there when asked for.
    """

    def __init__(self, folder: Path | None, *, setting: Mapping[str, Any]) -> None:
        """Open a folder, which is made if need be.

        Args:
            folder: Where the files lie; None to keep nothing.
            setting: All that a trial depends on but prompt and case: model, decoding, checker.

        Raises:
            CellError: the folder cannot be made.
        """
        self.hits = 0
        self._folder = folder
        self._setting = digest(canonical(setting))
        self._shelves: dict[str, dict[str, bytes]] = {}
        self._open: tuple[str, BinaryIO] | None = None
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as err:
                raise CellError(f"no cells can be kept in {folder} ({err.strerror})") from err

    def get(self, prompt: str, case: str) -> Trial | None:
        """Return what was kept; its score says that it cost nothing and took no time.

        Args:
            prompt: Digest of the instructions.
            case: Digest of the whole case.

        Raises:
            CellError: the file cannot be read.
        """
        if self._folder is None:
            return None
        line = self._shelf(prompt).get(case)
        if line is None:
            return None
        try:
            trial = Trial.model_validate_json(line)
        except ValidationError:
            return None
        self.hits += 1
        free = {"cost_usd": 0, "tokens_in": 0, "tokens_out": 0, "seconds": 0}
        return trial.model_copy(update={"score": trial.score.model_copy(update=free)})

    def put(self, prompt: str, case: str, trial: Trial) -> None:
        """Keep a trial.

        Raises:
            CellError: the disk refuses.
        """
        if self._folder is None:
            return
        line = trial.model_dump_json().encode()
        self._shelf(prompt)[case] = line
        try:
            self._file(prompt).write(b'\n{"case":"%s","trial":%s}' % (case.encode(), line))
        except OSError as err:
            raise CellError(f"cells in {self._folder} are cut short ({err.strerror})") from err

    def close(self) -> None:
        """Let go of the file that is written."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _path(self, prompt: str) -> Path:
        assert self._folder is not None  # noqa: S101 - the callers return without one
        name = digest(f"{self._setting}/{prompt}".encode())[:_NAME]
        return self._folder / f"{name}.jsonl"

    def _file(self, prompt: str) -> BinaryIO:
        if self._open is None or self._open[0] != prompt:
            self.close()
            # a line begins with its newline: the tail of a crash cannot swallow the next one
            self._open = prompt, self._path(prompt).open("ab", buffering=0)
        return self._open[1]

    def _shelf(self, prompt: str) -> dict[str, bytes]:
        if prompt not in self._shelves:
            path = self._path(prompt)
            try:
                data = path.read_bytes() if path.exists() else b""
            except OSError as err:
                raise CellError(f"cells in {path} cannot be read ({err.strerror})") from err
            self._shelves[prompt] = dict(filter(None, map(_cell, data.split(b"\n"))))
        return self._shelves[prompt]


def _cell(line: bytes) -> tuple[str, bytes] | None:
    try:
        found = json.loads(line)
        return found["case"], json.dumps(found["trial"]).encode()
    except (ValueError, KeyError, TypeError):
        return None

"""The run directory: each stage reads files of it and writes its own, the receipt last."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from runner.core.canonical import canonical
from runner.core.errors import LoopError
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.core.problem import dotted

Receipt = TypeVar("Receipt", bound=Frozen)


class RunFolderError(LoopError):
    """A run directory that cannot be read or written."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's directory, private to its user.

    `make/` is all that a maker sees; `arms/` holds sealed scores.
    """

    path: Path

    def create(self) -> None:
        """Make the directory, private to its user.

        Raises:
            RunFolderError: the disk is full or the place is not writable.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise RunFolderError(
                f"{self.path}: {err.strerror or err}; set LOOP_HOME to a "
                "folder with room that you may write"
            ) from err

    def read(self, stage: str, model: type[Receipt]) -> Receipt | None:
        """Return a stage's receipt, or None when the stage has not finished.

        Raises:
            RunFolderError: the receipt was edited or comes from another version.
        """
        path = self.path / f"{stage}.json"
        try:
            return model.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as err:
            first = err.errors()[0]
            raise RunFolderError(
                f"{path}: {dotted(first['loc'])}: {first['msg'].lower()}; delete the run directory "
                "to start afresh"
            ) from err

    def write(self, stage: str, receipt: Frozen) -> None:
        """Leave a stage's receipt; the last thing that the stage does.

        Raises:
            RunFolderError: the disk is full; the stage will run again.
        """
        try:
            write_atomic(self.path / f"{stage}.json", canonical(receipt.model_dump(mode="json")))
        except OSError as err:
            raise RunFolderError(f"{self.path}: {err.strerror or err}") from err

    def forget(self, *stages: str) -> None:
        """Remove the receipts of stages whose work is not there any more."""
        for stage in stages:
            (self.path / f"{stage}.json").unlink(missing_ok=True)

    def fresh(self, name: str) -> Path:
        """Return an empty folder of this name, whatever an interrupted run left there."""
        path = self.path / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True, mode=0o700)
        return path

    def kept(self, name: str) -> Path:
        """Return a folder of this name that survives retries of the run."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

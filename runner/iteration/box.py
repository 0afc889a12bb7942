"""The lock-box as a key-holder opens it: in memory, to know which one it is."""

from dataclasses import dataclass, replace
from pathlib import Path

from runner.core.file import write_atomic
from runner.evals.box import asked_by, asked_bytes, box_digest, boxed_eval
from runner.evals.split import Case, read_split
from runner.iteration.folder import RunFolder
from runner.iteration.parts import Declared, Parts
from runner.iteration.vault import VaultError, key_of, require_fitting
from runner.seal.box import seal, unseal
from runner.seal.error import SealError
from runner.seal.suffix import unpack

ASKED = "asked.age"
"""File of a run directory with sealed digests of what the cases of its lock-box ask."""


@dataclass(frozen=True, slots=True)
class Box:
    """An open lock-box.

    Attributes:
        declared: The loop as declared with the lock-box as its held-out split, under its digest.
        asked: A digest of what each case asks.
    """

    declared: Declared
    asked: tuple[str, ...]


def lock_box(parts: Parts, declared: Declared) -> Box:
    """Return the lock-box of a loop's eval, and under which digest it goes.

    Raises:
        VaultError: the key is missing or another one, the file cannot be read, or no case is in
            the slice that gains are claimed on.
        LoopError: the file is damaged or malformed.
    """
    identity = key_of(parts)
    require_fitting(parts, declared)
    cases = _cases(declared, identity)
    wanted = declared.spec.gate.primary.partition("@")[2]
    if wanted and not any(wanted in case.slices for case in cases):
        raise VaultError(
            f'{box_path(declared)}: no case is in slice "{wanted}", on which gate.primary claims '
            "gains; the lock-box stays shut"
        )
    evaluation = boxed_eval(declared.evaluation)
    boxed = replace(declared, evaluation=evaluation, heldout=box_digest(cases))
    return Box(boxed, asked_by(cases))


def lock_box_digest(declared: Declared, identity: str) -> str:
    """Return the digest under which the opening of an eval's lock-box is remembered.

    Raises:
        VaultError: the file cannot be read.
        LoopError: the key is another one, or the file is damaged or malformed.
    """
    return box_digest(_cases(declared, identity))


def keep_asked(folder: RunFolder, box: Box, identity: str) -> None:
    """Seal what the cases ask into the run directory, for the row that is to open them.

    What is there and opens with the key stays; what an earlier key sealed is written anew.
    """
    recipient = box.declared.evaluation.recipient
    path = folder.path / ASKED
    if recipient is not None and not _opens(path, identity):
        data = seal(asked_bytes(dict.fromkeys(box.asked, "")), recipient)
        write_atomic(path, data)


def _opens(path: Path, identity: str) -> bool:
    try:
        unseal(path.read_bytes(), identity)
    except (FileNotFoundError, SealError):
        return False
    return True


def kept_asked(folder: RunFolder) -> bytes | None:
    """Return what `keep_asked` left, or None."""
    path = folder.path / ASKED
    return path.read_bytes() if path.is_file() else None


def box_path(declared: Declared) -> str:
    """Return the repository path of an eval's lock-box."""
    return f"evals/{declared.evaluation.eval}/{declared.evaluation.confirm}"


def _cases(declared: Declared, identity: str) -> tuple[Case, ...]:
    path = declared.folder / str(declared.evaluation.confirm)
    try:
        packed = path.read_bytes()
    except OSError as err:
        raise VaultError(f"{path}: {err.strerror}; the eval names it as confirm") from err
    plain = unpack(packed, name=path.name, identity=identity)
    bare = box_path(declared).removesuffix(".age").removesuffix(".xz")
    return read_split(plain, path=bare)

"""The held-out split in the clear: a private folder that goes when the check stage ends."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runner.core.canonical import canonical
from runner.core.errors import LoopError
from runner.core.receipt import Plan
from runner.evals.check import source_file
from runner.evals.commit import contents
from runner.evals.fold import deal
from runner.evals.model import SECRET, FileSource, GeneratedSource
from runner.evals.split import jsonl
from runner.iteration.apart import require_apart
from runner.iteration.parts import Declared, Parts
from runner.seal.commit import commitment, committed_seed
from runner.seal.key import draw_seed, recipient_of
from runner.seal.suffix import unpack

PREFIX = "git-loop-vault-"
_UNLOCKED = ".git-loop-unlocked-"
"""Of a folder that is to be a vault: it holds nothing until it is locked and has its name."""


class VaultError(LoopError):
    """Held-out cases that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Draw:
    """The cases of one look.

    Attributes:
        cases: Plain JSONL inside the vault; None for a foreign checker with cases of its own.
        slices: Case id to its slices; empty where the cases are not known beforehand.
        fixed: No case was generated, so an arm can be scored once and kept.
    """

    cases: Path | None
    slices: Mapping[str, tuple[str, ...]]
    fixed: bool


@contextmanager
def vault(base: Path) -> Iterator[Path]:
    """Give a folder that only this user may enter, below one that no maker reaches.

    What a killed run left behind goes first: a vault is locked before it has its name, so that one
    which is not locked is nobody's, whatever the clock says.
    """
    for left in base.glob(f"{PREFIX}*"):
        _clear(left)
    made = Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=base))
    lock = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    path = made.rename(base / f"{PREFIX}{made.name.removeprefix(_UNLOCKED)}")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _clear(path: Path) -> None:
    """Remove a vault whose run was killed; one in use is locked."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # gone meanwhile, or another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_uid == os.geteuid():
            shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)


def draw(parts: Parts, declared: Declared, plan: Plan, *, candidate: str, into: Path) -> Draw:
    """Open or generate this look's held-out cases.

    Generated cases depend on the secret, the candidate and the row's number, so that nobody can
    prepare for them and each look is a fresh one.

    Raises:
        VaultError: the key is missing or another one, two cases share an id, or what is held out
            is not what the eval commits to.
        SealError: a sealed file cannot be opened.
    """
    sources = declared.evaluation.heldout
    if not sources:
        return Draw(cases=None, slices={}, fixed=True)
    cases: list[dict[str, object]] = []
    secret = _committed(parts, declared)
    for source in sources:
        if isinstance(source, FileSource):
            cases += _from_file(parts, declared, source)
        else:
            seed = _seed(parts, declared, plan, candidate=candidate, secret=secret)
            cases += _generated(parts, declared, source, seed=seed)
    slices = _slices(cases)
    path = into / "cases.jsonl"
    path.write_bytes(b"".join(canonical(case) for case in cases))
    fixed = all(isinstance(source, FileSource) for source in sources)
    return Draw(cases=path, slices=slices, fixed=fixed)


def require_key(parts: Parts, declared: Declared) -> None:
    """Return if this machine can check what it makes, and a maker can read nothing of that.

    Raises:
        VaultError: as `require_opens`.
        SharedError: held-out cases stand in train or dev.
    """
    require_opens(parts, declared)
    require_apart(parts, declared, partial(_plain, parts))


def require_opens(parts: Parts, declared: Declared) -> None:
    """Return if this machine can open what is held out, wherever its cases may stand too.

    That is for rows of the past: they are what they are.

    Raises:
        VaultError: the eval is sealed and the key is not here, or what is held out is not what
            the eval commits to.
    """
    evaluation = declared.evaluation
    sealed = any(".age" in Path(source_file(source)).suffixes for source in evaluation.heldout)
    if evaluation.recipient is not None or sealed:
        key_of(parts)
    _committed(parts, declared)


def key_of(parts: Parts) -> str:
    """Return the identity that opens the held-out split.

    Raises:
        VaultError: this machine has none.
    """
    if parts.identity is None:
        raise VaultError(
            "the key of the held-out split is not here; set LOOP_HELDOUT_KEY to the age identity "
            "of the eval's recipient, or run the check stage where it is"
        )
    return parts.identity


def _committed(parts: Parts, declared: Declared) -> bytes | None:
    """Return the secret that the eval's commitment opens with, once all it stands for is seen.

    Raises:
        VaultError: the key is another one, or what is held out is not what was committed to.
    """
    evaluation = declared.evaluation
    if evaluation.commitment is None:
        return None
    require_fitting(parts, declared)
    secret = _plain(parts, declared.folder / SECRET)
    held = contents(evaluation, lambda name: _plain(parts, declared.folder / name))
    if commitment(secret, held) != evaluation.commitment:
        raise VaultError(
            f"evals/{evaluation.eval}: what is held out, or {SECRET}, is not what commitment in "
            f"eval.yaml stands for; run git-loop data seal {evaluation.eval} if it was changed on "
            "purpose, else take the files back from git"
        )
    return secret


def require_fitting(parts: Parts, declared: Declared) -> None:
    """Refuse a key that is not the recipient's, before anything is drawn from it.

    Raises:
        VaultError: it is not, or there is none.
    """
    mine, theirs = recipient_of(key_of(parts)), declared.evaluation.recipient
    if theirs is not None and mine != theirs:
        raise VaultError(
            f"the key given is of {mine}, but eval {declared.evaluation.eval} is sealed to {theirs}"
        )


def _from_file(parts: Parts, declared: Declared, source: FileSource) -> list[dict[str, object]]:
    path = declared.folder / source.file
    data = jsonl(_plain(parts, path), path=str(path).removesuffix(".age").removesuffix(".xz"))
    cases = []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            cases.append(_parsed(line, where=f"{path}:{number}"))
    if source.folds is not None:
        folds = deal(data, declared.evaluation, path=str(path))
        numbers = {name: fold.number for fold in folds for name in fold.heldout}
        cases = [{**case, "fold": numbers[str(case["id"])]} for case in cases]
    return [_tagged(case, source.slices) for case in cases]


def _plain(parts: Parts, path: Path) -> bytes:
    try:
        packed = path.read_bytes()
    except OSError as err:
        raise VaultError(f"{path}: {err.strerror}; the eval names it as held-out") from err
    identity = key_of(parts) if path.suffix == ".age" else None
    return unpack(packed, name=path.name, identity=identity)


def _parsed(line: bytes, *, where: str) -> dict[str, object]:
    try:
        case = json.loads(line)
    except ValueError as err:
        raise VaultError(f"{where}: not a JSON object") from err
    if not isinstance(case, dict) or not isinstance(case.get("id"), str):
        raise VaultError(f'{where}: expected an object with a text "id"')
    return case


def _tagged(case: dict[str, object], slices: tuple[str, ...]) -> dict[str, object]:
    own = case.get("slices")
    return case if own else {**case, "slices": list(slices)}


def _seed(
    parts: Parts, declared: Declared, plan: Plan, *, candidate: str, secret: bytes | None
) -> bytes:
    if secret is not None:
        return committed_seed(secret, candidate, plan.number)
    require_fitting(parts, declared)
    return draw_seed(key_of(parts), candidate, plan.number)


def _generated(
    parts: Parts, declared: Declared, source: GeneratedSource, *, seed: bytes
) -> list[dict[str, object]]:
    path = declared.folder / source.generate
    declaration = _plain(parts, path)
    checker = declared.evaluation.checker
    if not isinstance(checker, str):
        raise VaultError(f"{path}: only a built-in checker can generate cases")
    return [
        _tagged(case, source.slices)
        for case in parts.plug_ins.generate(checker, declaration, source.n, seed, source.slices)
    ]


def _slices(cases: list[dict[str, object]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for case in cases:
        name = str(case["id"])
        if name in found:
            raise VaultError(f'held-out case "{name}" occurs twice')
        own = case.get("slices")
        found[name] = tuple(str(item) for item in own) if isinstance(own, list) else ()
    return found

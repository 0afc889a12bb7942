"""The manifest: what a candidate is made of."""

from pydantic import NonNegativeInt

from runner.core.canonical import canonical, digest
from runner.core.frozen import Frozen


class Entry(Frozen):
    """One file of a candidate."""

    path: str
    size: NonNegativeInt
    sha256: str


class Manifest(Frozen):
    """The files of a candidate, sorted by path; its digest is the candidate's id.

    Attributes:
        refs: Role to candidate id of other candidates that this one needs (ensemble members).
    """

    files: tuple[Entry, ...]
    refs: dict[str, str] = {}


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the bytes that are stored and digested."""
    return canonical(manifest.model_dump(mode="json"))


def candidate_id(manifest: Manifest) -> str:
    """Return the candidate's id: the sha256 of its manifest."""
    return digest(manifest_bytes(manifest))

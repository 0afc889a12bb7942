"""The store: candidates by the digest of their manifest."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from runner.core.canonical import digest
from runner.core.crash import reach
from runner.core.file import write_atomic
from runner.core.manifest import Entry, Manifest, candidate_id, manifest_bytes
from runner.store.blob import blob_path, checked, copy, keep, made
from runner.store.candidate import inside, sources
from runner.store.error import DiskError, StoreError, told


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of blobs and manifests; safe to share between processes, for nothing is edited.

    Blobs go first and the manifest last, so a candidate that `has` knows is whole.
    """

    root: Path

    @property
    def where(self) -> str:
        """Where candidates are looked for, in words."""
        return str(self.root)

    def put(
        self,
        folder: Path,
        *,
        refs: Mapping[str, str] | None = None,
        before: Callable[[str], None] = lambda _: None,
    ) -> Manifest:
        """Store a maker's folder and return its manifest.

        Args:
            folder: What the maker wrote: safetensors, JSON, tokenizer files, text.
            refs: Role to candidate id of ensemble members, which must be in the store.
            before: Hears the candidate's id when its files are durable and its manifest is not
                yet written; what it writes down is there whenever the candidate is.

        Raises:
            StoreError: a file may not cross (pickles, links that leave, devices), a member is
                missing.
            DiskError: the disk refuses.
        """
        members = dict(sorted((refs or {}).items()))
        for role, member in members.items():
            if not self.has(member):
                raise StoreError(f"{role} refers to candidate {member}, which is not in the store")
        with told(folder):
            found = sources(folder)
        with told(self.root, blame=DiskError):
            files = tuple(self._entry(source.path, source.file) for source in found)
            manifest = Manifest(files=files, refs=members)
            before(candidate_id(manifest))
            target = self._manifest_path(candidate_id(manifest))
            made(target.parent)
            write_atomic(target, manifest_bytes(manifest))
        reach("artifact_put")
        return manifest

    def _entry(self, path: str, file: Path) -> Entry:
        with file.open("rb") as opened:
            kept = keep(self.root, opened)
        return Entry(path=path, size=kept.size, sha256=kept.sha256)

    def has(self, candidate: str) -> bool:
        """Tell whether a candidate was stored whole."""
        return self._manifest_path(candidate).is_file()

    def share(self, candidates: Iterable[str]) -> None:
        """Let other machines have candidates; a folder of one machine has nobody to share with.

        Raises:
            RemoteError: a store that several machines reach refuses.
        """

    def is_shared(self, candidate: str) -> bool:  # noqa: ARG002 - a shared store's answer differs
        """Tell whether other machines have a candidate without being sent it."""
        return False

    def manifest(self, candidate: str) -> Manifest:
        """Return a candidate's manifest, checked against its id.

        Raises:
            StoreError: it is missing or damaged.
        """
        path = self._manifest_path(candidate)
        try:
            data = path.read_bytes()
        except FileNotFoundError as err:
            raise StoreError(f"candidate {candidate} is not in the store at {self.where}") from err
        except OSError as err:
            raise StoreError(f"{path}: {err.strerror}") from err
        if digest(data) != candidate:
            raise StoreError(f"{path} is damaged: its sha256 is {digest(data)}")
        try:
            return Manifest.model_validate_json(data)
        except ValidationError as err:
            raise StoreError(f"{path} is not a manifest of this version") from err

    def checkout(self, candidate: str, into: Path) -> Manifest:
        """Copy a candidate's files to a new folder, read-only, each checked while it is copied.

        Copies, not links: whoever gets the folder cannot damage the store through it.

        Args:
            candidate: Its id.
            into: A folder that does not exist or is empty; it appears whole or not at all.

        Raises:
            StoreError: the candidate is missing or damaged, or `into` is in use.
        """
        manifest = self.manifest(candidate)
        with told(into):
            into.parent.mkdir(parents=True, exist_ok=True)
            if into.exists() and any(into.iterdir()):
                raise StoreError(f"{into} is not empty; name a new folder")
            temporary = Path(tempfile.mkdtemp(dir=into.parent, prefix=f".{into.name}."))
            try:
                for entry in manifest.files:
                    self._copy(entry, temporary / inside(entry.path))
                temporary.chmod(0o755)
                temporary.replace(into)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
        return manifest

    def _copy(self, entry: Entry, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source = blob_path(self.root, entry.sha256).open("rb")
        except FileNotFoundError as err:
            raise StoreError(
                f"{entry.path} is missing from the store at {self.root} (sha256 {entry.sha256})"
            ) from err
        with source, target.open("xb") as file:
            kept = copy(source, file)
            os.fchmod(file.fileno(), 0o444)
        if (kept.sha256, kept.size) != (entry.sha256, entry.size):
            raise StoreError(f"{entry.path} is damaged in the store: its sha256 is {kept.sha256}")

    def put_blob(self, data: bytes) -> str:
        """Store bytes, such as sealed scores, and return their sha256.

        Raises:
            StoreError: the disk refuses.
        """
        with told(self.root):
            return keep(self.root, io.BytesIO(data)).sha256

    def has_blob(self, name: str) -> bool:
        """Tell whether bytes with this sha256 were stored."""
        return blob_path(self.root, name).is_file()

    def get_blob(self, name: str) -> bytes:
        """Return stored bytes, checked against their sha256.

        Raises:
            StoreError: they are missing or damaged.
        """
        path = blob_path(self.root, name)
        try:
            data = path.read_bytes()
        except FileNotFoundError as err:
            raise StoreError(f"blob {name} is not in the store at {self.where}") from err
        except OSError as err:
            raise StoreError(f"{path}: {err.strerror}") from err
        if digest(data) != name:
            raise StoreError(f"{path} is damaged: its sha256 is {digest(data)}")
        return data

    def candidates(self) -> tuple[str, ...]:
        """Return the ids of all candidates, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "manifests").glob("*/*.json")))

    def _manifest_path(self, candidate: str) -> Path:
        return self.root / "manifests" / checked(candidate)[:2] / f"{candidate}.json"

"""Write and check the statements on accepted candidates, with the keys that are here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from runner.audit.attest import SIGNERS, Court, statements
from runner.audit.finding import Check
from runner.audit.ledger import Ledger
from runner.audit.signer import Signer, SignerError, read_signer
from runner.audit.statement import Material, statement, statement_bytes, statement_path
from runner.audit.step import Declaration, Step
from runner.core.canonical import digest
from runner.core.manifest import Manifest
from runner.core.progress import Progress
from runner.core.row import Row, row_path
from runner.evals.check import source_file
from runner.evals.model import Eval
from runner.iteration.parts import Declared
from runner.repo.repo import Repo
from runner.spec.model import EvalCheck, Spec
from runner.store.store import Store
from runner.wiring.environment import SIGNING_KEY as KEY

LOCKS = (
    *("constraints.txt", "requirements.txt", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"),
    *("Pipfile.lock", "conda-lock.yml", "package-lock.json", "Cargo.lock", "flake.lock"),
)
"""Files at a repository's top that say which versions were installed."""


def attester(
    repo: Repo,
    store: Store,
    variables: Mapping[str, str],
    declared: Declared,
    progress: Progress,
) -> Callable[[Row], dict[str, bytes]]:
    """Return what writes the files that lie beside a row: the statement of an accepted one.

    Args:
        repo: Holds the commits.
        store: Holds the candidate, where this machine has it.
        variables: May hold the signing key.
        declared: The loop.
        progress: Is told where the repository asks for a signature and nobody can give it.

    Raises:
        SignerError: the signing key cannot be used; said before anything is made.
    """
    signer, spec = signer_of(variables), declared.spec

    def written(row: Row) -> dict[str, bytes]:
        if row.verdict != "accept":
            return {}
        material = Material(
            eval_digest=declared.eval_digest,
            files=files_of(repo, spec, declared.evaluation, commit=row.code),
            manifest=_manifest(store, row),
        )
        plain = statement_bytes(statement(spec.loop, row, material))
        if signer is None and demands(repo, repo.head()):
            progress.note(
                f"{SIGNERS} asks for signed statements and {KEY} is not set: git-loop verify "
                f"{spec.loop} will name row {row.number}"
            )
        data = plain if signer is None else signer.sign(plain)
        return {statement_path(row_path(spec.loop, row.number)): data}

    return written


def signer_of(variables: Mapping[str, str]) -> Signer | None:
    """Return the key that signs here, or None.

    Raises:
        SignerError: the variable holds no key, or names no file that does.
    """
    said = variables.get(KEY)
    if not said:
        return None
    try:
        pem = said if "-----BEGIN" in said else Path(said).expanduser().read_text()
        return read_signer(pem.encode())
    except (OSError, UnicodeDecodeError) as err:
        raise SignerError(f"{KEY} names a file that cannot be read; set it to a PEM file") from err
    except SignerError as err:
        raise SignerError(f"{KEY}: {err}") from err


def demands(repo: Repo, commit: str) -> bool:
    """Tell whether a commit asks for signed statements: whether it holds keys."""
    return repo.resolve(commit) is not None and repo.tree_sha(commit, SIGNERS) is not None


def keys_of(repo: Repo) -> dict[str, bytes]:
    """Return path to bytes of the keys that the checked-out commit trusts."""
    head = repo.head()
    if not demands(repo, head):
        return {}
    paths = [path for path in repo.list_folder(head, SIGNERS) if path.endswith(".pub")]
    return repo.read_many(head, paths)


def files_of(repo: Repo, spec: Spec, evaluation: Eval, *, commit: str) -> dict[str, str]:
    """Return path to sha256 of what a candidate was made from, as committed: spec, data, locks."""
    paths = [f"loops/{spec.loop}.yaml", *LOCKS]
    if isinstance(spec.check, EvalCheck):
        names = (*evaluation.files("train"), *evaluation.files("dev"))
        held = (source_file(source) for source in evaluation.heldout)
        paths += [f"evals/{evaluation.eval}/{name}" for name in ("eval.yaml", *names, *held)]
    if repo.resolve(commit) is None:
        return {}
    return {path: digest(data) for path, data in repo.read_many(commit, paths).items()}


def _manifest(store: Store, row: Row) -> Manifest | None:
    if row.candidate is None or not store.has(row.candidate):
        return None
    return store.manifest(row.candidate)


def attested(repo: Repo, store: Store, ledger: Ledger, found: tuple[Step, ...]) -> Check:
    """Check the statements beside a loop's rows against the rows and the trusted keys."""

    def material(step: Step) -> Material | str:
        declared = step.declared
        if not isinstance(declared, Declaration):
            return declared
        files = files_of(repo, declared.spec, declared.evaluation, commit=step.row.code)
        manifest = _manifest(store, step.row)
        return Material(eval_digest=declared.eval_digest, files=files, manifest=manifest)

    return statements(
        Court(
            ledger=ledger,
            found=found,
            material=material,
            demands=lambda commit: demands(repo, commit),
            keys=keys_of(repo),
        )
    )

"""What an accepted row says of its candidate, as an in-toto statement; pure.

Source: in-toto Attestation Framework, Statement v1 and ResourceDescriptor v1; SLSA, Provenance v1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.core.canonical import canonical
from runner.core.manifest import Manifest
from runner.core.row import Row, row_digest

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
BUILD = "urn:git-loop:iteration:v1"
"""What kind of build an iteration is; docs/provenance.md says what its parameters mean."""
BUILDER = "urn:git-loop:builder:"
"""What a builder's id begins with; the measured isolation of the make follows."""
MOST_SUBJECTS = 1000
"""Files of a candidate that are named one by one; its id is the digest of all of them."""
CANDIDATE, ROW = "candidate", "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a candidate was made from and judged by.

    Attributes:
        eval_digest: Digest of the eval's declaration.
        files: Path to sha256 of files at the row's commit: spec, train, dev, held-out, locks.
        manifest: The candidate's files; None where this machine does not hold them.
    """

    eval_digest: str
    files: Mapping[str, str] = field(default_factory=dict)
    manifest: Manifest | None = None


def statement_path(row_path: str) -> str:
    """Return where a row's statement lies, beside the row."""
    return row_path.removesuffix(".json") + ".intoto.jsonl"


def statement(loop: str, row: Row, material: Material) -> dict[str, Any]:
    """Return the statement on a row's candidate.

    Args:
        loop: The loop's id.
        row: An accepted row, as it is recorded.
        material: What it was made from.
    """
    return {
        "_type": STATEMENT,
        "subject": _subjects(row, material.manifest),
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": {
                    "loop": loop,
                    "line": row.line,
                    "hypothesis": row.hypothesis,
                },
                "internalParameters": {"number": row.number, "seed": row.seed},
                "resolvedDependencies": _dependencies(row, material),
            },
            "runDetails": {
                "builder": {
                    "id": f"{BUILDER}{row.isolation.level}",
                    "version": dict(row.host.versions),
                },
                "metadata": {
                    "invocationId": row.run,
                    "startedOn": row.started,
                    "finishedOn": row.finished,
                },
                "byproducts": [_judged(loop, row)],
            },
        },
    }


def statement_bytes(found: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed, or written where nobody signs."""
    return canonical(found)


def _subjects(row: Row, manifest: Manifest | None) -> list[dict[str, Any]]:
    own = [_named(CANDIDATE, row.candidate or "")]
    files = () if manifest is None else manifest.files
    if len(files) > MOST_SUBJECTS:
        return own
    return own + [_named(f"{CANDIDATE}/{entry.path}", entry.sha256) for entry in files]


def _dependencies(row: Row, material: Material) -> list[dict[str, Any]]:
    known = {
        "spec": row.spec,
        "eval": material.eval_digest,
        "heldout": row.eval.heldout,
        "parent": row.parent,
        "incumbent": row.incumbent,
    }
    return [
        {"name": "code", "digest": {"gitCommit": row.code}},
        *(_named(name, sha) for name, sha in known.items() if sha is not None),
        *(_named(path, sha) for path, sha in sorted(material.files.items())),
    ]


def _judged(loop: str, row: Row) -> dict[str, Any]:
    """Return the row itself, its digest, and what it claims."""
    told: dict[str, Any] = {"verdict": row.verdict, "reason": row.reason}
    if row.gate is not None:
        told["gate"] = row.gate.model_dump(mode="json")
    found = _named(ROW, row_digest(row))
    return found | {"annotations": {"loop": loop, **told}}


def _named(name: str, sha: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha}}


def digests(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each resource that a statement names, by its name.

    Raises:
        ValueError: it is no statement of this kind.
    """
    try:
        definition = found["predicate"]["buildDefinition"]
        details = found["predicate"]["runDetails"]
        listed = (*found["subject"], *definition["resolvedDependencies"], *details["byproducts"])
        return {str(each["name"]): next(iter(each["digest"].values())) for each in listed}
    except (KeyError, TypeError, StopIteration, AttributeError) as err:
        raise ValueError(f"no statement of an iteration ({err})") from err

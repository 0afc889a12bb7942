# ruff: noqa: INP001 - scripts beside their data are no package
"""Chunks by domain from installed Python modules and from declared log and JSON generators."""

import hashlib
import re
import sysconfig
from chunk import joined as join_lines
from chunk import module_chunks
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml

from runner.checkers.must_keep.generate import generate

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
PACKAGES = Path(sysconfig.get_paths()["purelib"])
LARGEST = 120_000
SHORTEST, LONGEST = 120, 440
DRAWN = 80
Case = dict[str, Any]
Pool = dict[str, list[Case]]


@dataclass(frozen=True, slots=True)
class Sieve:
    """What no chunk may hold.

    Attributes:
        patterns: Families that are measured as unseen.
        most: Chunks of one module by domain.
    """

    patterns: list[re.Pattern[str]]
    most: dict[str, int]

    def passes(self, case: Case) -> bool:
        """Return whether a chunk has something to keep and nothing of a private family."""
        text = str(case["text"])
        return bool(case["must"]) and not any(each.search(text) for each in self.patterns)


@dataclass(frozen=True, slots=True)
class Modules:
    """Chunks of modules by domain, in a fixed pseudo-random order, and each module's sha256."""

    pool: Pool = field(default_factory=lambda: defaultdict(list))
    digests: dict[str, str] = field(default_factory=dict)


def modules(root: Path, folders: list[str], sieve: Sieve) -> Modules:
    """Cut the modules of some folders; those that carry a notice of their own are left out."""
    found = Modules()
    for path in sorted(path for folder in folders for path in (root / folder).glob("*.py")):
        data = path.read_bytes()
        name = path.relative_to(root).as_posix()
        if re.search(rb"copyright|licen[sc]e", data, re.IGNORECASE) or len(data) > LARGEST:
            continue
        found.digests[name] = hashlib.sha256(data).hexdigest()
        for domain, chunks in module_chunks(path).items():
            cases = [{**join_lines(chunk), "domain": domain, "source": name} for chunk in chunks]
            kept = sorted(filter(sieve.passes, cases), key=order)
            found.pool[domain] += kept[: sieve.most[domain]]
    for cases in found.pool.values():
        cases.sort(key=order)
    return found


def generated(declared: dict[str, Any], sieve: Sieve) -> Pool:
    """Draw chunks of each declared log and JSON source, in a fixed pseudo-random order."""
    shared = {key: declared[key] for key in declared if key in {"lists", "fillers", "families"}}
    pool: Pool = defaultdict(list)
    for source in declared["sources"]:
        name, domain = source["name"], source["domain"]
        declaration = {
            **shared,
            "v": 1,
            "domain": domain,
            "sentences": [3, 5] if domain == "log" else [2, 3],
            "joiner": "\n",
            "templates": [a + b for a in source["prefix"] for b in source["templates"]] * 3,
        }
        cases = generate(
            yaml.safe_dump(declaration).encode(), n=DRAWN, seed=name.encode(), slices=("natural",)
        )
        for case in cases:
            named = {key: case[key] for key in ("text", "must", "domain")}
            chunk = {**named, "source": f"generated/{name}"}
            if SHORTEST <= len(str(case["text"])) <= LONGEST and sieve.passes(chunk):
                pool[domain].append(chunk)
    return {domain: sorted(cases, key=order) for domain, cases in pool.items()}


def order(case: Case) -> bytes:
    """Return the sort key that shuffles chunks the same way on every machine."""
    return hashlib.sha256(f"{case['source']}\n{case['text']}".encode()).digest()


def notices(names: list[str]) -> str:
    """Return version and licence texts of installed packages, as Markdown."""
    parts: list[str] = []
    for name in names:
        held = distribution(name)
        texts = [
            str(path.locate().read_text(encoding="utf-8"))  # type: ignore[attr-defined]
            for path in sorted(held.files or [])
            if re.search(r"licen[sc]e|copying", path.name, re.IGNORECASE)
            and "dist-info" in str(path)
        ]
        if not texts:
            raise SystemExit(f"{name} {held.version} ships no licence text; take another package")
        parts.append(f"## {name} {held.version}\n\n" + "\n\n".join(texts))
    return "\n\n".join(parts)

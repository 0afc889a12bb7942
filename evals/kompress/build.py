# ruff: noqa: INP001 - scripts beside their data are no package
"""Rebuild the corpus of this eval from the Python standard library and from declarations.

Run as `python evals/kompress/build.py --identity evals/kompress/demo.key`, on the Python named in
PROVENANCE.md, with git-loop installed. Needs no network and is deterministic but for sealing,
which is skipped while the sealed text is current.
"""

import argparse
import hashlib
import lzma
import platform
import re
import sysconfig
from chunk import joined, module_chunks
from collections import defaultdict
from pathlib import Path

import pyrage
import yaml

from runner.checkers.must_keep.declaration import family_patterns, parse
from runner.checkers.must_keep.generate import generate
from runner.compression.case import case_bytes
from runner.compression.unit import units
from runner.makers.token_compressor.silver import fit_teacher

HERE = Path(__file__).parent
SPLITS = ("train", "dev", "natural")
CHUNKS = {  # per split
    "code": (245, 18, 30),
    "diff": (110, 8, 14),
    "prose": (165, 20, 36),
    "log": (200, 21, 36),
    "json": (150, 14, 24),
}
DENSE_DEV = 56
REFERENCE_KEEP = 0.3
PER_MODULE = {"code": 9, "diff": 9, "prose": 18}
FOLDERS = (
    *("", "asyncio", "concurrent/futures", "distutils", "email", "http", "idlelib", "importlib"),
    *("json", "lib2to3", "multiprocessing", "tkinter", "unittest", "urllib", "wsgiref", "xml/dom"),
)
Case = dict[str, object]


def main() -> None:
    """Write train, dev and the sealed natural cases, and the provenance table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--identity", type=Path, required=True, help="age key of this eval")
    identity = pyrage.x25519.Identity.from_str(_key(options.parse_args().identity))
    blind = pyrage.decrypt((HERE / "blind.yaml.age").read_bytes(), [identity])
    private = list(family_patterns(parse(blind)).values())
    pool, sources = _library(private)
    generated = _generated(private)
    cases = _split(pool, generated)
    teacher = fit_teacher([str(case["text"]) for case in cases["train"]], keep=REFERENCE_KEEP)
    for case in (*cases["dev"], *cases["natural"]):
        case["reference"] = _reference(str(case["text"]), teacher.labels(str(case["text"])))
    dense = generate(
        (HERE / "dense.yaml").read_bytes(), n=DENSE_DEV, seed=b"kompress dev", slices=("dense",)
    )
    _write("train.jsonl.xz", cases["train"])
    _write("dev.jsonl.xz", [*cases["dev"], *dense])
    _seal("natural.jsonl.xz.age", _packed(cases["natural"]), identity)
    used = {str(case["source"]) for split in cases.values() for case in split}
    (HERE / "PROVENANCE.md").write_text(_provenance(cases, sources, used), encoding="utf-8")


def _key(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").split()
    return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))


def _library(private: list[re.Pattern[str]]) -> tuple[dict[str, list[Case]], dict[str, str]]:
    """Return chunks by domain in a fixed pseudo-random order, and the digest of each module."""
    root = Path(sysconfig.get_paths()["stdlib"])
    pool: dict[str, list[Case]] = defaultdict(list)
    digests: dict[str, str] = {}
    for path in sorted(path for folder in FOLDERS for path in (root / folder).glob("*.py")):
        data = path.read_bytes()
        name = path.relative_to(root).as_posix()
        if re.search(rb"copyright|licen[sc]e", data, re.IGNORECASE) or len(data) > 120_000:  # noqa: PLR2004 - other notices stay out; huge modules are slow to diff
            continue
        digests[name] = hashlib.sha256(data).hexdigest()
        for domain, chunks in module_chunks(path).items():
            cases = [{**joined(chunk), "domain": domain, "source": name} for chunk in chunks]
            kept = sorted((case for case in cases if _clean(case, private)), key=_order)
            pool[domain] += kept[: PER_MODULE[domain]]
    return {domain: sorted(cases, key=_order) for domain, cases in pool.items()}, digests


def _generated(private: list[re.Pattern[str]]) -> dict[str, list[Case]]:
    """Return chunks of the declared log and JSON sources, by domain."""
    shared = yaml.safe_load((HERE / "sources.yaml").read_bytes())
    sources = shared.pop("sources")
    pool: dict[str, list[Case]] = defaultdict(list)
    for source in sources:
        declaration = {
            **shared,
            "v": 1,
            "domain": source["domain"],
            "sentences": [3, 5] if source["domain"] == "log" else [2, 3],
            "joiner": "\n",
            "templates": [a + b for a in source["prefix"] for b in source["templates"]] * 3,
        }
        data = yaml.safe_dump(declaration).encode()
        name = source["name"]
        cases = generate(data, n=80, seed=name.encode(), slices=("natural",))
        pool[source["domain"]] += [
            {
                key: {**case, "source": f"generated/{name}"}[key]
                for key in ("text", "must", "domain", "source")
            }
            for case in cases
            if 120 <= len(str(case["text"])) <= 440 and _clean(case, private)  # noqa: PLR2004 - chunk size
        ]
    return {domain: sorted(cases, key=_order) for domain, cases in pool.items()}


def _clean(case: Case, private: list[re.Pattern[str]]) -> bool:
    text = str(case["text"])
    return bool(case["must"]) and not any(pattern.search(text) for pattern in private)


def _order(case: Case) -> bytes:
    return hashlib.sha256(f"{case['source']}\n{case['text']}".encode()).digest()


def _split(*pools: dict[str, list[Case]]) -> dict[str, list[Case]]:
    """Deal whole sources to splits, then cut each domain of each split to its size."""
    by_split: dict[str, list[Case]] = {name: [] for name in SPLITS}
    for domain, cases in [item for pool in pools for item in pool.items()]:
        for split, size in zip(SPLITS, CHUNKS[domain], strict=True):
            mine = [case for case in cases if _home(str(case["source"])) == split]
            if len(mine) < size:
                raise SystemExit(f"{domain}/{split}: {len(mine)} chunks, {size} are needed")
            by_split[split] += mine[:size]
    for split, cases in by_split.items():
        cases.sort(key=_order)
        for index, case in enumerate(cases):
            case.update(id=f"{split}-{index:04d}", slices=["natural"])
    return by_split


def _home(source: str) -> str:
    known = {
        "generated/mobile": "dev",
        "generated/storage": "dev",
        "generated/json-traces": "dev",
        "generated/queue-broker": "natural",
        "generated/shell": "natural",
        "generated/trading": "natural",
        "generated/json-inventory": "natural",
        "generated/json-api-errors": "natural",
    }
    if source.startswith("generated/"):
        return known.get(source, "train")
    share = hashlib.sha256(source.encode()).digest()[0]
    return "natural" if share < 46 else "dev" if share < 77 else "train"  # noqa: PLR2004 - 18 %, 12 %, 70 %


def _reference(text: str, labels: list[bool]) -> list[list[int]]:
    ranges: list[list[int]] = []
    open_range = False
    for (start, end), kept in zip(units(text), labels, strict=True):
        if kept and open_range:
            ranges[-1][1] = end
        elif kept:
            ranges.append([start, end])
        open_range = kept
    return ranges


def _packed(cases: list[Case]) -> bytes:
    order = ("id", "text", "must", "domain", "slices", "source", "reference")
    lines = [case_bytes({key: case[key] for key in order if key in case}) for case in cases]
    return lzma.compress(b"".join(lines), preset=9 | lzma.PRESET_EXTREME)


def _write(name: str, cases: list[Case]) -> None:
    (HERE / name).write_bytes(_packed(cases))


def _seal(name: str, data: bytes, identity: pyrage.x25519.Identity) -> None:
    path = HERE / name
    if path.exists() and pyrage.decrypt(path.read_bytes(), [identity]) == data:
        return
    path.write_bytes(pyrage.encrypt(data, [identity.to_public()]))


def _provenance(cases: dict[str, list[Case]], digests: dict[str, str], used: set[str]) -> str:
    template = (HERE / "provenance.template.md").read_text(encoding="utf-8")
    counts = "\n".join(
        f"| {domain} | " + " | ".join(str(size) for size in sizes) + " |"
        for domain, sizes in CHUNKS.items()
    )
    homes = {str(case["source"]): split for split, held in cases.items() for case in held}
    rows = "\n".join(
        f"| `{name}` | {homes[name]} | `{digests.get(name, 'sources.yaml')[:16]}` |"
        for name in sorted(used)
    )
    return template.format(python=platform.python_version(), counts=counts, rows=rows)


if __name__ == "__main__":
    main()

# ruff: noqa: INP001 - scripts beside their data are no package
"""Rebuild the corpus of this eval from installed Python sources and from declarations.

Run as `git-loop data build kompress`, or `python evals/kompress/build.py --identity
evals/kompress/demo.key`, on the Python named in PROVENANCE.md, with git-loop and the packages of
constraints.txt installed. Needs no network and is deterministic but for sealing, which is skipped
while the sealed text is current. Which sources are held out stands in sealed files only.
"""

import argparse
import hashlib
import lzma
import os
import platform
from collections import Counter
from pathlib import Path

import pyrage
import yaml
from origin import LIBRARY, PACKAGES, Case, Modules, Pool, Sieve, generated, modules, notices, order
from reference import counted

from runner.checkers.must_keep.declaration import family_patterns, parse
from runner.checkers.must_keep.generate import generate
from runner.compression.case import case_bytes
from runner.compression.contamination import clean, corpus_grams

HERE = Path(__file__).parent
CHUNKS = {  # train, dev, held out
    "code": (245, 48, 50),
    "diff": (110, 22, 30),
    "prose": (165, 56, 50),
    "log": (200, 57, 50),
    "json": (150, 38, 40),
}
DRAWS = {"dense": 56, "novel": 60}  # of dev
PER_MODULE = {"code": 9, "diff": 9, "prose": 18}
PER_HELDOUT_MODULE = {"code": 4, "diff": 3, "prose": 4}
FOLDERS = (
    *("", "asyncio", "concurrent/futures", "distutils", "email", "http", "idlelib", "importlib"),
    *("json", "lib2to3", "multiprocessing", "tkinter", "unittest", "urllib", "wsgiref", "xml/dom"),
)
DEV_SOURCES = {
    *("mobile", "storage", "json-traces", "queue-broker", "shell", "trading"),
    *("json-inventory", "json-api-errors"),
}


class Box:
    """The eval's key: opens and seals files of this folder."""

    def __init__(self, identity: str) -> None:
        key = next(word for word in identity.split() if word.startswith("AGE-SECRET-KEY-"))
        self._identity = pyrage.x25519.Identity.from_str(key)

    def open(self, name: str) -> bytes:
        """Return what a sealed file holds, unpacked."""
        data = pyrage.decrypt((HERE / name).read_bytes(), [self._identity])
        return lzma.decompress(data) if ".xz." in name else data

    def seal(self, out: Path, name: str, data: bytes) -> None:
        """Write a sealed file; the present one, if it holds the same bytes."""
        if (HERE / name).exists() and self.open(name) == data:
            (out / name).write_bytes((HERE / name).read_bytes())
            return
        packed = lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)
        (out / name).write_bytes(pyrage.encrypt(packed, [self._identity.to_public()]))


def main() -> None:
    """Write train, dev and the sealed natural cases, and where they come from."""
    box, out = _options()
    unseen = [box.open("blind.yaml.age"), (HERE / "novel.yaml").read_bytes()]
    patterns = [each for data in unseen for each in family_patterns(parse(data)).values()]
    public = modules(LIBRARY, list(FOLDERS), Sieve(patterns, PER_MODULE))
    logs = generated(yaml.safe_load((HERE / "sources.yaml").read_bytes()), Sieve(patterns, {}))
    train = _cut({**public.pool, **logs}, "train", frozenset())
    seen = corpus_grams(str(case["text"]) for case in train)
    dev = _cut({**public.pool, **logs}, "dev", seen)
    surprise = counted([str(case["text"]) for case in train])
    secret = yaml.safe_load(box.open("heldout.yaml.xz.age"))
    drawn = [case for slice_ in DRAWS for case in _draws(slice_)]
    heldout, hidden = _heldout(secret, Sieve(patterns, PER_HELDOUT_MODULE), [*train, *dev, *drawn])
    for split in (dev, heldout):
        own = surprise.cut_to([str(case["text"]) for case in split])
        for case in split:
            case["reference"] = own.ranges(str(case["text"]))
    (out / "train.jsonl.xz").write_bytes(_packed(train))
    (out / "dev.jsonl.xz").write_bytes(_packed([*dev, *drawn]))
    box.seal(out, "natural.jsonl.xz.age", _lines(heldout))
    box.seal(out, "heldout.md.xz.age", _sealed_provenance(heldout, hidden, secret).encode())
    (out / "PROVENANCE.md").write_text(_provenance(train, dev, public), encoding="utf-8")


def _options() -> tuple[Box, Path]:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--identity", type=Path, help="age key; default: $LOOP_HELDOUT_KEY")
    options.add_argument("--out", type=Path, help="folder; default: $LOOP_OUT, else this one")
    given = options.parse_args()
    key = os.environ.get("LOOP_HELDOUT_KEY", "")  # noqa: TID251 - a command of its own
    if given.identity is None and not key:
        options.error("the age key of this eval is needed: --identity or LOOP_HELDOUT_KEY")
    identity = key if given.identity is None else given.identity.read_text(encoding="utf-8")
    out = given.out or Path(os.environ.get("LOOP_OUT", HERE))  # noqa: TID251 - likewise
    return Box(identity), out


def _draws(slice_: str) -> list[Case]:
    data = (HERE / f"{slice_}.yaml").read_bytes()
    return generate(data, n=DRAWS[slice_], seed=b"kompress dev", slices=(slice_,))


def _cut(pool: Pool, split: str, seen: frozenset[tuple[str, ...]]) -> list[Case]:
    """Take one split's share of each domain: whole sources, and no chunk with a seen gram."""
    column = ("train", "dev").index(split)
    taken: list[Case] = []
    for domain, sizes in CHUNKS.items():
        mine = [case for case in pool[domain] if _home(str(case["source"])) == split]
        fresh = [case for case in mine if clean(str(case["text"]), seen)]
        taken += _enough(fresh, sizes[column], f"{domain}/{split}")
    return _numbered(taken, split)


def _home(source: str) -> str:
    kind, _, name = source.partition("/")
    if kind == "generated":
        return "dev" if name in DEV_SOURCES else "train"
    return "dev" if hashlib.sha256(source.encode()).digest()[0] < 77 else "train"  # noqa: PLR2004 - 30 %


def _heldout(
    secret: dict[str, object], sieve: Sieve, known: list[Case]
) -> tuple[list[Case], dict[str, str]]:
    """Return the held-out chunks, none of which shares a gram with `known`, and module digests."""
    library, packages = secret["library"], secret["packages"]
    if set(library) & set(FOLDERS):  # type: ignore[call-overload]
        raise SystemExit("a folder of the standard library is both public and held out")
    within = [folder for folders in packages.values() for folder in folders]  # type: ignore[attr-defined]
    ours, theirs = (
        modules(LIBRARY, library, sieve),  # type: ignore[arg-type]
        modules(PACKAGES, within, sieve),
    )
    logs = generated(secret, sieve)
    seen = corpus_grams(str(case["text"]) for case in known)
    taken: list[Case] = []
    for domain, (_, _, size) in CHUNKS.items():
        pools = [logs[domain]] if domain in logs else [ours.pool[domain], theirs.pool[domain]]
        for pool in pools:
            fresh = [case for case in pool if clean(str(case["text"]), seen)]
            taken += _enough(fresh, size // len(pools), f"{domain}/held out")
    return _numbered(taken, "natural"), {**ours.digests, **theirs.digests}


def _enough(cases: list[Case], size: int, name: str) -> list[Case]:
    if len(cases) < size:
        raise SystemExit(f"{name}: {len(cases)} chunks, {size} are needed")
    return cases[:size]


def _numbered(cases: list[Case], split: str) -> list[Case]:
    cases.sort(key=order)
    for index, case in enumerate(cases):
        case.update(id=f"{split}-{index:04d}", slices=["natural"])
    return cases


def _lines(cases: list[Case]) -> bytes:
    keys = ("id", "text", "must", "domain", "slices", "source", "reference")
    return b"".join(case_bytes({key: case[key] for key in keys if key in case}) for case in cases)


def _packed(cases: list[Case]) -> bytes:
    return lzma.compress(_lines(cases), preset=9 | lzma.PRESET_EXTREME)


def _provenance(train: list[Case], dev: list[Case], public: Modules) -> str:
    template = (HERE / "provenance.template.md").read_text(encoding="utf-8")
    counts = "\n".join(
        f"| {domain} | " + " | ".join(str(size) for size in sizes) + " |"
        for domain, sizes in CHUNKS.items()
    )
    homes = {
        str(case["source"]): name
        for name, held in (("train", train), ("dev", dev))
        for case in held
    }
    rows = "\n".join(
        f"| `{name}` | {home} | `{public.digests.get(name, 'sources.yaml')[:16]}` |"
        for name, home in sorted(homes.items())
    )
    return template.format(python=platform.python_version(), counts=counts, rows=rows)


def _sealed_provenance(
    cases: list[Case], digests: dict[str, str], secret: dict[str, object]
) -> str:
    rows = "\n".join(
        f"| `{name}` | {count} | `{digests.get(name, 'heldout.yaml')[:16]}` |"
        for name, count in sorted(Counter(str(case["source"]) for case in cases).items())
    )
    head = (
        "# Sources of the held-out natural split\n\n| source | chunks | sha256 |\n|---|---|---|\n"
    )
    return f"{head}{rows}\n\n{notices(list(secret['packages']))}\n"  # type: ignore[call-overload]


if __name__ == "__main__":
    main()

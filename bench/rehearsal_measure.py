"""What a repository of many loops, or of a long one, costs: processes, bytes and refs."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from engine_clock import output_of
from engine_ground import Ground, git_loop
from rehearsal_ground import all_names

HERE = Path(__file__).parent
STEPS = ("plan", "record")
ENOUGH_S = 12.0
"""CPU seconds after which a command is not measured again."""
Taken = dict[str, float]


def probed(ground: Ground, *argv: str) -> Taken:
    """Run a process once and return its wall time, CPU time and peak memory."""
    with tempfile.NamedTemporaryFile(prefix="rehearsal-") as told:
        script = str(HERE / "rehearsal_probe.py")
        output_of(ground.command(sys.executable, "-S", "-E", script, told.name, *argv))
        found: Taken = json.loads(Path(told.name).read_text())
        Path(f"{told.name}.out").unlink()
    return found


def repeated(ground: Ground, *argv: str, runs: int) -> Taken:
    """Return the medians of some runs; of a long command there are fewer."""
    taken: list[Taken] = []
    while len(taken) < runs and sum(each["cpu_s"] for each in taken) < ENOUGH_S:
        taken.append(probed(ground, *argv))
    return {key: round(median(each[key] for each in taken), 4) for key in taken[0]}


def costs(ground: Ground, *, runs: int) -> dict[str, Taken]:
    """Measure git-loop's verbs and git's own on a repository, as whole processes."""
    name = all_names(ground)[-1]
    program, forge = git_loop(), forge_of(ground)
    site = ground.folder.parent / "site"
    verbs = {
        "status, all loops": ("status",),
        "status, one loop": ("status", name),
        "verify, one loop": ("verify", name),
        "report": ("report", "--out", str(site)),
        "gc": ("gc", "--dry-run"),
    }
    found = {told: repeated(ground, program, *verb, runs=runs) for told, verb in verbs.items()}
    shutil.rmtree(site, ignore_errors=True)
    found |= iteration(ground, name, runs=runs)
    found["ls-remote"] = repeated(ground, "git", "ls-remote", forge, runs=runs)
    return found | elsewhere(ground, name)


def iteration(ground: Ground, name: str, *, runs: int) -> dict[str, Taken]:
    """Run iterations of one loop, and return what plan, record and the whole process took."""
    script, wholes = str(HERE / "scale_iteration.py"), []
    steps: dict[str, list[list[float]]] = {step: [] for step in STEPS}
    for _ in range(runs):
        with tempfile.NamedTemporaryFile(prefix="rehearsal-") as told:
            wholes.append(probed(ground, sys.executable, script, name, told.name))
            taken = json.loads(Path(told.name).read_text())
        for step in STEPS:
            steps[step].append(taken[step])
    whole = {key: round(median(each[key] for each in wholes), 4) for key in wholes[0]}
    parts = {
        step: {
            "wall_s": round(median(wall for wall, _ in each), 4),
            "cpu_s": round(median(cpu for _, cpu in each), 4),
        }
        for step, each in steps.items()
    }
    return parts | {"iteration, process": whole}


def elsewhere(ground: Ground, name: str) -> dict[str, Taken]:
    """Measure a clone, what it fetches, and a first look at one loop and at all from elsewhere."""
    url = Path(forge_of(ground)).as_uri()
    found = {}
    with _fresh_clone(ground, url) as (there, taken):
        found["git clone"] = taken
        found["status, one loop, elsewhere"] = probed(there, git_loop(), "status", name)
        found["status, all loops, elsewhere"] = probed(there, git_loop(), "status")
        found["status again, all loops, elsewhere"] = probed(there, git_loop(), "status")
    with _fresh_clone(ground, url) as (there, _):
        refs = "+refs/loops/*:refs/loops/*"
        found["git fetch, all rows"] = probed(there, "git", "fetch", "--quiet", "origin", refs)
    return found


@contextmanager
def _fresh_clone(ground: Ground, url: str) -> Iterator[tuple[Ground, Taken]]:
    """Give a clone by git's own protocol; its forge is out of reach but for git."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=ground.folder.parent) as name:
        top = Path(name) / "clone"
        taken = probed(ground, "git", "clone", "--quiet", url, str(top))
        variables = {
            **ground.environment,
            "LOOP_HOME": str(Path(name) / "loop-home"),
            "GITHUB_API_URL": "http://127.0.0.1:9",
        }
        yield Ground(top, variables), taken


def sizes(ground: Ground) -> dict[str, int]:
    """Count refs, objects and bytes: as they lie, and packed anew."""
    forge = forge_of(ground)
    listed = output_of(ground.command("git", "ls-remote", forge))
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=ground.folder.parent) as name:
        mirror = str(Path(name) / "mirror.git")
        output_of(
            ground.command("git", "clone", "--quiet", "--mirror", "--no-local", forge, mirror)
        )
        output_of(ground.command("git", "-C", mirror, "repack", "-adfq", "--threads=1"))
        packed = counted(ground, mirror)
        refs = Path(mirror, "packed-refs").stat().st_size
    as_lies = counted(ground, forge)
    home = next(Path(ground.environment["LOOP_HOME"]).iterdir())
    return {
        "refs": len(listed.splitlines()) - 1,  # without HEAD
        "ls_remote_bytes": len(listed.encode()),
        "packed_refs_bytes": refs,
        "objects": packed["in-pack"],
        "packed_bytes": 1024 * packed["size-pack"],
        "as_it_lies_bytes": 1024 * (as_lies["size-pack"] + as_lies["size"]),
        "files_checked_out": len(ground.git("ls-files").splitlines()),
        "store_files": _files(home / "store"),
        "run_files": _files(home / "runs"),
    }


def row_left(ground: Ground) -> dict[str, int]:
    """Run one iteration, and return what its record leaves at the forge: objects and bytes."""
    forge, name = forge_of(ground), all_names(ground)[0]
    before = counted(ground, forge)
    iteration(ground, name, runs=1)
    after = counted(ground, forge)
    return {
        "objects": after["count"] - before["count"],
        "bytes_on_disk": 1024 * (after["size"] - before["size"]),
        "bytes_of_content": _content(ground, name),
    }


def _content(ground: Ground, name: str) -> int:
    """Return the bytes, uncompressed, of the objects that the last row of a loop added."""
    added = 0
    for ref in (f"refs/loops/{name}", f"refs/heads/loop/{name}"):
        listed = ground.git("rev-list", "--objects", "--no-object-names", ref, "--not", f"{ref}^")
        shas = listed.splitlines()
        added += sum(int(ground.git("cat-file", "-s", sha)) for sha in shas)
    return added


def counted(ground: Ground, repository: str) -> dict[str, int]:
    """Return what `git count-objects` says of a repository; sizes in KiB."""
    told = output_of(ground.command("git", "-C", repository, "count-objects", "--verbose"))
    pairs = (line.split(": ") for line in told.splitlines() if not line.startswith("alternate"))
    return {key: int(value) for key, value in pairs}


def forge_of(ground: Ground) -> str:
    """Return the embedded forge's repository."""
    home = next(Path(ground.environment["LOOP_HOME"]).iterdir())
    return str(home / "forge.git")


def _files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))

"""The repositories that the engine's benchmark works in: a loop's, and DVC's with its commands."""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine_clock import Command, output_of

from runner.core.canonical import canonical
from runner.core.head import Head
from runner.core.row import GateNumbers, HeldoutScore, Row, row_bytes, row_path, scores_path
from runner.ledger.chain import run_id
from runner.ledger.fold import fold
from runner.record.book import AUTHOR, Book, Recorded
from runner.record.mirror import mirror
from runner.record.past import read_head, read_rows
from runner.repo.build import NewCommit
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo
from runner.report.message import commit_message
from runner.report.state import render_state
from runner.report.view import CampaignView
from runner.wiring.declare import declare

NAME = "noop"
DVC = "dvc==3.67.1"
CASES = 200
WINS, LOSSES = 9, 8
ACCEPT_EVERY, ACCEPT_AT = 50, 4  # rows that move, so that the patience of 100 never ends the loop

SPEC = """\
version: 1
loop: noop
make: {command: [/bin/sh, make.sh]}
check: {command: [/bin/sh, check.sh]}
propose: {kind: none}
stop: {patience: 100, max_iterations: 1000000}
"""
MAKE = """\
set -e
[ -d "$LOOP_OUT" ] || mkdir "$LOOP_OUT"
read -r plan < "$LOOP_PLAN"
printf '%s\\n' "$plan" > "$LOOP_OUT/model.json"
"""
CHECK = """\
set -e
read -r plan < "$LOOP_MODEL/model.json"
case $plan in *'"iteration":0,'*) arm=before ;; *) arm=after ;; esac
cat "$arm.jsonl" > "$LOOP_OUT"
cat "$arm.json" > "$LOOP_OUT.json"
"""
PIPELINE = """\
stages:
  make:
    cmd: LOOP_PLAN=plan.json LOOP_OUT=model /bin/sh make.sh
    deps: [make.sh, plan.json]
    outs: [model]
  check:
    cmd: LOOP_MODEL=model LOOP_OUT=scores.jsonl /bin/sh check.sh
    deps: [check.sh, before.json, before.jsonl, after.json, after.jsonl, model]
    outs: [scores.jsonl]
    metrics: [{scores.jsonl.json: {cache: false}}]
"""
CONFIG = "[user]\n\tname = bench\n\temail = bench@localhost\n"
DVC_SETTINGS = {"core.analytics": "false", "core.check_update": "false"}


@dataclass(frozen=True, slots=True)
class Ground:
    """A repository to measure in, and the only variables that its processes get."""

    folder: Path
    environment: Mapping[str, str]

    def command(self, *argv: str) -> Command:
        """Return a process in this repository."""
        return Command(argv, self.folder, self.environment)

    def git(self, *arguments: str) -> str:
        """Run git here and return its output."""
        return output_of(self.command("git", *arguments)).strip()


def git_loop() -> str:
    """Return the executable that belongs to this interpreter, else the one on PATH."""
    own = Path(sys.executable).with_name("git-loop")
    found = str(own) if own.exists() else shutil.which("git-loop")
    if found is None:
        raise SystemExit("git-loop is not installed; run pip install -e . first")
    return found


def loop_ground(place: Path) -> Ground:
    """Make a repository with one loop of two tiny commands, its baseline and one iteration."""
    ground = fresh(place, {"loops/noop.yaml": SPEC, "make.sh": MAKE, "check.sh": CHECK})
    for _ in range(2):  # a baseline that is due is not counted: the first run makes both
        output_of(ground.command(git_loop(), "run", NAME, "--no-publish"))
    return ground


def dvc_ground(place: Path, dvc: str) -> Ground:
    """Make a DVC repository with the same commands as stages, its baseline committed."""
    files = {"dvc.yaml": PIPELINE, "make.sh": MAKE, "check.sh": CHECK, "plan.json": _dvc_plan(0)}
    ground = fresh(place, files)
    output_of(ground.command(dvc, "init", "--quiet"))
    for name, value in DVC_SETTINGS.items():
        output_of(ground.command(dvc, "config", name, value))
    output_of(ground.command(dvc, "repro", "--quiet"))
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message", "baseline")
    return ground


def vary(ground: Ground, number: int) -> None:
    """Give DVC's next experiment a new input, as a loop's plan is one; not timed."""
    (ground.folder / "plan.json").write_text(_dvc_plan(number))


def dvc_executable() -> str:
    """Return DVC in a virtual environment of its own, made on first use under the cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "git-loop-bench" / "dvc-venv"
    program = place / "bin" / "dvc"
    if not program.exists():
        venv.create(place, with_pip=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", DVC]
        subprocess.run(pip, check=True)
    return str(program)


def grow(ground: Ground, total: int) -> None:
    """Append rows until the loop has `total`, through the engine's own fold, build and push."""
    repo = Repo.discover(ground.folder, environ=ground.environment)
    declared = declare(repo.top, NAME)
    remote = str(Path(ground.environment["LOOP_HOME"]) / repo.key / "forge.git")
    book = Book(repo=repo, remote=remote, spec=declared.spec, evaluation=declared.evaluation)
    held = book.held()
    head = read_head(repo, held.authority, NAME)
    if head is None or held.authority is None or held.branch is None:
        raise SystemExit("the ground has no baseline yet")
    pattern = read_rows(repo, held.authority, head, numbers=(0, head.number))
    scores = repo.read(held.authority, scores_path(row_path(NAME, head.number), sealed=False))
    rows = []
    commits: list[NewCommit] = []
    while head.number + 1 < total:
        row = _next_row(pattern[0], pattern[1], head)
        head = fold(head, row, declared.spec)
        rows.append(row)
        path = row_path(NAME, row.number)
        files: dict[str, bytes | None] = {
            path: row_bytes(row),
            **({scores_path(path, sealed=False): scores} if scores else {}),
            f"state/{NAME}/head.json": canonical(head.model_dump(mode="json")),
        }
        if head.number + 1 == total:
            files[f"state/{NAME}/LOOP_STATE.md"] = _state(book, head, rows[-50:])
        commits.append(_commit(book, row, files, parent=len(commits) - 1, tip=held.authority))
    last = len(commits) - 1
    branch = [
        _commit(book, row, commit.files, parent=last + index, tip=held.branch, first=index == 0)
        for index, (row, commit) in enumerate(zip(rows, commits, strict=True))
    ]
    shas = repo.build([*commits, *branch])
    done = Recorded(row=rows[-1], head=head, authority=shas[last], tip=shas[-1])
    updates = [
        RefUpdate(book.authority, done.authority, held.authority),
        RefUpdate(book.branch, done.tip, held.branch),
    ]
    if not (repo.push(remote, updates).pushed and mirror(book, done, before=held)):
        raise SystemExit("the generated rows could not be pushed")


def head_of(ground: Ground) -> Head:
    """Return where the loop stands."""
    return Head.model_validate_json(ground.git("show", f"refs/loops/{NAME}:state/{NAME}/head.json"))


def fresh(place: Path, files: Mapping[str, str]) -> Ground:
    """Make a repository of these files and the scores of both arms, in one commit."""
    folder = place / "repo"
    for name, text in {**files, **_scores()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    home = place / "home"
    home.mkdir()
    config = home / ".gitconfig"  # DVC's own git looks only there
    config.write_text(CONFIG)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "LOOP_HOME": str(place / "loop-home"),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(place / "dvc-site"),
    }
    if "PYTHONPATH" in os.environ:  # measures a checkout other than the installed one
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    ground = Ground(folder, environment)
    ground.git("init", "--quiet", "--initial-branch=main")
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message", "a loop of two commands")
    return ground


def _scores() -> dict[str, str]:
    """Return both arms: 200 cases of 0 or 1, with wins and losses that claim nothing."""
    before = [index % 5 in {0, 1, 2} for index in range(CASES)]
    after = list(before)
    flips = [i for i, bit in enumerate(before) if not bit][:WINS]
    flips += [i for i, bit in enumerate(before) if bit][:LOSSES]
    for index in flips:
        after[index] = not after[index]
    files = {}
    for name, arm in (("before", before), ("after", after)):
        lines = [json.dumps({"case": f"c{i:03d}", "score": int(bit)}) for i, bit in enumerate(arm)]
        files[f"{name}.jsonl"] = "\n".join(lines) + "\n"
        files[f"{name}.json"] = json.dumps({"score": sum(arm) / CASES}) + "\n"
    return files


def _dvc_plan(number: int) -> str:
    return canonical({"iteration": number, "seed": number}).decode()


def _next_row(base: Row, iteration: Row, head: Head) -> Row:
    number = head.number + 1
    update = {
        "number": number,
        "prev": head.last,
        "run": run_id(spec=base.spec, eval_digest="", last=head.last, number=number),
        "seed": number,
        "incumbent": head.incumbent,
        "parent": head.working,
    }
    if number % ACCEPT_EVERY == ACCEPT_AT:
        update |= {
            "verdict": "accept",
            "candidate": base.candidate,
            "heldout": {"score": HeldoutScore(candidate=0.65, incumbent=0.6, interval=(0.01, 0.1))},
            "gate": _numbers(number),
        }
    return iteration.model_copy(update=update)


def _numbers(looks: int) -> GateNumbers:
    return GateNumbers(
        n=CASES,
        wins=20,
        losses=10,
        d=0.05,
        interval=(0.01, 0.1),
        p=0.0001,
        alpha=0.0005,
        looks=looks,
        mde=0.08,
        guards={},
    )


def _state(book: Book, head: Head, rows: list[Row]) -> bytes:
    claims = tuple(row for row in rows if row.verdict == "accept")
    view = CampaignView(
        spec=book.spec,
        head=head,
        eval=book.evaluation,
        rows=tuple(rows),
        claims=claims,
        stop=head.stop,
    )
    return render_state(view).encode()


def _commit(
    book: Book,
    row: Row,
    files: Mapping[str, bytes | None],
    *,
    parent: int,
    tip: str,
    first: bool | None = None,
) -> NewCommit:
    onto = tip if (parent < 0 if first is None else first) else parent
    return NewCommit(
        parents=(onto,),
        files=files,
        message=commit_message(row, spec=book.spec, stop=None),
        author=AUTHOR,
        when=datetime(2026, 1, 1, tzinfo=UTC),
    )

"""Set a loop up in any repository: files that are missing are written, none is overwritten."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from runner.core.errors import LoopError
from runner.core.field import Name
from runner.core.file import is_plain, write_atomic
from runner.iteration.parts import Declared
from runner.repo.repo import Repo
from runner.spec.schema import schema
from runner.wiring.declare import declare
from runner.wiring.environment import read_environment
from runner.wiring.event_job import secret_names
from runner.wiring.flag import SHELLS
from runner.wiring.init_workflow import REQUIREMENT, WORKFLOWS, Fitting, from_index, workflow
from runner.wiring.script import present_scripts

_TEMPLATES = Path(__file__).parent / "template"
_NAME: TypeAdapter[str] = TypeAdapter(Name)
REQUIREMENTS = "requirements.txt"
_SHELLED = SHELLS | {"env"}
_VARIABLE = re.compile(r"\$\{?LOOP_")


class InitError(LoopError):
    """A loop that cannot be set up as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for.

    Attributes:
        name: The loop's id; None takes the repository's folder.
        make: The command that makes a candidate.
        check: The command that checks one, as a shell would read it.
        skill: Write a skill file too.
        install: What pip installs in a workflow's jobs; None takes this version.
    """

    name: str | None = None
    make: Sequence[str] = ()
    check: str | None = None
    skill: bool = False
    install: str | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was done, paths relative to the repository.

    Attributes:
        left: Files that were there already and stay as they are.
        unpublished: What the written workflows install, where no package index has it.
        scripts: What the loop's commands name and must be committed with it.
    """

    top: Path
    name: str
    written: tuple[str, ...]
    left: tuple[str, ...]
    unpublished: str | None = None
    scripts: tuple[str, ...] = ()


def init(folder: Path, wish: Wish) -> SetUp:
    """Write what a loop needs into the repository around a folder.

    Raises:
        InitError: the name or a command cannot be used, or a file cannot be written.
        LoopError: the folder is in no git repository.
    """
    environment = read_environment()
    repo = Repo.discover(folder, environ=environment.variables)
    name, base = _name(wish, repo.top), _base(repo)
    files = {
        f"loops/{name}.yaml": _spec(wish, name, base),
        "loops/loop.schema.json": schema(),
    }
    if wish.skill:
        skill = (_TEMPLATES / "SKILL.md").read_text(encoding="utf-8")
        files[f"skills/{name}/SKILL.md"] = skill.replace("__NAME__", name)
    fitting = _fitting(wish, repo.top, base)
    files |= {f".github/workflows/{each}": workflow(each, fitting) for each in WORKFLOWS}
    left = tuple(path for path in files if (repo.top / path).exists())
    written = [path for path in files if path not in left]
    try:
        for path in written:
            (repo.top / path).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(repo.top / path, files[path].encode())
        written += _ignore(repo.top, environment.home)
    except OSError as err:
        raise InitError(f"{err.filename or repo.top}: {err.strerror or err}") from err
    pinned = any(path.startswith(".github/") for path in written) and wish.install is None
    unpublished = REQUIREMENT.strip("'") if pinned and not from_index() else None
    scripts = [
        path
        for each in _declared(repo.top)
        if each.spec.loop == name
        for path in present_scripts(each.spec, lambda path: is_plain(repo.top / path))
    ]
    return SetUp(repo.top, name, tuple(written), left, unpublished, tuple(scripts))


def _name(wish: Wish, top: Path) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", top.name.lower()).strip("-")[:48]
    name = wish.name or plain or "loop"
    try:
        return _NAME.validate_python(name)
    except ValidationError as err:
        raise InitError(
            f"{name[:60]!r} cannot name a loop; use at most 48 of a-z, 0-9 and -, as in my-model"
        ) from err


def _base(repo: Repo) -> str:
    branch = repo.current_branch()
    return "main" if branch is None or branch.startswith("loop/") else branch


def _spec(wish: Wish, name: str, base: str) -> str:
    try:
        check = shlex.split(wish.check) if wish.check is not None else ["python", "eval.py"]
    except ValueError as err:
        raise InitError(f"--eval {wish.check!r}: {err}; quote it as a shell would") from err
    if not check:
        raise InitError('--eval is empty; pass a command, such as --eval "python eval.py"')
    make = list(wish.make) or ["python", "train.py"]
    filled = {
        "loop: __NAME__": f"loop: {_word(name)}",
        "__NAME__": name,
        "__BASE__": _word(base),
        "__MAKE__": _argv(make),
        "__CHECK__": _argv(check),
        "__FLAGS__": _flags(make),
        "# __SKILL__\n": f"skill: {name} # what a maker must know\n" if wish.skill else "",
    }
    text = (_TEMPLATES / "spec.yaml").read_text(encoding="utf-8")
    for token, value in filled.items():
        text = text.replace(token, value)
    return text


def _argv(parts: Sequence[str]) -> str:
    """Return a command as YAML takes it; through a shell where a word holds a loop's variable."""
    if (
        len(parts) > 1
        and not _SHELLED.intersection(parts)
        and any(_VARIABLE.search(each) for each in parts)
    ):
        parts = ["sh", "-c", " ".join(map(_shell_word, parts))]
    return f"[{', '.join(map(_word, parts))}]"


def _shell_word(text: str) -> str:
    """Quote a word for a shell, its `$LOOP_*` left to be filled in."""
    if not _VARIABLE.search(text):
        return shlex.quote(text)
    return '"' + re.sub(r'(["\\`]|\$(?!\{?LOOP_))', r"\\\1", text) + '"'


def _flags(make: Sequence[str]) -> str:
    """Return the command once more, as one whose flags follow the hypotheses; for a comment."""
    bare = [each for each in make if not _VARIABLE.search(each)]
    words = ["python", "train.py"] if _SHELLED.intersection(make) else list(map(shlex.quote, bare))
    flags = '--depth ${LOOP_WITH_DEPTH:-4} --seed "$LOOP_SEED" --out "$LOOP_OUT/model.json"'
    shown = " ".join(words[:2]).replace("'", "''").replace("\n", " ")
    return f"[sh, -c, '{shown} {flags}']"


def _word(text: str) -> str:
    """Return a text as YAML takes it; quoted as JSON where it could be read as anything else."""
    plain = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./=-]*")
    misread = {"true", "false", "null", "yes", "no", "on", "off", "-", ".inf", "-.inf", ".nan", "~"}
    number = re.compile(r"[-+.]?[0-9].*")
    fits = plain.fullmatch(text) and text.lower() not in misread and not number.fullmatch(text)
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return text if fits else json.dumps(text)


def _fitting(wish: Wish, top: Path, base: str) -> Fitting:
    install = wish.install or REQUIREMENT
    more = f" -r {REQUIREMENTS}" if (top / REQUIREMENTS).is_file() else ""
    declared = _declared(top)
    return Fitting(
        base=base,
        install=install,
        install_train=install + more,
        secrets=sorted(
            {each for one in declared for each in secret_names(one.spec, one.evaluation)}
        ),
        notify=sorted({each for one in declared for each in one.spec.posts}),
    )


def _declared(top: Path) -> list[Declared]:
    found = []
    for path in sorted((top / "loops").glob("*.yaml")):
        try:
            found.append(declare(top, path.stem))
        except LoopError:
            continue  # told by `validate`, which comes next
    return found


def _ignore(top: Path, home: Path) -> list[str]:
    """Keep a LOOP_HOME inside the repository out of git; elsewhere nothing is to be ignored."""
    if not home.is_relative_to(top) or home == top:
        return []
    line, file = f"/{home.relative_to(top).as_posix()}/", top / ".gitignore"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if line in text.splitlines():
        return []
    write_atomic(
        file, f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{line}\n".encode()
    )
    return [".gitignore"]

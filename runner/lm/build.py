"""From a declared model to one that answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.core.chat import ChatModel
from runner.core.problem import suggestion
from runner.core.request import Needs
from runner.lm.cache import Cells, cached
from runner.lm.error import LmError
from runner.lm.params import Endpoint, Local, Model, Scripted
from runner.lm.script import read_script

if TYPE_CHECKING:
    from runner.lm.endpoint import EndpointModel

OFFLINE = "LOOP_OFFLINE"
RECORD = "LOOP_RECORD"
"""Where it is "0" nothing is recorded: a check's answers would tell of held-out cases."""
SCRIPTS: Mapping[str, str] = {"clerk": "runner.lm.clerk.model:clerk"}
"""Built-in scripts: name to what makes the model of any `with`, or raises `LmError`."""


@contextmanager
def open_model(
    declared: Model, *, folder: Path, environ: Mapping[str, str], cache: Path | None = None
) -> Iterator[ChatModel]:
    """Open a model for as long as the block runs.

    Args:
        declared: The model as a spec or an eval names it.
        folder: The eval's folder: scripts, cassettes and relative model folders are below it.
        environ: Variables: the endpoint's key, `LOOP_OFFLINE`, which is off unless "1", and
            `LOOP_RECORD`, which is on unless "0".
        cache: Folder of answers to go on from and to add to; None to ask always.

    Raises:
        LmError: it cannot be opened: a missing file, key or extra, or it is not to be reached
            offline.
        MalformedError: a script with mistakes, as `path:line: ...`.
    """
    with ExitStack() as stack:
        if isinstance(declared, Scripted):
            yield _scripted(declared, folder)
            return
        if isinstance(declared, Endpoint):
            model = _endpoint(declared, folder, environ)
            stack.callback(model.close)
            opened: ChatModel = model
        else:
            opened = _local(declared, folder, environ)
        cells = None if cache is None else Cells(cache)
        yield (
            opened if cells is None else cached(opened, cells, identity=_identity(declared, folder))
        )


def needs_of(declared: Model) -> Needs:
    """Return the files beside the eval, the key's variable and the host that a model needs."""
    file = file_of(declared)
    files = () if file is None else (file,)
    if not isinstance(declared, Endpoint):
        return Needs(files=files)
    host = urlsplit(declared.base_url).hostname
    variables = () if declared.key is None else (declared.key,)
    return Needs(files=files, variables=variables, network=(host,) if host else "all")


def file_of(declared: Model) -> str | None:
    """Return the file or folder beside the eval that a model is made of, if there is one."""
    match declared:
        case Scripted(script=script):
            return None if script in SCRIPTS else script
        case Endpoint(cassette=cassette):
            return cassette
        case Local(folder=folder):
            return None if folder.startswith("/") else folder


def below(folder: Path, path: str) -> Path:
    """Return the place of a file that a model names.

    Raises:
        LmError: it is not below the eval's folder.
    """
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise LmError(f"{path} is outside the eval's folder; name a file beside eval.yaml")
    return folder / parts


def _scripted(declared: Scripted, folder: Path) -> ChatModel:
    name = f"scripted:{declared.script}"
    if declared.script in SCRIPTS:
        return _built_in(declared)
    if PurePosixPath(declared.script).suffix not in {".yaml", ".yml"}:
        known = suggestion(declared.script, tuple(SCRIPTS))
        raise LmError(f'no built-in script "{declared.script}", and no .yaml file of rules{known}')
    if declared.with_:
        keys = ", ".join(declared.with_)
        raise LmError(f"the script {declared.script} takes no parameters, got {keys}")
    return read_script(below(folder, declared.script), name=name)


def _built_in(declared: Scripted) -> ChatModel:
    module, _, name = SCRIPTS[declared.script].partition(":")
    make: Callable[..., ChatModel] = getattr(import_module(module), name)
    return make(**declared.with_)


def _endpoint(declared: Endpoint, folder: Path, environ: Mapping[str, str]) -> "EndpointModel":
    with _extra("lm"):
        from runner.lm import cassette, endpoint  # noqa: PLC0415 - they import openai: a second
    tape = None if declared.cassette is None else below(folder, declared.cassette)
    if environ.get(OFFLINE) == "1":
        if tape is None or not tape.exists():
            raise LmError(_offline(f"the endpoint of {declared.name}", "a recorded cassette"))
        return endpoint.EndpointModel(declared, key="", transport=cassette.Player(tape))
    key = _key(declared, environ)
    if tape is None or environ.get(RECORD) == "0":
        return endpoint.EndpointModel(declared, key=key)
    inner = endpoint.network(declared)
    recorder = cassette.Recorder(inner, tape, secrets=(key,) if key else ())
    return endpoint.EndpointModel(declared, key=key, transport=recorder)


def _local(declared: Local, folder: Path, environ: Mapping[str, str]) -> ChatModel:
    if environ.get(OFFLINE) == "1":
        raise LmError(_offline(f"the local model {declared.folder}", "a scripted one"))
    with _extra("hf"):
        from runner.lm.local import LocalModel  # noqa: PLC0415 - it imports torch: seconds
    return LocalModel(folder / declared.folder, name=declared.folder, device=declared.device)


def _key(declared: Endpoint, environ: Mapping[str, str]) -> str:
    if declared.key is None:
        return ""
    key = environ.get(declared.key, "").strip()
    if not key:
        raise LmError(f"{declared.name} needs a key in {declared.key}, which is not set")
    return key


def _offline(what: str, instead: str) -> str:
    return f"{OFFLINE}=1 refuses {what}; use {instead}, or unset {OFFLINE}"


@contextmanager
def _extra(name: str) -> Iterator[None]:
    try:
        yield
    except ImportError as err:
        raise LmError(f"{err}; install git-loop[{name}]") from err


def _identity(declared: Endpoint | Local, folder: Path) -> object:
    """Return all that makes a model another than one of the same name, as a JSON value."""
    if isinstance(declared, Endpoint):
        return ["endpoint", declared.base_url]
    files = sorted(path for path in (folder / declared.folder).rglob("*") if path.is_file())
    stats = [(str(path), path.stat()) for path in files]
    return ["local", *([path, stat.st_size, stat.st_mtime_ns] for path, stat in stats)]

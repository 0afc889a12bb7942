"""From a declared model to one that answers."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from runner.core.problem import suggestion
from runner.core.request import Needs
from runner.lm.error import LmError
from runner.lm.model import ChatModel
from runner.lm.params import Endpoint, Model, Scripted
from runner.lm.script import read_script

OFFLINE = "LOOP_OFFLINE"
SCRIPTS: Mapping[str, str] = {"clerk": "runner.lm.clerk.model:clerk"}
"""Built-in scripts: name to what makes the model of its `with`; naming one imports nothing."""


@contextmanager
def open_model(
    declared: Model, *, folder: Path, environ: Mapping[str, str], cache: Path | None = None
) -> Iterator[ChatModel]:
    """Open a model for as long as the block runs.

    Args:
        declared: The model as a spec or an eval names it.
        folder: The eval's folder: scripts, cassettes and relative model folders are below it.
        environ: Variables: the endpoint's key, and `LOOP_OFFLINE`, which is off unless "1".
        cache: Folder of answers to go on from and to add to; None to ask always.

    Raises:
        LmError: it cannot be opened: a missing file, key or extra, or it is not to be reached
            offline.
        MalformedError: a script with mistakes, as `path:line: ...`.
    """
    if isinstance(declared, Scripted):
        yield _scripted(declared, folder)
        return
    if environ.get(OFFLINE) == "1":
        raise LmError(f"{OFFLINE}=1 refuses a model of kind {declared.kind}; use a scripted one")
    raise LmError(f"a model of kind {declared.kind} with cache {cache} cannot be opened here")


def needs_of(declared: Model) -> Needs:
    """Return the variable of an endpoint's key and the host to reach; other models need nothing."""
    if not isinstance(declared, Endpoint):
        return Needs()
    host = urlsplit(declared.base_url).hostname
    variables = () if declared.key is None else (declared.key,)
    return Needs(variables=variables, network=(host,) if host else "all")


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
    make: Any = getattr(import_module(module), name)
    try:
        inspect.signature(make).bind(**declared.with_)
    except TypeError as err:
        raise LmError(f"the script {declared.script} cannot be called so: {err}") from err
    model: ChatModel = make(**declared.with_)
    return model


def below(folder: Path, path: str) -> Path:
    """Return the place of a file that a model names.

    Raises:
        LmError: it is not below the eval's folder.
    """
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise LmError(f"{path} is outside the eval's folder; name a file beside eval.yaml")
    return folder / parts

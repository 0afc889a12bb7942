"""Whether a model that is declared is there, before anything is asked of it."""

import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from runner.lm.build import OFFLINE, open_model
from runner.lm.error import LmError
from runner.lm.params import Endpoint, Local, Model

_CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


def require_there(declared: Model, *, folder: Path, environ: Mapping[str, str]) -> None:
    """Return if a model is there as far as is seen without a request, which might be paid for.

    Args:
        declared: The model as a spec or an eval names it.
        folder: The eval's folder.
        environ: As for `open_model`.

    Raises:
        LmError: its folder is none, its key is not set, or nobody takes a connection.
        MalformedError: a script with mistakes.
    """
    if isinstance(declared, Local) and environ.get(OFFLINE) != "1":
        place = folder / declared.folder
        if not (place / "config.json").is_file():
            raise LmError(f"{place} is no model folder; expected a config.json in it")
        return
    with open_model(declared, folder=folder, environ=environ):
        pass
    if isinstance(declared, Endpoint) and environ.get(OFFLINE) != "1":
        _connect(declared)


def _connect(declared: Endpoint) -> None:
    url = urlsplit(declared.base_url)
    port = url.port or _PORTS[url.scheme]
    try:
        socket.create_connection((url.hostname or "", port), timeout=_CONNECT_S).close()
    except OSError as err:
        raise LmError(
            f"{declared.name} at {declared.base_url}: no connection ({err}); check base_url"
        ) from err

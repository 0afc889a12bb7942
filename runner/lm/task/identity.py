"""Which model answers, as far as its answers depend on it."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from runner.core.canonical import digest
from runner.lm.build import SCRIPTS, below
from runner.lm.params import Endpoint, Model, Scripted

_ANSWERS = {"kind", "name", "base_url"}


def identity(declared: Model, *, folder: Path) -> Mapping[str, Any]:
    """Return what tells a model from any that could answer otherwise, as JSON.

    An endpoint's prices, key and patience change no answer; the rules of a script do, and so does
    the code of a built-in one. The weights in a local folder are taken to stay as they are.

    Args:
        declared: The model.
        folder: The eval's folder.
    """
    if isinstance(declared, Endpoint):
        return declared.model_dump(mode="json", include=_ANSWERS)
    plain = declared.model_dump(mode="json")
    if isinstance(declared, Scripted):
        return {**plain, "digest": _digest(declared.script, folder)}
    return plain


def _digest(script: str, folder: Path) -> str:
    """Return a digest of a script's rules; "" where there are none to be read."""
    if script in SCRIPTS:
        found = find_spec(SCRIPTS[script].partition(":")[0])
        origin = found.origin if found is not None else None
        files = sorted(Path(origin).parent.glob("*.py")) if origin is not None else []
    else:
        file = below(folder, script)
        files = [file] if file.is_file() else []
    return digest(b"\n".join(file.read_bytes() for file in files)) if files else ""

"""inspect_ai's packed log, `.eval`: a zip with a JSON file for each sample.

Source: inspect_ai 0.3.285, log/_recorders/eval.py (names of the members) and _util/zipfile.py
(compression 93, zstandard, in one frame or several); older logs are deflated.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from runner.training.foreign.source import (
    MOST_BYTES,
    ForeignError,
    Json,
    Source,
    Told,
    json_of,
    mapping,
)

_HEADER, _START = "header.json", "_journal/start.json"
_ZSTANDARD = 93  # the zip format's number, which Python's own zipfile knows from 3.14 on
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What Python's readers of zips raise at damage, and at a password."""
_LOCAL = 30  # bytes of a member's local header before its name


@dataclass(slots=True)
class Packed:
    """What a packed log holds.

    Attributes:
        head: The log without its samples; of a run that did not end, what it began with.
    """

    head: Json = field(default_factory=dict)
    samples: list[Json] = field(default_factory=list)


def unpack(source: Source, told: Told) -> Packed:
    """Read a packed log; members that cannot be read are damaged.

    Raises:
        ForeignError: it is no zip, too large, packed in an unknown way, or has no sample.
    """
    found = Packed()
    with _opened(source) as archive:
        for name, content in _contents(archive, source, told):
            if name.startswith("samples/"):
                found.samples.append(content)
            elif name == _HEADER or not found.head:
                found.head = content
    if not found.samples and not told.damaged:
        raise ForeignError(f"{source.name}: a zip without samples; expected a log of inspect_ai")
    return found


def _opened(source: Source) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except _DAMAGE as err:
        raise ForeignError(f"{source.name}: a damaged zip: {err}") from err
    if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
        raise ForeignError(f"{source.name}: unpacks to more than {MOST_BYTES} bytes")
    return archive


def _contents(archive: zipfile.ZipFile, source: Source, told: Told) -> Iterator[tuple[str, Json]]:
    for member in archive.infolist():
        name = member.filename
        if name in (_HEADER, _START) or (name.startswith("samples/") and name.endswith(".json")):
            try:
                yield name, mapping(json_of(_member(archive, member, source)))
            except _DAMAGE as err:
                told.damage(name, f"cannot be read: {err}")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: Source) -> bytes:
    if member.compress_type != _ZSTANDARD:
        return archive.read(member)
    start = member.header_offset
    lengths = source.data[start + _LOCAL - 4 : start + _LOCAL]
    begin = start + _LOCAL + sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2))
    return _plain(source.data[begin : begin + member.compress_size], member.file_size, source)


def _plain(packed: bytes, size: int, source: Source) -> bytes:
    try:
        zstandard: Any = import_module("zstandard")  # inspect_ai brings it; git-loop does not
    except ImportError as err:
        raise ForeignError(
            f"{source.name} is packed with zstandard; pip install zstandard, or convert it: "
            "inspect log convert --to json"
        ) from err
    unpacker = zstandard.ZstdDecompressor()
    try:
        with unpacker.stream_reader(io.BytesIO(packed), read_across_frames=True) as reader:
            plain: bytes = reader.read(size)
    except zstandard.ZstdError as err:
        raise ValueError(str(err)) from err
    return plain

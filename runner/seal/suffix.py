"""Files packed by suffix: `.jsonl`, `.jsonl.xz`, `.jsonl.age`, `.jsonl.xz.age`."""

import lzma

from runner.seal.box import seal, unseal
from runner.seal.error import SealError

MOST_BYTES = 512 << 20
"""Bytes that a packed file may unpack to; an archive of a few kilobytes can hold gigabytes."""

_MEMORY = 256 << 20
_KINDS = ("age", "xz")


def unpack(data: bytes, *, name: str, identity: str | None = None, most: int = MOST_BYTES) -> bytes:
    """Return a file's plain content: the suffixes are undone from the last to the first.

    Args:
        data: The file's bytes.
        name: The file's name; only its suffixes `.age` and `.xz` count.
        identity: The private key; needed for `.age` only.
        most: Bytes that the content may have.

    Raises:
        SealError: the key is missing or wrong, or the archive is damaged or too large.
    """
    for kind in _kinds(name):
        try:
            data = _unsealed(data, identity) if kind == "age" else _unxz(data, most)
        except SealError as err:
            raise SealError(f"{name}: {err}") from err
    return data


def pack(data: bytes, *, name: str, recipient: str | None = None) -> bytes:
    """Return the bytes to store under `name`: its suffixes are applied from the first to the last.

    Raises:
        SealError: `.age` without a public key, or with a malformed one.
    """
    for kind in reversed(_kinds(name)):
        if kind == "xz":
            data = lzma.compress(data, preset=9)
        elif recipient is None:
            raise SealError(f"{name}: sealing needs a public key; name one in eval.yaml")
        else:
            data = seal(data, recipient)
    return data


def _kinds(name: str) -> tuple[str, ...]:
    """Return the packings of a file name, the outermost first."""
    found = []
    for suffix in reversed(name.split(".")[1:]):
        if suffix not in _KINDS:
            break
        found.append(suffix)
    return tuple(found)


def _unsealed(data: bytes, identity: str | None) -> bytes:
    if identity is None:
        raise SealError("sealed; opening it needs the held-out key")
    return unseal(data, identity)


def _unxz(data: bytes, most: int) -> bytes:
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)
    try:
        plain = unpacker.decompress(data, max_length=most + 1)
    except lzma.LZMAError as err:
        raise SealError(f"not an xz archive, or a damaged one ({err})") from err
    if len(plain) > most:
        raise SealError(f"the archive holds more than {most} bytes")
    if not unpacker.eof:
        raise SealError("the archive is cut short")
    if unpacker.unused_data:
        raise SealError("the archive goes on after its end; pack it as one stream")
    return plain

"""Keys: an identity opens, its recipient seals."""

import hashlib
import hmac

import pyrage  # type: ignore[import-untyped]  # a compiled module without stubs

from runner.seal.error import SealError

_PREFIX = "AGE-SECRET-KEY-1"
_DRAW = b"git-loop draw v1"
_MARGIN = b"\0"


def new_identity() -> str:
    """Return a fresh private key, `AGE-SECRET-KEY-1...`, which opens what its public half got."""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """Return the public key, `age1...`, of a private key.

    Args:
        identity: The key, or the text of a key file as `age-keygen` writes it.

    Raises:
        SealError: it is no age key.
    """
    return str(parsed(identity).to_public())


def draw_seed(identity: str, candidate: str, number: int) -> bytes:
    """Return 32 bytes that seed a draw of held-out cases, unguessable without the key.

    Args:
        identity: The private key.
        candidate: Candidate id; a draw is made for one candidate and cannot be tuned to.
        number: The look's number, so that a second look draws anew.

    Raises:
        SealError: `identity` is no age key.

    Source: HMAC-SHA256 as a pseudorandom function (RFC 2104).
    """
    key = str(parsed(identity)).encode()
    message = _MARGIN.join((_DRAW, candidate.encode(), str(number).encode()))
    return hmac.new(key, message, hashlib.sha256).digest()


def parsed(identity: str) -> pyrage.x25519.Identity:
    """Return the key that a text holds.

    Raises:
        SealError: it holds none, or more than one.
    """
    lines = [line.strip() for line in identity.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1 or not keys[0].upper().startswith(_PREFIX):
        raise SealError(f"the key given is no age identity; one line {_PREFIX}... would be right")
    try:
        return pyrage.x25519.Identity.from_str(keys[0].upper())
    except pyrage.IdentityError as err:
        raise SealError(f"the key given is a damaged age identity ({err})") from err

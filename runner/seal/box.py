"""Bytes sealed and opened."""

import pyrage  # type: ignore[import-untyped]  # a compiled module without stubs

from runner.seal.error import SealError
from runner.seal.key import parsed, recipient_of

MAGIC = b"age-encryption.org/v1\n"
_WRONG_KEY = "No matching keys found"


def seal(data: bytes, recipient: str) -> bytes:
    """Encrypt to a public key; twice the same data gives different bytes.

    Args:
        data: What to seal.
        recipient: `age1...`, as in `eval.yaml`.

    Raises:
        SealError: `recipient` is no age public key.
    """
    try:
        key = pyrage.x25519.Recipient.from_str(recipient.strip())
    except pyrage.RecipientError as err:
        raise SealError(f"{recipient!r} is no age public key ({err}); expected age1...") from err
    return bytes(pyrage.encrypt(data, [key]))


def unseal(data: bytes, identity: str) -> bytes:
    """Decrypt with a private key.

    Raises:
        SealError: the key is another one, or the data are not sealed or damaged.
    """
    key = parsed(identity)
    if not data.startswith(MAGIC):
        raise SealError("the data are not sealed with age (binary format)")
    try:
        return bytes(pyrage.decrypt(data, [key]))
    except pyrage.DecryptError as err:
        if str(err) == _WRONG_KEY:
            mine = recipient_of(identity)
            raise SealError(f"sealed to another key; the one given opens what {mine} got") from err
        raise SealError(f"the sealed data are damaged or cut short ({err})") from err

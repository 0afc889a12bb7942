"""Ed25519 keys that sign statements; the library is imported where a key is used."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.audit.envelope import Envelope, Signature, envelope_bytes, signed_text
from runner.core.errors import LoopError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

EXTRA = "pip install 'git-loop[sign]'"


class SignerError(LoopError):
    """A key that cannot sign, or cannot be read; no message holds a private key."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, ready to sign."""

    key: "Ed25519PrivateKey"

    @property
    def keyid(self) -> str:
        """What names its public half in an envelope."""
        return key_id(self.key.public_key())

    def sign(self, payload: bytes) -> bytes:
        """Return the envelope around a payload, as one line of JSON."""
        signature = Signature(self.keyid, self.key.sign(signed_text(payload)))
        return envelope_bytes(Envelope(payload, (signature,)))


@dataclass(frozen=True, slots=True)
class Witness:
    """A public key that a repository trusts, and the file that holds it."""

    path: str
    key: "Ed25519PublicKey"

    @property
    def name(self) -> str:
        """Who that is: the file's name without `.pub`."""
        return self.path.rpartition("/")[2].removesuffix(".pub")


def read_signer(pem: bytes) -> Signer:
    """Read a private key.

    Args:
        pem: A PKCS 8 PEM, not encrypted, as `openssl genpkey -algorithm ed25519` writes it.

    Raises:
        SignerError: it is no such key, or the library is missing.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - few sign
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - likewise
            load_pem_private_key,
        )
    except ImportError as err:
        raise SignerError(f"signing statements needs the cryptography package: {EXTRA}") from err
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as err:
        raise SignerError(
            "the signing key is no private key in PEM without a passphrase; openssl genpkey "
            "-algorithm ed25519 makes one"
        ) from err
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise SignerError("the signing key is of another kind than Ed25519")
    return Signer(key)


def read_witnesses(files: Mapping[str, bytes]) -> tuple[Witness, ...]:
    """Read the public keys that a repository trusts.

    Args:
        files: Path to bytes of PEM files, as `openssl pkey -pubout` writes them.

    Raises:
        SignerError: one is no Ed25519 public key, or the library is missing.
    """
    if not files:
        return ()
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - few verify
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - likewise
            load_pem_public_key,
        )
    except ImportError as err:
        raise SignerError(f"signatures need the cryptography package: {EXTRA}") from err
    found = []
    for path, data in sorted(files.items()):
        try:
            key = load_pem_public_key(data)
        except (ValueError, TypeError) as err:
            raise SignerError(f"{path}: no public key in PEM; openssl pkey -pubout writes") from err
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise SignerError(f"{path}: a public key of another kind than Ed25519")
        found.append(Witness(path, key))
    return tuple(found)


def signed_by(envelope: Envelope, witnesses: tuple[Witness, ...]) -> Witness | None:
    """Return the first trusted key that signed an envelope, whatever its `keyid` says; else None.

    Source: DSSE, protocol: `keyid` is a hint and must decide nothing.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - few verify

    text = signed_text(envelope.payload)
    for witness in witnesses:
        for each in envelope.signatures:
            try:
                witness.key.verify(each.value, text)
            except InvalidSignature:
                continue
            return witness
    return None


def key_id(key: "Ed25519PublicKey") -> str:
    """Return the sha256 of a public key in DER, as `openssl pkey -outform DER` writes it."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - few sign

    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()

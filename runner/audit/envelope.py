"""The envelope around a signed statement.

Source: DSSE, the Dead Simple Signing Envelope, protocol v1; in-toto Envelope v1.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from runner.core.canonical import canonical

PAYLOAD = "application/vnd.in-toto+json"


class EnvelopeError(ValueError):
    """Bytes that are neither an envelope nor a statement."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, and a hint at the key that made it."""

    keyid: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload, and who signed it; nobody where it was written without an envelope."""

    payload: bytes
    signatures: tuple[Signature, ...] = ()

    def statement(self) -> dict[str, Any]:
        """Return the payload as JSON.

        Raises:
            EnvelopeError: it is none.
        """
        return _object(self.payload)


def signed_text(payload: bytes) -> bytes:
    """Return the bytes that a signature is of: the payload, its type and their lengths."""
    kind = PAYLOAD.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope_bytes(envelope: Envelope) -> bytes:
    """Return an envelope as one line of JSON."""
    return canonical(
        {
            "payloadType": PAYLOAD,
            "payload": base64.b64encode(envelope.payload).decode(),
            "signatures": [
                {"keyid": each.keyid, "sig": base64.b64encode(each.value).decode()}
                for each in envelope.signatures
            ],
        }
    )


def read_envelope(data: bytes) -> Envelope:
    """Read a signed statement, or one that nobody signed.

    Raises:
        EnvelopeError: it is neither.
    """
    found = _object(data)
    if "payloadType" not in found:
        return Envelope(data)
    if found["payloadType"] != PAYLOAD:
        raise EnvelopeError(f"an envelope of {found['payloadType']!r}, not of {PAYLOAD}")
    try:
        return Envelope(
            base64.b64decode(found["payload"], validate=True),
            tuple(
                Signature(str(each.get("keyid", "")), base64.b64decode(each["sig"], validate=True))
                for each in found["signatures"]
            ),
        )
    except (KeyError, TypeError, AttributeError, binascii.Error) as err:
        raise EnvelopeError(f"a damaged envelope ({err})") from err


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as err:
        raise EnvelopeError(f"no JSON ({err})") from err
    if not isinstance(found, dict):
        raise EnvelopeError("no JSON object")
    return found

"""Detached signatures of documents: item lists, grants, trust bundles.

A signature covers its context, so that a list can never be taken for a grant. The `.sig` file has one line for each
signature: `<key name>+<key id> <base64>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final

from keys.signer import SignatureInvalid, Signer, Verifier

MAX_SIGNATURES: Final = 16
_DOMAIN: Final = b"chuanyu document v1\n"


class DocumentInvalid(Exception):
    """A document is not signed by a key that may sign it."""


def _message(context: str, document: bytes) -> bytes:
    return _DOMAIN + context.encode() + b"\n" + hashlib.sha256(document).digest()


def sign_document(context: str, document: bytes, signer: Signer) -> bytes:
    """Return one line of a `.sig` file; lines of several signers may stand together."""
    signature = base64.b64encode(signer.sign(_message(context, document))).decode()
    return f"{signer.name}+{signer.key_id.hex()} {signature}\n".encode()


def verify_document(context: str, document: bytes, signatures: bytes, verifiers: Sequence[Verifier]) -> Verifier:
    """Return the first of the verifiers by which the document is signed.

    A line by an unknown key is passed over; a line by a known key that does not verify refuses the whole document.

    Raises:
        DocumentInvalid: no known key signed it, or a signature does not verify.
    """
    known = {f"{verifier.name}+{verifier.key_id.hex()}": verifier for verifier in verifiers}
    found: Verifier | None = None
    try:
        lines = signatures.decode().splitlines()
    except UnicodeDecodeError as error:
        raise DocumentInvalid("expected signature lines in UTF-8") from error
    if len(lines) > MAX_SIGNATURES:
        raise DocumentInvalid(f"expected at most {MAX_SIGNATURES} signatures, found {len(lines)}")
    for line in lines:
        name, _, encoded = line.partition(" ")
        verifier = known.get(name)
        if verifier is None:
            continue
        try:
            verifier.verify(_message(context, document), base64.b64decode(encoded, validate=True))
        except (SignatureInvalid, binascii.Error) as error:
            raise DocumentInvalid(f"the signature by {verifier.name} does not verify") from error
        found = found or verifier
    if found is None:
        raise DocumentInvalid(f"expected a signature by one of {len(known)} known keys, found none")
    return found

"""Detached signatures over documents: item lists, grants and trust bundles.

Rules:
- The signed message begins with a context, so that a signature over a list can never be taken for one over a grant.
- A signature file is one or more lines `<key name>+<hex8 key id> <base64 signature>`; two signers' files are simply
  joined, which is how two persons sign one document.
- A line of an unknown key is passed over; a line of a *known* key that does not verify condemns the whole file.
- No known key, no signature, no verifiers: refused. An empty list never means "everybody".

Signed message: `chuanyu document v1` LF context LF SHA-256(document), the hash as 32 raw bytes.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from keys.signer import Signer, Verifier
from keys.suite import SignatureInvalid, Suite

MAX_SIGNATURES: Final = 16
"""Lines in a signature file: dual control needs two, key rollover doubles that; more is abuse."""

MAX_SIGNATURE_FILE: Final = 16 * 1024
"""Bytes in a signature file: sixteen lines of the longest name and signature fit."""

_CONTEXT = re.compile(r"[a-z0-9](?:[a-z0-9 ./-]{0,62}[a-z0-9])?")
_LINE = re.compile(r"([^+\s]+)\+([0-9a-f]{8}) ([A-Za-z0-9+/]+={0,2})")


class DocumentInvalid(Exception):
    """The document is not signed as it must be; nothing in it may be used."""


def document_message(context: str, document: bytes, suite: Suite) -> bytes:
    """Return the bytes that are signed for `document` under `context`.

    Raises:
        ValueError: `context` is not 1 to 64 of lower-case letters, digits, spaces, dots, slashes and hyphens.
    """
    if _CONTEXT.fullmatch(context) is None:
        raise ValueError("expected a context of lower-case letters, digits, space, dot, slash and hyphen")
    return b"chuanyu document v1\n" + context.encode() + b"\n" + suite.hash(document)


def sign_document(context: str, document: bytes, signer: Signer) -> bytes:
    """Return one signature line, ended by a newline.

    Args:
        context: what kind of document this is, such as "item list" or "grant".
        document: the exact bytes; not read, only hashed.
        signer: whose signature it is.

    Raises:
        ValueError: the context is malformed.
    """
    signature = signer.sign(document_message(context, document, signer.suite))
    return f"{signer.name}+{signer.key_id.hex()} {base64.b64encode(signature).decode()}\n".encode()


def document_signers(
    context: str, document: bytes, signatures: bytes, verifiers: Sequence[Verifier]
) -> tuple[Verifier, ...]:
    """Return every one of `verifiers` whose good signature is in the file, in the file's order; at least one.

    Does not judge whether these are *enough* signers, nor whether the document is fresh.

    Raises:
        DocumentInvalid: malformed file, a bad signature of a known key, a key twice, or no known key at all.
        ValueError: the context is malformed.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    if len(known) != len(verifiers):
        raise DocumentInvalid("expected verifiers with distinct name and key id, found two alike")
    signed: dict[tuple[str, bytes], Verifier] = {}
    for name, key_id, signature in _lines(signatures):
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if (name, key_id) in signed:
            raise DocumentInvalid("expected one signature a key, found two")
        try:
            verifier.verify(document_message(context, document, verifier.suite), signature)
        except SignatureInvalid:
            raise DocumentInvalid(
                f"expected a good signature of key {name}+{key_id.hex()} over this document as {context!r}, "
                "found one that does not verify"
            ) from None
        signed[name, key_id] = verifier
    if not signed:
        raise DocumentInvalid(f"expected a signature by one of {len(known)} known keys, found none")
    return tuple(signed.values())


def verify_document(context: str, document: bytes, signatures: bytes, verifiers: Sequence[Verifier]) -> Verifier:
    """Return the first known signer; `document_signers` says all and has the same rules.

    Raises:
        DocumentInvalid: the file is malformed or holds no good signature of a known key.
        ValueError: the context is malformed.
    """
    return document_signers(context, document, signatures, verifiers)[0]


def _lines(signatures: bytes) -> list[tuple[str, bytes, bytes]]:
    """Split a signature file into (key name, key id, signature); strict about every byte."""
    if len(signatures) > MAX_SIGNATURE_FILE:
        raise DocumentInvalid(f"expected at most {MAX_SIGNATURE_FILE} bytes of signatures, found {len(signatures)}")
    try:
        text = signatures.decode()
    except UnicodeDecodeError:
        raise DocumentInvalid("expected signatures in UTF-8, found other bytes") from None
    if not text.endswith("\n"):
        raise DocumentInvalid("expected signature lines that end in a newline, found none or a torn line")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise DocumentInvalid(f"expected at most {MAX_SIGNATURES} signatures, found {len(lines)}")
    return [_line(line) for line in lines]


def _line(line: str) -> tuple[str, bytes, bytes]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise DocumentInvalid("expected <key name>+<hex8 key id> <base64 signature>, found another form")
    name, key_id, body = found.groups()
    try:
        signature = base64.b64decode(body, validate=True)
    except binascii.Error:
        raise DocumentInvalid("expected a signature in padded base64, found another encoding") from None
    if base64.b64encode(signature).decode() != body:
        raise DocumentInvalid("expected canonical base64, found spare bits")
    return name, bytes.fromhex(key_id), signature

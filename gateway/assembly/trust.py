"""The authorities, keys and revocations of our own province and of the others, as this node knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.validity import make_log_verifiers, make_witness_verifiers
from gateway.ground.documents import DocumentKind, NumberedDocument
from gateway.settings import Settings
from keys.files import read_file
from keys.identity import Identity
from keys.issuer import read_issuer
from keys.revocation import RevocationError, RevocationList, RevocationLists, read_list
from keys.signer import Verifier
from keys.trust import TrustBundle, TrustError, read_bundle


class TrustFileMissing(TrustError):
    """A file of the trust is not there, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The authorities, bundles and lists by which signatures are verified. A reload makes a new value.

    `documents` are the numbers of the bundles and of the revocation lists.
    """

    authorities: dict[str, bytes]
    bundles: dict[str, TrustBundle]
    revoked: RevocationLists
    documents: tuple[NumberedDocument, ...] = ()

    @property
    def roots(self) -> bytes:
        """The authorities of all provinces in one PEM, for a listener."""
        return b"".join(self.authorities.values())

    def frame_verifier(self, node: str) -> Verifier | None:
        """Return the key that signs a node's frames, from the bundle of its own province; None where it names none."""
        bundle = self.bundles.get(Identity.parse(node).province)
        vkey = bundle.nodes.get(node) if bundle is not None else None
        return Verifier.parse(vkey) if vkey is not None else None

    def log_verifiers(self, node: str) -> tuple[NoteVerifier, ...]:
        """Return the keys of a node's audit log, each for the sizes of its validity; none where none is named."""
        return make_log_verifiers(self._bundle_of(node).logs.get(node, ()))

    def witness_verifiers(self, node: str) -> tuple[NoteVerifier, ...]:
        """Return the keys by which a node cosigns, each for the seconds of its validity; none where none is named."""
        return make_witness_verifiers(self._bundle_of(node).witnesses.get(node, ()))

    def _bundle_of(self, node: str) -> TrustBundle:
        return self.bundles[Identity.parse(node).province]

    def list_verifiers(self) -> dict[str, tuple[Verifier, ...]]:
        """Return for each province the key that signs its lists and grants."""
        return {province: (bundle.list_verifier,) for province, bundle in self.bundles.items()}


def load_trust(settings: Settings, now: datetime) -> Trust:
    """Read bundles, authorities and revocation lists of our own province and of every peer's.

    Raises:
        TrustError: a bundle or a list is missing, damaged, out of its dates, or another province's.
    """
    authorities: dict[str, bytes] = {}
    bundles: dict[str, TrustBundle] = {}
    lists = {}
    documents: list[NumberedDocument] = []
    for province in (settings.node.province, *(peer.province for peer in settings.peers)):
        octets = _read(settings.bundle_path(province))
        bundle = read_bundle(octets, _read(settings.bundle_signature_path(province)), now=now)
        if bundle.province != province:
            raise TrustError(f"{settings.bundle_path(province)}: expected the bundle of {province}")
        bundles[province] = bundle
        authorities[province] = bundle.authority_pem.encode()
        path = settings.revocation_path(province)
        revocations = _read(path)
        try:
            lists[province] = read_list(revocations, authorities[province])
        except RevocationError as error:
            raise TrustError(f"{path}: {error}") from error
        documents += (number_bundle(bundle, octets), number_revocations(bundle, lists[province], revocations))
    own = settings.authority_path
    if _read(own) != authorities[settings.node.province]:
        raise TrustError(f"{own}: expected the authority that our own bundle names, found another")
    return Trust(authorities, bundles, RevocationLists(lists), tuple(documents))


def number_bundle(bundle: TrustBundle, octets: bytes) -> NumberedDocument:
    """Return a trust bundle with the moment of its issue as its number, in microseconds since 1970."""
    issued = datetime.fromisoformat(bundle.issued_at)
    number = round(issued.timestamp() * 1_000_000)
    return NumberedDocument(DocumentKind.BUNDLE, bundle.province, number, sha256(octets).hexdigest())


def number_revocations(bundle: TrustBundle, revoked: RevocationList, octets: bytes) -> NumberedDocument:
    """Return a revocation list with its own number, which counts the lists of one key of the province's authority."""
    key = read_issuer(bundle.authority_pem.encode()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    name = f"{bundle.province}/{sha256(spki).hexdigest()[:16]}"
    return NumberedDocument(DocumentKind.REVOCATIONS, name, revoked.number, sha256(octets).hexdigest())


def _read(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        raise TrustFileMissing(f"{path}: expected a file, found: {error.strerror}") from error

"""What this node knows of its own province and of the others: authorities, keys, revocations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.validity import make_log_verifiers, make_witness_verifiers
from gateway.settings import Settings
from keys.identity import Identity
from keys.revocation import RevocationError, RevocationLists, read_list
from keys.signer import Verifier
from keys.trust import TrustBundle, TrustError, read_bundle


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything that others' signatures are held to. A reload makes a new one."""

    authorities: dict[str, bytes]
    bundles: dict[str, TrustBundle]
    revoked: RevocationLists

    @property
    def roots(self) -> bytes:
        """All authorities, as a listener takes them."""
        return b"".join(self.authorities.values())

    def frame_verifier(self, node: str) -> Verifier | None:
        """The key that signs the frames of a node, from the bundle of its own province; None where it names none."""
        bundle = self.bundles.get(Identity.parse(node).province)
        vkey = bundle.nodes.get(node) if bundle is not None else None
        return Verifier.parse(vkey) if vkey is not None else None

    def log_verifiers(self, node: str) -> tuple[NoteVerifier, ...]:
        """The keys of a node's audit log, each for the sizes of its term; none where its bundle names none."""
        return make_log_verifiers(self._bundle_of(node).logs.get(node, ()))

    def witness_verifiers(self, node: str) -> tuple[NoteVerifier, ...]:
        """The keys by which a node cosigns, each for the seconds of its term; none where its bundle names none."""
        return make_witness_verifiers(self._bundle_of(node).witnesses.get(node, ()))

    def _bundle_of(self, node: str) -> TrustBundle:
        return self.bundles[Identity.parse(node).province]

    def list_verifiers(self) -> dict[str, tuple[Verifier, ...]]:
        """For each province the key that signs its lists and grants."""
        return {province: (bundle.list_verifier,) for province, bundle in self.bundles.items()}


def load_trust(settings: Settings, now: datetime) -> Trust:
    """Read bundles, authorities and revocation lists of our own province and of every peer's.

    Raises:
        TrustError: a bundle or a list is missing, damaged, out of its dates, or another province's.
    """
    authorities: dict[str, bytes] = {}
    bundles: dict[str, TrustBundle] = {}
    lists = {}
    for province in (settings.node.province, *(peer.province for peer in settings.peers)):
        octets = _read(settings.bundle_path(province))
        bundle = read_bundle(octets, _read(settings.bundle_signature_path(province)), now=now)
        if bundle.province != province:
            raise TrustError(f"{settings.bundle_path(province)}: expected the bundle of {province}")
        bundles[province] = bundle
        authorities[province] = bundle.authority_pem.encode()
        path = settings.revocation_path(province)
        try:
            lists[province] = read_list(_read(path), authorities[province])
        except RevocationError as error:
            raise TrustError(f"{path}: {error}") from error
    own = settings.authority_path
    if _read(own) != authorities[settings.node.province]:
        raise TrustError(f"{own}: expected the authority that our own bundle names, found another")
    return Trust(authorities, bundles, RevocationLists(lists))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: expected a file, found: {error.strerror}") from error

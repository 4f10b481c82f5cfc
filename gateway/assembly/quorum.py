"""The witnesses of our log, from settings and trust bundles: the peers' gateways, and further ones of a policy file.

Without a policy any one peer's gateway is the quorum. A policy (C2SP tlog-policy) names the witnesses beside the peers,
their addresses, and which of all of them are enough.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import grpc

from gateway.assembly.trust import Trust
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.policy import Policy, PolicyInvalid, read_policy
from gateway.audit.verification.witnessed import read_witnessed_s
from gateway.settings import Settings
from gateway.settings.sections import Peer
from gateway.telemetry.tls import client_context
from gateway.witness.reach import PeerWay, https_way
from gateway.witness.submission import Address
from keys.files import read_text
from keys.rotation import CertifiedKey
from keys.trust import TrustError

REMEDY: Final = "See docs/how-to/witnesses-and-time-stamps.md"


@dataclass(frozen=True, slots=True)
class Quorum:
    """The witnesses of our log, the one of each peer's province, whether those of some names are enough, all vkeys."""

    addresses: tuple[Address, ...]
    provinces: dict[str, str]
    enough: Callable[[frozenset[str]], bool]
    ways: tuple[PeerWay, ...]
    vkeys: tuple[str, ...]

    def read_time_s(self, reader: LogReader) -> int:
        """Return the log's witnessed time: the newest second by which a quorum has cosigned it; 0 for none."""
        verifiers = tuple(verifier for address in self.addresses for verifier in address.verifiers)
        return read_witnessed_s(reader, verifiers, self.enough)


def load_keys(settings: Settings, trust: Trust) -> Quorum:
    """Return the witnesses as `load_quorum` does, for a command that reads what they signed and asks them nothing."""

    def ask(*given: object) -> NoReturn:
        raise RuntimeError("a command that reads a log asks no witness")

    return load_quorum(settings, trust, lambda peer: ask, ask)


def load_quorum(
    settings: Settings,
    trust: Trust,
    channel: Callable[[Peer], Callable[[], grpc.aio.Channel]],
    pair: Callable[[], CertifiedKey],
) -> Quorum:
    """Return the witnesses.

    Raises:
        TrustError: a peer's bundle names no keys of a witness, the policy cannot be read, or it asks for no witness.
    """
    seconds = settings.witness.timeout_seconds
    addresses: dict[str, Address] = {}
    provinces, ways, vkeys = {}, [], []
    for peer in settings.peers:
        verifiers = trust.witness_verifiers(peer.node)
        if not verifiers:
            raise TrustError(
                f"expected keys of {peer.node} as a witness in the bundle of {peer.province}, found none. "
                "Have that province make its bundle anew: chuanyu keys bundle"
            )
        way = PeerWay(channel(peer), seconds)
        ways.append(way)
        terms = trust.bundles[peer.province].witnesses[peer.node]
        ended = frozenset(one.key_id for one, term in zip(verifiers, terms, strict=True) if term.last is not None)
        vkeys += [term.vkey for term in terms]
        provinces[peer.province] = verifiers[0].name
        addresses[verifiers[0].name] = Address(verifiers[0].name, verifiers, way.send, ended)
    file = settings.named(settings.witness.policy_file)
    policy = _policy(file)
    if policy is None:
        peers = frozenset(addresses)
        return Quorum(
            tuple(addresses.values()), provinces, lambda names: bool(names & peers), tuple(ways), tuple(vkeys)
        )
    names = _further(policy, addresses, lambda: _context(settings, pair), seconds)

    def enough(cosigned: frozenset[str]) -> bool:
        return policy.satisfied({one for one, address in names.items() if address in cosigned})

    if enough(frozenset()):
        raise TrustError(f"{file}: expected a quorum of at least one witness, found {policy.quorum}")
    if not enough(frozenset(addresses)):
        raise TrustError(f"{file}: the quorum can never be reached. {REMEDY}")
    vkeys += _policy_vkeys(file)
    return Quorum(tuple(addresses.values()), provinces, enough, tuple(ways), tuple(vkeys))


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        return read_policy(read_text(path))
    except (OSError, UnicodeDecodeError, PolicyInvalid) as error:
        raise TrustError(f"{path}: expected a policy of witnesses, found: {error}. {REMEDY}") from error


def _policy_vkeys(path: Path | None) -> list[str]:
    """Return the witnesses' vkeys of a policy file, as they stand in it."""
    lines = read_text(path).splitlines() if path is not None else []
    return [words[2] for line in lines if (words := line.split())[:1] == ["witness"]]


def _further(
    policy: Policy, addresses: dict[str, Address], context: Callable[[], ssl.SSLContext], seconds: float
) -> dict[str, str]:
    """Add the policy's witnesses to the addresses; return for each of its names the address that it means."""
    known = {(one.name, one.key_id): name for name, address in addresses.items() for one in address.verifiers}
    names: dict[str, str] = {}
    by_url: dict[str, list[NoteVerifier]] = {}
    for name, witness in policy.witnesses.items():
        own = known.get((witness.verifier.name, witness.verifier.key_id))
        if own is not None:
            names[name] = own
            continue
        if not witness.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise TrustError(f"the witness {name}: expected an https address, found {witness.url or 'none'}. {REMEDY}")
        by_url.setdefault(witness.url, []).append(witness.verifier)
        names[name] = witness.verifier.name
    for url, verifiers in by_url.items():
        if {one.name for one in verifiers} & addresses.keys() or len({one.name for one in verifiers}) != 1:
            raise TrustError(f"expected keys of one witness at {url}, of a name that no peer bears. {REMEDY}")
        addresses[verifiers[0].name] = Address(verifiers[0].name, tuple(verifiers), https_way(url, context, seconds))
    return names


def _context(settings: Settings, pair: Callable[[], CertifiedKey]) -> ssl.SSLContext:
    """Return a context that shows our certificate on request, and judges the witness's by the settings' authorities."""
    file = settings.named(settings.witness.authorities_file)
    return client_context(pair(), read_text(file) if file is not None else "")

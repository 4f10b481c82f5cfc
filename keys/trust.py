"""Trust bundles: one province's statement of its keys to another, and how it is believed.

A trust bundle is canonical JSON, signed by the province's list key, whose public half stands inside. That proves only
that the bundle is whole. It is believed because two persons compare its fingerprint over another way (a call, a
meeting), and `accept` is given the fingerprint that they agreed on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from keys.document import DocumentInvalid, sign_document, verify_document
from keys.identity import Identity, Role, is_province
from keys.issuer import read_issuer
from keys.signer import Signer, Verifier
from keys.suite import ED25519_SHA256, Suite
from keys.validity import LOG_SUITES, WITNESS_SUITES, KeyValidity, parse_keys, select_in_force

CONTEXT: Final = "trust bundle"
MAX_BYTES: Final = 256 * 1024
LISTS: Final = "lists"
PRACTICE_LISTS: Final = "practice-lists"
"""The last part of the name of a list key: of a province, and of a place of practice, whose data are made up."""


def name_list_key(province: str, *, practice: bool = False) -> str:
    """Return the name of the key that signs a province's lists and grants; `practice` where all its data are made up.

    The key's id binds its name, so that what a practice key signed is never a province's.
    """
    return f"{province}.chuanyu/{PRACTICE_LISTS if practice else LISTS}"


def is_practice(name: str) -> bool:
    """Tell whether a list key of that name is of a place of practice."""
    return name.endswith(f"/{PRACTICE_LISTS}")


class TrustError(Exception):
    """A bundle is not believed; says what was found and expected."""


class TrustNotYet(TrustError):
    """A bundle is of a time to come: a clock is wrong, ours or that of the machine that made it."""


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """One province's public keys.

    `nodes` maps the URI of each node to the vkey that signs its frames, `logs` to the keys of its audit log, whose name
    is the log's origin, `witnesses` to the keys by which it cosigns; both with former keys and the validity of each.
    `list_vkey` signs item lists, grants and this bundle. Times are ISO 8601 with an offset.
    """

    province: str
    authority_pem: str
    list_vkey: str
    nodes: dict[str, str]
    logs: dict[str, tuple[KeyValidity, ...]]
    witnesses: dict[str, tuple[KeyValidity, ...]]
    issued_at: str
    expires_at: str

    def octets(self) -> bytes:
        """Return the canonical bytes: JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"

    @property
    def list_verifier(self) -> Verifier:
        """The key that signs the province's lists and grants."""
        return Verifier.parse(self.list_vkey)


def fingerprint(octets: bytes) -> str:
    """Return SHA-256 of a bundle as sixteen groups of four hex digits, to be read aloud and compared."""
    digest = hashlib.sha256(octets).hexdigest()
    return " ".join(digest[i : i + 4] for i in range(0, 64, 4))


def sign_bundle(bundle: TrustBundle, signer: Signer) -> bytes:
    """Return the `.sig` file of a bundle."""
    return sign_document(CONTEXT, bundle.octets(), signer)


def read_bundle(octets: bytes, signatures: bytes, *, now: datetime) -> TrustBundle:
    """Read a bundle that was accepted before: form, signature and dates.

    Raises:
        TrustError: it is not whole, not signed by its own list key, or out of its dates.
    """
    if len(octets) > MAX_BYTES:
        raise TrustError(f"expected a bundle of at most {MAX_BYTES} bytes, found {len(octets)}")
    try:
        bundle = _parse_bundle(json.loads(octets))
        for vkey in bundle.nodes.values():
            Verifier.parse(vkey)
        for validities in bundle.logs.values():
            _require_one_name(validities, LOG_SUITES)
            select_in_force(validities, ED25519_SHA256)
        for validities in bundle.witnesses.values():
            _require_one_name(validities, WITNESS_SUITES)
        _require_own_nodes(bundle)
        read_issuer(bundle.authority_pem.encode())
        verify_document(CONTEXT, octets, signatures, [bundle.list_verifier])
        issued, expires = datetime.fromisoformat(bundle.issued_at), datetime.fromisoformat(bundle.expires_at)
        canonical = bundle.octets() == octets
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, DocumentInvalid) as error:
        raise TrustError(f"expected a whole trust bundle signed by its list key: {error}") from error
    if not canonical:
        raise TrustError("expected a bundle in its canonical form, found another")
    if issued.tzinfo is None or expires.tzinfo is None:
        raise TrustError("expected times with an offset, found a time without one")
    if now < issued:
        raise TrustNotYet(f"expected a bundle in force, found one from {issued}; this machine says {now}")
    if now > expires:
        raise TrustError(f"expected a bundle in force, found one from {issued} until {expires}")
    return bundle


def _parse_bundle(raw: dict[str, Any]) -> TrustBundle:
    if "witnesses" not in raw or any(isinstance(keys, str) for keys in raw.get("logs", {}).values()):
        raise TrustError(
            "expected a trust bundle with the keys of witnesses, found one of an earlier version. Have that province "
            "make its bundle anew with chuanyu keys bundle, compare the fingerprint, and accept it"
        )
    for part in ("logs", "witnesses"):
        keys: Mapping[str, Sequence[Mapping[str, object]]] = raw[part]
        raw[part] = {uri: parse_keys(validities) for uri, validities in keys.items()}
    return TrustBundle(**raw)


def _require_one_name(validities: Sequence[KeyValidity], suites: Sequence[Suite]) -> None:
    """Refuse keys of several names: a log has one origin for life, a witness one name."""
    names = {one.verifier(suites).name for one in validities}
    if len(names) != 1:
        raise TrustError(f"expected keys of one name, found {len(names)} names")


def _require_own_nodes(bundle: TrustBundle) -> None:
    """Refuse a bundle that speaks for anyone but nodes of its own province: keys are looked up by node alone."""
    if not is_province(bundle.province):
        raise TrustError("expected a province code, found another form")
    for uri in (*bundle.nodes, *bundle.logs, *bundle.witnesses):
        identity = Identity.parse(uri)
        if identity.province != bundle.province or identity.role is not Role.NODE:
            raise TrustError(f"expected nodes of {bundle.province} only, found {uri}")


def accept(octets: bytes, signatures: bytes, agreed: str, *, now: datetime) -> TrustBundle:
    """Read a bundle for the first time, against the fingerprint that two persons agreed on.

    Raises:
        TrustError: the fingerprint differs, or as `read_bundle`.
    """
    found = fingerprint(octets).replace(" ", "").encode()
    if not hmac.compare_digest(found, agreed.replace(" ", "").lower().encode(errors="replace")):
        raise TrustError("the fingerprint is not the one agreed on. Compare it again over another way")
    return read_bundle(octets, signatures, now=now)

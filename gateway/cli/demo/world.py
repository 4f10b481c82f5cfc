"""A world of two provinces on one machine: authorities, nodes, applications, trust, lists and grants, all real files.

Made by the same steps that two data centres take, with synthetic people only. Used by the demo, the network tests and
the benchmarks.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.catalogue.grants import GRANT_CONTEXT, GrantDocument, render_grant
from gateway.catalogue.lists import LIST_CONTEXT, ItemList, ListKind, entry_of, render_list
from gateway.catalogue.loader import PACKAGED, load_items, load_parties
from gateway.cli.node.init import Plan, make, settings_text
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Item, Level
from gateway.settings import Settings
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.document import sign_document
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_signing_key, new_tls_key, unencrypted_pem, write_private
from keys.revocation import read_list
from keys.signer import Signer, Verifier
from keys.trust import TrustBundle, sign_bundle
from keys.validity import read_key_file

PROVINCES: Final[Mapping[str, str]] = {"sichuan": "510000", "chongqing": "500000"}
KINDS: Final[Mapping[str, tuple[ListKind, ...]]] = {
    "sichuan": (ListKind.APPLICATION_LIST,),
    "chongqing": (ListKind.CATALOGUE, ListKind.APPLICATION_LIST),
}
ONE_SIDED: Final = "CY-SS-04"
"""An item that Sichuan has listed and Chongqing has not."""
EXPIRED: Final = ("CY-ID-02", "government-service")
"""The item and the type of department whose grant is out of its dates."""
EXTRA: Final = Path(__file__).parent / "items"


@dataclass(frozen=True, slots=True)
class Client:
    """An application or another client: its identity, key (unencrypted, in memory) and certificate."""

    identity: Identity
    key_pem: bytes
    certificate_pem: bytes


@dataclass(frozen=True, slots=True)
class Province:
    """One province of the world. `sealing` is its departments' private key for sealed fields, 32 bytes in memory."""

    name: str
    code: str
    settings: Settings
    authority: Authority
    lists: Signer
    sealing: bytes
    portal: Client
    retired: Client
    reviewer: Client
    administrator: Client

    @property
    def target(self) -> str:
        """Where its gateway listens."""
        return f"{self.settings.listen.host}:{self.settings.listen.port}"

    @property
    def config(self) -> Path:
        """Its node's settings file."""
        return self.settings.directory / "node.toml"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def department_of(province: str, kind: str) -> str:
    """Return the code of the province's department of a type."""
    return next(d.code for d in load_parties().departments if d.province == province and d.type == kind)


def consumer_of(item: Item, province: str) -> str:
    """Return the department by which a province asks for an item: the first type that it has registered."""
    types = {str(d.type): d.code for d in load_parties().departments if d.province == province}
    return next(types[kind] for kind in item.consumers if kind in types)


def build_world(
    root: Path,
    *,
    platforms: Mapping[str, tuple[str, Mapping[str, object]]],
    limits: str = "",
    extra: Sequence[Path] = (EXTRA,),
) -> dict[str, Province]:
    """Make both provinces under `root`; return them by name.

    Args:
        root: an empty directory; the nodes' data come under `root/sichuan` and `root/chongqing`.
        platforms: for each province the kind and the options of its platform.
        limits: TOML lines for the `[limits]` table of both nodes.
        extra: directories of items beside those that are shipped.
    """
    root.mkdir(parents=True, exist_ok=True)
    ports = free_ports(3 * len(PROVINCES))
    addresses = {name: tuple(ports[3 * n : 3 * n + 3]) for n, name in enumerate(PROVINCES)}
    provinces = {name: _province(root, name, addresses, platforms[name], limits) for name in PROVINCES}
    items = [*load_items(), *(item for place in extra for item in load_items(place))]
    files = [file for place in (PACKAGED / "items", *extra) for file in place.glob("*.toml")]
    for province in provinces.values():
        _trust(province, provinces.values())
        _catalogue(province, provinces.values(), items, files)
    return provinces


def _province(
    root: Path,
    name: str,
    addresses: Mapping[str, tuple[int, ...]],
    platform: tuple[str, Mapping[str, object]],
    limits: str,
) -> Province:
    now, code = datetime.now(UTC), PROVINCES[name]
    offices = root / "authorities" / name
    passphrase = Passphrase(b"demo authority of " + name.encode())
    authority = Authority.create(code, passphrase, offices, now=now)
    place = root / name
    port, metrics_port, witness_port = addresses[name]
    peers = [
        {
            "province": PROVINCES[other],
            "target": f"127.0.0.1:{addresses[other][0]}",
            "node": Identity(PROVINCES[other], Role.NODE, "gateway-1").uri,
        }
        for other in PROVINCES
        if other != name
    ]
    text = settings_text(
        {"province": code, "name": "gateway-1"},
        {"host": "127.0.0.1", "port": port, "metrics_port": metrics_port, "witness_port": witness_port},
        peers,
        platform[0],
        None,
        {},
    )
    text += "\n[platform.options]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in platform[1].items())
    text += f"\n[limits]\n{limits}\n" if limits else ""
    settings = Settings.parse(text.encode(), place)
    make(Plan(place, text, settings, ("127.0.0.1", "localhost"), None))
    settings.tls_certificate_path.write_bytes(
        authority.issue(settings.tls_request_path.read_bytes(), settings.identity, now=now)
    )
    clients = [
        _client(authority, Identity(code, role, who))
        for role, who in (
            (Role.APPLICATION, "portal"),
            (Role.APPLICATION, "retired-portal"),
            (Role.REVIEWER, "reviewer-1"),
            (Role.ADMINISTRATOR, "administrator-1"),
        )
    ]
    lists = Signer(f"{code}.chuanyu/lists", new_signing_key())
    sealing = X25519PrivateKey.generate().private_bytes_raw()
    return Province(name, code, settings, authority, lists, sealing, *clients)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else '"' + str(value).replace("\\", "\\\\") + '"'


def _client(authority: Authority, identity: Identity) -> Client:
    key = new_tls_key()
    pem = authority.issue(certificate_request(key, identity), identity, now=datetime.now(UTC))
    return Client(identity, unencrypted_pem(key), pem)


def client_of(province: Province, role: Role, name: str) -> Client:
    """Enrol one more client with a province's authority."""
    return _client(province.authority, Identity(province.code, role, name))


def _trust(province: Province, all_provinces: Iterable[Province]) -> None:
    """Each node takes every province's bundle, its own too; the demo compares the fingerprints itself."""
    now = datetime.now(UTC)
    settings = province.settings
    settings.authority_path.write_bytes(province.authority.certificate_pem)
    for other in all_provinces:
        uri = other.settings.identity.uri
        frames = Verifier.parse(other.settings.signing_vkey_path.read_text(encoding="utf-8").strip())
        bundle = TrustBundle(
            province=other.code,
            authority_pem=other.authority.certificate_pem.decode(),
            list_vkey=other.lists.verifier.vkey,
            nodes={uri: frames.vkey},
            logs={uri: read_key_file(other.settings.log_vkey_path.read_text(encoding="utf-8"))},
            witnesses={uri: read_key_file(other.settings.witness_vkey_path.read_text(encoding="utf-8"))},
            issued_at=(now - timedelta(minutes=5)).isoformat(),
            expires_at=(now + timedelta(days=365)).isoformat(),
        )
        settings.bundle_path(other.code).write_bytes(bundle.octets())
        settings.bundle_signature_path(other.code).write_bytes(sign_bundle(bundle, other.lists))
        settings.revocation_path(other.code).write_bytes(revoke_retired(other))


def revoke_retired(province: Province) -> bytes:
    """Revoke the retired portal if it is not yet; return the province's revocation list in PEM."""
    current = province.settings.directory.parent / "authorities" / province.name / "authority.crl"
    serial = next(s for s, uri in province.authority.list_issued().items() if uri == province.retired.identity.uri)
    if serial in read_list(current.read_bytes(), province.authority.certificate_pem).serials:
        return current.read_bytes()
    return province.authority.revoke(serial, "retired", now=datetime.now(UTC))


def _catalogue(
    province: Province, all_provinces: Iterable[Province], items: Sequence[Item], files: Sequence[Path]
) -> None:
    settings = province.settings
    own_items = settings.catalogue.directory / "items"
    own_items.mkdir()
    for file in files:
        (own_items / file.name).write_bytes(file.read_bytes())
    departments = [d.code for d in load_parties().departments if d.province == province.code]
    roster = "".join(
        f'[[applications]]\nuri = "{client.identity.uri}"\ndepartments = {departments}\n\n'.replace("'", '"')
        for client in (province.portal, province.retired)
    )
    (settings.parties_directory / "applications.toml").write_text(roster, encoding="utf-8")
    sealing_keys = {one.code: sealing_key_of(one) for one in all_provinces}
    for other in all_provinces:
        for kind in KINDS[other.name]:
            _sign(
                settings.lists_directory, f"{other.code}-{kind}", LIST_CONTEXT, _list(other, kind, items), other.lists
            )
        for grant in _grants(other, items, sealing_keys):
            _sign(settings.grants_directory, grant.id, GRANT_CONTEXT, render_grant(grant), other.lists)


def _sign(directory: Path, name: str, context: str, document: bytes, signer: Signer) -> None:
    write_private(directory / f"{name}.toml", document)
    write_private(directory / f"{name}.toml.sig", sign_document(context, document, signer))


def _list(province: Province, kind: ListKind, items: Sequence[Item]) -> bytes:
    listed = [item for item in items if item.code != ONE_SIDED or province.name == "sichuan"]
    today = date.today()
    return render_list(
        ItemList(
            province=province.code,
            kind=kind,
            version=1,
            issued_at=datetime.now(UTC).replace(microsecond=0),
            effective_from=today - timedelta(days=1),
            effective_to=today + timedelta(days=365),
            entries=tuple(entry_of(item, active=True) for item in listed),
        )
    )


def sealing_key_of(province: Province) -> str:
    """Return the public key to which fields are sealed for a province's departments, as a grant names it."""
    private = X25519PrivateKey.from_private_bytes(province.sealing)
    return b64encode(private.public_key().public_bytes_raw()).decode()


def _grants(provider: Province, items: Sequence[Item], sealing_keys: Mapping[str, str]) -> list[GrantDocument]:
    """The grants that one province gives: each item to one department of each province, and one that has expired."""
    today = date.today()
    made = []
    for item in items:
        for code in PROVINCES.values():
            consumer = consumer_of(item, code)
            until = today + timedelta(days=180)
            sealing_key = sealing_keys[code] if any(field.level is Level.ENCRYPT for field in item.fields) else ""
            made.append(_grant(provider, item, code, consumer, today - timedelta(days=1), until, sealing_key))
    expired = next(item for item in items if item.code == EXPIRED[0])
    for code in PROVINCES.values():
        consumer = department_of(code, EXPIRED[1])
        since, until = today - timedelta(days=90), today - timedelta(days=1)
        made.append(_grant(provider, expired, code, consumer, since, until))
    return made


def _grant(
    provider: Province,
    item: Item,
    consumer_province: str,
    consumer: str,
    since: date,
    until: date,
    sealing_key: str = "",
) -> GrantDocument:
    return GrantDocument(
        id=f"G-{provider.code}-{consumer}-{item.code}",
        consumer_province=consumer_province,
        consumer_department=consumer,
        provider_province=provider.code,
        item_code=item.code,
        item_version=item.version,
        scenes=tuple(code for code, _ in item.scenes),
        use_bases=tuple(code for code, _ in item.use_bases),
        lawful_bases=tuple(LawfulBasis(basis) for basis in item.lawful_bases),
        regions=(consumer_province,),
        fields=tuple(field.name for field in item.fields),
        purpose="演示：两省互查",
        valid_from=since,
        valid_until=until,
        approved_by="演示授权人",
        application_no=f"SQ-{item.code}",
        sealing_key=sealing_key,
    )

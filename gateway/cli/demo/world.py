"""A world of two provinces on one machine: authorities, nodes, applications, trust, lists and grants, all real files.

They are made by the same steps that two data centres take, with synthetic people only. The world lies in the wheel
since `chuanyu demo` is a command that is shipped. Tests and benchmarks build the same world, so that what is tested and
measured is what a newcomer sees, and bring platforms, limits and items of their own; the persons and strangers whom
tests alone need are enrolled in `tests/clients.py`.
"""

from __future__ import annotations

import secrets
import socket
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.catalogue.agreements import AGREEMENT_CONTEXT, AgreementDocument, CoveredItem, render_agreement
from gateway.catalogue.grants import GRANT_CONTEXT, BatchApproval, GrantDocument, Onward, render_grant
from gateway.catalogue.lists import LIST_CONTEXT, ItemList, ListKind, entry_of, render_list
from gateway.catalogue.loader import PACKAGED, load_items, signature_of
from gateway.cli.demo.parties import find_consumer, find_department, find_provider, name_body, render_roster
from gateway.cli.keys.authority import LIST_KEY, LIST_VKEY, name_list_key
from gateway.cli.node.init import NodePlan, make_node, write_settings
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Item, Label, Level
from gateway.settings import Settings
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.document import sign_document
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_signing_key, new_tls_key, save_key, unencrypted_pem, write_private
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
PURPOSE: Final = "demonstration"
"""The purpose of every grant, by its code."""
BATCH_NO: Final = "PC-2026-0001"
"""The number of the batch that every grant approves."""
ONWARD: Final = ("CY-CU-01",)
"""The items of which the asking department may supply the body that it serves."""
ONWARD_NO: Final = "ZG-2026-0001"
"""The number under which the provider consented to that."""
AGREED: Final = "CY-CU-01"
"""The item of which 遂宁 and 潼南 have agreed."""
AGREEMENT: Final = "A-SN-TN-DEMO"
"""The identifier of that agreement."""
AGREED_PAIR: Final = ("500152", "510900")
"""潼南 and 遂宁."""
AGREED_PURPOSE: Final = "suining-tongnan"
"""The purpose of the grants that name the agreement, by its code: no other grant has it."""
EXTRA: Final = Path(__file__).parent / "items"


@dataclass(frozen=True, slots=True)
class Client:
    """An application or another client: its identity, key (unencrypted, in memory) and certificate."""

    identity: Identity
    key_pem: bytes
    certificate_pem: bytes


@dataclass(frozen=True, slots=True)
class DemoProvince:
    """One province of the world. `sealing` is its departments' private key for sealed fields, 32 bytes in memory."""

    name: str
    code: str
    settings: Settings
    authority: Authority
    lists: Signer
    sealing: bytes
    portal: Client
    retired: Client

    @property
    def target(self) -> str:
        """Return the address of its gateway."""
        return f"{self.settings.listen.host}:{self.settings.listen.port}"

    @property
    def config(self) -> Path:
        """Return its node's settings file."""
        return self.settings.directory / "node.toml"


def find_free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def build_world(
    root: Path,
    *,
    platforms: Mapping[str, tuple[str, Mapping[str, object]]],
    limits: str = "",
    extra: Sequence[Path] = (EXTRA,),
    ports: Callable[[int], Sequence[int]] = find_free_ports,
) -> dict[str, DemoProvince]:
    """Make both provinces under `root`; return them by name.

    Args:
        root: an empty directory; the nodes' data come under `root/sichuan` and `root/chongqing`.
        platforms: for each province the kind and the options of its platform.
        limits: TOML lines for the `[limits]` table of both nodes.
        extra: directories of items beside those that are shipped.
        ports: gives so many ports on which nobody listens.
    """
    root.mkdir(parents=True, exist_ok=True)
    given = ports(3 * len(PROVINCES))
    addresses = {name: tuple(given[3 * n : 3 * n + 3]) for n, name in enumerate(PROVINCES)}
    provinces = {name: _make_province(root, name, addresses, platforms[name], limits) for name in PROVINCES}
    items = [*load_items(), *(item for place in extra for item in load_items(place))]
    files = [file for place in (PACKAGED / "items", *extra) for file in place.glob("*.toml")]
    for province in provinces.values():
        _write_trust(province, provinces.values())
        _write_catalogue(province, provinces.values(), items, files)
    return provinces


def _make_province(
    root: Path,
    name: str,
    addresses: Mapping[str, tuple[int, ...]],
    platform: tuple[str, Mapping[str, object]],
    limits: str,
) -> DemoProvince:
    now, code = datetime.now(UTC), PROVINCES[name]
    offices = root / "authorities" / name
    passphrase = _make_passphrase()
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
    text = write_settings(
        {"province": code, "name": "gateway-1"},
        {"host": "127.0.0.1", "port": port, "metrics_port": metrics_port, "witness_port": witness_port},
        peers,
        platform[0],
        None,
        {},
    )
    text += "\n[platform.options]\n" + "".join(f"{key} = {_write_toml(value)}\n" for key, value in platform[1].items())
    text += f"\n[limits]\n{limits}\n" if limits else ""
    settings = Settings.parse(text.encode(), place)
    make_node(NodePlan(place, text, settings, ("127.0.0.1", "localhost"), None))
    settings.tls_certificate_path.write_bytes(
        authority.issue(settings.tls_request_path.read_bytes(), settings.identity, now=now)
    )
    portals = [enrol_client(authority, Identity(code, Role.APPLICATION, who)) for who in ("portal", "retired-portal")]
    key = new_signing_key()
    lists = Signer(name_list_key(code), key)
    _complete_office(offices, passphrase, key, lists)
    administrator = enrol_client(authority, Identity(code, Role.ADMINISTRATOR, "administrator"))
    for client in (portals[0], administrator):
        _keep_client(root / "clients" / name / client.identity.name, client)
    sealing = X25519PrivateKey.generate().private_bytes_raw()
    return DemoProvince(name, code, settings, authority, lists, sealing, *portals)


def _complete_office(place: Path, passphrase: Passphrase, key: Ed25519PrivateKey, lists: Signer) -> None:
    """Leave what the commands of an authority look for: the key of its lists, and the passphrase of both keys."""
    save_key(place / LIST_KEY, key, passphrase)
    (place / LIST_VKEY).write_text(f"{lists.verifier.vkey}\n", encoding="utf-8")
    passphrase.save(place / "passphrase")


def _keep_client(place: Path, client: Client) -> None:
    """Leave a client's pair as `chuanyu keys request` does, so that a person can call the nodes with it."""
    passphrase = _make_passphrase()
    place.mkdir(mode=0o700, parents=True)
    key = load_pem_private_key(client.key_pem, None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError("expected the key of a client on a curve, found another kind")
    save_key(place / "tls.key", key, passphrase)
    (place / "tls.crt").write_bytes(client.certificate_pem)
    passphrase.save(place / "passphrase")


def _make_passphrase() -> Passphrase:
    return Passphrase(secrets.token_urlsafe(24).encode())


def _write_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else '"' + str(value).replace("\\", "\\\\") + '"'


def enrol_client(authority: Authority, identity: Identity) -> Client:
    """Have an authority issue a certificate for a new key of a client."""
    key = new_tls_key()
    pem = authority.issue(certificate_request(key, identity), identity, now=datetime.now(UTC))
    return Client(identity, unencrypted_pem(key), pem)


def _write_trust(province: DemoProvince, all_provinces: Iterable[DemoProvince]) -> None:
    """Give a node every province's bundle, its own too; the demo compares the fingerprints itself."""
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


def revoke_retired(province: DemoProvince) -> bytes:
    """Revoke the retired portal if it is not yet; return the province's revocation list in PEM."""
    current = province.settings.directory.parent / "authorities" / province.name / "authority.crl"
    serial = next(s for s, uri in province.authority.list_issued().items() if uri == province.retired.identity.uri)
    if serial in read_list(current.read_bytes(), province.authority.certificate_pem).serials:
        return current.read_bytes()
    return province.authority.revoke(serial, "retired", now=datetime.now(UTC))


def _write_catalogue(
    province: DemoProvince, all_provinces: Iterable[DemoProvince], items: Sequence[Item], files: Sequence[Path]
) -> None:
    settings = province.settings
    own_items = settings.catalogue.directory / "items"
    own_items.mkdir()
    for file in files:
        (own_items / file.name).write_bytes(file.read_bytes())
    roster = render_roster(province.code, [one.identity.uri for one in (province.portal, province.retired)])
    (settings.parties_directory / "applications.toml").write_text(roster, encoding="utf-8")
    sealing_keys = {one.code: derive_sealing_key(one) for one in all_provinces}
    for other in all_provinces:
        for kind in KINDS[other.name]:
            _write_signed(
                settings.lists_directory,
                f"{other.code}-{kind}",
                LIST_CONTEXT,
                _render_list(other, kind, items),
                other.lists,
            )
        for grant in _make_grants(other, items, sealing_keys):
            _write_signed(settings.grants_directory, grant.id, GRANT_CONTEXT, render_grant(grant), other.lists)
    _write_agreement(province, all_provinces, items)


def _write_agreement(province: DemoProvince, all_provinces: Iterable[DemoProvince], items: Sequence[Item]) -> None:
    """Leave the agreement of two places, signed by both provinces, each in a file of its own."""
    today = date.today()
    item = next(item for item in items if item.code == AGREED)
    octets = render_agreement(
        AgreementDocument(
            id=AGREEMENT,
            version=1,
            provinces=(PROVINCES["chongqing"], PROVINCES["sichuan"]),
            parties=("重庆市潼南区（演示）", "四川省遂宁市（演示）"),
            document_no="DEMO",
            pairs=(AGREED_PAIR,),
            items=(CoveredItem(item.code, item.version, tuple(field.name for field in item.fields)),),
            valid_from=today - timedelta(days=1),
            valid_until=today + timedelta(days=180),
        )
    )
    path = province.settings.agreements_directory / f"{AGREEMENT}.toml"
    write_private(path, octets)
    for one in all_provinces:
        write_private(signature_of(path, one.code), sign_document(AGREEMENT_CONTEXT, octets, one.lists))


def _write_signed(directory: Path, name: str, context: str, document: bytes, signer: Signer) -> None:
    write_private(directory / f"{name}.toml", document)
    write_private(directory / f"{name}.toml.sig", sign_document(context, document, signer))


def _render_list(province: DemoProvince, kind: ListKind, items: Sequence[Item]) -> bytes:
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


def derive_sealing_key(province: DemoProvince) -> str:
    """Return the public key to which fields are sealed for a province's departments, as a grant names it."""
    private = X25519PrivateKey.from_private_bytes(province.sealing)
    return b64encode(private.public_key().public_bytes_raw()).decode()


def _make_grants(provider: DemoProvince, items: Sequence[Item], sealing_keys: Mapping[str, str]) -> list[GrantDocument]:
    """Make the grants that one province gives: each item to a department of each province, and one that has expired."""
    today = date.today()
    made = []
    for item in items:
        for code in PROVINCES.values():
            consumer = find_consumer(item, code)
            until = today + timedelta(days=180)
            sealing_key = sealing_keys[code] if any(field.level is Level.ENCRYPT for field in item.fields) else ""
            made.append(_make_grant(provider, item, code, consumer, today - timedelta(days=1), until, sealing_key))
            if item.code == AGREED and code != provider.code:
                made.append(_narrow(made[-1]))
    expired = next(item for item in items if item.code == EXPIRED[0])
    for code in PROVINCES.values():
        consumer = find_department(code, EXPIRED[1])
        since, until = today - timedelta(days=90), today - timedelta(days=1)
        made.append(_make_grant(provider, expired, code, consumer, since, until))
    return made


def _narrow(wide: GrantDocument) -> GrantDocument:
    """Make the grant beside a province's that the agreement narrows, for a purpose of its own."""
    purpose = Label("演示：遂宁、潼南两地互认", "demonstration: Suining and Tongnan recognise each other's readers")
    return replace(wide, id=f"{wide.id}-{AGREEMENT}", agreement=AGREEMENT, purposes=((AGREED_PURPOSE, purpose),))


def _make_grant(
    provider: DemoProvince,
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
        provider_department=find_provider(item, provider.code),
        item_code=item.code,
        item_version=item.version,
        modes=item.modes,
        scenes=tuple(code for code, _ in item.scenes),
        use_bases=tuple(code for code, _ in item.use_bases),
        legal_bases=item.legal_bases,
        lawful_bases=tuple(LawfulBasis(basis) for basis in item.lawful_bases),
        regions=(consumer_province,),
        fields=tuple(field.name for field in item.fields),
        purposes=((PURPOSE, Label("演示：川渝两地互查", "demonstration: the two provinces ask each other")),),
        valid_from=since,
        valid_until=until,
        approved_by="演示授权人",
        application_no=f"SQ-{item.code}",
        sealing_key=sealing_key,
        batch_approvals=(BatchApproval(BATCH_NO, until),),
        onward=(Onward(name_body(consumer), ONWARD_NO, until),) if item.code in ONWARD else (),
    )

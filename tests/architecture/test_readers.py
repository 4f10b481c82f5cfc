"""No input from a file or a peer ends in an exception of Python: each reader gives its own error, or reads.

Every reader stands here with a valid document, which is broken in hundreds of ways. An error of a class that it does
not declare fails the test, as KeyError did for a trust bundle without logs.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from google.rpc import status_pb2
from pydantic import ValidationError

from adapters.conformance.expectations import ItemsInvalid, read_items
from adapters.mapping_file import MappingInvalid, read_mapping
from adapters.people.samples import samples
from gateway.assembly.quarantine import QuarantineInvalid, open_quarantine
from gateway.audit.entries import requests
from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.entries.bodies import _read as read_body
from gateway.audit.entries.entry import EntryInvalid, decode
from gateway.audit.retention.archive import ArchiveInvalid, verify_archive
from gateway.audit.retention.backup import BackupInvalid, read_backup
from gateway.audit.review.offline_verifier.verdict import Wish, judge
from gateway.audit.tlog import submission, tlogproof, witness
from gateway.audit.tlog.cosignature import cosigned_at, read_vkeys
from gateway.audit.tlog.layout import LayoutInvalid, parse_path, write_bundle
from gateway.audit.tlog.layout import read_bundle as read_entries
from gateway.audit.tlog.note import (
    COSIGNATURE,
    Checkpoint,
    Ed25519Verifier,
    NoteInvalid,
    checkpoint_text,
    open_note,
    parse_checkpoint,
    parse_note,
    sign_note,
)
from gateway.audit.tlog.policy import PolicyInvalid, read_policy
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.verification.verified import last_verified
from gateway.border.messages import read_answer, read_ask, write_release
from gateway.border.status import from_status, to_status
from gateway.border.status import read_receipt as read_refusal_receipt
from gateway.border.validation import violations
from gateway.catalogue import agreements, grants, items, lists, parties
from gateway.catalogue.loader import PACKAGED, load_items, load_parties, load_regions
from gateway.catalogue.schema import CatalogueError, Faults
from gateway.cli.ask.keys import read_table
from gateway.cli.audit.replay_record import read_record
from gateway.cli.guard import _parse_line
from gateway.cli.keys import sign as sign_command
from gateway.cli.keys import trust as trust_command
from gateway.cli.screen import Problem
from gateway.cli.settings_file import load_catalogue_directory
from gateway.ground.item import Key, Kind, Label
from gateway.ground.refusals import Reason, Refusal
from gateway.link.frame import parse_body
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.masking.recovery import recover_by
from gateway.settings import Settings, SettingsError
from gateway.wire.v1 import ask_pb2, peer_pb2
from keys.approval import Approval, ApprovalInvalid, ApprovalRequest, sign, verify
from keys.approval import read as read_approval
from keys.authority import Authority, AuthorityError
from keys.certificate import CertificateError, certificate_request
from keys.certificate import read as read_certificate
from keys.document import DocumentInvalid, sign_document, verify_document
from keys.identity import Identity, IdentityError, Role
from keys.issuer import IssuerError, read_issuer
from keys.keystore import KeystoreError, Passphrase, load_key, load_secret, new_tls_key, save_key, save_secret
from keys.revocation import RevocationError, read_list
from keys.signer import Signer, Verifier, VkeyError
from keys.suite import ED25519_COSIGNING
from keys.trust import CONTEXT, TrustBundle, TrustError, read_bundle
from keys.validity import KeyFileInvalid, KeyValidity, read_key_file, write_key_file
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey
from tests.broken import broken_octets, broken_values
from tests.catalogue.documents import ITEMS, agreement_document, grant_document, item_data, item_list, packaged
from tests.link.fake_wire import link_ask, release
from tests.masking.pages import plan_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORD = Passphrase(b"a passphrase for tests")
OWN = "spiffe://510000.chuanyu/node/gw-1"
LISTS, LOG = Signer.generate("lists"), Signer.generate("log.example/1")
WITNESS = Signer.generate("witness.example/1", ED25519_COSIGNING)
REPOSITORY = Path(__file__).parents[2]
MAPPING = REPOSITORY / "adapters" / "sichuan" / "mapping.toml"
ENTRY: str = json.loads((REPOSITORY / "tests" / "vectors" / "entries_v1.json").read_text(encoding="utf-8"))["intent"]
ITEM = packaged("CY-ID-02")
SAMPLES = samples("sichuan", 1)
MANIFEST: dict[str, Any] = json.loads(plan_of().manifest)
NOTE_KEY = LogKey("log.sichuan.example/1")
NOTE_VERIFIER = Ed25519Verifier(NOTE_KEY.vkey)
NOTE_WITNESS = WitnessKey("witness.example/1", COSIGNATURE, 2)
POLICY = f"log {NOTE_KEY.vkey}\nwitness one {NOTE_WITNESS.vkey} https://w.example\ngroup all any one\nquorum all\n"
REGIONS_TOML = (PACKAGED / "regions" / "51.toml").read_bytes()[:3_000].rpartition(b"\n\n")[0] + b"\n"
SETTINGS = """
[node]
province = "510000"
name = "gateway-1"
[platform]
kind = "sichuan"
[audit]
retention_years = 3
gather_ms = 1.0
[catalogue]
directory = "catalogue"
[[peers]]
province = "500000"
target = "gateway.cq.example:7443"
node = "spiffe://500000.chuanyu/node/gateway-1"
"""


class World:
    """Valid documents of every kind, and the directory in which broken ones are laid."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.authority = Authority.create("510000", WORD, place / "authority", now=NOW)
        self.pem = self.authority.certificate_pem
        self.key = new_tls_key()
        identity = Identity("510000", Role.REVIEWER, "r-1")
        self.request = certificate_request(self.key, identity)
        self.leaf = self.authority.issue(self.request, identity, now=NOW)
        self.crl = self.authority.publish(now=NOW)
        save_key(place / "tls.key", self.key, WORD)
        save_secret(place / "secret", bytes(32), WORD)
        self.bundle = TrustBundle(
            "510000",
            self.pem.decode(),
            LISTS.verifier.vkey,
            {OWN: Signer.generate("frames").verifier.vkey},
            {OWN: (KeyValidity(LOG.verifier.vkey),)},
            {OWN: (KeyValidity(WITNESS.verifier.vkey),)},
            NOW.isoformat(),
            (NOW + timedelta(days=90)).isoformat(),
        )
        asked = ApprovalRequest("subject_history", "0" * 64, "case 17", "0f" * 16, NOW, NOW + timedelta(hours=1))
        self.approval = sign(Approval(asked, ()), self.leaf.decode(), self.key)
        self.note = note()

    def lay(self, name: str, octets: bytes) -> Path:
        """Write a file that its owner alone may read."""
        path = self.place / name
        path.unlink(missing_ok=True)
        path.write_bytes(octets)
        path.chmod(0o600)
        return path


def note() -> bytes:
    """A signed checkpoint."""
    made: bytes = sign_note(checkpoint_text(Checkpoint(NOTE_KEY.name, 1, bytes(32))), [NOTE_KEY, NOTE_WITNESS.at()])
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One for all readers."""
    return World(tmp_path_factory.mktemp("readers"))


def tried(reader: Callable[[], object], declared: tuple[type[Exception], ...], what: object) -> None:
    """Read once; an error that is not declared is told with what was read."""
    try:
        reader()
    except declared as error:
        if type(error) in (RecursionError, UnicodeDecodeError, UnicodeEncodeError):
            pytest.fail(f"{error!r} for {shown(what)}")
    except Exception as error:
        pytest.fail(f"{type(error).__name__}: {error} for {shown(what)}")


def shown(what: object) -> str:
    """The beginning of a document."""
    return ascii(what)[:600]


def as_json(document: Any) -> bytes:
    """JSON as Python writes it, with NaN and lone surrogates."""
    return json.dumps(document, indent=1, sort_keys=True).encode()


def read_trust(world: World, octets: bytes) -> None:
    """A bundle whose province signed what it sent, whatever that is."""
    signature = sign_document(CONTEXT, octets, LISTS)
    read_bundle(octets, signature, now=NOW)


def read_signed_approval(world: World, octets: bytes) -> None:
    """An approval as a command takes it."""
    approval = read_approval(octets)
    verify(
        approval, "subject_history", "0" * 64, NOW, lambda pem: read_certificate(pem, {"510000": world.pem}), "510000"
    )


def read_quarantine(world: World, octets: bytes) -> None:
    """The file beside a node's settings."""
    world.lay("quarantine.json", octets)
    open_quarantine(world.place)


def read_register(world: World, octets: bytes) -> None:
    """An authority's register of what it issued."""
    path = world.place / "authority" / "register.jsonl"
    before = path.read_bytes()
    try:
        path.write_bytes(octets.replace(b"\n", b" ") + b"\n")
        Authority.open("510000", WORD, world.place / "authority").list_issued()
    finally:
        path.write_bytes(before)


def read_manifest(world: World, octets: bytes) -> None:
    """The manifest of a backup."""
    (world.place / "backup").mkdir(exist_ok=True)
    (world.place / "backup" / "manifest.json").write_bytes(octets)
    read_backup(world.place / "backup")


def keep_newest(world: World, octets: bytes) -> None:
    """The bundle that was accepted before, which a damaged disk may have spoilt."""
    path = world.lay("present.json", octets)
    settings: Any = type("Paths", (), {"bundle_path": lambda self, province: path})()
    trust_command._require_newer(settings, world.bundle)


@dataclass(frozen=True)
class Reader:
    """A reader of documents in JSON: a valid one, what reads its bytes, and the errors that it declares."""

    document: Callable[[World], Any]
    read: Callable[[World, bytes], object]
    errors: tuple[type[Exception], ...]


JSON: dict[str, Reader] = {
    "trust bundle": Reader(lambda world: json.loads(world.bundle.octets()), read_trust, (TrustError,)),
    "present trust bundle": Reader(lambda world: json.loads(world.bundle.octets()), keep_newest, (Problem,)),
    "approval": Reader(
        lambda world: json.loads(world.approval.octets()),
        read_signed_approval,
        (ApprovalInvalid, CertificateError, IssuerError),
    ),
    "request of an approval": Reader(
        lambda world: json.loads(json.loads(world.approval.octets())["request"]),
        lambda world, octets: read_approval(
            as_json(json.loads(world.approval.octets()) | {"request": octets.decode(errors="replace")})
        ),
        (ApprovalInvalid,),
    ),
    "audit entry": Reader(lambda world: json.loads(ENTRY), lambda world, octets: decode(octets), (EntryInvalid,)),
    "body of an entry": Reader(
        lambda world: {"purpose": "x", "subjects": ["a"]}, lambda world, octets: read_body(octets), (BodyInvalid,)
    ),
    "backup": Reader(
        lambda world: {
            "format": "chuanyu backup v1",
            "origin": "x",
            "created_us": 1,
            "size": 1,
            "root": "00",
            "ended": False,
            "with_keys": False,
            "files": {"audit/log.db": {"bytes": 1, "sha256": "00"}},
        },
        read_manifest,
        (BackupInvalid,),
    ),
    "request to record": Reader(
        lambda world: {"action": "archive", "subject": "x", "actor": "local:x"},
        lambda world, octets: requests.read(world.lay("a.request", octets)),
        (requests.RecordRequestInvalid,),
    ),
    "answer to it": Reader(
        lambda world: {"index": 1, "why": ""},
        lambda world, octets: requests.take(world.lay("a.answer", octets)),
        (requests.RecordRequestInvalid,),
    ),
    "quarantine": Reader(lambda world: ["CY-ID-02"], read_quarantine, (QuarantineInvalid,)),
    "record to replay": Reader(
        lambda world: {
            "salt": "00" * 16,
            "rows": [{"card_no": "T00000001", "card_status": "normal"}],
            "keys": [{"social_security_no": "519999196001010013", "name": "王一"}],
            "answer": [{"card_no": "T0"}],
        },
        lambda world, octets: read_record(world.lay("record.json", octets), ITEM),
        (Problem,),
    ),
    "line for the guard": Reader(
        lambda world: {"id": "1", "text": "x", "record": {"name": ["王一"]}},
        lambda world, octets: _parse_line(1, octets),
        (),
    ),
    "register of an authority": Reader(
        lambda world: {"serial": "1f", "uri": OWN, "at": NOW.isoformat(), "revoked": NOW.isoformat(), "reason": "x"},
        read_register,
        (KeystoreError, AuthorityError),
    ),
    "note of a verification": Reader(
        lambda world: {"time_s": 1, "size": 1}, lambda world, octets: last_verified(world.lay("verified", octets)), ()
    ),
    "manifest of masks": Reader(
        lambda world: MANIFEST,
        lambda world, octets: recover_by(octets, "person_ref", "a" * 32, MaskKeys(bytes(32))),
        (MaskingError,),
    ),
}


@pytest.mark.parametrize("name", JSON)
def test_a_broken_json_document_ends_in_the_readers_own_error(world: World, name: str) -> None:
    """Its structure and its bytes."""
    reader = JSON[name]
    document = reader.document(world)
    for broken in broken_values(document):
        octets = as_json(broken)
        tried(partial(reader.read, world, octets), reader.errors, octets)
    for octets in broken_octets(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode()):
        tried(partial(reader.read, world, octets), reader.errors, octets)


def settled(read: Callable[[str, Any, Faults], object]) -> Callable[[Any], object]:
    """What reads the table of a file of the catalogue, and raises where it has a fault."""

    def reading(data: Any) -> None:
        faults = Faults()
        read("x.toml", data, faults)
        faults.settle()

    return reading


def toml_of(folder: str, name: str = "") -> Path:
    """A file of the catalogue that is shipped."""
    return next(path for path in sorted((PACKAGED / folder).glob("*.toml")) if name in path.name)


TABLES: dict[str, tuple[Callable[[], Any], Callable[[Any], object], tuple[type[Exception], ...]]] = {
    "item": (item_data, settled(items.read_item), (CatalogueError,)),
    "grant": (
        lambda: tomllib.loads(grants.render_grant(grant_document()).decode()),
        settled(grants.read_grant),
        (CatalogueError,),
    ),
    "agreement": (
        lambda: tomllib.loads(agreements.render_agreement(agreement_document()).decode()),
        settled(agreements.read_agreement),
        (CatalogueError,),
    ),
    "list": (
        lambda: tomllib.loads(lists.render_list(item_list(items=ITEMS[:2])).decode()),
        settled(lists.read_list),
        (CatalogueError,),
    ),
    "roster": (
        lambda: tomllib.loads(toml_of("parties").read_text(encoding="utf-8")),
        settled(lambda file, data, faults: parties.register([(file, parties.read_roster(file, data, faults))], faults)),
        (CatalogueError,),
    ),
    "settings": (
        lambda: tomllib.loads(SETTINGS),
        lambda data: Settings.model_validate(data, context={"directory": Path("/"), "state": Path("/")}),
        (ValidationError,),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_broken_table_ends_in_the_readers_own_error(name: str) -> None:
    """Whatever TOML can say in the place of a value."""
    document, read, errors = TABLES[name]
    good = document()
    read(good)
    for broken in broken_values(good):
        if isinstance(broken, dict):
            tried(partial(read, broken), errors, broken)


def lay_alone(world: World, folder: str, octets: bytes) -> Path:
    """A directory of one TOML file."""
    place = world.place / folder
    place.mkdir(exist_ok=True)
    (place / "x.toml").write_bytes(octets)
    return place


def read_packet(message: Any, read: Callable[[Any], object]) -> Callable[[World, bytes], object]:
    """What reads a message of a peer: parsed by the transport, held to the contract, then read."""

    def reading(world: World, octets: bytes) -> None:
        try:
            found = message.FromString(octets)
        except DecodeError:
            return
        if not violations(found):
            read(found)

    return reading


def page_of() -> bytes:
    """An answer of a peer."""
    return write_release(release(), "r").SerializeToString()


def judged_status(world: World, octets: bytes) -> None:
    """The status of a refusal, which may be anything."""
    try:
        status = status_pb2.Status.FromString(octets)
    except DecodeError:
        return
    from_status(status)
    read_refusal_receipt(status)


NOTES = (NoteInvalid,)
BYTES: dict[str, Reader] = {
    "settings": Reader(
        lambda world: SETTINGS.encode(), lambda world, octets: Settings.parse(octets, world.place), (SettingsError,)
    ),
    "settings, their catalogue": Reader(
        lambda world: SETTINGS.encode(),
        lambda world, octets: load_catalogue_directory(world.lay("node.toml", octets)),
        (Problem,),
    ),
    "items": Reader(
        lambda world: toml_of("items").read_bytes(),
        lambda world, octets: load_items(lay_alone(world, "items", octets)),
        (CatalogueError,),
    ),
    "regions": Reader(
        lambda world: REGIONS_TOML,
        lambda world, octets: load_regions(lay_alone(world, "regions", octets)),
        (CatalogueError,),
    ),
    "parties": Reader(
        lambda world: toml_of("parties").read_bytes(),
        lambda world, octets: load_parties((lay_alone(world, "parties", octets),)),
        (CatalogueError,),
    ),
    "list to sign": Reader(
        lambda world: lists.render_list(item_list(items=ITEMS[:1])),
        lambda world, octets: sign_command.read_document(world.lay("l.toml", octets), lists.read_list),
        (Problem,),
    ),
    "mapping": Reader(
        lambda world: MAPPING.read_bytes(),
        lambda world, octets: read_mapping(world.lay("mapping.toml", octets)),
        (MappingInvalid,),
    ),
    "items of the conformance suite": Reader(
        lambda world: toml_of("items").read_bytes(),
        lambda world, octets: read_items(lay_alone(world, "expected", octets), SAMPLES),
        (ItemsInvalid,),
    ),
    "table of keys": Reader(
        lambda world: "social_security_no,name\n519999196001010013,王一\n".encode(),
        lambda world, octets: read_table(
            world.lay("keys.csv", octets),
            {
                name: Key(name, Label(name, name), Kind.STRING, True, False, 50)
                for name in ("social_security_no", "name")
            },
        ),
        (Problem,),
    ),
    "certificate": Reader(
        lambda world: world.leaf,
        lambda world, octets: read_certificate(octets, {"510000": world.pem}),
        (CertificateError,),
    ),
    "certificate under a broken authority": Reader(
        lambda world: world.pem,
        lambda world, octets: read_certificate(world.leaf, {"510000": octets}),
        (CertificateError,),
    ),
    "authority": Reader(lambda world: world.pem, lambda world, octets: read_issuer(octets), (IssuerError,)),
    "revocation list": Reader(
        lambda world: world.crl, lambda world, octets: read_list(octets, world.pem), (RevocationError,)
    ),
    "certificate request": Reader(
        lambda world: world.request,
        lambda world, octets: world.authority.issue(octets, Identity("510000", Role.REVIEWER, "r-1"), now=NOW),
        (AuthorityError, CertificateError),
    ),
    "private key": Reader(
        lambda world: (world.place / "tls.key").read_bytes(),
        lambda world, octets: load_key(world.lay("broken.key", octets), WORD),
        (KeystoreError,),
    ),
    "secret": Reader(
        lambda world: (world.place / "secret").read_bytes(),
        lambda world, octets: load_secret(world.lay("broken", octets), WORD),
        (KeystoreError,),
    ),
    "signatures": Reader(
        lambda world: sign_document("grant", b"x", LISTS),
        lambda world, octets: verify_document("grant", b"x", octets, [LISTS.verifier]),
        (DocumentInvalid,),
    ),
    "key file": Reader(
        lambda world: write_key_file([KeyValidity(LOG.verifier.vkey, 5, 9), KeyValidity("x")]).encode(),
        lambda world, octets: read_key_file(octets.decode(errors="replace")),
        (KeyFileInvalid,),
    ),
    "key": Reader(
        lambda world: LOG.verifier.vkey.encode(),
        lambda world, octets: Verifier.parse(octets.decode(errors="surrogateescape")),
        (VkeyError,),
    ),
    "identity": Reader(
        lambda world: OWN.encode(),
        lambda world, octets: Identity.parse(octets.decode(errors="surrogateescape")),
        (IdentityError,),
    ),
    "keys of witnesses": Reader(
        lambda world: NOTE_WITNESS.vkey.encode() + b"\n",
        lambda world, octets: read_vkeys(octets.decode(errors="replace")),
        NOTES,
    ),
    "policy": Reader(
        lambda world: POLICY.encode(),
        lambda world, octets: read_policy(octets.decode(errors="replace")),
        (PolicyInvalid,),
    ),
    "checkpoint": Reader(
        lambda world: world.note,
        lambda world, octets: parse_checkpoint(open_note(octets, [NOTE_VERIFIER]).text),
        NOTES,
    ),
    "note": Reader(
        lambda world: world.note,
        lambda world, octets: [cosigned_at(line) for line in parse_note(octets).signatures],
        NOTES,
    ),
    "request to a witness": Reader(
        lambda world: submission.request_from(0, world.note, lambda level, number: bytes(32)),
        lambda world, octets: witness.decide(witness.read_request(octets), [NOTE_VERIFIER], None, [NOTE_WITNESS.at()]),
        (witness.WitnessRequestInvalid,),
    ),
    "answer of a witness": Reader(
        lambda world: world.note.split(b"\n\n", 1)[1],
        lambda world, octets: [
            submission.read_answer(status, octets, world.note, [NOTE_WITNESS.verifier]) for status in (409, 404, 200)
        ],
        (submission.WitnessRefused, submission.WitnessAhead),
    ),
    "proof": Reader(
        lambda world: tlogproof.write_proof(tlogproof.TlogProof(0, (), world.note)),
        lambda world, octets: tlogproof.verify_proof(
            tlogproof.read_proof(octets), bytes(32), NOTE_KEY.name, [NOTE_VERIFIER]
        ),
        (ProofInvalid, NoteInvalid),
    ),
    "bundle of entries": Reader(
        lambda world: write_bundle([b"a", b"bc"]), lambda world, octets: read_entries(octets), (LayoutInvalid,)
    ),
    "path of a tile": Reader(
        lambda world: b"tile/0/x001/234.p/7",
        lambda world, octets: parse_path(octets.decode(errors="surrogateescape")),
        (LayoutInvalid,),
    ),
    "archive": Reader(
        lambda world: b"PAR1" + bytes(40) + b"PAR1",
        lambda world, octets: verify_archive(world.lay("a.parquet", octets), [NOTE_VERIFIER]),
        (ArchiveInvalid,),
    ),
    "evidence bundle": Reader(
        lambda world: b"PK\x05\x06" + bytes(18),
        lambda world, octets: judge(Wish(world.lay("e.zip", octets))),
        (),
    ),
    "frame": Reader(
        lambda world: peer_pb2.FrameBody(number=3, cancels=["x"], checkpoint=b"c").SerializeToString(),
        lambda world, octets: violations(parse_body(octets)),
        (Refusal,),
    ),
    "answer of a peer": Reader(
        lambda world: page_of(), read_packet(peer_pb2.LinkAnswer, lambda found: read_answer(found, b"")), (Refusal,)
    ),
    "question": Reader(
        lambda world: link_ask(1).ask.SerializeToString(), read_packet(ask_pb2.Ask, read_ask), (Refusal,)
    ),
    "refusal of a peer": Reader(
        lambda world: to_status(Refusal(Reason.ITEM_UNKNOWN), origin="x", index=3).SerializeToString(),
        judged_status,
        (),
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_broken_bytes_end_in_the_readers_own_error(world: World, name: str) -> None:
    """Files in TOML, PEM, CSV and of our own forms, notes, and messages of a peer."""
    reader = BYTES[name]
    for octets in broken_octets(reader.document(world)):
        tried(partial(reader.read, world, octets), reader.errors, octets)


ADAPTERS: dict[str, tuple[Path, Callable[[Path], object], type[Exception]]] = {
    "mapping": (MAPPING, read_mapping, MappingInvalid),
    "items of the conformance suite": (
        toml_of("items"), lambda path: read_items(path.parent, SAMPLES), ItemsInvalid,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_broken_file_of_an_adapter_ends_in_its_readers_own_error(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser is passed over, so that every value that TOML can hold comes to the reader."""
    source, read, error = ADAPTERS[name]
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    path = tmp_path / "x.toml"
    path.write_bytes(b"")
    for broken in broken_values(document):
        if isinstance(broken, dict):
            monkeypatch.setattr(tomllib, "loads", lambda text, broken=broken: broken)
            tried(lambda: read(path), (error,), broken)

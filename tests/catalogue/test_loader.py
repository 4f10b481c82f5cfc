"""Loading: every document proven before it is believed, every fault told at once, and nothing loaded with one fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.catalogue.agreements import AGREEMENT_CONTEXT, AgreementDocument, render_agreement
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.drafts import write_practice
from gateway.catalogue.files import MAX_FILE, Verifiers, signature_of
from gateway.catalogue.grants import GRANT_CONTEXT, GrantDocument, render_grant
from gateway.catalogue.lists import LIST_CONTEXT, ItemList, ListKind, render_list
from gateway.catalogue.loader import (
    PACKAGED,
    CataloguePaths,
    item_directories,
    load_catalogue,
    load_items,
    load_parties,
    load_regions,
)
from gateway.catalogue.schema import CatalogueError
from gateway.ground.refusals import Refusal
from keys.document import sign_document
from keys.signer import Signer
from keys.trust import name_list_key
from tests.catalogue.documents import (
    CHONGQING,
    ITEMS,
    PAST,
    PROFILES,
    SICHUAN,
    agreement_document,
    asking,
    caller,
    grant_document,
    item_list,
)

ROSTER = """
answering = ["sc-hrss"]

[[applications]]
uri = "spiffe://510000.chuanyu/application/hrss"
departments = ["sc-hrss"]

[[units]]
code = "cq-hrss-window-3"
label = { zh = "窗口", en = "window" }
department = "cq-hrss"

[[bodies]]
code = "cq-library"
label = { zh = "图书馆", en = "library" }
department = "cq-hrss"
"""


SIGNERS = {
    province: Signer(
        name_list_key(province, practice=True), Ed25519PrivateKey.from_private_bytes(province.encode().ljust(32, b"-"))
    )
    for province in (SICHUAN, CHONGQING)
}
VERIFIERS = {province: [signer.verifier] for province, signer in SIGNERS.items()}


class Files:
    """A node's directory with signed lists and grants."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("lists", "grants", "parties"):
            (root / name).mkdir()
        write_practice(root / "profile", PROFILES)
        (root / "parties" / "applications.toml").write_text(ROSTER, encoding="utf-8")
        self.put_list("sc", item_list())
        self.put_list("cq", item_list(CHONGQING))
        self.put_grant("G-2026-001", grant_document())

    def put(self, name: str, octets: bytes, province: str, context: str) -> None:
        """Write a document and its signature."""
        (self.root / f"{name}.toml").write_bytes(octets)
        (self.root / f"{name}.toml.sig").write_bytes(sign_document(context, octets, SIGNERS[province]))

    def put_list(self, name: str, document: ItemList, signer: str = "", context: str = LIST_CONTEXT) -> None:
        """Write a list, signed by its province unless another signs."""
        self.put(f"lists/{name}", render_list(document), signer or document.province, context)

    def put_grant(self, name: str, document: GrantDocument, signer: str = "", context: str = GRANT_CONTEXT) -> None:
        """Write a grant, signed by the provider's province unless another signs."""
        self.put(f"grants/{name}", render_grant(document), signer or document.provider_province, context)

    def put_agreement(
        self, name: str, document: AgreementDocument, signers: Sequence[str] = (CHONGQING, SICHUAN)
    ) -> Path:
        """Write an agreement, signed by both of its provinces unless others sign; the signature of each in its file."""
        path = self.root / "agreements" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(octets := render_agreement(document))
        for province, signer in zip((CHONGQING, SICHUAN), signers, strict=False):
            signature_of(path, province).write_bytes(sign_document(AGREEMENT_CONTEXT, octets, SIGNERS[signer]))
        return path

    def load(self, verifiers: Verifiers = VERIFIERS) -> Catalogue:
        """Load the directory as Sichuan's node does."""
        return load_catalogue(CataloguePaths.beside(self.root), province=SICHUAN, verifiers=verifiers)

    def faults(self) -> list[str]:
        """Return why the directory does not load."""
        with pytest.raises(CatalogueError) as caught:
            self.load()
        return [str(fault).removeprefix(f"{self.root}/") for fault in caught.value.faults]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A directory in which everything is good."""
    return Files(tmp_path)


def test_what_is_signed_and_whole_is_in_force(files: Files) -> None:
    """Items, regions and departments shipped; lists, grants and applications from the directory."""
    made = files.load()
    assert "G-2026-001" == made.authorise(asking(), caller()).grant_id
    assert len(ITEMS) == len(made.items)
    assert made.parties.may_act("spiffe://510000.chuanyu/application/hrss", "sc-hrss")


def test_an_agreement_that_both_signed_narrows(files: Files) -> None:
    """It is in force with its number; a directory without agreements has none."""
    assert () == files.load().agreements
    files.put_agreement("a", agreement_document())
    files.put_grant("G-2026-001", grant_document(agreement="A-SN-TN"))
    made = files.load()
    assert agreement_document() == made.agreements[0]
    assert [("A-SN-TN", 1)] == [(one.name, one.number) for one in made.documents if one.kind == "agreement"]
    tongnan = asking(consumer_region="500152")
    assert "A-SN-TN" == made.authorise(tongnan, caller()).territory.agreement
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        made.authorise(asking(), caller())


@pytest.mark.parametrize(
    ("signers", "faulty"), [((), 2), ((CHONGQING,), 1), ((CHONGQING, CHONGQING), 1), ((SICHUAN, SICHUAN), 1)]
)
def test_an_agreement_that_one_did_not_sign_is_a_fault(files: Files, signers: Sequence[str], faulty: int) -> None:
    """Neither province can agree with itself."""
    files.put_agreement("a", agreement_document(), signers)
    assert ["agreements/a.toml"] * faulty == [fault.split(":")[0] for fault in files.faults()]


def test_a_signed_agreement_that_was_changed_is_a_fault(files: Files) -> None:
    """One pair more, and neither signature holds; nor is one signature over it in the one file enough."""
    path = files.put_agreement("a", agreement_document())
    wider = render_agreement(agreement_document(pairs=(("500152", "510900"), ("500152", "511300"))))
    path.write_bytes(wider)
    assert 2 == len(files.faults())
    path.with_name("a.toml.sig").write_bytes(
        b"".join(sign_document(AGREEMENT_CONTEXT, wider, signer) for signer in SIGNERS.values())
    )
    assert 2 == len(files.faults())


def test_a_signature_over_a_grant_is_none_over_an_agreement(files: Files) -> None:
    """The context is signed."""
    path = files.put_agreement("a", agreement_document())
    signature_of(path, SICHUAN).write_bytes(sign_document(GRANT_CONTEXT, path.read_bytes(), SIGNERS[SICHUAN]))
    assert 1 == len(files.faults())


def test_agreements_are_held_to_each_other_to_items_and_to_grants(files: Files) -> None:
    """Each identifier once; items and regions exist; a grant's agreement is there, or declared withdrawn."""
    files.put_agreement("a", agreement_document())
    files.put_agreement("b", agreement_document(pairs=(("500152", "510999"),)))
    files.put_grant("G-2026-001", grant_document(agreement="A-GONE"))
    assert ["agreements/b.toml: id", "agreements/b.toml: pairs", "grants/G-2026-001.toml: agreement"] == [
        fault.split(": expected")[0] for fault in files.faults()
    ]
    for path in (files.root / "agreements").iterdir():
        path.unlink()
    (files.root / "withdrawn.toml").write_text(
        '[[documents]]\nkind = "agreement"\nname = "A-GONE"\nnumber = 1\n', encoding="utf-8"
    )
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        files.load().authorise(asking(consumer_region="500152"), caller())


def test_a_reload_leaves_the_old_catalogue_as_it_was(files: Files) -> None:
    """A question that came in under the old one is judged by the old one."""
    old = files.load()
    (files.root / "grants" / "G-2026-001.toml").unlink()
    new = files.load()
    assert ("G-2026-001",) == tuple(grant.id for grant in old.grants)
    assert () == new.grants
    assert "G-2026-001" == old.authorise(asking(), caller()).grant_id


def test_a_file_is_read_anew_when_it_changes_and_told_of_each_time(tmp_path: Path) -> None:
    """What was read before at the same path hides neither a change nor a fault; what stayed is the same item."""
    path = tmp_path / "item.toml"
    sound = (PACKAGED / "items" / "CY-ID-01.toml").read_bytes()
    path.write_bytes(sound)
    (first,) = load_items(tmp_path)
    assert first is load_items(tmp_path)[0]
    path.write_bytes(sound.replace(b"version = 1", b"version = 2", 1))
    assert [2] == [item.version for item in load_items(tmp_path)]
    path.write_bytes(sound.replace(b"version = 1", b"version = 0", 1))
    for _ in range(2):
        with pytest.raises(CatalogueError, match="version"):
            load_items(tmp_path)
    path.write_bytes(sound)
    assert (first,) == load_items(tmp_path)


def test_an_expired_list_loads_and_refuses_later(files: Files) -> None:
    """Expiry is a matter of the day of the question, not of loading."""
    files.put_list("cq", item_list(CHONGQING, days=PAST))
    assert 2 == len(files.load().lists)


def spoil_bytes(path: Path) -> None:
    """Change one character of a document after it was signed."""
    octets = path.read_bytes()
    path.write_bytes(octets.replace(b"2026-12-31", b"2027-12-31"))


@pytest.mark.parametrize("name", ["lists/sc.toml", "lists/cq.toml", "grants/G-2026-001.toml"])
def test_a_document_changed_after_signing_is_refused(files: Files, name: str) -> None:
    """The longer period was not signed by anybody."""
    spoil_bytes(files.root / name)
    (fault,) = files.faults()
    assert fault.startswith(f"{name}: expected a ")
    assert "does not verify" in fault


@pytest.mark.parametrize("name", ["lists/sc.toml", "lists/cq.toml", "grants/G-2026-001.toml"])
def test_an_unsigned_document_is_refused(files: Files, name: str) -> None:
    """There is no unsigned mode."""
    (files.root / f"{name}.sig").unlink()
    assert [f"{name}: expected its signature in {Path(name).name}.sig, found none"] == files.faults()


@pytest.mark.parametrize("name", ["lists/sc.toml", "grants/G-2026-001.toml"])
@pytest.mark.parametrize("signature", [b"", b"\n", b"\xff", b"x" * 99, "510000.chuanyu/list+00000000 号\n".encode()])
def test_a_signature_that_is_none_is_refused(files: Files, name: str, signature: bytes) -> None:
    """Nothing signed is not everything signed."""
    (files.root / f"{name}.sig").write_bytes(signature)
    assert 1 == len(files.faults())


def test_a_signature_line_out_of_form_is_refused(files: Files) -> None:
    """By the right key's name, and not base64."""
    signer = SIGNERS[SICHUAN]
    (files.root / "lists" / "sc.toml.sig").write_text(f"{signer.name}+{signer.key_id.hex()} 号\n", encoding="utf-8")
    assert 1 == len(files.faults())


def test_a_province_without_a_key_can_sign_nothing(files: Files) -> None:
    """An empty list of keys refuses."""
    lacking: list[Verifiers] = [{}, {SICHUAN: []}, {SICHUAN: VERIFIERS[SICHUAN], CHONGQING: []}]
    for verifiers in lacking:
        with pytest.raises(CatalogueError):
            files.load(verifiers)


def test_while_a_key_turns_both_serve(files: Files) -> None:
    """A document may be signed by either."""
    turning = {SICHUAN: [VERIFIERS[CHONGQING][0], VERIFIERS[SICHUAN][0]], CHONGQING: VERIFIERS[CHONGQING]}
    assert 2 == len(files.load(turning).lists)


def test_a_list_signed_by_the_other_province_is_refused(files: Files) -> None:
    """Each province answers for its own list."""
    files.put_list("sc", item_list(), signer=CHONGQING)
    assert 1 == len(files.faults())


def test_a_grant_signed_by_the_asker_is_refused(files: Files) -> None:
    """Nobody grants himself the other's data."""
    files.put_grant("G-2026-001", grant_document(), signer=CHONGQING)
    assert 1 == len(files.faults())


def test_a_signature_for_another_purpose_is_refused(files: Files) -> None:
    """A list's context does not sign a grant, nor a grant's a list."""
    files.put_grant("G-2026-001", grant_document(), context=LIST_CONTEXT)
    files.put_list("sc", item_list(), context=GRANT_CONTEXT)
    assert 2 == len(files.faults())


def test_a_list_of_a_kind_that_the_province_does_not_keep_is_refused(files: Files) -> None:
    """Sichuan has one kind of list."""
    files.put_list("sc2", item_list(SICHUAN, ListKind.CATALOGUE))
    (fault,) = files.faults()
    assert "lists/sc2.toml: kind: expected a kind of list that 510000 keeps, found catalogue" == fault


def test_one_version_of_a_list_stands_once(files: Files) -> None:
    """Two texts of one version would be two truths."""
    files.put_list("sc2", item_list(items=ITEMS[:1]))
    assert ["lists/sc2.toml: version: expected a version of its own, found 510000/application-list@1 twice"] == (
        files.faults()
    )


def test_one_grant_stands_once(files: Files) -> None:
    """An identifier names one document, since the audit entry holds nothing else of it."""
    files.put_grant("again", grant_document())
    assert 1 == len(files.faults())


def test_a_grant_beyond_its_item_is_refused(files: Files) -> None:
    """Signed or not."""
    files.put_grant("wide", grant_document(id="G-2", fields=("birth_date",), regions=("510000",)))
    assert 2 == len(files.faults())


def test_all_faults_of_all_files_are_told_at_once(files: Files) -> None:
    """One run, every file: items, regions, parties, lists and grants."""
    for name in ("items", "regions"):
        (files.root / name).mkdir()
        for path in (PACKAGED / name).glob("*.toml"):
            (files.root / name / path.name).write_bytes(path.read_bytes())
    spoil = files.root / "items" / "CY-ID-02.toml"
    spoil.write_text(spoil.read_text(encoding="utf-8").replace('level = "clear"', 'level = "open"'), encoding="utf-8")
    (files.root / "items" / "CY-ID-01.toml").write_bytes(b"code = ")
    (files.root / "regions" / "51.toml").write_text("regions = []\nsource = 's'\n", encoding="utf-8")
    (files.root / "parties" / "applications.toml").write_bytes(b"\xff")
    (files.root / "lists" / "sc.toml.sig").unlink()
    spoil_bytes(files.root / "grants" / "G-2026-001.toml")
    told = {fault.split(":")[0] for fault in files.faults()}
    assert {
        "items/CY-ID-01.toml",
        "items/CY-ID-02.toml",
        "regions/51.toml",
        "parties/applications.toml",
        "lists/sc.toml",
        "grants/G-2026-001.toml",
    } <= told


@pytest.mark.parametrize("name", ["lists", "grants", "parties"])
def test_a_directory_that_is_not_there_is_a_fault(files: Files, name: str) -> None:
    """A mistyped path is not an empty list."""
    for path in (files.root / name).iterdir():
        path.unlink()
    (files.root / name).rmdir()
    assert [f"{name}: expected a directory, found none"] == files.faults()


def test_without_lists_nothing_stands(files: Files) -> None:
    """No document, no permission; the node still runs."""
    for path in (files.root / "lists").iterdir():
        path.unlink()
    assert () == files.load().lists


@pytest.mark.parametrize("load", [load_items, load_regions, lambda path: load_parties([path])])
def test_an_empty_directory_is_a_fault(tmp_path: Path, load: Callable[[Path], object]) -> None:
    """Items, regions and parties are never none."""
    with pytest.raises(CatalogueError, match="expected at least one file"):
        load(tmp_path)


def test_a_file_beyond_the_bound_is_a_fault(tmp_path: Path) -> None:
    """Reading stops at the bound."""
    (tmp_path / "x.toml").write_bytes(b"#" * (MAX_FILE + 1))
    with pytest.raises(CatalogueError, match="found more than"):
        load_items(tmp_path)


def test_one_item_stands_once(tmp_path: Path) -> None:
    """Two files of one code and version would be two truths."""
    octets = (PACKAGED / "items" / "CY-ID-02.toml").read_bytes()
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_bytes(octets)
    with pytest.raises(CatalogueError, match="CY-ID-02 v1 twice"):
        load_items(tmp_path)


def test_two_versions_of_an_item_stand_side_by_side(tmp_path: Path) -> None:
    """So that both sides can move from one to the other."""
    text = (PACKAGED / "items" / "CY-ID-02.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    (tmp_path / "b.toml").write_text(text.replace("version = 1\n", "version = 2\n", 1), encoding="utf-8")
    first, second = load_items(tmp_path)
    assert replace(first, version=2) == second


def test_own_items_stand_beside_those_shipped(tmp_path: Path) -> None:
    """A province adds to what is shipped and takes nothing away; one code and version stands once in both."""
    shipped = PACKAGED / "items"
    assert (shipped,) == item_directories(tmp_path)
    own = tmp_path / "items"
    own.mkdir()
    assert (shipped, own) == item_directories(tmp_path)
    text = (shipped / "CY-ID-02.toml").read_text(encoding="utf-8")
    (own / "a.toml").write_text(text.replace('"CY-ID-02"', '"SC-ID-02"', 1), encoding="utf-8")
    assert len(ITEMS) + 1 == len(load_items(*item_directories(tmp_path)))
    (own / "b.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="CY-ID-02 v1 twice"):
        load_items(*item_directories(tmp_path))

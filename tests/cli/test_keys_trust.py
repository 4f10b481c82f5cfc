"""`keys bundle`, `accept`, `accept-list`, and the signing of lists and grants: what is believed, and what not."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.catalogue.grants import GRANT_CONTEXT, render_grant
from gateway.catalogue.lists import LIST_CONTEXT
from keys.document import DocumentInvalid, verify_document
from keys.signer import Verifier
from keys.trust import fingerprint as spoken
from tests.cli.world import World, compute_fingerprint, fail, grant, invoke, misuse, node_uri, succeed


def _bundle(world: World, *more: object, node: str = "cq", authority: str = "cq") -> tuple[object, ...]:
    offices = ("--authority", world / f"{authority}-ca", "--node", world / node)
    return ("keys", "bundle", *offices, "--out", world / "new.bundle", *more)


def _accept(world: World, file: Path, agreed: str, *more: object) -> tuple[object, ...]:
    return ("keys", "accept", "--node", world / "sc", file, file.with_suffix(".sig"), "--fingerprint", agreed, *more)


def _trusted(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (world / "sc" / "trust").iterdir()}


def test_a_bundle_tells_what_a_node_uses(world: World) -> None:
    """The node's own public keys, and the fingerprint in groups to be read aloud."""
    made = succeed(*_bundle(world))
    bundle = json.loads((world / "new.bundle").read_bytes())
    assert (world / "cq" / "keys" / "signing.vkey").read_text("utf-8").strip() == bundle["nodes"][node_uri("cq")]
    for part, file in (("logs", "log.vkey"), ("witnesses", "witness.vkey")):
        told = [term["vkey"] for term in bundle[part][node_uri("cq")]]
        assert (world / "cq" / "audit" / file).read_text("utf-8").split() == told
    assert spoken((world / "new.bundle").read_bytes()) == made["fingerprint"]


def test_a_node_of_another_province_is_not_told_of(world: World) -> None:
    """An authority speaks for its own province alone."""
    assert "nodes of 500000" in misuse(*_bundle(world, node="sc"))
    assert not (world / "new.bundle").exists()


def test_a_bundle_needs_the_keys_of_its_node(world: World) -> None:
    """A node that is not whole is not told of."""
    (world / "cq" / "keys" / "signing.vkey").unlink()
    misuse(*_bundle(world))
    (world / "cq" / "node.toml").unlink()
    fail(*_bundle(world))


@pytest.mark.parametrize("spaced", [False, True])
def test_a_bundle_is_accepted_against_its_fingerprint(world: World, spaced: bool) -> None:
    """As it is read aloud, or in one piece."""
    succeed(*_bundle(world))
    octets = (world / "new.bundle").read_bytes()
    succeed(
        *_accept(
            world, world / "new.bundle", spoken(octets).upper() if spaced else compute_fingerprint(world / "new.bundle")
        )
    )
    assert octets == (world / "sc" / "trust" / "500000.bundle").read_bytes()


def test_our_own_bundle_brings_our_authority(world: World) -> None:
    """A node trusts its province in the same way as another's."""
    (world / "sc" / "trust" / "authority.crt").unlink()
    succeed(*world.accept("sc", "sc"))
    assert (world / "sc-ca" / "authority.crt").read_bytes() == (world / "sc" / "trust" / "authority.crt").read_bytes()


@pytest.mark.parametrize("agreed", ["", "0" * 64, "the right one", "0000 " * 16])
def test_another_fingerprint_changes_nothing(world: World, agreed: str) -> None:
    """That two persons compared it is the whole ground of trust."""
    before = _trusted(world)
    assert "the fingerprint is not the one agreed on" in fail(*_accept(world, world / "cq.bundle", agreed))
    assert before == _trusted(world)


def test_a_bundle_that_was_changed_is_refused_even_with_its_fingerprint(world: World) -> None:
    """It must be signed by its own list key, too."""
    path = world / "cq.bundle"
    path.write_bytes(path.read_bytes().replace(b'"500000"', b'"530000"'))
    before = _trusted(world)
    fail(*_accept(world, path, compute_fingerprint(path)))
    assert before == _trusted(world)


def test_a_bundle_of_a_stranger_is_refused(world: World) -> None:
    """A province that the settings do not name is no peer."""
    succeed("keys", "authority", "init", "--province", "530000", world / "yn-ca")
    succeed("node", "init", "--province", "530000", world / "yn")
    succeed("keys", "bundle", "--authority", world / "yn-ca", "--node", world / "yn", "--out", world / "yn.bundle")
    found = fail(*_accept(world, world / "yn.bundle", compute_fingerprint(world / "yn.bundle")))
    assert "one of the settings' provinces: 510000, 500000" in found


def test_an_older_bundle_never_replaces_a_newer_one(world: World) -> None:
    """A withdrawn key would come back."""
    present = world / "sc" / "trust" / "500000.bundle"
    bundle = json.loads(present.read_bytes())
    bundle["issued_at"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    present.write_text(json.dumps(bundle), encoding="utf-8")
    before = _trusted(world)
    assert "one not older" in fail(*_accept(world, world / "cq.bundle", compute_fingerprint(world / "cq.bundle")))
    assert before == _trusted(world)


def test_a_damaged_bundle_may_be_replaced(world: World) -> None:
    """What cannot be read protects nothing."""
    (world / "sc" / "trust" / "500000.bundle").write_bytes(b"damaged")
    succeed(*_accept(world, world / "cq.bundle", compute_fingerprint(world / "cq.bundle")))


@pytest.mark.parametrize(("which", "code"), [("sc-ca", 1), ("nothing", 2), ("garbage", 1)])
def test_a_list_that_is_not_the_bundles_stops_both(world: World, which: str, code: int) -> None:
    """Bundle and revocation list are taken together or not at all."""
    (world / "garbage").write_bytes(b"garbage")
    crl = world / "sc-ca" / "authority.crl" if which == "sc-ca" else world / which
    succeed(*_bundle(world))
    before = _trusted(world)
    fail(*_accept(world, world / "new.bundle", compute_fingerprint(world / "new.bundle"), "--crl", crl), exit_code=code)
    assert before == _trusted(world)


def _accept_list(world: World, crl: Path, province: str = "chongqing") -> tuple[object, ...]:
    return ("keys", "accept-list", "--node", world / "sc", "--province", province, crl)


def test_a_newer_list_is_taken_and_an_older_one_is_not(world: World) -> None:
    """A revoked certificate never comes back."""
    crl = world / "cq-ca" / "authority.crl"
    old = world / "old.crl"
    old.write_bytes(crl.read_bytes())
    succeed("keys", "publish", "--authority", world / "cq-ca")
    assert 2 == succeed(*_accept_list(world, crl))["number"]
    assert "one not older than number 2" in fail(*_accept_list(world, old))
    assert crl.read_bytes() == (world / "sc" / "trust" / "500000.crl").read_bytes()
    fail(*_accept(world, world / "cq.bundle", compute_fingerprint(world / "cq.bundle"), "--crl", old))


def test_a_list_in_der_is_told_with_the_command_that_converts_it(world: World) -> None:
    """A12i: nothing is replaced by it."""
    crl = world / "cq-ca" / "authority.crl"
    der = world / "list.der"
    der.write_bytes(x509.load_pem_x509_crl(crl.read_bytes()).public_bytes(Encoding.DER))
    before = (world / "sc" / "trust" / "500000.crl").read_bytes()
    told = json.loads(invoke(*_accept_list(world, der), "--json").stdout)["error"]["next"]
    assert all(f"openssl crl -inform DER -in {der} -out {der}.pem" in told[language] for language in ("zh", "en"))
    assert before == (world / "sc" / "trust" / "500000.crl").read_bytes()


@pytest.mark.parametrize(("province", "code"), [("sichuan", 1), ("530000", 2), ("nowhere", 2)])
def test_a_list_of_another_province_is_refused(world: World, province: str, code: int) -> None:
    """The authority of that province's bundle must have signed it."""
    fail(*_accept_list(world, world / "cq-ca" / "authority.crl", province), exit_code=code)


def test_a_list_needs_a_bundle_in_force(world: World) -> None:
    """Without a bundle there is no authority to ask."""
    (world / "sc" / "trust" / "500000.sig").write_bytes(b"")
    fail(*_accept_list(world, world / "cq-ca" / "authority.crl"))


def _verifier(world: World, province: str) -> Verifier:
    return Verifier.parse((world / f"{province}-ca" / "list.vkey").read_text("utf-8").strip())


def test_a_signature_is_good_in_its_own_context_alone(world: World) -> None:
    """A list's signature is none of a grant."""
    path = next((world / "sc" / "catalogue" / "lists").glob("510000*.toml"))
    signed = path.with_name(path.name + ".sig").read_bytes()
    assert _verifier(world, "sc") == verify_document(LIST_CONTEXT, path.read_bytes(), signed, [_verifier(world, "sc")])
    with pytest.raises(DocumentInvalid):
        verify_document(GRANT_CONTEXT, path.read_bytes(), signed, [_verifier(world, "sc")])


def test_signing_again_replaces_our_line_and_keeps_others(world: World) -> None:
    """Two persons may sign; neither signs twice."""
    path = next((world / "sc" / "catalogue" / "lists").glob("510000*.toml"))
    beside = path.with_name(path.name + ".sig")
    other = beside.read_bytes().replace(b"510000.chuanyu/practice-lists", b"510000.chuanyu/second")
    beside.write_bytes(other + beside.read_bytes())
    succeed("keys", "sign-list", "--authority", world / "sc-ca", path)
    assert [b"510000.chuanyu/second", b"510000.chuanyu/practice-lists"] == [
        line.partition(b"+")[0] for line in beside.read_bytes().splitlines()
    ]


@pytest.mark.parametrize("command", ["sign-list", "sign-grant"])
@pytest.mark.parametrize(
    ("octets", "code"), [(b"", 1), (b"\xff", 2), (b"x = 1", 1), (b"[", 2), (b'province = "510000"', 1)]
)
def test_what_the_gateway_would_not_take_is_not_signed(world: World, command: str, octets: bytes, code: int) -> None:
    """A malformed document is told of before it is signed."""
    path = world / "bad.toml"
    path.write_bytes(octets)
    fail("keys", command, "--authority", world / "sc-ca", path, exit_code=code)
    assert not path.with_name("bad.toml.sig").exists()


def test_a_list_is_no_grant(world: World) -> None:
    """Each command reads its own kind strictly."""
    path = next((world / "sc" / "catalogue" / "lists").glob("510000*.toml"))
    fail("keys", "sign-grant", "--authority", world / "sc-ca", path)


def test_only_the_province_concerned_signs(world: World) -> None:
    """Its list by its own authority, a grant by the province that provides."""
    path = next((world / "sc" / "catalogue" / "lists").glob("510000*.toml"))
    assert "one of 500000" in misuse("keys", "sign-list", "--authority", world / "cq-ca", path)
    given = world / "grant.toml"
    given.write_bytes(render_grant(grant(provider="sc", consumer="cq")))
    assert "one of 500000" in misuse("keys", "sign-grant", "--authority", world / "cq-ca", given)


def test_a_draft_holds_the_items_asked_for(world: World) -> None:
    """With the digests of the items as they are."""
    path = world / "draft.toml"
    line = (
        "keys",
        "draft-list",
        "--config",
        world / "sc",
        "--province",
        "sichuan",
        "--until",
        "2099-12-31",
        "--item",
        "CY-CU-01",
        path,
    )
    assert 1 == succeed(*line)["items"]
    (entry,) = tomllib.loads(path.read_text("utf-8"))["entries"]
    assert ("CY-CU-01", 1, True) == (entry["code"], entry["version"], entry["active"])


@pytest.mark.parametrize(
    "more",
    [("--until", "soon"), ("--item", "CY-XX-99"), ("--kind", "wish-list"), ("--province", "nowhere"), ("--until", "")],
)
def test_a_draft_of_what_does_not_exist_is_not_written(world: World, tmp_path: Path, more: tuple[str, str]) -> None:
    """Unknown items, kinds, provinces and days."""
    options = {"--province": "sichuan", "--until": "2099-12-31"} | {more[0]: more[1]}
    line = [part for pair in options.items() for part in pair]
    misuse("keys", "draft-list", "--config", world / "sc", *line, tmp_path / "draft.toml")
    assert not (tmp_path / "draft.toml").exists()


def test_nothing_that_is_shown_is_secret(world: World) -> None:
    """Fingerprints and public keys are; keys and passphrases are not."""
    shown = invoke(*_bundle(world)).output
    assert (world / "cq-ca" / "passphrase").read_text("utf-8").strip() not in shown


@pytest.mark.parametrize("command", [("accept", "a", "b", "--fingerprint", "c"), ("accept-list", "a")])
def test_without_a_node_the_next_step_names_no_option_that_the_command_lacks(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """It takes `--node`, not `--config`; the file that is missing is named."""
    name, *rest = command
    more = ("--province", "chongqing") if name == "accept-list" else ()
    found = invoke("keys", name, "--node", tmp_path / "none", *rest, *more, "--json")
    told = json.loads(found.stdout)["error"]
    assert str(tmp_path / "none" / "node.toml") in told["found"]["en"]
    assert "--config" not in told["next"]["en"] + told["next"]["zh"]

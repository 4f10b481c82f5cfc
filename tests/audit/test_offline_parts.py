"""The parts of the offline verifier, each alone: its proofs against ours, halves, stamps of a real authority."""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.audit.review.offline_verifier.half import Half, check_half, list_entries
from gateway.audit.review.offline_verifier.members import Bundle
from gateway.audit.review.offline_verifier.notes import Note, Policy, check_note, parse_policy
from gateway.audit.review.offline_verifier.peers import compare_halves
from gateway.audit.review.offline_verifier.proofs import PIECE, check_consistency, range_root
from gateway.audit.review.offline_verifier.sayings import Fails
from gateway.audit.review.offline_verifier.stamps import check_stamps
from gateway.audit.review.offline_verifier.statements import check_history, split_lines
from gateway.audit.review.offline_verifier.verdict import HOLDS, Wish, judge
from gateway.audit.tlog.note import parse_note
from gateway.audit.tlog.proofs import ReadNode, consistency_path
from gateway.audit.tlog.rangeproof import range_proof
from gateway.audit.tlog.tree import leaf_hash, root_of
from gateway.cli.audit.kept import list_shown, read_statements
from gateway.cli.screen import Problem
from tests.audit.bundles import PEER_POLICY, POLICY, Files, lay_folder, make_files, note_of, write_provinces
from tests.audit.logs import PROVIDER
from tests.witness.test_timestamp import CONF, Responder, certificate


@pytest.fixture(name="directory", scope="module")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both provinces' logs."""
    return write_provinces(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(name="files", scope="module")
def _files(directory: Path) -> Files:
    """A good bundle of both."""
    return make_files(directory)


def leaves_of(size: int) -> list[bytes]:
    """Leaf hashes."""
    return [leaf_hash(number.to_bytes(8, "big")) for number in range(size)]


def nodes_of(leaves: list[bytes]) -> ReadNode:
    """What reads a whole node over some leaves."""
    return lambda level, number: root_of(leaves[number << level : number + 1 << level])


def test_ranges_lead_to_the_root_of_the_tree_that_proves_them() -> None:
    """Random ranges of random trees, larger than a piece too; and not with a leaf or a hash changed, more or fewer."""
    chance = random.Random(6962)
    for size in (1, 2, 3, 7, 8, 100, 3 * PIECE + 5):
        leaves = leaves_of(size)
        cuts = sorted(chance.sample(range(size + 1), min(size + 1, 6)))
        ranges = [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False) if start < end] or [(0, size)]
        proof = list(range_proof(ranges, size, nodes_of(leaves)))
        spans, taken = [list(one) for one in ranges], [leaf for start, end in ranges for leaf in leaves[start:end]]
        assert root_of(leaves) == range_root(spans, iter(taken), size, proof)
        assert root_of(leaves) != range_root(spans, iter([bytes(32), *taken[1:]]), size, proof)
        for wrong in (proof[:-1], [*proof, bytes(32)], [bytes(31), *proof[1:]]):
            if wrong != proof:
                with pytest.raises(Fails):
                    range_root(spans, iter(taken), size, wrong)


def test_a_tree_is_a_beginning_of_every_later_one_and_of_no_other() -> None:
    """Each pair of sizes up to 24; another root, another path."""
    leaves = leaves_of(24)
    for new in range(2, 25):
        node = nodes_of(leaves[:new])
        for old in range(1, new):
            path = list(consistency_path(old, new, node))
            roots = root_of(leaves[:old]), root_of(leaves[:new])
            check_consistency(old, new, path, *roots)
            for wrong in ((path, bytes(32), roots[1]), (path, roots[0], bytes(32)), ([*path, bytes(32)], *roots)):
                with pytest.raises(Fails):
                    check_consistency(old, new, *wrong)
            if path:
                with pytest.raises(Fails):
                    check_consistency(old, new, path[:-1], *roots)


def make_half(origin: str, naming: list[tuple[int, str, str, int, str]], leaves: dict[int, tuple[str, str]]) -> Half:
    """A half of which nothing else counts."""
    return Half(Note(b"", origin, 9, b""), Policy(), keys_given=True, naming=naming, leaves=leaves)


def test_halves_are_compared_in_both_directions() -> None:
    """What names a third log does not count; what is not shown is said; another hash or exchange is a fault."""
    one = make_half("a", [(1, "x", "b", 4, "44"), (2, "y", "b", 9, "99"), (3, "z", "c", 4, "00")], {7: ("77", "x")})
    other = make_half("b", [(4, "x", "a", 7, "77")], {4: ("44", "x")})
    assert {"compared": 2, "not_shown": ["a 2"], "not_shown_count": 1} == compare_halves(one, other)
    for leaf in (("45", "x"), ("44", "y")):
        with pytest.raises(Fails, match="names another entry 4 of b"):
            compare_halves(one, make_half("b", [], {4: leaf}))
    with pytest.raises(Fails, match="the same log twice"):
        compare_halves(one, one)


def test_a_half_says_what_it_holds(files: Files, tmp_path: Path) -> None:
    """Its entries with their indexes, one by one, and nothing for a comparison that nobody makes."""
    bundle = Bundle(lay_folder(files, tmp_path / "bundle"))
    found = check_half(bundle, "", POLICY.encode(), named=False)
    entries = list(list_entries(bundle, "", found))
    assert found.count == len(entries) == sum(end - start for start, end in found.spans)
    assert {PROVIDER.name} == {entry["origin"] for _, entry in entries}
    assert ({}, []) == (found.leaves, found.naming)
    assert check_half(bundle, "peer/", PEER_POLICY.encode(), named=True).leaves


def test_a_note_is_held_to_the_log_that_it_names(directory: Path) -> None:
    """The key of another log, though the policy has it, signs nothing for this one."""
    note = note_of(directory, "sc")
    policy = parse_policy(POLICY.encode())
    assert PROVIDER.name == check_note(note, policy, quorum=True).origin
    other = replace(policy, logs=[replace(key, name="another.log/1") for key in policy.logs])
    with pytest.raises(Fails, match="a log of the policy signed"):
        check_note(note, other, quorum=False)


def test_a_bundle_without_histories_proves_none(files: Files, tmp_path: Path) -> None:
    """The list is empty, not missing; a line without its end is none."""
    bundle = Bundle(lay_folder(files, tmp_path / "bundle"))
    half = check_half(bundle, "", POLICY.encode(), named=False)
    assert [] == check_history(bundle, half)
    with pytest.raises(Fails, match="expected a stamp of a checkpoint that is here"):
        check_stamps(bundle, half, None)
    (tmp_path / "lines").write_bytes(b"a\n\nb")
    with (tmp_path / "lines").open("rb") as file, pytest.raises(Exception, match="cut short"):
        list(split_lines(file))


def test_a_file_that_is_no_history_is_not_taken_along(tmp_path: Path) -> None:
    """Before anything is written."""
    assert [] == list_shown(read_statements([], POLICY))
    (tmp_path / "kept").write_bytes(b"[]\n")
    for path in (tmp_path / "kept", tmp_path / "none", tmp_path):
        with pytest.raises(Problem) as caught:
            read_statements([path], POLICY)
        assert 2 == caught.value.exit_code


def stamp(text: bytes, folder: Path) -> bytes:
    """The answer of a time-stamp authority, whose root lies in `root.pem` of the folder."""
    root, tsa = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    folder.mkdir()
    (folder / "root.pem").write_bytes(certificate("root", root, "root", root, stamps=False).public_bytes(Encoding.PEM))
    (folder / "tsa.pem").write_bytes(certificate("tsa", tsa, "root", root, stamps=True).public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(tsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01", encoding="utf-8")
    (folder / "tsa.cnf").write_text(CONF.format(folder=folder), encoding="utf-8")
    (folder / "text").write_bytes(text)
    query = ["openssl", "ts", "-query", "-data", str(folder / "text"), "-sha256", "-cert", "-no_nonce"]
    asked = subprocess.run(query, capture_output=True, check=True, timeout=20).stdout
    return Responder(folder).answer(asked)


def test_a_stamp_holds_under_its_authoritys_roots_alone(
    files: Files, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time that it bears; under another's roots it does not hold, without openssl it was not looked at."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent: install the Debian package `openssl`")
    text = parse_note(note_of(directory, "sc", 7)).text
    made, other = stamp(text, tmp_path / "authority"), stamp(text, tmp_path / "other")
    assert made != other
    place = lay_folder(files | {"stamps/7.tsr": made}, tmp_path / "bundle")
    for name, octets in (("policy", POLICY), ("peer-policy", PEER_POLICY)):
        (tmp_path / name).write_text(octets, encoding="utf-8")
    wish = Wish(place, tmp_path / "policy", None, tmp_path / "peer-policy", tmp_path / "authority/root.pem")
    verdict = judge(wish)
    assert (HOLDS, 7, True) == (verdict.word, verdict.stamps[0]["size"], verdict.stamps[0]["time"].endswith("GMT"))
    assert [] == verdict.skipped
    assert "does not hold under the roots" in str(judge(replace(wish, tsa=tmp_path / "other/root.pem")).why)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "there is no openssl" in str(judge(wish).skipped)

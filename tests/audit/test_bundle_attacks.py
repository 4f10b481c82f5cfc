"""Attacks on an evidence bundle: each is found, with its words, or said not to have been looked at; none passes.

Where the manifest is made to fit what was changed, the attacker is whoever made the bundle; else someone on the way.
"""

from __future__ import annotations

import json
import os
import zipfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.audit.review.offline_verifier.ed25519 import ORDER
from gateway.audit.review.offline_verifier.members import MOST_BYTES, MOST_FILES, OWN_SM3, Bundle, check_manifest
from gateway.audit.review.offline_verifier.notes import parse_checkpoint, parse_key, parse_policy
from gateway.audit.review.offline_verifier.sayings import Fails
from gateway.audit.review.offline_verifier.verdict import FAILS, HOLDS, NOT_HERE, OWN_KEYS, Verdict, Wish, judge
from tests.audit.bundles import (
    PEER_POLICY,
    POLICY,
    WITNESS,
    Change,
    Files,
    files_of,
    forge,
    lay_folder,
    make_files,
    make_honest,
    write_provinces,
    zip_files,
)
from tests.audit.logs import ASKER, PROVIDER


@pytest.fixture(name="directory", scope="module")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both provinces' logs."""
    return write_provinces(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(name="files", scope="module")
def _files(directory: Path) -> Files:
    """A good bundle of both."""
    return make_files(directory)


def judged(place: Path, **given: Any) -> Verdict:
    """The verdict by the keys of both provinces, from elsewhere."""
    beside = place.parent
    (beside / "policy").write_text(POLICY, encoding="utf-8")
    (beside / "peer-policy").write_text(PEER_POLICY, encoding="utf-8")
    wish = {"policy": beside / "policy", "peer_policy": beside / "peer-policy"} | given
    return judge(Wish(place, **wish))


def edit(name: str, old: bytes, new: bytes, count: int = 1) -> Change:
    """Other bytes in a file."""

    def made(files: Files) -> None:
        assert old in files[name], name
        files[name] = files[name].replace(old, new, count)

    return made


def write(name: str, octets: bytes) -> Change:
    """Another file, or another content."""
    return lambda files: files.update({name: octets})


def append(name: str, octets: bytes) -> Change:
    """A file that is longer."""
    return lambda files: files.update({name: files[name] + octets})


def drop(name: str) -> Change:
    """A file less."""

    def made(files: Files) -> None:
        del files[name]

    return made


def flip(name: str) -> Change:
    """The last bit of a file."""
    return lambda files: files.update({name: files[name][:-1] + bytes([files[name][-1] ^ 1])})


def drop_first(files: Files) -> None:
    """The first entry is left out."""
    files["entries.jsonl"] = files["entries.jsonl"].partition(b"\n")[2]


def be_the_peer(files: Files) -> None:
    """The log's own half stands for the other's."""
    files.update({f"peer/{name}": files[name] for name in ("checkpoint", "entries.jsonl", "proof.json")})


def swap(one: str, other: str) -> Change:
    """Two files in each other's place."""
    return lambda files: files.update({one: files[other], other: files[one]})


def say(name: str, **changes: Any) -> Change:
    """Other values in a JSON file."""

    def made(files: Files) -> None:
        files[name] = json.dumps(json.loads(files[name]) | changes).encode()

    return made


def turn_lines(files: Files) -> None:
    """Two entries in each other's place."""
    lines = files["entries.jsonl"].splitlines(keepends=True)
    files["entries.jsonl"] = b"".join([*lines[:2], lines[3], lines[2], *lines[4:]])


def shift_ranges(files: Files) -> None:
    """The same entries at the next indexes."""
    proof = json.loads(files["proof.json"])
    proof["ranges"] = [[start + 1, end + 1] for start, end in proof["ranges"]]
    files["proof.json"] = json.dumps(proof).encode()


def strip_lines(*names: str) -> Change:
    """A checkpoint without the lines of some keys."""

    def made(files: Files) -> None:
        lines = files["checkpoint"].splitlines(keepends=True)
        gone = tuple(f"\u2014 {name} ".encode() for name in names)
        files["checkpoint"] = b"".join(line for line in lines if not line.startswith(gone))

    return made


def lengthen_scalar(files: Files) -> None:
    """The second form of an Ed25519 signature: S plus the order of the group."""
    lines = files["checkpoint"].decode().split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(f"\u2014 {WITNESS.name} "))
    begin, _, text = lines[at].rpartition(" ")
    raw = b64decode(text)
    scalar = int.from_bytes(raw[-32:], "little") + ORDER
    lines[at] = begin + " " + b64encode(raw[:-32] + scalar.to_bytes(32, "little")).decode()
    files["checkpoint"] = "\n".join(lines).encode()


def open_twice(files: Files) -> None:
    """Two texts of one entry."""
    files["opened.jsonl"] *= 2


def open_elsewhere(files: Files) -> None:
    """A body of an entry that is not there."""
    opened = json.loads(files["opened.jsonl"])
    files["opened.jsonl"] += json.dumps(opened | {"index": 0}).encode() + b"\n"


def use_short_salt(files: Files) -> None:
    """A salt that binds nothing."""
    files["opened.jsonl"] = json.dumps(json.loads(files["opened.jsonl"]) | {"salt": ""}).encode() + b"\n"


def repeat_name(files: Files) -> None:
    """A manifest that can be read in two ways."""
    files["manifest.json"] = (
        files["manifest.json"].replace(b'{"', b'{"size": 1, "', 1).replace(b"{\n", b'{"size": 1,\n', 1)
    )


NO_ENTRY: Final = "expected an entry of the checkpoint's log, as JSON"
ROW: Final = "the entries do not lead to the root of the checkpoint"
MADE: Final[dict[str, tuple[Change, str]]] = {
    "E1 entry": (edit("entries.jsonl", b'"permit"', b'"denied"'), ROW),
    "E2 swap": (turn_lines, ROW),
    "E3 range": (shift_ranges, ROW),
    "E3 range beyond": (say("proof.json", ranges=[[0, 99]]), "within the tree"),
    "E3 range of a flag": (say("proof.json", ranges=[[False, True]]), "within the tree"),
    "E3 ranges that overlap": (say("proof.json", ranges=[[0, 3], [2, 4]]), "in order, apart"),
    "E3 no range": (say("proof.json", ranges=[]), "at least one entry"),
    "E4 stray file": (write("run-me.sh", b"#!/bin/sh"), "expected no such files, found run-me.sh"),
    "E4 stray beside the peer": (write("peer/opened.jsonl", b""), "expected no such files, found peer/opened.jsonl"),
    "E4 name of a terminal": (write("a\x1b[2Jb", b""), "found a\\u001b[2Jb"),
    "E5 no cosignature": (strip_lines(WITNESS.name, "peer.example/witness"), "expected cosignatures that satisfy both"),
    "E5 no signature": (strip_lines(PROVIDER.name), "a log of the policy signed"),
    "E6 body": (edit("opened.jsonl", b"terminal", b"Terminal"), "not the one that it commits to"),
    "E6 salt": (use_short_salt, "not the one that it commits to"),
    "E6 body of no entry": (open_elsewhere, "expected entries of the bundle, found 0"),
    "E6 two bodies": (open_twice, "the index of an entry, each once"),
    "E7 stamp of another": (write("stamps/7.tsr", b"another token"), "found one of another text"),
    "E7 stamp of no checkpoint": (write("stamps/8.tsr", b"token"), "expected a stamp of a checkpoint that is here"),
    "manifest's size": (say("manifest.json", size=5), "the checkpoint's origin and size"),
    "manifest's origin": (say("manifest.json", origin="log.other/1"), "the checkpoint's origin and size"),
    "manifest's format": (say("manifest.json", format="chuanyu-evidence@9"), "expected the format chuanyu-evidence@1"),
    "checkpoint's size": (edit("checkpoint", b"\n18\n", b"\n19\n"), "does not hold"),
    "checkpoint's second form": (lengthen_scalar, "the signature of third.example/witness does not hold"),
    "checkpoint of the peer": (swap("checkpoint", "peer/checkpoint"), "a log of the policy signed"),
    "checkpoint with no end": (edit("checkpoint", b"\n\n", b"\n"), "expected"),
    "too many lines": (append("checkpoint", "\u2014 a b\n".encode() * 40), "1 to 32"),
    "entry of two readings": (edit("entries.jsonl", b'{"', b'{"v":1,"v":2,"'), NO_ENTRY),
    "entries without end": (write("entries.jsonl", b" " * 300_000), "expected a whole line"),
    "one entry more": (edit("entries.jsonl", b"\n", b"\n{}\n"), NO_ENTRY),
    "one entry less": (drop_first, "entry"),
    "proof of another": (swap("proof.json", "peer/proof.json"), "the"),
    "proof without end": (write("proof.json", b"[" * 200_000), "expected an evidence bundle"),
    "proof with no number": (write("proof.json", b'{"ranges": [[NaN, 1]], "hashes": []}'), "an evidence bundle"),
    "history of many": (
        lambda files: files.update({f"history/{at}.checkpoint": b"" for at in range(1, 102)}),
        "at most 100 older checkpoints",
    ),
    "history of a second name": (write("history/07.checkpoint", b""), "expected no such files"),
    "history swapped": (swap("history/7.checkpoint", "checkpoint"), "expected"),
    "history without proof": (drop("history/7.consistency"), "expected a file history/7.consistency"),
    "history without checkpoint": (drop("history/7.checkpoint"), "expected a file history/7.checkpoint"),
    "history's proof": (write("history/7.consistency", b""), "the proof has no hashes"),
    "peer's entry": (edit("peer/entries.jsonl", b'"receipt"', b'"Receipt"'), ROW),
    "peer is the log itself": (be_the_peer, "a log of the policy signed"),
    "half of the peer": (drop("peer/proof.json"), "expected a file peer/proof.json"),
    "peer without checkpoint": (drop("peer/checkpoint"), "expected a file peer/checkpoint"),
    "missing verifier": (drop("verify.py"), "files that are missing: verify.py"),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_whoever_makes_the_bundle_proves_nothing_else(files: Files, tmp_path: Path, name: str) -> None:
    """The manifest fits what was changed, so that signatures, proofs and commitments alone have to find it."""
    change, words = MADE[name]
    changed = dict(files)
    change(changed)
    verdict = judged(lay_folder(changed, tmp_path / "bundle"))
    assert FAILS == verdict.word
    assert verdict.why is not None
    assert (1, True) == (verdict.code, words in verdict.why.en), verdict.why


FLIPPED: Final = (
    "README.txt", "verify.py", "policy.txt", "checkpoint", "entries.jsonl", "proof.json", "opened.jsonl",
    "stamps/7.tsr", "history/7.checkpoint", "peer/policy.txt", "peer/entries.jsonl",
)  # fmt: skip
ON_THE_WAY: Final[dict[str, tuple[Change, str]]] = {
    **{f"bit of {name}": (flip(name), f"files altered since the manifest: {name}") for name in FLIPPED},
    "listed and gone": (drop("README.txt"), "files of the manifest are missing: README.txt"),
    "there and not listed": (write("history/9.consistency", b""), "the manifest does not name: history/9.consistency"),
    "E7 size in the manifest": (edit("manifest.json", b'"bytes": ', b'"bytes": 9'), "altered since the manifest"),
    "E7 SM3 in the manifest": (edit("manifest.json", b'"sm3": "', b'"sm3": "0'), "altered since the manifest"),
    "a name twice": (repeat_name, "expected an evidence bundle, found another (ValueError)"),
    "no manifest": (drop("manifest.json"), "files that are missing: manifest.json"),
}  # fmt: skip


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_whoever_has_the_bundle_on_the_way_changes_nothing_unseen(files: Files, tmp_path: Path, name: str) -> None:
    """The manifest is as it was made, and names what was altered, is missing or extra."""
    change, words = ON_THE_WAY[name]
    changed = dict(files)
    change(changed)
    verdict = judged(zip_files(changed, tmp_path / "e.zip"))
    assert (FAILS, True) == (verdict.word, words in str(verdict.why)), verdict.why


def test_the_good_bundle_holds(files: Files, tmp_path: Path) -> None:
    """So that what the attacks are told by is not a fault of the bundle itself."""
    verdict = judged(zip_files(files, tmp_path / "e.zip"))
    assert (HOLDS, 0) == (verdict.word, verdict.code), verdict.why
    assert [7] == list(verdict.halves[0].older)
    assert verdict.peers is not None
    assert 4 == verdict.peers["compared"]
    assert 0 == verdict.peers["not_shown_count"]


def test_a_forgers_bundle_never_reads_like_a_good_one(files: Files, tmp_path: Path) -> None:
    """E8: the same origin, all in itself right, by keys of his own: another word and exit code, also in `--json`."""
    forged, policy = forge(tmp_path / "log")
    place = lay_folder(forged, tmp_path / "bundle")
    own = judge(Wish(place))
    assert (OWN_KEYS, 3, False) == (own.word, own.code, own.describe()["holds"])
    assert FAILS == judged(place, peer_policy=None).word
    weakened = files | {"policy.txt": f"log {PROVIDER.vkey}\nquorum none\n".encode()}
    place = lay_folder(weakened, tmp_path / "weak")
    assert HOLDS == judged(place).word
    assert "the policy asks for no witness of" in str(judge(Wish(place)).caveats)
    (tmp_path / "forgers").write_text(policy, encoding="utf-8")
    assert FAILS == judge(Wish(place, tmp_path / "forgers")).word


def test_a_peers_half_by_its_own_keys_is_not_proven(files: Files, tmp_path: Path) -> None:
    """The verdict on two halves is that on the weaker one."""
    place = lay_folder(files, tmp_path / "bundle")
    assert (OWN_KEYS, ["given", "bundle"]) == (
        judged(place, peer_policy=None).word,
        ["given" if half.keys_given else "bundle" for half in judged(place, peer_policy=None).halves],
    )


def test_halves_of_which_one_names_another_entry_do_not_agree(files: Files, directory: Path, tmp_path: Path) -> None:
    """Another log of the other province, signed by its own genuine keys: a fork that nobody else could see."""
    other = make_files(write_provinces(tmp_path / "fork"))
    mixed = files | {name: octets for name, octets in other.items() if name.startswith("peer/")}
    verdict = judged(lay_folder(mixed, tmp_path / "bundle"))
    assert FAILS == verdict.word
    assert "names another entry" in str(verdict.why)


def size_of(note: bytes) -> int:
    """The entries of a checkpoint."""
    return int(note.split(b"\n")[1])


def test_a_second_bundle_is_the_other_half(files: Files, tmp_path: Path) -> None:
    """With the same comparison; two halves of one log are none, nor is a third half."""
    mine = {name: octets for name, octets in files.items() if not name.startswith("peer/")}
    theirs = {name.removeprefix("peer/"): octets for name, octets in files.items() if name.startswith("peer/")}
    theirs |= {name: files[name] for name in ("README.txt", "verify.py")}
    theirs["manifest.json"] = json.dumps(
        json.loads(files["manifest.json"]) | {"origin": ASKER.name, "size": size_of(theirs["checkpoint"])}
    ).encode()
    place, peer = lay_folder(mine, tmp_path / "mine"), lay_folder(theirs, tmp_path / "theirs")
    alone = judged(place, peer_policy=None)
    assert (HOLDS, None) == (alone.word, alone.peers)
    both = judged(place, peer=peer)
    assert (HOLDS, 4) == (both.word, (both.peers or {})["compared"])
    renamed = theirs | {"manifest.json": files["manifest.json"]}
    assert FAILS == judged(place, peer=lay_folder(renamed, tmp_path / "renamed")).word
    beside = judged(place, peer=lay_folder(theirs | {"stamps/9.tsr": b"x"}, tmp_path / "more"))
    assert "stamps/9.tsr of the other bundle" in str(beside.skipped)
    same = judged(place, peer=place, peer_policy=tmp_path / "policy")
    assert (FAILS, True) == (same.word, "the same log twice" in str(same.why))
    assert NOT_HERE == judged(lay_folder(files, tmp_path / "whole"), peer=peer).word
    assert NOT_HERE == judged(place).word


def test_a_statement_of_another_form_does_not_hold(files: Files, tmp_path: Path) -> None:
    """A file that only looks like a proof of completeness never goes along as one."""
    verdict = judged(lay_folder(files | {"history/person.json": b"{}\n"}, tmp_path / "bundle"))
    assert (FAILS, True) == (verdict.word, "history/person.json: expected a chuanyu-history@1" in str(verdict.why))


def test_a_stamp_is_held_against_the_roots_that_are_given(files: Files, tmp_path: Path) -> None:
    """One that is none does not hold; without roots it was not looked at."""
    place = lay_folder(files, tmp_path / "bundle")
    assert "no roots" in str(judged(place).skipped)
    (tmp_path / "roots.pem").write_text("no certificate", encoding="utf-8")
    verdict = judged(place, tsa=tmp_path / "roots.pem")
    assert (FAILS, True) == (verdict.word, "does not hold under the roots" in str(verdict.why))


@pytest.mark.parametrize("text", ["", "log x\n", "quorum none\n", "\x00", "log a+b+c\nquorum none\n", "x" * 300_000])
def test_a_policy_that_cannot_be_read_is_no_verdict_on_the_bundle(files: Files, tmp_path: Path, text: str) -> None:
    """It is the reader's own mistake."""
    (tmp_path / "other").write_text(text, encoding="utf-8")
    assert NOT_HERE == judged(lay_folder(files, tmp_path / "bundle"), policy=tmp_path / "other").word


def test_a_policy_of_which_another_log_signed_does_not_count(files: Files, tmp_path: Path) -> None:
    """The key that signs must be one of the log that the checkpoint names."""
    (tmp_path / "both").write_text(f"log {ASKER.vkey}\nlog {PROVIDER.vkey}\nquorum none\n", encoding="utf-8")
    place = lay_folder(files, tmp_path / "bundle")
    assert HOLDS == judged(place, policy=tmp_path / "both").word
    (tmp_path / "other").write_text(f"log {ASKER.vkey}\nquorum none\n", encoding="utf-8")
    assert FAILS == judged(place, policy=tmp_path / "other").word


def test_names_that_leave_the_folder_are_refused(files: Files, tmp_path: Path) -> None:
    """Nothing is unpacked, and yet nothing else than a bundle's names is read."""
    for name in ("../policy.txt", "/etc/passwd", "peer/../checkpoint", "history\\7.checkpoint", "HISTORY/7.checkpoint"):
        verdict = judged(zip_files(files | {name: b""}, tmp_path / "e.zip"))
        assert (FAILS, True) == (verdict.word, "expected no such files" in str(verdict.why)), name


def test_a_zip_of_two_files_of_one_name_is_refused(files: Files, tmp_path: Path) -> None:
    """Two programs could read another one each."""
    path = zip_files(files, tmp_path / "e.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("checkpoint", files["checkpoint"])
    assert "names of their own" in str(judged(path).why)


def test_a_zip_that_swells_is_not_unpacked(files: Files, tmp_path: Path) -> None:
    """A file of zeros beyond what is read whole, nine GiB by the ZIP's own word, and too many files."""
    bomb = zip_files(make_honest(files | {"proof.json": bytes((1 << 26) + 1)}), tmp_path / "bomb.zip")
    assert bomb.stat().st_size < 1 << 20
    assert "proof.json: expected at most 67108864 bytes, found more" in str(judged(bomb).why)
    path = zip_files(files, tmp_path / "swollen.zip")
    octets = bytearray(path.read_bytes())
    at, swollen = 0, 0
    while (at := octets.find(b"PK\x01\x02", at)) >= 0 and swollen <= MOST_BYTES:
        octets[at + 24 : at + 28] = (0xFFFFFFFE).to_bytes(4, "little")
        at, swollen = at + 46, swollen + 0xFFFFFFFE
    path.write_bytes(octets)
    assert "at most 8 GiB when unpacked" in str(judged(path).why)
    many = zip_files({f"history/{number}.checkpoint": b"" for number in range(MOST_FILES + 1)}, tmp_path / "many.zip")
    assert "at most 10,000 files" in str(judged(many).why)


def test_a_file_that_must_be_small_is_not_read_whole(files: Files, tmp_path: Path) -> None:
    """A policy, a checkpoint, a stamp and the manifest have bounds of their own."""
    for name, most in (("policy.txt", 1 << 18), ("checkpoint", 1 << 16), ("stamps/7.tsr", 1 << 18)):
        place = lay_folder(files | {name: b"#" * (most + 1)}, tmp_path / "bundle")
        verdict = judged(place, policy=None)
        assert f"{name}: expected at most {most} bytes, found more" in str(verdict.why)


def test_links_and_devices_in_a_folder_are_refused(files: Files, tmp_path: Path) -> None:
    """A link to a file outside, to a folder, and a pipe that would never end."""
    place = lay_folder(files, tmp_path / "bundle")
    for make in (
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.symlink_to(tmp_path),
        os.mkfifo,
    ):
        make(place / "opened")
        assert "expected at most 10,000 regular files" in str(judged(place).why)
        (place / "opened").unlink()
    assert HOLDS == judged(place).word


@pytest.mark.parametrize("octets", [b"", b"x", b"PK\x05\x06", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_no_bundle(tmp_path: Path, octets: bytes) -> None:
    """Nothing is raised."""
    (tmp_path / "e.zip").write_bytes(octets)
    assert FAILS == judged(tmp_path / "e.zip").word


def test_a_zip_cut_anywhere_is_no_bundle(files: Files, tmp_path: Path) -> None:
    """Nor one of which a byte is another, unless no file that is listed has changed."""
    path = zip_files(files, tmp_path / "e.zip")
    octets = path.read_bytes()
    for at in range(1, len(octets), len(octets) // 40):
        path.write_bytes(octets[:at])
        assert FAILS == judged(path).word
        path.write_bytes(octets[:at] + bytes([octets[at] ^ 0x55]) + octets[at + 1 :])
        verdict = judged(path)
        if verdict.word != FAILS:
            assert files_of(path.read_bytes()) == files


def test_a_bundle_that_is_not_there_is_no_verdict(files: Files, tmp_path: Path) -> None:
    """Nor is one that says less than is known from elsewhere a good one."""
    assert (NOT_HERE, 2) == (judged(tmp_path / "none").word, judged(tmp_path / "none").code)
    place = lay_folder(files, tmp_path / "bundle")
    assert HOLDS == judged(place, at_least=18).word
    assert "expected at least 19 entries, found 18" in str(judged(place, at_least=19).why)


@pytest.mark.parametrize(
    "text", [b"", b"a\n1\n", b"a\n01\nAA==\n", b"a\n-1\nAA==\n", b"a\n1\nAA==\n", b"a\n" + b"9" * 20 + b"\nA\n"]
)
def test_what_is_no_checkpoint_is_not_read(text: bytes) -> None:
    """A size has one spelling, a root 32 bytes."""
    with pytest.raises((Fails, ValueError)):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "vkey", ["", "a", "a+b", "a+00000000+AA==", "+00000000+AA==", PROVIDER.vkey + "A", PROVIDER.vkey[:-4]]
)
def test_what_is_no_key_is_not_read(vkey: str) -> None:
    """The id must follow from the key."""
    with pytest.raises((Fails, ValueError, IndexError)):
        parse_key(vkey)


@pytest.mark.parametrize(
    "lines",
    [
        "quorum none\nquorum none", f"witness none {WITNESS.vkey}\nquorum none", "group g 2 a b\nquorum g",
        f"witness w {WITNESS.vkey}\ngroup g 2 w\nquorum g", f"witness w {WITNESS.vkey}\ngroup g 0 w\nquorum g",
        f"witness w {WITNESS.vkey}\ngroup g all w w\nquorum g", f"witness w {PROVIDER.vkey}\nquorum w", "quorum x",
        f"log {PROVIDER.vkey}\nquorum none", "nonsense\nquorum none", "",
    ],
)  # fmt: skip
def test_a_policy_that_contradicts_itself_is_not_read(lines: str) -> None:
    """An undefined name, a group that cannot be satisfied, a key twice, a witness with the key of a log."""
    with pytest.raises(Fails):
        parse_policy(f"log {PROVIDER.vkey}\n{lines}\n".encode())


def test_sm3_is_skipped_only_where_it_would_take_long(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the verifier's own lines, a large file has its SHA-256 compared alone, and that is said."""
    large = make_honest(files | {"README.txt": b"x" * (OWN_SM3 + 1)})
    monkeypatch.setattr("gateway.audit.review.offline_verifier.sm3.hashlib.new", refuse_sm3)
    skipped: list[str] = []
    check_manifest(Bundle(lay_folder(large, tmp_path / "bundle", honest=False)), skipped)
    assert ["README.txt"] == skipped
    wrong = large | {"manifest.json": large["manifest.json"].replace(b'"sm3": "', b'"sm3": "0')}
    with pytest.raises(Fails, match=r"altered since the manifest: checkpoint, entries\.jsonl"):
        check_manifest(Bundle(lay_folder(wrong, tmp_path / "bundle", honest=False)), [])


def refuse_sm3(name: str, *_: object) -> None:
    """A Python whose OpenSSL has no SM3."""
    raise ValueError(name)

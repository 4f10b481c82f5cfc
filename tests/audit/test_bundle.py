"""An evidence bundle proves what it holds to somebody who has nothing of ours, and nothing that was changed."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import random
import shutil
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.review.bundle import BodyText, Evidence, EvidenceInvalid, OpenedOther, write_evidence
from gateway.audit.review.offline_verifier.screen import find_languages, main
from gateway.audit.review.offline_verifier.sm3 import new_sm3
from gateway.audit.review.offline_verifier.verdict import FAILS, OWN_KEYS, Verdict, Wish, judge
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, Checkpoint, NoteSigner, checkpoint_text, parse_note, sign_note
from gateway.audit.tlog.policy import read_policy
from gateway.audit.tlog.tree import root_of
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import PROVIDER, answer, create, journal, opened
from tests.audit.signing import LogKey
from tests.samples import NOW_US

SECOND = WitnessKey(PROVIDER.name, SUBTREE, 5)
PEER = WitnessKey("peer.example/witness", SUBTREE, 6)
THIRD = WitnessKey("third.example/witness", COSIGNATURE, 7)
POLICY = f"""log {PROVIDER.vkey}
log {SECOND.vkey}
witness peer {PEER.vkey}
witness third {THIRD.vkey}
group quorum all peer third
quorum quorum
"""
EXCHANGES = 150
SIZE = 2 * EXCHANGES
RANGES = [(3, 5), (7, 8), (250, 270)]
Change = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 300 entries, and one that has a body."""
    directory = tmp_path_factory.mktemp("log")
    path = asyncio.run(create(directory))

    async def write() -> None:
        async with opened(path) as live:
            desk = journal(live)
            await asyncio.gather(*(answer(desk, number) for number in range(EXCHANGES)))

    asyncio.run(write())
    return path


@cache
def note(log: Path, size: int = SIZE) -> bytes:
    """The checkpoint of a size, signed twice by the log and cosigned by both witnesses."""
    with LogReader(log) as reader:
        root = root_of([row[0] for rows in reader.leaves(0, size) for row in rows])
    text = checkpoint_text(Checkpoint(PROVIDER.name, size, root))
    return sign_note(text, [PROVIDER, SECOND.at(), PEER.at(), THIRD.at(TIME_S + 1)])


def evidence(log: Path, **changes: object) -> Evidence:
    """Three ranges, two older checkpoints and a stamp."""
    history = {size: note(log, size) for size in (4, 280)}
    fields = {
        "ranges": RANGES,
        "checkpoint": note(log),
        "policy": POLICY,
        "history": history,
        "opened": {},
        "stamps": {280: b"token of " + sha256(parse_note(note(log, 280)).text).digest()},
    }
    return Evidence(**(fields | changes))  # type: ignore[arg-type]  # as named


def made(log: Path, wanted: Evidence) -> bytes:
    """The bundle's bytes."""
    out = io.BytesIO()
    with LogReader(log) as reader:
        write_evidence(out, reader, wanted, read_policy(wanted.policy))
    return out.getvalue()


def files_of(octets: bytes) -> dict[str, bytes]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sm3_of(octets: bytes) -> str:
    """The SM3 of a file, in hex."""
    digest = new_sm3()
    digest.update(octets)
    return str(digest.hexdigest())


def broken(place: Path, policy: Path | None = None) -> Verdict:
    """The verdict on a bundle that does not hold; it says why in both languages."""
    verdict = judge(Wish(place, policy))
    assert FAILS == verdict.word
    assert verdict.why is not None
    assert verdict.why.zh != verdict.why.en
    return verdict


def laid(files: dict[str, bytes], directory: Path, *, honest: bool = True) -> Path:
    """The files in a folder; an honest manifest is made to fit."""
    if honest:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"bytes": len(octets), "sha256": sha256(octets).hexdigest(), "sm3": sm3_of(octets)}
            for name, octets in files.items()
            if name != "manifest.json"
        }
        files = files | {"manifest.json": json.dumps(manifest).encode()}
    shutil.rmtree(directory, ignore_errors=True)
    for name, octets in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    return directory


def test_a_bundle_verifies_as_a_zip_and_as_a_folder(log: Path, tmp_path: Path) -> None:
    """With what was found; the same evidence is the same bytes."""
    octets = made(log, evidence(log))
    assert octets == made(log, evidence(log))
    path = tmp_path / "evidence.zip"
    path.write_bytes(octets)
    for place in (path, laid(files_of(octets), tmp_path / "folder", honest=False)):
        verdict = judge(Wish(place))
        assert (OWN_KEYS, 3) == (verdict.word, verdict.code), verdict.why
        found = verdict.describe()
        assert (PROVIDER.name, SIZE, 23) == (found["origin"], found["size"], found["entries"])
        assert "3-4, 7, 250-269" == found["indexes"]
        assert {("peer", TIME_S), ("third", TIME_S + 1)} == {(o["witness"], o["time_s"]) for o in found["cosigned_by"]}
        assert {PEER.name, THIRD.name} == {one["name"] for one in found["cosigned_by"]}
        assert [4, 280] == found["older_checkpoints"]
        assert {"intent", "release"} == set(found["phases"])


def test_the_command_says_what_it_found_in_one_language(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys of the bundle alone never read like keys from elsewhere: another word, and another exit code."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(made(log, evidence(log)))
    policy = tmp_path / "policy.txt"
    policy.write_text(POLICY, encoding="utf-8")
    for options, code, said in (
        ([], 3, "! the bundle holds only for the keys in this bundle"),
        (["--lang", "zh"], 3, "! 证据包仅按其自带的公钥核验通过"),
        (["--policy", str(policy)], 0, "✓ the bundle holds, by the keys that were given from elsewhere"),
        (["--policy", str(policy), "--lang=zh"], 0, "✓ 证据包核验通过"),
        (["--at-least", "301"], 1, "✗ the bundle does not hold: expected at least 301 entries, found 300"),
        (["--at-least", "301", "--json"], 1, '"holds": false'),
        (["--policy", str(tmp_path / "none")], 2, "✗ the bundle cannot be verified here"),
    ):
        assert code == main([str(path), *options])
        assert said in capsys.readouterr().out.splitlines()[-1]
    assert 2 == main([str(tmp_path / "absent.zip")])


@pytest.mark.parametrize(
    ("arguments", "environment", "languages"),
    [
        ([], {}, ["en"]),
        ([], {"LANG": "zh_CN.UTF-8"}, ["zh"]),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, ["en"]),
        ([], {"LANG": "zh_CN.UTF-8", "CHUANYU_LANG": "en"}, ["en"]),
        ([], {"CHUANYU_LANG": "both"}, ["zh", "en"]),
        ([], {"CHUANYU_LANG": "fr", "LANG": "zh"}, ["zh"]),
        (["--lang", "zh"], {"CHUANYU_LANG": "en"}, ["zh"]),
        (["--lang=both"], {}, ["zh", "en"]),
        (["--lang"], {"LANG": "zhang"}, ["en"]),
    ],
)
def test_the_verifier_speaks_the_language_of_the_locale(
    arguments: list[str], environment: dict[str, str], languages: list[str]
) -> None:
    """By the same rule as the program, though it is a file of its own."""
    assert languages == find_languages(arguments, environment)


def test_one_changed_bit_anywhere_in_a_file_is_found(log: Path, tmp_path: Path) -> None:
    """The manifest tells; also in files that prove nothing. What the manifest itself says, the tests below change."""
    files = files_of(made(log, evidence(log)))
    chance = random.Random()
    for name in files.keys() - {"manifest.json"}:
        for _ in range(4):
            at = chance.randrange(8 * len(files[name]))
            changed = bytearray(files[name])
            changed[at // 8] ^= 1 << at % 8
            why = broken(laid(files | {name: bytes(changed)}, tmp_path / "folder", honest=False)).why
            assert name in str(why)


def other_entry(files: dict[str, bytes]) -> None:
    """An entry is changed."""
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"permit"', b'"denied"', 1)


def other_order(files: dict[str, bytes]) -> None:
    """Two entries change places."""
    lines = files["entries.jsonl"].splitlines(keepends=True)
    files["entries.jsonl"] = b"".join([lines[1], lines[0], *lines[2:]])


def one_fewer(files: dict[str, bytes]) -> None:
    """An entry is left out."""
    files["entries.jsonl"] = b"".join(files["entries.jsonl"].splitlines(keepends=True)[1:])


def one_more(files: dict[str, bytes]) -> None:
    """An entry is added."""
    files["entries.jsonl"] += files["entries.jsonl"].splitlines(keepends=True)[0]


def proof_with(**changes: object) -> Change:
    """The proof says something else."""

    def change(files: dict[str, bytes]) -> None:
        files["proof.json"] = json.dumps(json.loads(files["proof.json"]) | changes).encode()

    return change


def fewer_hashes(files: dict[str, bytes]) -> None:
    """The proof lacks a hash."""
    proof = json.loads(files["proof.json"])
    files["proof.json"] = json.dumps(proof | {"hashes": proof["hashes"][:-1]}).encode()


def more_hashes(files: dict[str, bytes]) -> None:
    """The proof has one too many."""
    proof = json.loads(files["proof.json"])
    files["proof.json"] = json.dumps(proof | {"hashes": [*proof["hashes"], proof["hashes"][0]]}).encode()


def without_line_of(key: str, name: str = "checkpoint") -> Change:
    """A signature line is taken out of a note."""

    def change(files: dict[str, bytes]) -> None:
        lines = files[name].splitlines(keepends=True)
        files[name] = b"".join(line for line in lines if not line.startswith(f"\u2014 {key} ".encode()))

    return change


def replaced(name: str, old: bytes, new: bytes) -> Change:
    """Bytes of a file are others."""

    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return change


def swapped(one: str, other: str) -> Change:
    """Two files change their content."""

    def change(files: dict[str, bytes]) -> None:
        files[one], files[other] = files[other], files[one]

    return change


@pytest.mark.parametrize(
    "change",
    [
        other_entry,
        other_order,
        one_fewer,
        one_more,
        fewer_hashes,
        more_hashes,
        proof_with(ranges=[]),
        proof_with(ranges=[[3, 5], [7, 8], [251, 271]]),
        proof_with(ranges=[[3, 5], [4, 8], [250, 270]]),
        proof_with(ranges=[[3, 5], [7, 8], [250, 301]]),
        proof_with(ranges=[[3, 5.0], [7, 8], [250, 270]]),
        proof_with(ranges="no"),
        proof_with(hashes=["AA"]),
        without_line_of(PROVIDER.name),
        without_line_of(PEER.name),
        without_line_of(THIRD.name),
        without_line_of(PROVIDER.name, "history/4.checkpoint"),
        replaced("checkpoint", b"\n300\n", b"\n299\n"),
        replaced("policy.txt", b"quorum quorum", b"quorum peer third"),
        replaced("policy.txt", b"group quorum all", b"group quorum 3"),
        replaced("policy.txt", b"+", b"-"),
        swapped("history/4.checkpoint", "history/280.checkpoint"),
        swapped("history/4.consistency", "history/280.consistency"),
        lambda files: files.pop("proof.json"),
        lambda files: files.pop("history/4.consistency"),
        lambda files: files.update({"entries.jsonl": b"[]\n" * 23}),
        lambda files: files.update({"entries.jsonl": b"\xff\n" * 23}),
        lambda files: files.update({"opened.jsonl": b'{"index":3,"salt":"AAAA","text":"x"}\n'}),
    ],
)
def test_whoever_rewrites_the_manifest_too_still_proves_nothing_else(log: Path, tmp_path: Path, change: Change) -> None:
    """Entries, order, places, signatures, quorum, history: what the tree and the signatures say cannot be made up."""
    files = files_of(made(log, evidence(log)))
    change(files)
    broken(laid(files, tmp_path / "folder"))


def test_a_policy_from_elsewhere_does_not_take_the_bundles_keys(log: Path, tmp_path: Path) -> None:
    """A forger's own log and witnesses satisfy only the forger's policy."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(made(log, evidence(log)))
    policy = tmp_path / "policy.txt"
    policy.write_text(f"log {LogKey(PROVIDER.name, seed=99).vkey}\nquorum none\n", encoding="utf-8")
    assert "a log of the policy" in str(broken(path, policy).why)


@pytest.mark.parametrize("content", [b"", b"no ZIP", b"PK\x03\x04" + b"x" * 40])
def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    """Nothing is raised."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(content)
    broken(path)


async def test_an_opened_body_is_held_to_the_commitment_of_its_entry(tmp_path: Path) -> None:
    """Salt and text as they were committed to, and nothing else."""
    salt, text = b"s" * 32, '{"operator":"张三"}'
    commit = hmac.digest(salt, text.encode(), "sha256").hex()
    path = await create(tmp_path / "log")
    entry = json.dumps({"commit": commit, "origin": PROVIDER.name, "phase": "intent", "time_utc_us": NOW_US}).encode()
    async with opened(path) as live:
        await live.wait_durable(live.record(entry, exchange_id="", phase=Phase.INTENT, time_us=NOW_US))
    wanted: dict[str, object] = {"ranges": [(0, 1)], "checkpoint": note(path, 1), "history": {}, "stamps": {}}
    good = made(path, evidence(path, **wanted, opened={0: BodyText(salt, text)}))
    assert [0] == judge(Wish(laid(files_of(good), tmp_path / "good"))).halves[0].opened
    for index, other in ((0, BodyText(salt, text + " ")), (0, BodyText(b"t" * 32, text)), (1, BodyText(salt, text))):
        with pytest.raises(OpenedOther):
            made(path, evidence(path, **wanted, opened={index: other}))
        line = {"index": index, "salt": b64encode(other.salt).decode(), "text": other.text}
        bad = files_of(good) | {"opened.jsonl": json.dumps(line).encode() + b"\n"}
        why = "expected entries of the bundle" if index else "not the one that it commits to"
        assert why in str(broken(laid(bad, tmp_path / "bad")).why)


def test_what_cannot_be_proven_is_not_written(log: Path) -> None:
    """A checkpoint without its quorum, of another log, short of the range, or to which the log does not lead."""
    text = checkpoint_text(Checkpoint(PROVIDER.name, SIZE, b"r" * 32))
    signers: list[NoteSigner] = [PROVIDER, PEER.at(), THIRD.at()]
    refused: list[dict[str, object]] = [
        {"checkpoint": sign_note(text, [PROVIDER])},
        {"checkpoint": sign_note(text, signers)},
        {"checkpoint": sign_note(checkpoint_text(Checkpoint("other", SIZE, b"r" * 32)), signers)},
        {"ranges": [(0, SIZE + 1)]},
        {"ranges": []},
        {"history": {SIZE: note(log)}},
    ]
    for changes in refused:
        with pytest.raises(EvidenceInvalid):
            made(log, evidence(log, **changes))


def test_a_whole_log_is_verified_fast_enough(log: Path, tmp_path: Path) -> None:
    """A tenth of the goal of 50,000 entries a second, so that a busy machine does not decide; the bench measures."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(made(log, evidence(log, ranges=[(0, SIZE)])))
    start = time.process_time()
    assert SIZE == judge(Wish(path)).halves[0].count
    assert time.process_time() - start < SIZE / 5_000 + 0.5

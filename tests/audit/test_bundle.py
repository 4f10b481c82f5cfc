"""An evidence bundle proves what it holds to somebody who has nothing of ours, and nothing that was changed."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import random
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import cryptography
import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.review import offline_verifier
from gateway.audit.review.bundle import BodyText, Evidence, EvidenceInvalid, write_evidence
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, Checkpoint, NoteSigner, checkpoint_text, sign_note
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
        "stamps": {280: b"token"},
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


def laid(files: dict[str, bytes], directory: Path, *, honest: bool = True) -> Path:
    """The files in a folder; an honest manifest is made to fit."""
    if honest:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"bytes": len(octets), "sha256": sha256(octets).hexdigest()}
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
        found = offline_verifier.verify(place)
        assert (PROVIDER.name, SIZE, 23) == (found["origin"], found["size"], found["entries"])
        assert {"peer": TIME_S, "third": TIME_S + 1} == found["cosigned"]
        assert [4, 280] == found["history"]
        assert {"intent", "release"} == set(found["phases"])


def test_the_verifier_runs_where_nothing_of_ours_can_be_imported(log: Path, tmp_path: Path) -> None:
    """A bare interpreter, isolated, with cryptography alone on its path, runs the file that travels in the bundle."""
    site = tmp_path / "site"
    site.mkdir()
    packages = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "_cffi_backend*", "pycparser"):
        for package in packages.glob(name):
            (site / package.name).symlink_to(package)
    folder = laid(files_of(made(log, evidence(log))), tmp_path / "folder", honest=False)
    start = f"import sys, runpy; sys.path.append({str(site)!r}); sys.argv = ['verify.py', {str(folder)!r}, '--json']; "
    bare = [sys.executable, "-I", "-S", "-c"]
    ours = subprocess.run([*bare, start + "import gateway"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in ours.stderr
    run = f"runpy.run_path({str(folder / 'verify.py')!r}, run_name='__main__')"
    done = subprocess.run([*bare, start + run], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert json.loads(done.stdout)["holds"]


def test_the_command_says_what_it_found_in_both_languages(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And warns that the keys are the bundle's own, unless a policy from elsewhere is given."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(made(log, evidence(log)))
    policy = tmp_path / "policy.txt"
    policy.write_text(POLICY, encoding="utf-8")
    for options, code, said in (
        ([], 0, "the keys are the bundle's own"),
        (["--policy", str(policy)], 0, "✓ 证据包核验通过"),
        (["--at-least", "301"], 1, "✗ 证据包核验不通过"),
        (["--at-least", "301", "--json"], 1, '"holds": false'),
    ):
        monkeypatch.setattr(sys, "argv", ["verify.py", str(path), *options])
        assert code == offline_verifier.main()
        assert said in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["verify.py", str(tmp_path / "absent.zip")])
    assert 2 == offline_verifier.main()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "the bundle holds"),
        ({"LANG": "zh_CN.UTF-8"}, "证据包核验通过"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "the bundle holds"),
        ({"LANG": "zh_CN.UTF-8", "CHUANYU_LANG": "en"}, "the bundle holds"),
        ({"CHUANYU_LANG": "both"}, "证据包核验通过 the bundle holds"),
    ],
)
def test_the_verifier_speaks_the_language_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    """By the same rule as the program, though it is a file of its own."""
    for name in ("CHUANYU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert said == offline_verifier.say("证据包核验通过", "the bundle holds")


def test_one_changed_bit_anywhere_in_a_file_is_found(log: Path, tmp_path: Path) -> None:
    """The manifest tells; also in files that prove nothing. What the manifest itself says, the tests below change."""
    files = files_of(made(log, evidence(log)))
    chance = random.Random()
    for name in files.keys() - {"manifest.json"}:
        for _ in range(4):
            at = chance.randrange(8 * len(files[name]))
            changed = bytearray(files[name])
            changed[at // 8] ^= 1 << at % 8
            with pytest.raises(offline_verifier.Fails):
                offline_verifier.verify(laid(files | {name: bytes(changed)}, tmp_path / "folder", honest=False))


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
    with pytest.raises(offline_verifier.Fails):
        offline_verifier.verify(laid(files, tmp_path / "folder"))


def test_a_policy_from_elsewhere_does_not_take_the_bundles_keys(log: Path, tmp_path: Path) -> None:
    """A forger's own log and witnesses satisfy only the forger's policy."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(made(log, evidence(log)))
    policy = tmp_path / "policy.txt"
    policy.write_text(f"log {LogKey(PROVIDER.name, seed=99).vkey}\nquorum none\n", encoding="utf-8")
    with pytest.raises(offline_verifier.Fails, match="a log of the policy"):
        offline_verifier.verify(path, policy)


@pytest.mark.parametrize("content", [b"", b"no ZIP", b"PK\x03\x04" + b"x" * 40])
def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    """Nothing else than Fails escapes."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(content)
    with pytest.raises(offline_verifier.Fails):
        offline_verifier.verify(path)


async def test_an_opened_body_is_held_to_the_commitment_of_its_entry(tmp_path: Path) -> None:
    """Salt and text as they were committed to, and nothing else."""
    salt, text = b"s" * 32, '{"operator":"张三"}'
    commit = hmac.digest(salt, text.encode(), "sha256").hex()
    path = await create(tmp_path / "log")
    entry = json.dumps({"commit": commit, "origin": PROVIDER.name, "phase": "intent"}).encode()
    async with opened(path) as live:
        await live.wait_durable(live.record(entry, exchange_id="", phase=Phase.INTENT, time_us=NOW_US))
    wanted = {"ranges": [(0, 1)], "checkpoint": note(path, 1), "history": {}}
    good = made(path, evidence(path, **wanted, opened={0: BodyText(salt, text)}))
    assert 1 == offline_verifier.verify(laid(files_of(good), tmp_path / "good"))["opened"]
    for index, other in ((0, BodyText(salt, text + " ")), (0, BodyText(b"t" * 32, text)), (1, BodyText(salt, text))):
        bad = made(path, evidence(path, **wanted, opened={index: other}))
        with pytest.raises(offline_verifier.Fails, match="not the one that it commits to"):
            offline_verifier.verify(laid(files_of(bad), tmp_path / "bad"))


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
    assert SIZE == offline_verifier.verify(path)["entries"]
    assert time.process_time() - start < SIZE / 5_000 + 0.5

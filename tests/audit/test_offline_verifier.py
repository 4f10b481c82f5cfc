"""The offline verifier is one file of bare Python 3.9: its own Ed25519 and SM3, its parts joined, its exit codes."""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SM3, Hash

from gateway.audit.review import verifier_file
from gateway.audit.review.offline_verifier.ed25519 import (
    BASE,
    ORDER,
    PRIME,
    Point,
    add_points,
    decode_point,
    encode_point,
    verify_ed25519,
)
from gateway.audit.review.offline_verifier.sayings import spell_time, visible
from gateway.audit.review.offline_verifier.sm3 import OwnSm3
from gateway.audit.review.verifier_file import compose_verifier, digest_verifier, read_releases
from scripts.pages.verifiers import LIST, RELEASE, refresh_list
from tests.audit.bundles import (
    PEER_POLICY,
    POLICY,
    WITNESS,
    Change,
    Files,
    forge,
    lay_folder,
    make_files,
    write_provinces,
    zip_files,
)
from tests.audit.cosigning import TIME_S

RFC_8032: Final = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)
"""Secret key, public key, message and signature of RFC 8032 section 7.1, tests 1 to 3."""


def bare_pythons() -> list[list[str]]:
    """The interpreters at hand, without any package or as the distribution has them; ours among them."""
    others = ["/usr/bin/python3", *map(str, sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python")))]
    lines = [[one, "-I"] for one in others[:1]] + [[one, "-I", "-S"] for one in (sys.executable, *others)]
    asked = "import sys; sys.exit(sys.version_info < (3, 9))"
    return [line for line in lines if Path(line[0]).exists() and not subprocess.call([*line, "-c", asked])]


PYTHONS: Final = bare_pythons()


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold(secret: str, public: str, message: str, signature: str) -> None:
    """And no longer with one bit changed, of key, message or signature."""
    key, text, raw = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert key == Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).public_key().public_bytes_raw()
    assert verify_ed25519(key, raw, text)
    for at in range(0, 512, 37):
        assert not verify_ed25519(key, flipped(raw, at), text)
        assert not verify_ed25519(flipped(key, at % 256), raw, text)
    assert not verify_ed25519(key, raw, text + b"\0")


def flipped(octets: bytes, bit: int) -> bytes:
    """The octets with one bit changed."""
    changed = bytearray(octets)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def judged_by_openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    """What `cryptography` says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_signatures_are_judged_as_by_cryptography() -> None:
    """Good ones, and those of another message, key or bit."""
    chance = random.Random(8032)
    for _ in range(20):
        key, message = (
            Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)),
            chance.randbytes(chance.randrange(200)),
        )
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify_ed25519(public, signature, message)
        bad = flipped(signature, chance.randrange(512))
        assert judged_by_openssl(public, bad, message) == verify_ed25519(public, bad, message)


@pytest.mark.parametrize("length", [0, 31, 32, 63, 65, 96])
def test_a_signature_or_key_of_another_length_is_none(length: int) -> None:
    """Nothing is cut off or filled up."""
    public, signature = (bytes.fromhex(RFC_8032[0][at]) for at in (1, 3))
    assert not verify_ed25519(public, (signature * 2)[:length], b"")
    assert not verify_ed25519((public * 3)[: length + (length == 32)], signature, b"")


def test_a_signature_has_one_form_only() -> None:
    """S plus the order of the group satisfies the equation too, and is refused."""
    public, signature = (bytes.fromhex(RFC_8032[0][at]) for at in (1, 3))
    scalar = int.from_bytes(signature[32:], "little")
    for more in (ORDER, 2 * ORDER, 8 * ORDER):
        other = signature[:32] + (scalar + more).to_bytes(32, "little")
        assert not judged_by_openssl(public, other, b"")
        assert not verify_ed25519(public, other, b"")


def small_points() -> list[bytes]:
    """The encodings of the eight points of small order."""
    for y in range(2, 200):
        point = decode_point(y.to_bytes(32, "little"))
        if point is not None:
            small = times(ORDER, point)
            if encode_point(times(4, small)) != encode_point((0, 1, 1, 0)):
                return [encode_point(times(number, small)) for number in range(8)]
    raise LookupError


def times(number: int, point: Point) -> Point:
    """A multiple of a point."""
    total: Point = (0, 1, 1, 0)
    for bit in bin(number)[2:]:
        total = add_points(total, total)
        if bit == "1":
            total = add_points(total, point)
    return total


def test_points_of_small_order_are_judged_as_by_cryptography() -> None:
    """As keys, and as the first half of a signature, each with each."""
    points = small_points()
    assert 8 == len(set(points))
    verdicts = []
    for key in points:
        for first in points:
            for scalar in (0, 1):
                signature = first + scalar.to_bytes(32, "little")
                verdicts.append(verify_ed25519(key, signature, b"Zombie"))
                assert judged_by_openssl(key, signature, b"Zombie") == verdicts[-1]
    assert {True, False} == set(verdicts)


@pytest.mark.parametrize("y", [PRIME, PRIME + 1, PRIME + 2, PRIME + 18, 2**255 - 1])
def test_a_point_has_one_encoding(y: int) -> None:
    """A y of the prime or more encodes none, nor does an x of zero with a sign: whatever OpenSSL thinks of it."""
    for sign in (0, 1 << 255):
        octets = (y | sign).to_bytes(32, "little")
        assert decode_point(octets) is None
        assert not verify_ed25519(octets, encode_point((0, 1, 1, 0)) + bytes(32), b"Zombie")
    assert decode_point((1 | 1 << 255).to_bytes(32, "little")) is None
    assert BASE == decode_point(encode_point(BASE))


@pytest.mark.parametrize("length", [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])
def test_sm3_of_its_own_lines_is_that_of_openssl(length: int) -> None:
    """Taken in any pieces; the standard's first example too."""
    octets = random.Random(length).randbytes(length)
    theirs, ours = Hash(SM3()), OwnSm3()
    theirs.update(octets)
    for at in range(0, length, 17):
        ours.update(octets[at : at + 17])
    assert theirs.finalize().hex() == ours.hexdigest()
    example = OwnSm3()
    example.update(b"abc")
    assert "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" == example.hexdigest()


def test_what_others_wrote_is_spelt_on_a_line() -> None:
    """What a terminal obeys, what turns the order of letters, a surrogate, and more than a line."""
    assert "a\\u001b[2J\\u202eb\\ud800" == visible("a\x1b[2J\u202eb\ud800")
    assert "四川" == visible("四川")
    assert 200 == len(visible("x" * 1000))


def test_a_time_has_its_zone() -> None:
    """Also one that no calendar has."""
    assert "2027-01-15 08:00:00 UTC" == spell_time(TIME_S)
    assert "UTC" == spell_time((1 << 63) - 1)[-3:]


def test_the_one_file_is_python_3_9_of_the_standard_library_alone() -> None:
    """Its syntax, its imports, and no name stands twice on its top level."""
    tree = ast.parse(compose_verifier(), feature_version=(3, 9))
    imports = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {"cryptography"} == imports - sys.stdlib_module_names
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assigned = [node.targets for node in tree.body if isinstance(node, ast.Assign)]
    names += [target.id for targets in assigned for target in targets if isinstance(target, ast.Name)]
    assert sorted(set(names)) == sorted(names)
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert set() == calls & {"eval", "exec", "compile", "__import__", "input"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def test_every_part_is_in_the_one_file() -> None:
    """And no part uses what stands in a later one at the top level, nor anything of ours beside them."""
    package = Path(verifier_file.__file__).with_name("offline_verifier")
    assert sorted(verifier_file.PARTS) == sorted(path.stem for path in package.glob("*.py") if path.stem != "__init__")
    assert b"gateway.audit" not in compose_verifier()
    for at, name in enumerate(verifier_file.PARTS):
        used = re.findall(r"^from gateway\S*\.(\w+) import", (package / f"{name}.py").read_text(encoding="utf-8"), re.M)
        assert set(used) <= set(verifier_file.PARTS[:at]), name


def test_the_digest_of_this_release_is_published() -> None:
    """A stale one is written anew by `python -m scripts.pages`; the docs have the same."""
    text = LIST.read_text(encoding="utf-8")
    assert refresh_list(text) == text
    assert RELEASE == read_releases()[digest_verifier()]
    for page in ("evidence-bundle.md", "evidence-bundle.zh-CN.md"):
        path = Path(__file__).parents[2] / "docs/reference" / page
        assert f"| {RELEASE} | `{digest_verifier()}` |" in path.read_text(encoding="utf-8")


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A good bundle of two provinces."""
    return make_files(write_provinces(tmp_path_factory.mktemp("provinces")))


@pytest.fixture(name="forged", scope="module")
def _forged(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A forger's bundle, complete in itself."""
    return forge(tmp_path_factory.mktemp("forged"))[0]


def run(python: list[str], program: Path, *arguments: object, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """Run the verifier, in an interpreter that cannot import our packages, under an environment without a language."""
    line = [*python, str(program), *map(str, arguments), "--lang", lang]
    return subprocess.run(
        line,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={"PYTHONIOENCODING": "utf-8"},
    )


def given(folder: Path) -> list[object]:
    """The policies of both provinces, from elsewhere."""
    (folder / "policy").write_text(POLICY, encoding="utf-8")
    (folder / "peer-policy").write_text(PEER_POLICY, encoding="utf-8")
    return ["--policy", folder / "policy", "--peer-policy", folder / "peer-policy"]


def put(name: str, change: bytes | None) -> Change:
    """A change that puts other bytes into a file, or takes it away."""

    def made(files: Files) -> None:
        if change is None:
            del files[name]
        else:
            files[name] = change

    return made


def edit(name: str, old: bytes, new: bytes) -> Change:
    """A change of the first place where some bytes stand."""

    def made(files: Files) -> None:
        assert old in files[name], name
        files[name] = files[name].replace(old, new, 1)

    return made


BAD: Final[tuple[tuple[str, Change, str, str], ...]] = (
    ("entry", edit("entries.jsonl", b'"permit"', b'"denied"'), "do not lead to the root", "有条目被改动或移位"),
    ("entry of the peer", edit("peer/entries.jsonl", b"cq-", b"sc-"), "do not lead to the root", "有条目被改动"),
    ("stray file", put("evil.sh", b"#!"), "expected no such files, found evil.sh", "多出的文件：evil.sh"),
    ("missing file", put("proof.json", None), "files that are missing: proof.json", "缺少文件：proof.json"),
    ("signature", edit("checkpoint", b"example/1\n", b"example/2\n"), "does not hold", "的签名核验不通过"),
    ("body", edit("opened.jsonl", b"operator", b"Operator"), "not the one that it commits to", "明文与其承诺不符"),
    ("older checkpoint", put("history/7.consistency", b""), "the proof has no hashes", "缺少证明"),
    ("stamp", put("stamps/7.tsr", b"another"), "found one of another text", "是他物的时间戳"),
    ("half a peer", put("peer/checkpoint", None), "expected a file peer/checkpoint", "缺少文件：peer/checkpoint"),
    ("no JSON", put("proof.json", b"[" * 100_000), "expected an evidence bundle", "不是证据包的格式"),
    (
        "cut off",
        edit("entries.jsonl", b"\n", b""),
        "expected an entry of the checkpoint's log, as JSON",
        "不是此日志的条目",
    ),
)


@pytest.mark.parametrize("python", PYTHONS, ids=" ".join)
def test_good_and_bad_bundles_are_told_apart_on_bare_python(
    python: list[str], files: Files, forged: Files, tmp_path: Path
) -> None:
    """Without any package: the good one as folder and as ZIP, bad ones with their words in both languages."""
    good = lay_folder(files, tmp_path / "good")
    program = good / "verify.py"
    policies = given(tmp_path)
    for place in (good, zip_files(files, tmp_path / "good.zip")):
        done = run(python, program, place, *policies)
        assert (0, "") == (done.returncode, done.stderr)
        assert "✓ the bundle holds, by the keys that were given from elsewhere" == done.stdout.splitlines()[-1]
        assert f"{WITNESS.name}+{WITNESS.key_id.hex()} Ed25519, 2027-01-15 08:00:01 UTC" in done.stdout
    own = run(python, program, good)
    assert (3, "!") == (own.returncode, own.stdout.splitlines()[-1][0])
    forger = lay_folder(forged, tmp_path / "forged")
    assert 3 == run(python, program, forger).returncode
    refused = run(python, program, forger, "--policy", tmp_path / "policy")
    assert 1 == refused.returncode
    assert "expected a checkpoint that a log of the policy signed" in refused.stdout
    for at, (name, change, en, zh) in enumerate(BAD):
        changed = dict(files)
        change(changed)
        place = lay_folder(changed, tmp_path / "bad")
        said = run(python, program, place, *policies, lang="zh" if at % 2 else "en")
        assert 1 == said.returncode, (name, said.stdout, said.stderr)
        assert (zh if at % 2 else en) in said.stdout.splitlines()[-1], name
    assert 2 == run(python, program, tmp_path / "absent").returncode
    assert 2 == run(python, program, good, "--no-such-option").returncode


@pytest.mark.parametrize("python", PYTHONS, ids=" ".join)
def test_what_was_not_looked_at_is_said_also_to_programs(python: list[str], files: Files, tmp_path: Path) -> None:
    """ML-DSA without its library, a stamp without roots: in `--json`, with whose keys, names and dates."""
    good = lay_folder(files, tmp_path / "good")
    found = json.loads(run(python, good / "verify.py", good, *given(tmp_path), "--json").stdout)
    assert ("holds", True, 0) == (found["verdict"], found["holds"], found["exit_code"])
    skipped = " ".join(text["en"] for text in found["not_looked_at"])
    assert "stamps/7.tsr" in skipped
    if "-S" in python:
        assert "the ML-DSA-44 signature of peer.example/witness" in skipped
        assert ["third.example/witness"] == [one["name"] for one in found["cosigned_by"]]
    assert "that nothing was left out" in " ".join(text["en"] for text in found["caveats"])
    own = json.loads(run(python, good / "verify.py", good, "--json").stdout)
    assert ("holds_for_own_keys", False, "bundle") == (own["verdict"], own["holds"], own["keys_from"])
    assert ["log.chongqing.example/1", "log.sichuan.example/1"] == sorted(
        text["en"].split()[3] for text in own["caveats"] if text["en"].startswith("the keys of")
    )


@pytest.mark.parametrize("python", [one for one in PYTHONS if "-S" in one], ids=" ".join)
def test_a_quorum_of_keys_that_cannot_be_looked_at_is_no_failure(
    python: list[str], files: Files, tmp_path: Path
) -> None:
    """It cannot be verified here; without its cosignature it does not hold, here or anywhere."""
    (tmp_path / "policy").write_text(POLICY.replace("any peer", "all peer"), encoding="utf-8")
    good = lay_folder(files, tmp_path / "good")
    done = run(python, good / "verify.py", good, "--policy", tmp_path / "policy")
    assert 2 == done.returncode
    assert "cannot be verified here: install cryptography 50" in done.stdout
    lines = files["checkpoint"].splitlines(keepends=True)
    stripped = files | {"checkpoint": b"".join(line for line in lines if b" peer.example" not in line)}
    bad = lay_folder(stripped, tmp_path / "bad")
    assert 1 == run(python, good / "verify.py", bad, "--policy", tmp_path / "policy").returncode

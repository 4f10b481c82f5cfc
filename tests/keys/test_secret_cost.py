"""The tests' light secrets are the tests' alone: without them a secret costs what the keystore says."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.keystore import Passphrase, load_secret
from tests.light.sitecustomize import LIGHT_N

ROOT = Path(__file__).parents[2]
N = 1 << 14
WORD = b"a passphrase for tests"
SECRET = bytes(range(32))
SAVE = (
    "import sys; from pathlib import Path; from keys.keystore import Passphrase, save_secret\n"
    f"save_secret(Path(sys.argv[1]), {SECRET!r}, Passphrase({WORD!r}))"
)


def saved(path: Path, environment: dict[str, str]) -> bytes:
    """Save the secret in another process; return the file."""
    command = [sys.executable, "-c", SAVE, str(path)]
    subprocess.run(command, cwd=ROOT, env=environment, timeout=60, check=True)
    return path.read_bytes()


def opened(octets: bytes, n: int) -> bytes:
    """Open a secret's file with no code of the keystore's."""
    magic = b"chuanyu secret v1\n"
    body = octets.removeprefix(magic)
    key = hashlib.scrypt(WORD, salt=body[:16], n=n, r=8, p=1, maxmem=1 << 26, dklen=32)
    return AESGCM(key).decrypt(body[16:28], body[28:], magic)


def test_a_process_without_the_seam_pays_the_whole_cost(tmp_path: Path) -> None:
    """N = 2^14, r = 8, p = 1: as the README's reader runs it, with no PYTHONPATH of the tests."""
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    assert SECRET == opened(saved(tmp_path / "secret", bare), N)


def test_a_process_of_a_test_is_light_and_this_one_reads_what_it_wrote(tmp_path: Path) -> None:
    """Otherwise a command that a test starts could not open the test's world."""
    octets = saved(tmp_path / "secret", dict(os.environ))
    assert SECRET == opened(octets, LIGHT_N)
    assert SECRET == load_secret(tmp_path / "secret", Passphrase(WORD))


def test_no_file_of_the_product_knows_the_seam() -> None:
    """Neither the seam's module nor where it lies, and the cost is written once, as a constant."""
    sources = [path for top in ("gateway", "adapters", "keys") for path in (ROOT / top).rglob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    words = ("sitecustomize", "LIGHT_N", "tests.light", "tests/light")
    assert [] == [path for path, text in texts.items() if any(word in text for word in words)]
    named = {
        str(path.relative_to(ROOT)): text.count("_SCRYPT_N") for path, text in texts.items() if "_SCRYPT_N" in text
    }
    assert {"keys/keystore.py": 2} == named
    assert "\n_SCRYPT_N: Final = 1 << 14\n" in texts[ROOT / "keys" / "keystore.py"]

"""Time stamps (RFC 3161): each is of a checkpoint's text that is here, and holds by openssl under the roots given."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess  # openssl alone, by its whole path, without a shell  # nosec B404
import tempfile
from pathlib import Path
from typing import Any

from gateway.audit.review.offline_verifier.half import Half
from gateway.audit.review.offline_verifier.members import Bundle
from gateway.audit.review.offline_verifier.sayings import Fails, Text, visible

MOST_TOKEN, SECONDS = 1 << 18, 30
TIME = re.compile(r"^Time stamp: (.{8,60})$", re.MULTILINE)


def check_stamps(bundle: Bundle, half: Half, roots: Path | None) -> tuple[list[dict[str, Any]], list[Text]]:
    """Return the stamps that hold, with the time that each bears, and what was not looked at."""
    found: list[dict[str, Any]] = []
    skipped: list[Text] = []
    openssl = shutil.which("openssl")
    for name in sorted(name for name in bundle.names if name.startswith("stamps/")):
        size = int(name[len("stamps/") : -len(".tsr")])
        note = half.note if size == half.note.size else half.older.get(size)
        token = bundle.read(name, MOST_TOKEN)
        if note is None:
            zh, en = f"{name} 所属的检查点不在包中", f"{name}: expected a stamp of a checkpoint that is here"
            raise Fails(zh, en)
        if not any(hashlib.new(kind, note.text).digest() in token for kind in ("sha256", "sha384", "sha512")):
            raise Fails(
                f"{name} 是他物的时间戳", f"{name}: expected a stamp of its checkpoint, found one of another text"
            )
        if openssl is None:
            skipped.append(Text(f"{name}：没有 openssl", f"{name}: there is no openssl"))
        elif roots is None:
            zh = f"{name}：未给出时间戳机构的根证书，用 --tsa 指定"
            skipped.append(Text(zh, f"{name}: no roots of the time-stamp authority were given, see --tsa"))
        else:
            found.append({"size": size, "time": _verify_stamp(openssl, name, token, note.text, roots)})
    return found, skipped


def _verify_stamp(openssl: str, name: str, token: bytes, text: bytes, roots: Path) -> str:
    """Return the time of a stamp that holds, as openssl spells it."""
    with tempfile.TemporaryDirectory() as place:
        data, answer = Path(place, "text"), Path(place, "stamp")
        data.write_bytes(text)
        answer.write_bytes(token)
        code, _ = _run(openssl, "-verify", "-data", str(data), "-in", str(answer), "-CAfile", str(roots))
        if code:
            raise Fails(
                f"{name} 的时间戳核验不通过", f"{name}: the time stamp does not hold under the roots that were given"
            )
        _, said = _run(openssl, "-reply", "-in", str(answer), "-text")
    shown = TIME.search(said)
    return visible(shown[1]) if shown else "-"


def _run(openssl: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(  # words and files of ours  # nosec B603
        [openssl, "ts", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("ascii", "replace")

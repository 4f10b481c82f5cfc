"""The exchange platform's signed headers: made as the convention says, and refused when anything differs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from adapters.signature import RID, RTIME, SID, SIGN, WINDOW_MS, Credentials, SignatureRefused, read_secret
from tests.adapters.stand_ins import CREDENTIALS, NOW_MS, SECRET


def test_the_signature_is_that_of_the_convention() -> None:
    """Base64 of HMAC-SHA256 under the secret over sid, rid and time."""
    headers = CREDENTIALS.headers(NOW_MS)
    text = f"{CREDENTIALS.sid}{CREDENTIALS.rid}{NOW_MS}"
    digest = hmac.new(SECRET, text.encode(), hashlib.sha256).digest()
    assert {
        "gjgxjhpt_rid": CREDENTIALS.rid,
        "gjgxjhpt_sid": CREDENTIALS.sid,
        "gjgxjhpt_rtime": str(NOW_MS),
        "gjgxjhpt_sign": base64.b64encode(digest).decode(),
    } == headers


@pytest.mark.parametrize("skew", [0, WINDOW_MS, -WINDOW_MS])
def test_a_time_within_the_window_passes(skew: int) -> None:
    """Either way, the limit included."""
    CREDENTIALS.check(CREDENTIALS.headers(NOW_MS + skew), NOW_MS)


@pytest.mark.parametrize("skew", [WINDOW_MS + 1, -WINDOW_MS - 1, 10**10])
def test_a_time_out_of_the_window_is_refused(skew: int) -> None:
    """Old messages are not repeated, early ones not stored up."""
    with pytest.raises(SignatureRefused, match=RTIME):
        CREDENTIALS.check(CREDENTIALS.headers(NOW_MS + skew), NOW_MS)


@pytest.mark.parametrize("name", [RID, SID, RTIME, SIGN])
@pytest.mark.parametrize("value", [None, "", "0", "１", "x" * 44])
def test_a_header_that_is_missing_or_another_is_refused(name: str, value: str | None) -> None:
    """The error names the header, never its value."""
    headers = CREDENTIALS.headers(NOW_MS)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(SignatureRefused) as caught:
        CREDENTIALS.check(headers, NOW_MS)
    assert headers.get(SIGN, "-") not in str(caught.value) or not headers.get(SIGN)


def test_another_secret_is_refused() -> None:
    """The same asker, the same service."""
    other = Credentials(CREDENTIALS.rid, CREDENTIALS.sid, SECRET[::-1])
    with pytest.raises(SignatureRefused, match=SIGN):
        CREDENTIALS.check(other.headers(NOW_MS), NOW_MS)


@pytest.mark.parametrize(
    ("rid", "sid", "secret"),
    [("", "s", SECRET), ("r", "", SECRET), ("r\r\nX: y", "s", SECRET), ("r", "s 1", SECRET), ("r", "s", b"short")],
)
def test_unfit_credentials_are_refused(rid: str, sid: str, secret: bytes) -> None:
    """No header can be smuggled in, no weak secret used."""
    with pytest.raises(ValueError, match="expected"):
        Credentials(rid, sid, secret)


def test_the_secret_does_not_show() -> None:
    """Neither in a log nor in a traceback."""
    assert SECRET.decode() not in repr(CREDENTIALS)


@pytest.mark.parametrize(
    ("mode", "text"), [(0o644, SECRET), (0o640, SECRET), (0o604, SECRET), (0o600, b"short\n"), (0o600, b"")]
)
def test_a_secret_file_that_others_may_read_or_that_is_short_is_refused(tmp_path: Path, mode: int, text: bytes) -> None:
    """A secret known to others is none."""
    path = tmp_path / "secret"
    path.write_bytes(text)
    path.chmod(mode)
    with pytest.raises(ValueError, match="secret file"):
        read_secret(path)

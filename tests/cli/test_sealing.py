"""`chuanyu keys sealing` and `ask --open-with`: a department's own key, and what it opens."""

from __future__ import annotations

import stat
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.cli.ask.open import AnswerOpener, read_opener
from gateway.cli.screen import Problem
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.masking.context import Context
from gateway.masking.sealed import encrypt, envelope
from keys.keystore import Passphrase, save_secret
from tests.cli.world import misuse, succeed
from tests.masking.pages import TODAY


def _page(public: bytes, first: int) -> Page:
    context = Context(TODAY, range(first, first + 2), (), envelope(public, "CY-ID-02", "r-1"))
    cells = encrypt("phone")(("10012345678", None), context)
    return Page(2, (Column("phone", Kind.SEALED, cells), Column("state", Kind.STRING, ("active", "lost"))))


def test_a_departments_key_opens_what_was_sealed_to_it(tmp_path: Path) -> None:
    """The pair that the command makes works together; the other columns stay as they are."""
    made = succeed("keys", "sealing", tmp_path / "pair")
    public = (tmp_path / "pair" / "sealing.pub").read_text("ascii").strip()
    assert public == made["sealing_key"]
    assert {0o600} == {
        stat.S_IMODE((tmp_path / "pair" / name).stat().st_mode) for name in ("sealing.key", "passphrase")
    }
    opening = AnswerOpener(read_opener(tmp_path / "pair" / "sealing.key"), "CY-ID-02", "r-1")
    opened = opening.open_page(_page(b64decode(public), 500), 500)
    assert (("10012345678", None), ("active", "lost")) == tuple(column.values for column in opened.columns)


def test_another_key_or_another_place_opens_nothing(tmp_path: Path) -> None:
    """The command says so, and shows nothing of the page."""
    succeed("keys", "sealing", tmp_path / "pair")
    opening = AnswerOpener(read_opener(tmp_path / "pair" / "sealing.key"), "CY-ID-02", "r-1")
    public = b64decode((tmp_path / "pair" / "sealing.pub").read_text("ascii"))
    strange = X25519PrivateKey.generate().public_key().public_bytes_raw()
    for page, first in ((_page(strange, 0), 0), (_page(public, 0), 1)):
        with pytest.raises(Problem, match="the field phone does not open"):
            opening.open_page(page, first)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """What was sealed to it could never be opened."""
    succeed("keys", "sealing", tmp_path / "pair")
    assert "a directory that is new or empty" in misuse("keys", "sealing", tmp_path / "pair")


def test_another_secret_is_no_sealing_key(tmp_path: Path) -> None:
    """A secret of another length is told apart before anything is asked."""
    (tmp_path / "passphrase").write_bytes(b"a passphrase of some length\n")
    (tmp_path / "passphrase").chmod(0o600)
    save_secret(tmp_path / "other.key", bytes(16), Passphrase(b"a passphrase of some length"))
    with pytest.raises(Problem, match="another kind of key"):
        read_opener(tmp_path / "other.key")

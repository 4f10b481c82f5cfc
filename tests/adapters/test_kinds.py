"""Opening a platform: from sound options alone, without a word of their values, without the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kinds import KINDS, OptionsInvalid, open_platform
from tests.adapters.stand_ins import Authority, chongqing_options


def _remote(directory: Path) -> dict[str, object]:
    authority = Authority("trial")
    client = authority.client()
    for name, text in (("ca", authority.pem), ("certificate", client.chain), ("key", client.key)):
        (directory / name).touch(mode=0o600)
        (directory / name).write_bytes(text)
    return {
        "target": "127.0.0.1:1",
        **{f"{name}_file": str(directory / name) for name in ("ca", "certificate", "key")},
    }


def _sichuan(directory: Path) -> dict[str, object]:
    (directory / "file.db").touch()
    return {"path": str(directory / "file.db")}


GOOD = {
    "sichuan": _sichuan,
    "chongqing": lambda directory: chongqing_options("http://127.0.0.1:1", directory),
    "remote": _remote,
}


def test_every_kind_is_tried_here() -> None:
    """With sound options at least; a kind that no test opens may not open at all."""
    assert set(KINDS) == set(GOOD)


@pytest.mark.parametrize("kind", GOOD)
async def test_a_platform_opens_without_the_network(kind: str, tmp_path: Path) -> None:
    """Nobody listens there, and nothing fails before the first question."""
    platform = open_platform(kind, GOOD[kind](tmp_path))
    assert not (await platform.health()).serving or kind == "sichuan"
    await platform.close()


@pytest.mark.parametrize("kind", ["", "Sichuan", "sql", "file", "guizhou"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    """There is no default platform."""
    with pytest.raises(OptionsInvalid, match="expected a kind"):
        open_platform(kind, {})


@pytest.mark.parametrize("kind", GOOD)
def test_an_unknown_option_is_refused(kind: str, tmp_path: Path) -> None:
    """A misspelt one would be a silent default."""
    with pytest.raises(OptionsInvalid, match="surprise"):
        open_platform(kind, {**GOOD[kind](tmp_path), "surprise": "value"})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, names in (
            ("sichuan", ["path"]),
            ("chongqing", ["url", "sid", "rid", "secret_file"]),
            ("remote", ["target", "ca_file", "certificate_file", "key_file"]),
        )
        for name in names
    ],
)
@pytest.mark.parametrize("value", [None, 5, "", ["x"], ...])
def test_an_option_that_is_missing_or_of_another_type_is_refused(
    kind: str, name: str, value: object, tmp_path: Path
) -> None:
    """Named, its value unsaid."""
    options = GOOD[kind](tmp_path)
    if value is ...:
        del options[name]
    else:
        options[name] = value
    with pytest.raises(OptionsInvalid):
        open_platform(kind, options)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("sichuan", {"dsn": "postgresql:///x"}),
        ("sichuan", {"path": "/nowhere/file.db"}),
        ("sichuan", {"pool": 0}),
        ("sichuan", {"pool": True}),
        ("sichuan", {"pool": "4"}),
        ("sichuan", {"statement_seconds": 0}),
        ("sichuan", {"statement_seconds": float("nan")}),
        ("chongqing", {"url": "http://platform.example"}),
        ("chongqing", {"url": "file:///etc/passwd"}),
        ("chongqing", {"rid": "a\r\nb"}),
        ("chongqing", {"secret_file": "/nowhere/secret"}),
        ("chongqing", {"pool": 1001}),
        ("remote", {"ca_file": "/nowhere/ca"}),
        ("remote", {"server_name": ""}),
    ],
)
def test_an_option_that_does_not_fit_is_refused(kind: str, change: dict[str, object], tmp_path: Path) -> None:
    """Before anything is opened."""
    with pytest.raises(OptionsInvalid):
        open_platform(kind, {**GOOD[kind](tmp_path), **change})


@pytest.mark.parametrize(("kind", "name"), [("chongqing", "secret"), ("remote", "key")])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_secret_that_others_may_read_is_refused(kind: str, name: str, mode: int, tmp_path: Path) -> None:
    """Mode 600, or nothing opens."""
    options = GOOD[kind](tmp_path)
    (tmp_path / name).chmod(mode)
    with pytest.raises(OptionsInvalid, match="owner alone"):
        open_platform(kind, options)


def test_a_dsn_stays_in_its_file_and_out_of_errors(tmp_path: Path) -> None:
    """It holds a password."""
    path = tmp_path / "dsn"
    path.write_text("postgresql://user:word@host/x", encoding="utf-8")
    path.chmod(0o644)
    with pytest.raises(OptionsInvalid) as caught:
        open_platform("sichuan", {"dsn_file": str(path)})
    assert "word" not in str(caught.value)

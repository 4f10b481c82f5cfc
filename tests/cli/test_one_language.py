"""What a command shows is wholly in the language of the run; snapshots hold three screens at eighty columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from gateway.cli.details import UNKNOWN
from gateway.cli.help import count_cells
from gateway.cli.language import choose
from gateway.cli.main import app
from tests.cli.test_language import CHINESE, SENTENCE
from tests.cli.world import World
from tests.commands import CliRunner

WIDE = frozenset("─━│┃")


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next."""
    yield
    choose(None)


LINES = (
    ("node", "check", "--config", "SC/node.toml"),
    ("audit", "verify", "SC"),
    ("audit", "search", "SC"),
    ("audit", "search", "SC", "--phase", "nonsense"),
    ("audit", "search", "SC", "--since", "yesterday"),
    ("audit", "show", "SC", "0"),
    ("audit", "show", "SC", "99"),
    ("audit", "reconcile", "SC", "CQ"),
    ("audit", "verify", "SC/nowhere"),
    ("audit", "bundle", "SC", "--from", "0", "--to", "9", "--out", "SC/none.zip"),
    ("node", "init", "SC", "--province", "sichuan"),
    ("keys", "draft-list", "SC/new.toml", "--province", "sichuan", "--kind", "provides", "--until", "x"),
    ("items", "show", "CY-XX-99"),
    ("items", "explain", "CY-ID-02", "--recipient", "nobody"),
    ("backup", "SC", "SC/inside"),
    ("restore", "SC/nowhere", "SC/new"),
    ("guard", "try", "SC/nowhere"),
    ("guard", "try", "SC/node.toml"),
    ("audit", "search", "SC", "--reason", "nonsense"),
    ("audit", "prove", "SC", "0"),
    ("audit", "verify", "SC", "--vkey", "SC/node.toml"),
    ("audit", "bundle", "SC", "--policy", "SC/node.toml", "--out", "SC/none.zip"),
    ("audit", "consistency", "SC", "--stored", "SC/node.toml"),
    ("audit", "shred", "SC", "--month", "2026-13"),
    ("keys", "request", "SC/new", "--province", "atlantis", "--role", "reviewer", "--name", "a"),
    ("keys", "request", "SC/new", "--province", "sichuan", "--role", "reviewer", "--name", "A B"),
    ("keys", "sign-grant", "SC/node.toml", "--authority", "SC-ca"),
    ("keys", "issue", "SC/node.toml", "--authority", "SC-ca", "--identity", "x", "--out", "SC/new"),
    ("keys", "revoke", "zz", "--authority", "SC-ca", "--reason", "x"),
    ("keys", "accept", "--node", "SC", "SC/node.toml", "SC/node.toml", "--fingerprint", "00"),
    ("keys", "accept-list", "--node", "SC", "SC/node.toml", "--province", "chongqing"),
    ("audit", "approve", "SC/node.toml", "--cert", "SC/x", "--key-file", "SC/x", "--passphrase-file", "SC/x"),
    ("ask", "CY-ID-02"),
    ("nothing",),
)


def shown(world: World, language: str, line: tuple[str, ...]) -> str:
    """Return all that a command shows on a terminal of eighty columns, without the paths of the test."""
    words = [word.replace("SC", str(world.root / "sc")).replace("CQ", str(world.root / "cq")) for word in line]
    result = CliRunner().invoke(app, words, env={"CHUANYU_LANG": language, "COLUMNS": "80"})
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_an_english_run_shows_no_chinese(sound: World, line: tuple[str, ...]) -> None:
    """Tables, panels, findings and steps."""
    assert [] == [row for row in shown(sound, "en", line).splitlines() if CHINESE.search(row)]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_chinese_run_shows_no_english_sentence(sound: World, line: tuple[str, ...]) -> None:
    """What a room says of a detail included: the rooms speak English, and `gateway.cli.details` says it in Chinese."""
    text = re.sub(r"(chuanyu|audit|node|keys)( [a-z-]+)+", "", shown(sound, "zh", line))
    assert UNKNOWN not in text
    assert [] == [row for row in text.splitlines() if SENTENCE.search(row)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_tables_and_panels_fit_eighty_columns(sound: World, language: str, line: tuple[str, ...]) -> None:
    """Counted in cells; a line of prose may be longer, since the terminal folds it."""
    rows = [row for row in shown(sound, language, line).splitlines() if WIDE & set(row)]
    assert [] == [row for row in rows if count_cells(row) > 80]


def test_json_is_the_same_in_every_language(sound: World) -> None:
    """A program does not read a locale."""
    for line in (LINES[0], LINES[1], LINES[4]):
        one, other = (shown(sound, language, (*line, "--json")) for language in ("zh", "en"))
        assert one == other

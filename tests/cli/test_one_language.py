"""What a command shows is wholly in the language of the run; snapshots hold three screens at eighty columns."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

from gateway.audit.verification.conclusion import Conclusion, Verdict
from gateway.audit.verification.verify import LogVerdict
from gateway.catalogue.loader import load_items
from gateway.cli.demo.outcomes import DemoOutcome
from gateway.cli.demo.questions import DemoExchange, DemoRefusal
from gateway.cli.demo.report import DemoReport
from gateway.cli.demo.show import CASES, OUTCOME_CASES, show
from gateway.cli.details import UNKNOWN
from gateway.cli.help import count_cells
from gateway.cli.items.sample import ADULT_BORN, make_sample
from gateway.cli.items.wording import label_code
from gateway.cli.language import Language, choose
from gateway.cli.main import app
from gateway.ground.evidence import CellReason
from gateway.ground.item import Item, Outcome
from gateway.ground.refusals import Reason
from tests.cli.test_language import CHINESE, SENTENCE
from tests.cli.world import World
from tests.commands import CliRunner

WIDE = frozenset("─━│┃")
ASIDE: Final = re.compile("《[^》]*》|[欧阳样例说明值四川省成都市锦江区街号]")
"""Names of laws, and the letters of what the synthetic person is called and where that person lives."""


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
    (
        "keys",
        "draft-list",
        "SC/new.toml",
        "--config",
        "SC",
        "--province",
        "sichuan",
        "--kind",
        "provides",
        "--until",
        "x",
    ),
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
    ("items", "list"),
    ("items", "show", "CY-SS-05"),
    ("items", "show", "CY-TO-02"),
    ("items", "explain", "CY-SS-03", "--recipient", "500000/cq-hrss"),
    ("node", "status", "--gateway", "localhost:9", "--cert", "SC/x", "--key-file", "SC/x", "--ca", "SC/x"),
    ("node", "init", "NEW/node", "--province", "sichuan", "--dialled-as", "localhost"),
    ("node", "init", "NEW/node", "--province", "sichuan", "--peer", "chongqing"),
    ("node", "witnessed", "SC", "--log", "500000.chuanyu/node/gateway-1", "--out", "NEW/checkpoint"),
    ("node", "rotate-log", "--node", "SC/nowhere"),
    ("doctor",),
    ("keys", "authority", "init", "NEW/authority", "--province", "chongqing"),
    ("keys", "request", "NEW/key", "--province", "sichuan", "--role", "审计管理员", "--name", "reviewer-1"),
    ("keys", "draft-list", "NEW/list.toml", "--config", "SC", "--province", "sichuan", "--until", "2027-06-30"),
    (
        "keys",
        "draft-agreement",
        "NEW/agreement.toml",
        "--id",
        "A",
        "--document-no",
        "1",
        "--pair",
        "500152:510900",
        "--item",
        "CY-ID-02",
        "--until",
        "2027-06-30",
    ),
    ("keys", "sign-agreement", "SC/node.toml", "--authority", "SC-ca"),
    ("regions", "list", "510900"),
    ("regions", "show", "510104"),
    ("regions", "show", "519999"),
    ("keys", "sealing", "NEW/sealing"),
    ("backup", "SC", "NEW/backup"),
    ("audit", "retain", "SC"),
    ("audit", "shred", "SC", "--month", "2020-01"),
    ("audit", "archive", "SC/node.toml", "--node", "SC"),
    ("audit", "twin", "SC"),
    ("audit", "prove", "SC", "0", "--out", "NEW/proof"),
    ("audit", "export", "SC", "--as", "syslog", "--out", "NEW/lines"),
    ("audit", "consistency", "SC", "--stored", "NEW/checkpoint"),
    ("audit", "bundle", "SC", "--out", "NEW/evidence.zip"),
    ("audit", "verify", "SC", "--witness-key", "CQ/audit/witness.vkey"),
    ("guard", "try", "NEW/texts"),
)
DEMO: Final = tuple(item for item in load_items() if item.subjects)
"""The items that a demo shows row by row."""
TEXTS: Final = (
    b'{"id": "1", "text": "13800138000", "record": {}}\n{"id": "2", "text": "fine", "record": {}}\n'
    b'{"id": "3", "text": "1960-05-15", "record": {"birth_date": "1960-05-15"}}\nnot JSON\n'
)


def shown(world: World, language: str, line: tuple[str, ...]) -> str:
    """Return all that a command shows on a terminal of eighty columns; what it makes is made in a new directory."""
    new = Path(tempfile.mkdtemp(dir=world.root))
    (new / "texts").write_bytes(TEXTS)
    places = {"SC": world.root / "sc", "CQ": world.root / "cq", "NEW": new}
    words = [re.sub("^(SC|CQ|NEW)(?=[/-]|$)", lambda name: str(places[name[0]]), word) for word in line]
    result = CliRunner().invoke(app, words, env={"CHUANYU_LANG": language, "COLUMNS": "80"})
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_an_english_run_shows_no_chinese(sound: World, line: tuple[str, ...]) -> None:
    """Tables, panels, findings and steps."""
    assert [] == [row for row in shown(sound, "en", line).splitlines() if CHINESE.search(ASIDE.sub("", row))]


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


def demonstrated(item: Item) -> DemoReport:
    """A demo of one item, with what the platform would hold, and a refusal of each case."""
    held = {field.name: make_sample(field, ADULT_BORN) for field in item.fields}
    verdict = LogVerdict("origin", 1, b"r" * 32, 1, 0, (), ())
    proven = Conclusion(Verdict.WITNESSED, 1, 1, ("w",), (), (), ())
    exchange = DemoExchange(item, "chongqing", "sichuan", "", tuple(held), 1, 0, "origin", 1, held, held, ())
    refusals = [DemoRefusal(case, Reason.GRANT_MISSING, Reason.GRANT_MISSING) for case in CASES]
    cells = {field.name: CellReason.WITHHELD_MINOR for field in item.fields}
    outcomes = [
        DemoOutcome(case, item, "chongqing", "sichuan", Outcome.LATER, said, cells, 1_800_000_000)
        for case, said in zip(OUTCOME_CASES, cycle(Outcome), strict=False)
    ]
    audit = dict.fromkeys(("sichuan", "chongqing"), (verdict, proven))
    return DemoReport([exchange], refusals, outcomes, [], audit, 1.0)


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
@pytest.mark.parametrize("item", DEMO, ids=lambda item: item.code)
def test_the_demo_speaks_one_language(
    item: Item, language: Language, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tables, with each closed value by its name; what the synthetic person is called stays as it is."""
    monkeypatch.setenv("COLUMNS", "80")
    choose(language)
    show(demonstrated(item), kept=Path("kept"))
    text = capsys.readouterr().out
    assert [] == [row for row in text.splitlines() if WIDE & set(row) and count_cells(row) > 80]
    if language is Language.EN:
        assert [] == [row for row in text.splitlines() if CHINESE.search(ASIDE.sub("", row))]
        return
    assert [] == [row for row in re.sub(r"chuanyu( [a-z-]+)+", "", text).splitlines() if SENTENCE.search(row)]
    codes = {code for field in item.fields for code in field.codes if CHINESE.search(label_code(code).zh)}
    assert set() == codes & set(re.findall(r"[\w]+", text))


def test_json_is_the_same_in_every_language(sound: World) -> None:
    """A program does not read a locale."""
    for line in (LINES[0], LINES[1], LINES[4]):
        one, other = (shown(sound, language, (*line, "--json")) for language in ("zh", "en"))
        assert one == other

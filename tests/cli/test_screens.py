"""Screens at eighty columns, word for word, in both languages: what a reader of the pages and a person at a desk sees.

What changes from run to run (times, hashes, identifiers, ports) is held still. Where a screen changes on purpose,
`CHUANYU_DRAW_SCREENS=1 pytest tests/cli/test_screens.py` draws it anew, and the difference is read before it is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from grpc_status import rpc_status

from gateway.assembly import epoch_keys
from gateway.audit.entries.entry import Entry, Phase
from gateway.audit.review.completeness import History
from gateway.audit.review.statement_entries import ProvenEntry
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.tlog.pairs import Kind
from gateway.audit.verification import conclusion
from gateway.audit.verification.backing import Backing, Lack
from gateway.audit.verification.conclusion import Trusted, Verdict
from gateway.border.status import to_status
from gateway.cli.ask.show import describe_refusal
from gateway.cli.audit import history_shown
from gateway.cli.audit.histories import Answer
from gateway.cli.audit.trusted import BESIDE, Keys
from gateway.cli.help import count_cells
from gateway.cli.language import Language, choose
from gateway.cli.main import app
from gateway.cli.screen import show_problem
from gateway.ground.refusals import Reason, Refusal, Violation
from tests.cli.test_calling import CallError
from tests.cli.world import World
from tests.commands import CliRunner

WIDE: Final = frozenset("─━│┃")
LANGUAGES: Final = (Language.ZH, Language.EN)
SCREENS: Final = Path(__file__).parent / "screens"
COMMANDS: Final = {
    "node-check": ("node", "check", "--config", "sc/node.toml"),
    "audit-search": ("audit", "search", "sc"),
    "audit-show": ("audit", "show", "sc", "0"),
    "audit-verify": ("audit", "verify", "sc"),
    "items-explain": ("items", "explain", "CY-ID-02", "--recipient", "500000/cq-hrss"),
}
REFUSALS: Final = {
    "refusal-grant-missing": Refusal(Reason.GRANT_MISSING),
    "refusal-leak-blocked": Refusal(Reason.LEAK_BLOCKED),
    "refusal-request-invalid": Refusal(
        Reason.REQUEST_INVALID, violations=(Violation("ask.purpose", "expected at most 128 characters, found 200"),)
    ),
}
HISTORIES: Final = {"audit-person": Kind.SUBJECT, "audit-official": Kind.OPERATOR, "audit-department": Kind.DEPARTMENT}
ENTRY: Final = Entry(
    Phase.REFUSAL,
    "e",
    {
        **{"result": "deny", "consumer_department": "cq-disabled-persons", "item_code": "CY-SS-03"},
        **{"scene": "unemployment_benefit_claim", "reason_code": Reason.REVOCATION_LIST_EXPIRED},
        "fields": ["unemployment_benefit_state", "benefit_level_of_the_month", "first_payment"],
        "time_utc_us": 1_795_500_000_000_000,
    },
)
INPUTS: Final = {
    **{"operator": "O-77", "operator_unit": "cq-hrss-yubei-window-3", "purpose": "办理失业保险待遇"},
    **{"lawful_basis": "statutory_duty", "business_no": "CQ-2026-12-000012345678901234"},
}
PATH: Final = 39
"""Characters of the path of the world."""
_STILL: Final = (
    (re.compile(r"\d{4}-\d{2}(-\d{2})?( \d{2}:\d{2}:\d{2}(\.\d+)?)?"), r"\d", "0"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), r"[0-9a-f]", "f"),
    (re.compile(r"(?<=sha256:)[0-9a-f]{16}|\b[0-9a-f]{32,}"), r"[0-9a-f]", "f"),
    (re.compile(r"\b1\d{4}\b"), r"\d", "0"),
    (re.compile(r"local:\d+ *"), r"\d", "0"),
)
"""What changes from run to run, and by what each of its signs is held still."""


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal of eighty columns; the language of one test is not that of the next."""
    monkeypatch.setenv("COLUMNS", "80")
    yield
    choose(None)


def _hold(sign: str, still: str, found: re.Match[str]) -> str:
    return re.sub(sign, still, found[0])


def hold_still(text: str) -> str:
    """Return a screen in which what changes from run to run has always the same signs, as many as before."""
    for pattern, sign, still in _STILL:
        text = pattern.sub(partial(_hold, sign, still), text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def compare(name: str, language: Language, shown: str) -> None:
    """Hold a screen to the one that is kept; every line of a table or panel fits, and a terminal folds prose."""
    path, found = SCREENS / language / f"{name}.txt", hold_still(shown)
    if os.environ.get("CHUANYU_DRAW_SCREENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found
    assert [] == [line for line in found.splitlines() if WIDE & set(line) and count_cells(line) > 80]


@pytest.fixture(name="place", scope="module")
def _place(sound: World) -> Iterator[Path]:
    """A copy of the sound world in a directory whose path is as long as a column: it folds where the path ends."""
    place = Path(tempfile.mkdtemp(prefix="n" * (PATH - len(tempfile.gettempdir()) - 9)))
    shutil.copytree(sound.root, place, dirs_exist_ok=True)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_the_screen_of_a_command(place: Path, monkeypatch: pytest.MonkeyPatch, name: str, language: Language) -> None:
    """Run where the nodes' directories lie."""
    assert PATH == len(str(place))
    monkeypatch.chdir(place)
    monkeypatch.setattr(epoch_keys, "epochs_in_use", lambda time_us: ["2026-12"])  # at a month's end there are two
    monkeypatch.setattr(conclusion, "LIVE_US", 0)  # whatever the machine's speed, an unsigned entry is an old one
    result = CliRunner().invoke(app, list(COMMANDS[name]), env={"CHUANYU_LANG": language})
    compare(name, language, result.output.replace(str(place), f"/{'n' * (PATH - 1)}"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REFUSALS)
def test_the_screen_of_a_refusal(capsys: pytest.CaptureFixture[str], name: str, language: Language) -> None:
    """As `chuanyu ask` shows it."""
    refused = to_status(REFUSALS[name], request_id="0" * 36, origin="510000.chuanyu/node/gateway-1", index=4)
    status = rpc_status.to_status(refused)
    choose(language)
    show_problem(describe_refusal(CallError(status.code, status.details, status.trailing_metadata)), as_json=False)
    compare(name, language, capsys.readouterr().err)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", HISTORIES)
def test_the_screen_of_a_history(capsys: pytest.CaptureFixture[str], name: str, language: Language) -> None:
    """With the bodies opened; every code of the longest entry is whole."""
    kind = HISTORIES[name]
    claim: Any = SimpleNamespace(kind=kind, lost=(), tokens={"2026-11": bytes(16)})
    history = History(claim, Checkpoint("510000.chuanyu/node/gateway-1", 12, bytes(32)), (), (), (), 0, 1, None)
    backing = Backing(Verdict.UNPROVEN, Lack.NOT_SIGNED, {})
    choose(language)
    answer = Answer(history, backing, Keys((), (), Trusted(), BESIDE, BESIDE))
    opened = {"e": INPUTS} if kind is Kind.SUBJECT else None
    history_shown._show(
        answer, history_shown._find_lack(answer, own_reference=False), [ProvenEntry(123_456, b"", ENTRY)], 0, opened, ()
    )
    shown = capsys.readouterr().out
    codes = [*ENTRY.names("fields"), *map(ENTRY.text, ("consumer_department", "item_code", "scene", "reason_code"))]
    codes += [INPUTS["operator_unit"], INPUTS["business_no"]] if kind is Kind.SUBJECT else []
    assert [] == [code for code in codes if code not in shown]
    compare(name, language, shown)


def test_no_screen_is_kept_that_nothing_draws() -> None:
    """Each file belongs to a screen, in both languages."""
    kept = sorted(path.relative_to(SCREENS).as_posix() for path in SCREENS.rglob("*") if path.is_file())
    assert (
        sorted(f"{language}/{name}.txt" for language in LANGUAGES for name in (*COMMANDS, *REFUSALS, *HISTORIES))
        == kept
    )

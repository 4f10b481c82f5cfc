"""Every command shows others' text through one place, and none of it commands a terminal or hides from a reader (F3).

Who prints is read from the sources: a function that asks for a console is shown poison here, or stands among those that
print text of ours alone, with the reason.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from google.rpc import code_pb2, error_details_pb2, status_pb2

import gateway.cli
from gateway.audit.entries.entry import Entry, Phase
from gateway.audit.review.completeness import History
from gateway.audit.review.offline_verifier.sayings import Text as BundleText
from gateway.audit.review.offline_verifier.verdict import OWN_KEYS
from gateway.audit.review.offline_verifier.verdict import Verdict as BundleVerdict
from gateway.audit.review.reconcile import Cause, Comparison, OneSided, Side
from gateway.audit.review.search import FoundEntry
from gateway.audit.review.statement_entries import ProvenEntry
from gateway.audit.tlog.cosigned import ProvenNote
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.tlog.pairs import Kind
from gateway.audit.verification.backing import Backing, Lack
from gateway.audit.verification.conclusion import Conclusion, Finding, Ground, Trusted, Verdict
from gateway.audit.verification.continuity import Continuity, ContinuityFinding
from gateway.audit.verification.fault import VerificationFault
from gateway.audit.verification.verify import LogVerdict
from gateway.budgets.counting import Scope, ScopeKind, Used
from gateway.budgets.periods import Span
from gateway.cli import guard, screen, table
from gateway.cli.ask import show as ask_show
from gateway.cli.audit import (
    absent,
    budget,
    check_bundle,
    consistency,
    fetch,
    history_shown,
    log,
    opened_history,
    reconcile,
    replay,
    search,
    twin,
    verdict,
    watch,
)
from gateway.cli.audit import show as audit_show
from gateway.cli.audit.histories import Answer
from gateway.cli.audit.trusted import BESIDE, Keys
from gateway.cli.keys import authority
from gateway.cli.refused import read_status
from gateway.ground.item import Label
from gateway.ground.visible import CONTROL
from gateway.monitor.alarms import RaisedAlarm, WatchAlarm
from keys.certificate import common_name
from keys.identity import Identity, Role
from keys.keystore import new_tls_key
from tests.samples import field

ROOT = Path(gateway.cli.__file__).parent
POISON = "[red]x[/] \x1b[2J\x1b]0;pwned\x07\x9b31m\x7f\0\r\u202egnp\u2066\u200b\ud800:skull:"
"""What a hostile answer, entry or peer might send."""
SPELT = r"\u001b[2J\u001b]0;pwned\u0007\u009b31m\u007f\u0000\u000d\u202egnp\u2066\u200b\ud800:skull:"
LABEL = Label(POISON, POISON)
PROBLEM = screen.Problem(LABEL, LABEL, LABEL)
FINDING = screen.CheckFinding(LABEL, screen.CheckStatus.WRONG, LABEL, LABEL)
ENTRY = Entry(
    Phase.REFUSAL,
    POISON,
    {
        **dict.fromkeys(("result", "consumer_department", "item_code", "reason_code", "scene", "node"), POISON),
        "time_utc_us": 1_795_500_000_000_000,
        "fields": [POISON, POISON],
    },
)
FOUND = FoundEntry(7, bytes(32), b"", ENTRY)
ROW: Any = FOUND
FAULT = VerificationFault(POISON, 3, POISON)
ONE = OneSided(POISON, 0, POISON, 1, next(iter(Side)), 1, POISON, POISON, Cause.UNKNOWN, "")
PLAN: Any = SimpleNamespace(item_code=POISON, profile=POISON)
VERDICT = LogVerdict(POISON, 1, bytes(32), 1, 0, ((POISON, 1),), (FAULT,))
MISSING = Finding(Ground.WITNESS_MISSING, names=(POISON,))
CONCLUSION = Conclusion(Verdict.UNPROVEN, 1, 1, (POISON,), (MISSING,), (MISSING,), ())
KEYS = Keys((), (), Trusted(), BESIDE, BESIDE)
CLAIM: Any = SimpleNamespace(kind=Kind.OPERATOR, lost=(POISON,), tokens={POISON: bytes(16)})
HISTORY = Answer(
    History(CLAIM, Checkpoint(POISON, 1, bytes(32)), (), (1,), (POISON,), 0, 1, None),
    Backing(Verdict.UNPROVEN, Lack.NOT_SIGNED, {POISON: 1}),
    KEYS,
)
BUNDLE = BundleVerdict(
    OWN_KEYS,
    stamps=[{"size": 1, "time": POISON}],
    skipped=[BundleText(POISON, POISON)],
    caveats=[BundleText(POISON, POISON)],
)
CHECKPOINT: Any = SimpleNamespace(origin=POISON, size=1, root=bytes(32))


def request() -> bytes:
    """A certificate request of a machine whose host names are poison."""
    names = [
        x509.UniformResourceIdentifier(Identity("510000", Role.NODE, "gw-1").uri),
        x509.DirectoryName(common_name("[red]\x1b[2J\u202e")),
    ]
    made = x509.CertificateSigningRequestBuilder().subject_name(common_name("x"))
    made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(new_tls_key(), SHA256()).public_bytes(Encoding.PEM)


class Refused(grpc.RpcError):
    """A call that a node of another release refuses with details that no check has cleaned."""

    def code(self) -> grpc.StatusCode:
        """Return the status code."""
        return grpc.StatusCode.PERMISSION_DENIED

    def details(self) -> str:
        """Return its text."""
        return POISON.replace("\ud800", "")

    def trailing_metadata(self) -> Any:
        """Return the details."""
        text = POISON.replace("\ud800", "")
        info = error_details_pb2.ErrorInfo(reason="GRANT_MISSING", metadata={"detail": text})
        wrong = error_details_pb2.BadRequest()
        wrong.field_violations.add(field=text, description=text)
        status = status_pb2.Status(code=code_pb2.PERMISSION_DENIED, message=POISON.replace("\ud800", ""))
        for part in (info, wrong):
            status.details.add().Pack(part)
        return (("grpc-status-details-bin", status.SerializeToString()),)


def answers(as_json: bool) -> None:
    """Show an answer whose every text is poison."""
    proof = {"zh": POISON, "en": POISON}
    receipts = {"provider": {"origin": POISON, "index": 1, "proof": proof}}
    answer = {
        **{"page": 0, "rows": [{POISON: POISON, "b": None}], "salt": "", "receipts": receipts},
        **{"outcomes": [POISON], "reasons": [{"b": POISON}], "later_at_s": 0},
    }
    ask_show.show_answers([answer], {"b": replace(field("b"), label=LABEL)}, PROBLEM, as_json=as_json)


def confirm() -> None:
    """Ask the operator whether to issue."""
    with pytest.raises(screen.Problem):
        authority._confirm_identity(request(), interactive=True)


USED = Used(Scope(ScopeKind.OPERATOR, False, POISON, POISON), 1, 1)
FOLLOWED: Any = SimpleNamespace(
    follower=SimpleNamespace(
        origin=POISON,
        record=SimpleNamespace(checkpoint=None),
        witnesses=(POISON,),
        witnessed_size=lambda name: 1,
        alarms=SimpleNamespace(list_raised=lambda: [RaisedAlarm(WatchAlarm.LOG_FORKED, POISON, "", 1)]),
    )
)
POISONED: dict[str, Callable[[], object]] = {
    "screen.show_problem": lambda: screen.show_problem(PROBLEM, as_json=False),
    "screen.print_under": lambda: screen.print_under("", [POISON]),
    "table.show_table": lambda: table.show_table("", [[""]], [[[POISON]]]),
    "screen.show_findings": lambda: screen.show_findings([FINDING], title=LABEL, as_json=False),
    "screen.show_result": lambda: screen.show_result({POISON: [POISON]}, [LABEL], title=LABEL, as_json=False),
    "ask.show.show_answers": lambda: answers(as_json=False),
    "audit.show._show_entry": lambda: audit_show._show_entry(POISON, ROW, ENTRY),
    "audit.search.show_entries": lambda: search.show_entries([FOUND], title="", limited=True),
    "audit.log.show_leftover": lambda: log.show_leftover(Path(POISON)),
    "audit.reconcile._show": lambda: reconcile._show(Comparison(1, 1, 1, 1, 1, (ONE,)), (ONE,)),
    "audit.check_bundle.show_verdict": lambda: check_bundle.show_verdict(BUNDLE, LABEL, [POISON]),
    "audit.verdict.show_faults": lambda: verdict.show_faults(VERDICT),
    "audit.verdict.show_conclusion": lambda: verdict.show_conclusion(VERDICT, CONCLUSION, KEYS),
    "audit.consistency._show": lambda: consistency._show(
        Continuity(ContinuityFinding.REWRITTEN, CHECKPOINT, CHECKPOINT, b"", POISON, {POISON: 1}),
        Path("x" + POISON.replace("\0", "")),
        KEYS,
        Path("y" + POISON.replace("\0", "")),
        as_json=False,
    ),
    "audit.fetch._show": lambda: fetch._show(
        fetch.Fetched.FORK,
        ProvenNote(b"", CHECKPOINT, {POISON: 1}),
        Path("x" + POISON.replace("\0", "")),
        Path("y" + POISON.replace("\0", "")),
        as_json=False,
    ),
    "audit.watch.show_alarm": lambda: watch.show_alarm(
        POISON, RaisedAlarm(WatchAlarm.LOG_FORKED, POISON, POISON, 1, POISON), True, as_json=False
    ),
    "audit.watch._show_notice": lambda: watch._show_notice(LABEL, as_json=False),
    "audit.watch._show_state": lambda: watch._show_state([FOLLOWED], as_json=False),
    "audit.twin._show": lambda: twin._show(POISON, 1, bytes(32), 1, (FAULT,)),
    "audit.history_shown._show": lambda: history_shown._show(HISTORY, LABEL, [ProvenEntry(1, b"", ENTRY)], 1, None, ()),
    "audit.budget.show_table": lambda: budget.show_table([USED], Span.of(0), None),
    "audit.opened_history.show_opened": lambda: opened_history.show_opened(
        [ProvenEntry(1, b"", ENTRY)], {POISON: dict.fromkeys(("operator", "operator_unit", "purpose"), POISON)}
    ),
    "audit.replay._show": lambda: replay._show(1, PLAN, {POISON: replay.OTHER}, committed=False, as_json=False),
    "guard._show": lambda: guard._show([(POISON, [POISON])]),
    "audit.absent.show_absent": lambda: absent.show_absent({"department": POISON}),
    "keys.authority._confirm_identity": confirm,
}
"""By module and function, a call that shows poison wherever others' text may stand."""
OWN = {
    "audit.verify.migrate_log": "versions of our own schema",
    "audit.consistency._show_first": "a size, and a root in hexadecimal",
    "audit.prove.prove": "the path that the caller gave, tested below, and names of keys that hold",
    "audit.bundle.bundle": "our own words",
    "audit.log.show_progress": "our own words",
    "audit.archive.archive": "our own words",
    "audit.whole.show_missing": "ranges of indexes",
    "audit.stats._show": "counts and times; its tables are made by show_table",
    "audit.stats._show_thresholds": "our own words and counts",
    "ask.app._show_progress": "our own words and counts",
    "items.app.list_items": "items that the catalogue has read",
    "items.app.show_item": "items that the catalogue has read",
    "items.app.explain_item": "items that the catalogue has read",
    "regions.show_region": "regions that the catalogue has read",
    "demo.show.show_progress": "our own words",
    "demo.show._show_sealed": "the demo's own people, whom it makes",
    "demo.show.show": "the demo's own people, whom it makes",
}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the command line, by module and name."""
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield f"{module}.{node.name}", node


def called(function: ast.AST) -> set[str]:
    """The names that a piece of source calls."""
    return {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def test_every_function_that_prints_is_shown_poison_or_prints_text_of_ours() -> None:
    """A command that is added without either fails here."""
    printing = {name for name, node in functions() if "make_console" in called(node)}
    assert printing == (POISONED.keys() | OWN.keys())


def test_nothing_else_writes_to_the_terminal() -> None:
    """JSON has one writer; the version and a proof are text of ours."""
    raw = {"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write", "Console"}
    writers = {name for name, node in functions() if called(node) & raw}
    assert {"screen.write_json", "main._show_version", "audit.prove.prove"} == writers
    consoles = [path.name for path in ROOT.rglob("*.py") if "rich.console" in path.read_text(encoding="utf-8")]
    assert {"console.py", "screen.py"} == set(consoles)


@pytest.mark.parametrize("name", POISONED)
def test_poison_is_shown_spelt(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves no cursor, turns no line, and is read as no markup and no emoji; the reader sees that it was there."""
    monkeypatch.setenv("COLUMNS", "4000")
    monkeypatch.setattr(typer, "confirm", lambda *text, **options: False)
    POISONED[name]()
    out = "".join(capsys.readouterr())
    assert not CONTROL.search(out.replace("\n", ""))
    assert "\u200b" not in out
    assert r"\u001b[2J" in out
    assert r"\u202e" in out
    assert "[red]" in out
    if name != "keys.authority._confirm_identity":
        assert SPELT in out


@pytest.mark.parametrize("describe", [ask_show.describe_refusal, ask_show._describe_disconnection])
def test_a_refusal_of_a_hostile_node_is_shown_spelt(
    capsys: pytest.CaptureFixture[str], describe: Callable[[grpc.RpcError], screen.Problem]
) -> None:
    """As a panel and as JSON."""
    for as_json in (False, True):
        screen.show_problem(describe(Refused()), as_json=as_json)
        out = "".join(capsys.readouterr())
        assert not CONTROL.search(out.replace("\n", ""))
        assert r"\u202e" in out.replace("\n", "").replace("│", "").replace(" ", "")


@pytest.mark.parametrize("octets", [b"\xff", b"\x08\x05", b""])
def test_details_that_cannot_be_read_are_no_traceback(octets: bytes) -> None:
    """A status that is none, or that contradicts its call, leaves the code of the call."""

    class Broken(Refused):
        def trailing_metadata(self) -> Any:
            return (("grpc-status-details-bin", octets),)

    assert "PERMISSION_DENIED" in ask_show.describe_refusal(Broken()).found.en
    assert read_status(Broken()) is None
    status = status_pb2.Status(code=code_pb2.PERMISSION_DENIED, message=Refused().details())
    status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")
    octets = status.SerializeToString()
    assert "PERMISSION_DENIED" in ask_show.describe_refusal(Broken()).found.en


def test_json_escapes_what_it_need_not(capsys: pytest.CaptureFixture[str]) -> None:
    """DEL, C1, overrides and surrogates as well, in keys and values; a program reads back what was there."""
    value: dict[str, Any] = {POISON: [POISON, {"a": POISON}], "王": "一"}
    screen.write_json(value)
    out = capsys.readouterr().out
    assert out.removesuffix("\n").isprintable()
    assert "王" in out
    assert value == json.loads(out)
    answers(as_json=True)
    assert capsys.readouterr().out.removesuffix("\n").isprintable()


def test_a_line_of_markup_quotes_a_value() -> None:
    """As the file name of a proof: neither markup nor a control sign is read in it."""
    assert r"\[red]x\[/] \u001b[2J" in screen.quote(POISON)
    assert "a\\u000ab" == screen.quote("a\nb")

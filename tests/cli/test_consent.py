"""`chuanyu consent` and the commands of the review of emergencies: what they ask a node, and what they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.audit import emergencies
from gateway.cli.consent import COMMANDS
from gateway.ground.refusals import Reason
from gateway.wire.v1 import consent_pb2, ledger_pb2
from tests.cli.listener import answer_with, listen, make_files, options_of, refuse, stream_with
from tests.cli.world import invoke, misuse

HELD = consent_pb2.HeldConsent(
    number="TY-1",
    department="cq-transport",
    provider_province="510000",
    items=[consent_pb2.ConsentItem(code="CY-TR-01", fields=["eligible"])],
    given_on="2026-12-01",
    until="2027-11-30",
    separate=True,
    told=True,
    digest="d" * 64,
)
NAME = "01980000-0000-7000-8000-000000000001"


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_files(tmp_path_factory.mktemp("consent"))


def listed(*found: consent_pb2.HeldConsent) -> dict[str, Any]:
    """A register that has these."""
    give = lambda asked: [consent_pb2.ListResponse(consent=one) for one in found]  # noqa: E731 - one line of a table
    return {"List": stream_with(consent_pb2.ListRequest, give)}


def call(files: Path, service: str, handlers: dict[str, Any], *line: str) -> tuple[int, dict[str, Any]]:
    """Run a command against a node that answers so."""
    with listen(files, service, handlers) as target:
        result = invoke(*line, *options_of(files, target), "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_withdrawal_names_department_and_number(files: Path) -> None:
    """And says where the other side is not told yet."""
    asked: list[consent_pb2.WithdrawRequest] = []

    def give(of: consent_pb2.WithdrawRequest) -> consent_pb2.WithdrawResponse:
        asked.append(of)
        held = consent_pb2.HeldConsent()
        held.CopyFrom(HELD)
        held.withdrawn, held.told = True, False
        return consent_pb2.WithdrawResponse(consent=held)

    handlers = {"Withdraw": answer_with(consent_pb2.WithdrawRequest, give)}
    code, shown = call(files, "Consents", handlers, "consent", "withdraw", "TY-1", "--department", "cq-transport")
    assert (0, True, False) == (code, shown["withdrawn"], shown["told"])
    assert [("cq-transport", "TY-1")] == [(one.department, one.number) for one in asked]
    assert "not told yet" in shown["next"][0]["en"]


def test_a_refusal_ends_with_three(files: Path) -> None:
    """With its reason."""
    handlers = {"Withdraw": answer_with(consent_pb2.WithdrawRequest, refuse(Reason.CONSENT_UNKNOWN))}
    code, shown = call(files, "Consents", handlers, "consent", "withdraw", "TY-1", "--department", "cq-transport")
    assert 3 == code
    assert Reason.CONSENT_UNKNOWN in shown["error"]["found"]["zh"]


def test_consents_are_shown_and_listed(files: Path) -> None:
    """One of them by its number; a number that nobody has registered is said to be none."""
    code, shown = call(files, "Consents", listed(HELD), "consent", "show", "TY-1")
    assert (0, ["CY-TR-01:eligible"], "d" * 64) == (code, shown["items"], shown["consent"])
    code, shown = call(files, "Consents", listed(HELD, HELD), "consent", "list")
    assert (0, 2) == (code, len(shown["consents"]))
    code, shown = call(files, "Consents", listed(), "consent", "show", "TY-9")
    assert (1, "no consent of the number TY-9") == (code, shown["error"]["found"]["en"])
    assert {"register", "withdraw", "show", "list"} == set(COMMANDS)


@pytest.mark.parametrize(("lang", "words"), [("zh", ("已登记 1 份同意", "有效")), ("en", ("1 consents", "in force"))])
def test_a_person_reads_a_table(files: Path, lang: str, words: tuple[str, ...]) -> None:
    """In the language of the run."""
    with listen(files, "Consents", listed(HELD)) as target:
        result = invoke("--lang", lang, "consent", "list", *options_of(files, target))
    assert 0 == result.exit_code
    assert all(word in result.stdout for word in words), result.stdout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--until": "next year"}, "next year"),
        ({"--item": "CY-TR-01"}, "makes no consent"),
    ],
    ids=["until", "item"],
)
def test_what_makes_no_consent_is_not_sent(files: Path, tmp_path: Path, changes: dict[str, str], words: str) -> None:
    """The application's certificate names nobody here, which is found before, too."""
    number = tmp_path / "number"
    number.write_text("51999919600101003X\n", encoding="utf-8")
    options = {
        "--department": "cq-transport",
        "--to": "sichuan",
        "--item": "CY-TR-01:eligible",
        "--until": "2027-06-30",
    }
    line = [word for pair in (options | changes).items() for word in pair]
    found = misuse("consent", "register", "TY-1", *line, "--number-file", number, *options_of(files, "localhost:1"))
    assert words in found or "makes no consent" in found


def test_a_number_that_can_be_nobody_s_is_not_registered(files: Path, tmp_path: Path) -> None:
    """It would cover no question ever."""
    number = tmp_path / "number"
    number.write_text("519999196001010031\n", encoding="utf-8")
    line = ["--department", "cq-transport", "--to", "sichuan", "--item", "CY-TR-01:eligible", "--until", "2027-06-30"]
    found = misuse("consent", "register", "TY-1", *line, "--number-file", number, *options_of(files, "localhost:1"))
    assert "519999196001010031" not in found


def test_open_emergencies_are_listed_and_closed_with_an_approval(files: Path, tmp_path: Path) -> None:
    """The approval's octets go as they are."""
    one = ledger_pb2.Emergency(
        emergency=NAME, item_code="CY-HE-01", recipient="500000/cq-health", operator_ref="0f" * 16, request_ids=[NAME]
    )
    answer = ledger_pb2.ListEmergenciesResponse(emergencies=[one])
    handlers = {"ListEmergencies": answer_with(ledger_pb2.ListEmergenciesRequest, lambda asked: answer)}
    code, shown = call(files, "Ledger", handlers, "audit", "emergencies")
    assert (0, [NAME]) == (code, [each["emergency"] for each in shown["emergencies"]])
    for lang in ("zh", "en"):
        with listen(files, "Ledger", handlers) as target:
            result = invoke("--lang", lang, "audit", "emergencies", *options_of(files, target))
        assert "CY-HE-01" in result.stdout
    approval = tmp_path / "approval"
    approval.write_bytes(b"signed by two")
    asked: list[ledger_pb2.CloseEmergencyRequest] = []

    def give(of: ledger_pb2.CloseEmergencyRequest) -> ledger_pb2.CloseEmergencyResponse:
        asked.append(of)
        return ledger_pb2.CloseEmergencyResponse(index=7)

    handlers = {"CloseEmergency": answer_with(ledger_pb2.CloseEmergencyRequest, give)}
    line = ("audit", "close-emergency", NAME, "--approval", str(approval))
    code, shown = call(files, "Ledger", handlers, *line)
    assert (0, 7) == (code, shown["entry"])
    assert [(NAME, b"signed by two")] == [(each.emergency, each.approval) for each in asked]
    assert callable(emergencies.close_emergency)

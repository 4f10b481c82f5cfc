"""`chuanyu ask` against a real listener with mutual TLS: answers, refusals, and what never reaches a gateway."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from gateway.audit.tlog.note import Checkpoint, Ed25519Verifier, checkpoint_text, make_vkey, sign_note
from gateway.audit.tlog.tree import leaf_hash, root_of
from gateway.border.messages import read_ask, write_page
from gateway.cli.ask.question import make_request_id
from gateway.cli.main import app
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.wire.v1 import exchange_pb2
from tests.cli.listener import listen, make_files
from tests.commands import CliRunner, Result

NUMBER: Final = "519999199001010017"
ORIGIN: Final = "chuanyu.example/510000/gateway-1"


class _LogKey:
    """A log's key for the checkpoints of this test."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(bytes(32))
        public = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.vkey = str(make_vkey(ORIGIN, public))
        verifier = Ed25519Verifier(self.vkey)
        self.name, self.key_id = verifier.name, verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._key.sign(message)


def _response(number: int, *, entry: bytes = b"entry", origin: str = ORIGIN) -> exchange_pb2.QueryResponse:
    leaf = leaf_hash(b"entry")
    checkpoint = sign_note(checkpoint_text(Checkpoint(ORIGIN, 1, root_of([leaf]))), [_LogKey()])
    response = exchange_pb2.QueryResponse(salt=bytes(16))
    columns = (
        Column("card_status", Kind.STRING, ("normal", None)),
        Column("since", Kind.INTEGER, (number, 7)),
    )
    write_page(Page(2, columns), response.page)
    for receipt in (response.receipt, response.own_receipt):
        receipt.origin, receipt.index, receipt.entry, receipt.checkpoint = origin, 0, entry, checkpoint
    return response


@dataclass(slots=True)
class Served:
    """What the listener got, and what it does next."""

    target: str
    questions: list[Any] = field(default_factory=list)
    answer: Callable[[int], exchange_pb2.QueryResponse] = _response
    refuse_from: int = 1_000


def _refusal(context: grpc.ServicerContext) -> None:
    info = error_details_pb2.ErrorInfo(
        reason="GRANT_MISSING", domain="chuanyu-gateway", metadata={"origin": ORIGIN, "index": "4"}
    )
    wrong = error_details_pb2.BadRequest()
    wrong.field_violations.add(field="ask.fields[0]", description="expected a name")
    details = []
    for detail in (info, wrong):
        packed = any_pb2.Any()
        packed.Pack(detail)
        details.append(packed)
    context.abort_with_status(rpc_status.to_status(status_pb2.Status(code=7, message="no", details=details)))


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, the gateway's pair, the application's pair, and a pair of another authority."""
    return make_files(tmp_path_factory.mktemp("ask"))


@pytest.fixture(name="served")
def _served(files: Path) -> Iterator[Served]:
    """A listener that speaks the Exchange service."""
    served = Served("")

    def query(request: exchange_pb2.QueryRequest, context: grpc.ServicerContext) -> exchange_pb2.QueryResponse:
        served.questions.append(request.ask)
        if len(served.questions) > served.refuse_from:
            _refusal(context)
        return served.answer(0)

    def stream(
        request: exchange_pb2.StreamRequest, context: grpc.ServicerContext
    ) -> Iterator[exchange_pb2.StreamResponse]:
        served.questions.append(request.ask)
        for number in range(2):
            yield exchange_pb2.StreamResponse(number=number, last=number == 1, answer=served.answer(number))

    handlers: dict[str, Any] = {
        "Query": grpc.unary_unary_rpc_method_handler(
            query, exchange_pb2.QueryRequest.FromString, exchange_pb2.QueryResponse.SerializeToString
        ),
        "Stream": grpc.unary_stream_rpc_method_handler(
            stream, exchange_pb2.StreamRequest.FromString, exchange_pb2.StreamResponse.SerializeToString
        ),
    }
    with listen(files, "Exchange", handlers) as served.target:
        yield served


def _ask(files: Path, target: str, *more: str, keys: tuple[str, ...] = (f"social_security_no={NUMBER}",)) -> Result:
    """Ask with everything that a question needs; what `more` repeats goes before."""
    options = {
        "--to": "sichuan",
        "--scene": "library-borrowing",
        "--use-basis": "public-culture-service",
        "--purpose": "借阅资格核验",
        "--purpose-code": "library-loan",
        "--business-no": "B-1",
        "--department": "cq-culture-tourism",
        "--region": "500000",
        "--gateway": target,
        "--cert": str(files / "app.crt"),
        "--key-file": str(files / "app.key"),
        "--ca": str(files / "ca.crt"),
        "--passphrase-file": str(files / "passphrase"),
    }
    line = ["ask", "CY-CU-01"]
    for name, value in options.items():
        if name not in more:
            line += [name, value]
    for key in keys:
        line += ["--key", key]
    return CliRunner().invoke(app, [*line, *more], terminal_width=200)


def test_an_answer_shows_its_rows_and_what_its_receipts_prove(files: Path, served: Served) -> None:
    """Rows by field, both receipts with origin and index, and that they prove."""
    result = _ask(files, served.target, "--field", "card_status", "--json", "--vkey", _LogKey().vkey)
    assert 0 == result.exit_code, result.output
    (answer,) = json.loads(result.stdout)["answers"]
    assert [{"card_status": "normal", "since": 0}, {"card_status": None, "since": 7}] == answer["rows"]
    assert (ORIGIN, 0) == (answer["receipts"]["provider"]["origin"], answer["receipts"]["own"]["index"])
    assert "proven, and the checkpoint's signature is good" == answer["receipts"]["own"]["proof"]["en"]


def test_the_question_carries_what_the_options_say(files: Path, served: Served) -> None:
    """The gateway reads the same question that the person wrote."""
    result = _ask(
        files, served.target, "--field", "card_status", "--field", "reader", "--channel", "counter",
        "--operator", "W-77", "--unit", "cq-library", "--lawful-basis", "consent", "--consent-ref", "C-1",
    )  # fmt: skip
    assert 0 == result.exit_code, result.output
    ask = read_ask(served.questions[0])
    assert ("510000", "CY-CU-01", 1) == (ask.provider_province, ask.item_code, ask.item_version)
    assert ("counter", "W-77", "consent", "C-1") == (ask.channel, ask.operator.ref, ask.lawful_basis, ask.consent_ref)
    assert ("card_status", "reader") == ask.fields
    assert (NUMBER,) == ask.keys.column("social_security_no").values


def test_people_read_a_table_in_both_languages(files: Path, served: Served) -> None:
    """Rows, nulls as a dash, and the receipts."""
    result = _ask(files, served.target, "--field", "card_status")
    for part in ("normal", "—", "提供方回执", "own receipt", ORIGIN, "its signature is not checked"):
        assert part in result.stdout
    assert NUMBER not in result.output


def test_a_stream_shows_every_page(files: Path, served: Served) -> None:
    """Each page has its own receipt."""
    result = _ask(files, served.target, "--field", "card_status", "--stream", "--page-rows", "2", "--json")
    assert [0, 1] == [answer["page"] for answer in json.loads(result.stdout)["answers"]]


def test_a_table_of_subjects_is_asked_part_by_part(
    files: Path, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question for each part, each with a request id of its own; the progress bar stays off standard output."""
    monkeypatch.setattr("gateway.cli.ask.keys.BATCH_ROWS", 2)
    table = tmp_path / "batch.csv"
    table.write_text("social_security_no\n" + f"{NUMBER}\n" * 5, encoding="utf-8")
    result = _ask(files, served.target, "--field", "card_status", "--file", str(table), "--json", keys=())
    assert 3 == len(json.loads(result.stdout)["answers"])
    assert [2, 2, 1] == [question.keys.rows for question in served.questions]
    assert 3 == len({question.request_id for question in served.questions})


def test_what_came_before_a_refusal_is_shown_with_it(
    files: Path, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was released and recorded is not thrown away, and the command still fails."""
    monkeypatch.setattr("gateway.cli.ask.keys.BATCH_ROWS", 1)
    served.refuse_from = 1
    table = tmp_path / "batch.csv"
    table.write_text(f"social_security_no\n{NUMBER}\n{NUMBER}\n", encoding="utf-8")
    result = _ask(files, served.target, "--field", "card_status", "--file", str(table), "--json", keys=())
    shown = json.loads(result.stdout)
    assert (3, 1) == (result.exit_code, len(shown["answers"]))
    assert "GRANT_MISSING" == shown["error"]["reason"]


def test_a_refusal_is_read_in_both_languages_with_its_next_step(files: Path, served: Served) -> None:
    """Reason, sentence, violations, the entry that records it, and what to do."""
    served.refuse_from = 0
    result = _ask(files, served.target, "--field", "card_status")
    assert 3 == result.exit_code
    for part in (
        "GRANT_MISSING",
        "没有此事项的共享授权",
        "holds no grant",
        "chuanyu.example/510000/gateway-1 #4",
        "expected a name",
        "第二十条",
    ):
        assert part in result.stderr.replace("\n", "").replace("│", "").replace("  ", ""), part
    assert "" == result.stdout


@pytest.mark.parametrize("broken", [{"entry": b"another"}, {"origin": "another"}])
def test_a_receipt_that_does_not_prove_is_told(files: Path, served: Served, broken: dict[str, Any]) -> None:
    """An entry that does not stand under its checkpoint, or stands in another log."""
    served.answer = lambda number: _response(number, **broken)
    result = _ask(files, served.target, "--field", "card_status", "--json")
    (answer,) = json.loads(result.stdout)["answers"]
    assert answer["receipts"]["provider"]["proof"]["en"].startswith("does not prove")


def test_a_checkpoint_of_an_unknown_key_does_not_prove(files: Path, served: Served) -> None:
    """With a verifier key given, another key's signature is not enough."""
    other = str(make_vkey(ORIGIN, bytes(31) + b"\x01"))
    result = _ask(files, served.target, "--field", "card_status", "--json", "--vkey", other)
    (answer,) = json.loads(result.stdout)["answers"]
    assert answer["receipts"]["provider"]["proof"]["en"].startswith("does not prove")


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ((), "the fields that are needed"),
        (("--field", "x", "--to", "Sichuan province"), "sichuan, chongqing or"),
        (("--field", "x", "--gateway", "localhost"), "host:port"),
        (("--field", "x", "--cert", "{files}/other.crt"), "belongs to another certificate"),
        (("--field", "x", "--cert", "{files}/passphrase"), "no PEM certificate"),
        (("--field", "x", "--ca", "{files}/absent"), "a readable file"),
        (("--field", "x", "--passphrase-file", "{files}/wrong"), "the passphrase does not open it"),
        (("--field", "x", "--passphrase-file", "{files}/empty"), "a passphrase of 12 to 1023 bytes"),
        (("--field", "x", "--passphrase-file", "{files}/open"), "expected mode 0600, found 0644"),
        (("--field", "x", "--key-file", "{files}/plain.key"), "expected an encrypted key"),
    ],
)
def test_what_cannot_be_asked_never_reaches_the_gateway(
    files: Path, served: Served, more: tuple[str, ...], part: str
) -> None:
    """The problem says what was found, what was expected and what to do; nothing was sent."""
    result = _ask(files, served.target, *(one.format(files=files) for one in more), "--json")
    assert 2 == result.exit_code
    error = json.loads(result.stdout)["error"]
    assert part in f"{error['found']['en']} {error['expected']['en']}"
    assert error["next"]["zh"]
    assert [] == served.questions


def test_a_gateway_of_another_authority_gets_no_question(files: Path, served: Served) -> None:
    """Mutual TLS goes before everything."""
    result = _ask(files, served.target, "--field", "x", "--ca", str(files / "other.crt"), "--timeout", "2", "--json")
    assert 4 == result.exit_code
    assert json.loads(result.stdout)["error"]["found"]["en"].startswith("UNAVAILABLE")
    assert [] == served.questions


def test_an_application_of_another_authority_gets_no_answer(files: Path, served: Served) -> None:
    """The gateway refuses the handshake, and the command says how the connection failed."""
    result = _ask(
        files, served.target, "--field", "x", "--timeout", "2", "--json",
        "--cert", str(files / "other.crt"), "--key-file", str(files / "other.key"),
    )  # fmt: skip
    assert 4 == result.exit_code
    assert [] == served.questions


def test_a_request_id_is_a_uuid_of_version_7() -> None:
    """RFC 9562 section 5.7: time first, then version and variant."""
    assert "0190163d-8694-7fff-bfff-ffffffffffff" == make_request_id(0x0190163D8694, b"\xff" * 10)
    assert "0190163d-8694-7000-8000-000000000000" == make_request_id(0x0190163D8694, bytes(10))

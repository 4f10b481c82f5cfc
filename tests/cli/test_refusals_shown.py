"""Every refusal as `chuanyu ask` shows it: in the language of the run, within eighty columns, reason and next step."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from grpc_status import rpc_status

from gateway.border.status import to_status
from gateway.cli.details import UNKNOWN
from gateway.cli.help import count_cells
from gateway.cli.language import choose
from gateway.cli.main import app
from gateway.ground.refusals import TABLE, Reason, Refusal, Violation
from gateway.wire.v1 import exchange_pb2
from tests.cli.listener import listen, make_files
from tests.cli.test_language import CHINESE, SENTENCE
from tests.commands import CliRunner, Result

ROOT: Final = Path(__file__).parents[2]
REQUEST: Final = "0190163d-8694-7fff-bfff-ffffffffffff"
WRONG: Final = (
    Violation("ask.fields[0]", "expected the form [a-z_]+"),
    Violation("ask.purpose", "expected no personal number or name, found identity_number"),
)


@dataclass(slots=True)
class Served:
    """Where the listener is, and what it refuses with."""

    target: str = ""
    refusal: Refusal | None = None


@cache
def list_refusals() -> dict[Reason, tuple[str, ...]]:
    """Return the details with which the code refuses for each reason; what is named in them is a 7."""
    found: dict[Reason, set[str]] = {reason: {""} for reason in Reason}
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal" and len(node.args) > 1:
                reason, detail = ast.unparse(node.args[0]).removeprefix("Reason."), node.args[1]
                if reason in Reason.__members__ and isinstance(detail, ast.Constant | ast.JoinedStr):
                    parts = detail.values if isinstance(detail, ast.JoinedStr) else [detail]
                    text = "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)
                    found[Reason(reason)].add(text)
    return {reason: tuple(sorted(details)) for reason, details in found.items()}


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next."""
    yield
    choose(None)


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pairs of a gateway and of an application."""
    return make_files(tmp_path_factory.mktemp("refusals"))


@pytest.fixture(name="served", scope="module")
def _served(files: Path) -> Iterator[Served]:
    """A listener that refuses every question."""
    served = Served()

    def query(request: exchange_pb2.QueryRequest, context: grpc.ServicerContext) -> exchange_pb2.QueryResponse:
        assert served.refusal is not None
        status = to_status(served.refusal, request_id=REQUEST, origin="510000.chuanyu/node/gateway-1", index=4)
        context.abort_with_status(rpc_status.to_status(status))
        return exchange_pb2.QueryResponse()

    handlers: dict[str, Any] = {
        "Query": grpc.unary_unary_rpc_method_handler(
            query, exchange_pb2.QueryRequest.FromString, exchange_pb2.QueryResponse.SerializeToString
        )
    }
    with listen(files, "Exchange", handlers) as served.target:
        yield served


def ask(files: Path, served: Served, refusal: Refusal, language: str, *more: str) -> Result:
    """Ask, and be refused."""
    served.refusal = refusal
    line = ["ask", "CY-ID-02", "--to", "sichuan", "--scene", "s", "--use-basis", "b", "--purpose", "p"]
    line += ["--purpose-code", "c"]
    line += ["--business-no", "1", "--department", "cq-hrss", "--region", "500103", "--gateway", served.target]
    line += ["--cert", str(files / "app.crt"), "--key-file", str(files / "app.key"), "--ca", str(files / "ca.crt")]
    line += ["--passphrase-file", str(files / "passphrase"), "--field", "card_status"]
    line += ["--key", "social_security_no=519999199001010017", *more]
    return CliRunner().invoke(app, line, env={"CHUANYU_LANG": language, "COLUMNS": "80"})


def rows_of(result: Result) -> list[str]:
    """Return what was shown, without the frame."""
    assert 3 == result.exit_code, result.output
    assert [] == [row for row in result.stderr.splitlines() if count_cells(row) > 80]
    return [row.strip("│ ") for row in result.stderr.splitlines()]


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_is_shown_in_the_language_of_the_run(files: Path, served: Served, reason: Reason) -> None:
    """Reason, next step, request id, entry, and every detail that the code gives for it."""
    sentence = TABLE[reason]
    for detail in list_refusals()[reason]:
        refusal = Refusal(reason, detail, violations=WRONG if not detail else ())
        zh = rows_of(ask(files, served, refusal, "zh"))
        text = re.sub(r"chuanyu [a-z -]+", "", "".join(zh))
        assert not SENTENCE.search(text), text
        assert UNKNOWN not in text
        assert f"{sentence.zh}（{reason}）" in text
        assert REQUEST == zh[zh.index("请求编号") + 1]
        assert "510000.chuanyu/node/gateway-1 #4" == zh[zh.index("审计条目") + 1]
        en = rows_of(ask(files, served, refusal, "en"))
        assert [] == [row for row in en if CHINESE.search(row.replace("政务数据共享条例", ""))]
        assert REQUEST == en[en.index("request id") + 1]
        assert re.sub(r"\s", "", detail) in re.sub(r"\s", "", "".join(en))


def test_a_reason_stands_before_its_code_and_details_last(files: Path, served: Served) -> None:
    """A clerk reads what happened first; there is nothing of keys and values."""
    shown = rows_of(ask(files, served, Refusal(Reason.SCENE_NOT_GRANTED, "CY-ID-02: subsidy", violations=WRONG), "zh"))
    heads = ["原因", "处理建议", "请求编号", "审计条目", "详情"]
    assert heads == [row for row in shown if row in heads]
    assert "授权不含该应用场景（SCENE_NOT_GRANTED）" == shown[shown.index("原因") + 1]
    details = "".join(shown[shown.index("详情") + 1 : -1])
    assert "CY-ID-02：subsidy；ask.fields[0]：预期格式 [a-z_]+；" in details
    assert "ask.purpose：预期没有个人号码或姓名，实际 identity_number" in details
    assert "要求" not in shown and "detail=" not in details


def test_a_detail_of_a_later_release_is_not_shown_in_chinese(files: Path, served: Served) -> None:
    """It is said how it can be read, and it stands there."""
    refusal = Refusal(Reason.INTERNAL, "the flux of the capacitor is low")
    assert UNKNOWN in "".join(rows_of(ask(files, served, refusal, "zh")))
    assert "the flux of the capacitor is low" in " ".join(rows_of(ask(files, served, refusal, "en")))


def test_a_program_reads_reason_details_and_next_step(files: Path, served: Served) -> None:
    """In both languages, the same in every run."""
    refusal = Refusal(Reason.RATE_LIMITED, "rate limit of the party")
    runs = [ask(files, served, refusal, language, "--json") for language in ("zh", "en")]
    assert runs[0].stdout == runs[1].stdout
    error = json.loads(runs[0].stdout)["error"]
    assert "请求过于频繁（RATE_LIMITED）：该单位的频率上限" == error["found"]["zh"]
    assert "too many requests from this party (RATE_LIMITED): rate limit of the party" == error["found"]["en"]

"""Shows an answer to a person: the masked rows, the receipts and whether they prove, or the refusal."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.cli.details import put_detail
from gateway.cli.items.wording import name_value
from gateway.cli.language import lines_of, say, word
from gateway.cli.names import add_code, name_of
from gateway.cli.provinces import name_log
from gateway.cli.refused import read_refusal
from gateway.cli.screen import Problem, describe_problem, make_console, quote, write_json
from gateway.cli.table import show_table
from gateway.cli.times import show_microseconds
from gateway.ground.evidence import CellReason
from gateway.ground.item import Label, Outcome

if TYPE_CHECKING:
    import grpc

    from gateway.ground.evidence import Page, Value
    from gateway.ground.item import Field
    from gateway.wire.v1 import ask_pb2, exchange_pb2


def prove(receipt: ask_pb2.Receipt, vkeys: Sequence[str]) -> Label:
    """Judge a receipt: its entry stands under its checkpoint, which one of `vkeys` has signed.

    It is not checked here that the entry commits to the page's rows; the SDK for applications does that.
    """
    from gateway.audit.tlog.note import Ed25519Verifier, NoteInvalid, parse_checkpoint, parse_note, verify_note
    from gateway.audit.tlog.proofs import ProofInvalid, verify_inclusion
    from gateway.audit.tlog.tree import leaf_hash

    try:
        if vkeys:
            text = verify_note(receipt.checkpoint, [Ed25519Verifier(vkey) for vkey in vkeys])
        else:
            text = parse_note(receipt.checkpoint).text
        checkpoint = parse_checkpoint(text)
        leaf = leaf_hash(receipt.entry)
        verify_inclusion(receipt.index, checkpoint.size, leaf, tuple(receipt.path), checkpoint.root)
    except (NoteInvalid, ProofInvalid) as error:
        return Label(f"回执验证不通过：{put_detail(error).zh}", f"does not prove: {error}")
    if checkpoint.origin != receipt.origin:
        return Label("回执验证不通过：日志名称不符", "does not prove: the checkpoint is another log's")
    if vkeys:
        return Label("已验证，检查点签名有效", "proven, and the checkpoint's signature is good")
    return Label("已验证；未给 --vkey，检查点签名未核对", "proven; its signature is not checked without --vkey")


def _describe_receipt(receipt: ask_pb2.Receipt, vkeys: Sequence[str]) -> dict[str, Any]:
    judged = prove(receipt, vkeys)
    return {"origin": receipt.origin, "index": receipt.index, "proof": {"zh": judged.zh, "en": judged.en}}


def _describe_value(value: Value) -> str | int | bool | None:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _spell_cell(cell: str | int | bool | None, field: Field | None) -> str:
    if field is not None and (name := name_value(field, cell)) is not None:
        return name
    match cell:
        case None:
            return "—"
        case bool():
            return word("是", "yes") if cell else word("否", "no")
    return str(cell)


def describe_answer(
    message: exchange_pb2.QueryResponse, page: Page, number: int, vkeys: Sequence[str]
) -> dict[str, Any]:
    """Return one page of an answer for JSON: its rows, what became of each, why each null is one and from when on a row
    can be asked again, the salt that opens the entry's commitment to all that, and each receipt with what it proves.
    """
    rows = [{column.name: _describe_value(column.values[row]) for column in page.columns} for row in range(page.rows)]
    receipts = {"provider": _describe_receipt(message.receipt, vkeys)}
    if message.HasField("own_receipt"):
        receipts["own"] = _describe_receipt(message.own_receipt, vkeys)
    said = {
        "outcomes": [outcome.value for outcome in page.outcomes],
        "reasons": [
            {
                column.name: column.reasons[row].value
                for column in page.columns
                if column.reasons and column.values[row] is None
            }
            for row in range(page.rows)
        ],
        "later_at_s": page.later_at_s,
    }
    return {"page": number, "rows": rows, **said, "salt": message.salt.hex(), "receipts": receipts}


def show_answers(
    answers: Sequence[Mapping[str, Any]], declared: Mapping[str, Field], problem: Problem | None, *, as_json: bool
) -> None:
    """Show the pages that came, with the names of fields and of their closed values where the item is known.

    `problem` is why the rest did not come; it stands in the JSON, and is left to the caller elsewhere.
    """
    if as_json:
        write_json(
            {"answers": answers} if problem is None else {"answers": answers, "error": describe_problem(problem)}
        )
        return
    out = make_console()
    for answer in answers:
        rows = answer["rows"]
        heads = [["#"], *([[word("行结果", "outcome")]] if answer["outcomes"] else [])]
        heads += [[_name_column(name, declared)] for name in (rows or [{}])[0]]
        cells = [[[str(number)], *_spell_row(answer, number - 1, row, declared)] for number, row in enumerate(rows, 1)]
        if rows:
            show_table(word(f"第 {answer['page']} 页", f"page {answer['page']}"), heads, cells, right=(0,))
        else:
            out.print(word("没有数据行", "no rows"))
        for whose, receipt in answer["receipts"].items():
            lines = [*lines_of(_name_receipt(whose, receipt)), f"  {receipt['origin']} #{receipt['index']}"]
            out.print("\n".join(map(quote, lines)), soft_wrap=True)


def _name_column(name: str, declared: Mapping[str, Field]) -> str:
    return add_code(say(declared[name].label), name) if name in declared else name


def _spell_row(
    answer: Mapping[str, Any], place: int, row: Mapping[str, Any], declared: Mapping[str, Field]
) -> Iterator[Sequence[str]]:
    """Yield the outcome of a row where it has one, and its cells: a null says why it is one."""
    if answer["outcomes"]:
        outcome = answer["outcomes"][place]
        later = [show_microseconds(answer["later_at_s"] * 1_000_000)] if outcome == Outcome.LATER else []
        yield [name_of(Outcome, outcome), *later]
    for name, cell in row.items():
        reason = answer["reasons"][place].get(name, "")
        if cell is None and reason and reason != CellReason.NOT_ANSWERED:
            yield [name_of(CellReason, reason)]
        else:
            yield [_spell_cell(cell, declared.get(name))]


def _name_receipt(whose: str, receipt: Mapping[str, Any]) -> Label:
    """Return whose receipt it is, of which node's log and entry, and what it proves."""
    name = {"provider": Label("提供方回执", "provider's receipt"), "own": Label("本方回执", "own receipt")}[whose]
    log, index, proof = name_log(receipt["origin"]), receipt["index"], receipt["proof"]
    return Label(
        f"{name.zh}：{log.zh} 第 {index} 条，{proof['zh']}", f"{name.en}: {log.en}, entry {index}: {proof['en']}"
    )


def describe_refusal(error: grpc.RpcError) -> Problem:
    """Turn a failed call into a problem: the gateway's refusal where there is one, else how the connection failed."""
    return read_refusal(error) or _describe_disconnection(error)


def _describe_disconnection(error: grpc.RpcError) -> Problem:
    code = error.code().name if hasattr(error, "code") else type(error).__name__
    details = str(error.details()) if hasattr(error, "details") else ""
    return Problem(
        Label(f"无法连接（{code}）：{put_detail(details).zh}", f"{code}: {details}"),
        Label("与网关的双向 TLS 连接", "a connection to the gateway with mutual TLS"),
        Label(
            "核对地址、证书与 --ca；在网关一侧运行 chuanyu doctor",
            "check the address, the certificate and --ca; run chuanyu doctor on the gateway's side",
        ),
        exit_code=4,
    )

"""`chuanyu consent`: a department registers, withdraws and lists the consents of cardholders at its own gateway.

The record is made and signed here, with the application's key. The person's number comes from a file or standard input
and leaves this machine only as a keyed reference; the key of it, drawn for this consent, goes to the two gateways.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.audit.subject_number import NumberFile, read_number
from gateway.cli.calling import SECONDS, Connection, call_node, with_connection_options
from gateway.cli.commands import make_app
from gateway.cli.connection import read_pair
from gateway.cli.details import put_detail
from gateway.cli.provinces import read_province
from gateway.cli.screen import AsJson, Problem, show_result, write_json
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.wire.v1 import consent_pb2

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="同意登记编号。The register number of the consent.")]
Department = Annotated[str, typer.Option(help="接收数据的部门编码。The department that receives the data.")]
_WITHDRAWN: Final = Label("已撤回", "withdrawn")
_HOLDS: Final = Label("有效", "in force")


@with_connection_options
def register(
    number: Number,
    department: Department,
    to: Annotated[str, typer.Option(help="提供方省（市）。The province that will be asked.")],
    item: Annotated[
        list[str],
        typer.Option(help="事项及其数据项，编码:数据项,数据项；可重复。An item and its fields, CODE:field,field."),
    ],
    until: Annotated[str, typer.Option(help="有效期的最后一日，YYYY-MM-DD。The last day on which it holds.")],
    connection: Connection,
    number_file: NumberFile = None,
    end_user_org: Annotated[str, typer.Option(help="所服务的机构。The body behind the department.")] = "",
    separate: Annotated[
        bool,
        typer.Option("--separate", help="单独同意；敏感数据项必需。Given apart for this; sensitive fields need it."),
    ] = False,
    guardian: Annotated[
        bool, typer.Option("--guardian", help="由监护人同意；不满十四周岁必需。A guardian's; for a child under 14.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """制作、签署并登记一份同意书，并告知提供方网关。
    Make, sign and register a consent, and tell the gateway that will be asked.
    """
    from gateway.ground.clock import china_day
    from gateway.ground.identity_numbers import person_of
    from gateway.wire.v1 import consent_pb2, consent_pb2_grpc
    from keys.certificate import CertificateError, read_claims
    from keys.consent import NONCE_BYTES, ConsentInvalid, ConsentRecord, PersonReference, read, sign

    certificate, key = read_pair(connection.cert, connection.key_file, connection.passphrase_file)
    today, nonce = china_day(int(datetime.now(UTC).timestamp() * 1e6)), os.urandom(NONCE_BYTES)
    try:
        province = read_claims(certificate).identity.province
    except CertificateError as error:
        raise _misuse(error) from error
    record = ConsentRecord(
        number=number,
        person=PersonReference(nonce).refer(person_of(_read_person(number_file, today))),
        province=province,
        department=department,
        end_user_org=end_user_org,
        provider_province=read_province(to),
        items=tuple(sorted(map(_read_item, item))),
        given_on=today,
        until=_read_until(until),
        separate=separate,
        guardian=guardian,
    )
    signed = sign(record, certificate, key)
    try:
        read(signed.octets())
    except ConsentInvalid as error:
        raise _misuse(error) from error
    request = consent_pb2.RegisterRequest(consent=signed.octets(), nonce=nonce)
    answer = call_node(
        connection, lambda channel: consent_pb2_grpc.ConsentsStub(channel).Register(request, timeout=SECONDS)
    )
    steps = [Label(f"查询时写明 --consent-ref {number}", f"name it when asking: --consent-ref {number}")]
    _show(answer.consent, steps, as_json=as_json)


@with_connection_options
def withdraw(number: Number, department: Department, connection: Connection, as_json: AsJson = False) -> None:
    """撤回一份同意；此后双方网关均不再据此提供。Withdraw a consent: from then on neither gateway answers by it."""
    from gateway.wire.v1 import consent_pb2, consent_pb2_grpc

    request = consent_pb2.WithdrawRequest(department=department, number=number)
    answer = call_node(
        connection, lambda channel: consent_pb2_grpc.ConsentsStub(channel).Withdraw(request, timeout=SECONDS)
    )
    _show(answer.consent, [], as_json=as_json)


@with_connection_options
def show(number: Number, connection: Connection, as_json: AsJson = False) -> None:
    """显示一份已登记的同意，不含个人。Show a registered consent; the person is not in it."""
    found = _list(connection, number)
    if not found:
        raise Problem(
            Label(f"没有编号为 {number} 的同意", f"no consent of the number {number}"),
            Label("本应用所代表部门登记的编号", "a number that a department of this application has registered"),
            Label("运行 chuanyu consent list", "run chuanyu consent list"),
        )
    for one in found:
        _show(one, [], as_json=as_json)


@with_connection_options
def list_consents(connection: Connection, as_json: AsJson = False) -> None:
    """列出本应用所代表部门登记的同意。List the consents of the departments for which the application acts."""
    from gateway.cli.language import say, word
    from gateway.cli.names import name_department
    from gateway.cli.table import show_table

    found = _list(connection, "")
    if as_json:
        write_json({"consents": [describe_consent(one) for one in found]})
        return
    heads = (
        (word("编号", "number"),),
        (word("部门", "department"),),
        (word("事项", "items"),),
        (word("有效至", "until"),),
        (word("状态", "state"),),
    )
    rows = []
    for one in found:
        state = say(_WITHDRAWN if one.withdrawn else _HOLDS)
        told = "" if one.told else word("，对方尚未收到", ", the other side not told yet")
        rows.append(
            (
                (one.number,),
                (name_department(one.department),),
                [item.code for item in one.items],
                (one.until,),
                (state + told,),
            )
        )
    show_table(word(f"已登记 {len(found)} 份同意", f"{len(found)} consents"), heads, rows)


def _list(connection: Connection, number: str) -> list[consent_pb2.HeldConsent]:
    from gateway.wire.v1 import consent_pb2, consent_pb2_grpc

    request = consent_pb2.ListRequest(number=number)
    return call_node(
        connection,
        lambda channel: [one.consent for one in consent_pb2_grpc.ConsentsStub(channel).List(request, timeout=SECONDS)],
    )


def describe_consent(one: consent_pb2.HeldConsent) -> dict[str, Any]:
    """Return a consent as the commands show it; `show_result(` has a Chinese name for each value."""
    return {
        "number": one.number,
        "department": one.department,
        "end_user_org": one.end_user_org,
        "province": one.provider_province,
        "items": [f"{item.code}:{','.join(item.fields)}" for item in one.items],
        "given_on": one.given_on,
        "until": one.until,
        "separate": one.separate,
        "guardian": one.guardian,
        "withdrawn": one.withdrawn,
        "told": one.told,
        "consent": one.digest,
    }


def _show(one: consent_pb2.HeldConsent, steps: Sequence[Label], *, as_json: bool) -> None:
    show_result(describe_consent(one), _steps(one, steps), title=_title(one), as_json=as_json)


def _title(one: consent_pb2.HeldConsent) -> Label:
    if one.withdrawn:
        return Label("同意已撤回", "the consent is withdrawn")
    return Label("同意已登记", "the consent is registered")


def _steps(one: consent_pb2.HeldConsent, steps: Sequence[Label]) -> list[Label]:
    if one.withdrawn:
        steps = [Label("不得再据此查询；再次登记须用新编号", "ask no more by it; a new consent takes a new number")]
    if one.told:
        return list(steps)
    away = Label(
        "对方网关尚未收到，本节点将自动重送", "the other gateway is not told yet; this node tells it by itself"
    )
    return [away, *steps]


def _read_person(path: Path | None, today: date) -> str:
    """Return the number in its one writing; raises Problem where it can be nobody's."""
    from gateway.ground.identity_numbers import EXPECTED, fault_of, fold

    number = fold(read_number(path))
    fault = fault_of(number, today)
    if fault is not None:
        raise Problem(fault, EXPECTED, Label("核对号码文件", "check the file with the number"), exit_code=2)
    return number


def _read_item(text: str) -> tuple[str, tuple[str, ...]]:
    code, _, fields = text.partition(":")
    return code.strip(), tuple(field.strip() for field in fields.split(",") if field.strip())


def _read_until(text: str) -> date:
    from gateway.cli.keys.sign import read_day

    return read_day(text, "--until")


def _misuse(error: Exception) -> Problem:
    return Problem(
        Label(f"所给各项不能成为一份同意：{put_detail(error).zh}", f"what is given makes no consent: {error}"),
        Label(
            "编号、部门、事项:数据项，自当日起至多 731 日",
            "a number, a department, ITEM:fields, at most 731 days from today",
        ),
        Label("改正后再运行", "correct it and run it again"),
        exit_code=2,
    )


COMMANDS: Final = {
    "register": "gateway.cli.consent:register",
    "withdraw": "gateway.cli.consent:withdraw",
    "show": "gateway.cli.consent:show",
    "list": "gateway.cli.consent:list_consents",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(COMMANDS, "同意：登记、撤回、查看。Consents: register, withdraw and show them.")

"""`chuanyu audit request` and `chuanyu audit approve`: an act that needs two persons, as a file that goes between them.

A reviewer makes and signs the request; a security administrator reads what it says and signs it too. The file does not
name the person whose data it is about: it holds a digest, blinded by a random number, which only those can check who
know the person.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.audit.pseudonym_token import FieldName, TokenFile, read_token
from gateway.cli.audit.subject_number import NumberFile, read_number
from gateway.cli.calling import Cert, KeyFile, PassphraseFile
from gateway.cli.choices import DualControlAct
from gateway.cli.connection import read_file, read_pair
from gateway.cli.details import put_detail
from gateway.cli.files import create_file, write_file
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label
from keys.approval import Approval, ApprovalInvalid, ApprovalRequest, read, sign, target_of


def request(
    act: Annotated[DualControlAct, typer.Argument(metavar="ACT", help="行为。The act.")],
    reason: Annotated[str, typer.Option(help="事由，如案号，不含个人信息。Why, for example a case number.")],
    cert: Cert,
    key_file: KeyFile,
    passphrase_file: PassphraseFile,
    out: Annotated[Path, typer.Option(help="写入的文件。The file to write.")],
    number: NumberFile = None,
    entry: Annotated[str, typer.Option(help="条目 ORIGIN:INDEX，用于 open_body、recover_pseudonym。The entry.")] = "",
    field: FieldName = "",
    token: TokenFile = None,
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="有效小时数。Hours for which it holds.")] = 8.0,
    as_json: AsJson = False,
) -> None:
    """由审计管理员提出需双人批准的行为，并签名。

    Ask for an act that needs a second person, and sign it as the reviewer.
    """
    from gateway.audit.entries.references import normalise

    nonce = secrets.token_hex(16)
    if act is DualControlAct.SUBJECT_HISTORY:
        target = target_of("subject", nonce, normalise(read_number(number)))
    elif act is DualControlAct.OPEN_BODY:
        target = target_of("entry", nonce, _read_entry_name(entry))
    else:
        target = _make_pseudonym_target(nonce, _read_entry_name(entry), field, read_token(token))
    now = datetime.now(UTC).replace(microsecond=0)
    question = ApprovalRequest(act.value, target, reason, nonce, now, now + timedelta(hours=hours))
    approval = _add_signature(Approval(question, ()), cert, key_file, passphrase_file)
    with create_file(out) as file:
        file.write(approval.octets())
    steps = [
        Label(
            f"交安全管理员阅读并签名：chuanyu audit approve {out}",
            f"give it to the security administrator to read and sign: chuanyu audit approve {out}",
        )
    ]
    result = {
        "act": act.value,
        "approval": approval.digest,
        "lapses_at": question.lapses_at.isoformat(),
        "file": str(out),
    }
    show_result(result, steps, title=Label("请求已签名", "the request is signed"), as_json=as_json)


def approve(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="请求文件。The request's file.")],
    cert: Cert,
    key_file: KeyFile,
    passphrase_file: PassphraseFile,
    as_json: AsJson = False,
) -> None:
    """由安全管理员查看所请求的行为，并签名批准。Sign a request as the second person; what is asked is shown."""
    try:
        approval = read(read_file(file, Label("请求文件", "the request's file")))
        signed = _add_signature(approval, cert, key_file, passphrase_file)
    except ApprovalInvalid as error:
        raise _describe_fault(error) from error
    write_file(file, signed.octets())
    question = approval.request
    result = {
        "act": question.act,
        "reason": question.reason,
        "lapses_at": question.lapses_at.isoformat(),
        "approval": approval.digest,
        "signatures": len(signed.signatures),
    }
    steps = [Label("交还审计管理员执行", "give it back to the reviewer, who acts with it")]
    show_result(result, steps, title=Label("已批准", "approved"), as_json=as_json)


def _add_signature(approval: Approval, cert: Path, key_file: Path, passphrase_file: Path) -> Approval:
    pem, key = read_pair(cert, key_file, passphrase_file)
    try:
        signed = sign(approval, pem, key)
        read(signed.octets())
    except ApprovalInvalid as error:
        raise _describe_fault(error) from error
    return signed


def _read_entry_name(text: str) -> str:
    origin, colon, index = text.rpartition(":")
    if not (origin and colon and index.isdecimal()):
        raise Problem(
            Label(f"--entry {text[:80]!r}", f"--entry {text[:80]!r}"),
            Label("ORIGIN:INDEX，见 chuanyu audit show", "ORIGIN:INDEX, as chuanyu audit show tells"),
            Label("改正 --entry", "correct --entry"),
            exit_code=2,
        )
    return f"{origin}:{int(index)}"


def _make_pseudonym_target(nonce: str, entry: str, field: str, token: str) -> str:
    from gateway.services.pseudonyms import make_target

    origin, _, index = entry.rpartition(":")
    if not field:
        raise Problem(
            Label("没有 --field", "no --field"),
            Label("假名所在数据项", "the field of the pseudonym"),
            Label("用 --field 写明", "name it with --field"),
            exit_code=2,
        )
    return target_of("pseudonym", nonce, make_target(origin, int(index), field, token))


def _describe_fault(error: ApprovalInvalid) -> Problem:
    return Problem(
        Label(f"请求文件核验不通过：{put_detail(error).zh}", str(error)),
        Label("合规则的请求和第二人的签名", "a valid request and a second person's signature"),
        Label("由审计管理员重新提出请求", "have the reviewer make the request again"),
    )

"""`chuanyu audit request` and `chuanyu audit approve`: an act that needs two persons, as a file that goes between them.

A reviewer makes and signs the request; a security administrator reads what it says, states on what it is to be done,
and signs it too. The file does not name the person whose data it is about: it holds a digest, blinded by a random
number, which only those can check who know the person. What is about no person stands in it in clear.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.entries.acts import KINDS, PERSONAL, DualControlAct
from gateway.cli.audit.approved_target import (
    OPTIONS,
    EmergencyName,
    EntriesName,
    EntryName,
    LimitsName,
    MonthName,
    StatedTarget,
)
from gateway.cli.audit.pseudonym_token import FieldName, TokenFile
from gateway.cli.audit.subject_number import NumberFile
from gateway.cli.calling import Cert, KeyFile, PassphraseFile
from gateway.cli.connection import read_file, read_pair, read_pem
from gateway.cli.details import put_detail
from gateway.cli.files import create_file, write_file
from gateway.cli.names import name_of
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label
from keys.approval import (
    Approval,
    ApprovalInvalid,
    ApprovalRequest,
    Target,
    read,
    require_in_force,
    require_signers,
    sign,
    target_of,
)
from keys.certificate import CertificateError, PeerCertificate, check, check_dates, read_claims
from keys.certificate import read as read_certificate
from keys.revocation import RevocationError, RevocationList, RevocationLists, read_list

Authority = Annotated[
    Path | None,
    typer.Option(
        "--ca", help="本方证书认证机构的证书；给出则核对双方证书。Our province's authority, to judge both certificates."
    ),
]
Revocations = Annotated[
    Path | None,
    typer.Option("--crl", help="本方证书撤销列表，与 --ca 同用。Our province's revocation list, with --ca."),
]
Judge = Callable[[str], PeerCertificate]


def request(
    act: Annotated[DualControlAct, typer.Argument(metavar="ACT", help="操作。The act.")],
    reason: Annotated[str, typer.Option(help="事由，如案号，不含个人信息。Why, for example a case number.")],
    cert: Cert,
    key_file: KeyFile,
    passphrase_file: PassphraseFile,
    out: Annotated[Path, typer.Option(help="写入的文件。The file to write.")],
    number: NumberFile = None,
    entry: EntryName = "",
    field: FieldName = "",
    token: TokenFile = None,
    month: MonthName = "",
    entries: EntriesName = "",
    limits: LimitsName = "",
    emergency: EmergencyName = "",
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="有效小时数。Hours for which it holds.")] = 8.0,
    ca: Authority = None,
    crl: Revocations = None,
    as_json: AsJson = False,
) -> None:
    """由审计管理员提出需双人审批的操作，并签名。
    Ask for an act that needs a second person, and sign it as the reviewer.
    """
    nonce = secrets.token_hex(16)
    value = StatedTarget(number, entry, field, token, month, entries, limits, emergency).read(act)
    now = datetime.now(UTC).replace(microsecond=0)
    lapses_at = now + timedelta(hours=hours)
    question = ApprovalRequest(act.value, target_of(KINDS[act], nonce, value), reason, nonce, now, lapses_at)
    shown = None if act in PERSONAL else Target(KINDS[act], value)
    approval = _add_signature(
        Approval(question, (), shown), cert, key_file, passphrase_file, _make_judge(ca, crl, now), now
    )
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
    number: NumberFile = None,
    entry: EntryName = "",
    field: FieldName = "",
    token: TokenFile = None,
    month: MonthName = "",
    entries: EntriesName = "",
    limits: LimitsName = "",
    emergency: EmergencyName = "",
    ca: Authority = None,
    crl: Revocations = None,
    as_json: AsJson = False,
) -> None:
    """由安全管理员写明对象后签名批准。Sign as the second person, who states on what it is to be done."""
    now = datetime.now(UTC)
    stated = StatedTarget(number, entry, field, token, month, entries, limits, emergency)
    try:
        approval = read(read_file(file, Label("请求文件", "the request's file")))
        act = DualControlAct(approval.request.act)
    except (ApprovalInvalid, ValueError) as error:
        raise _describe_fault(error) from error
    judge = _make_judge(ca, crl, now)
    who = _name_signers(approval, judge, now)
    if not stated.states(act):
        raise _ask_for_target(file, approval, act, who)
    question = approval.request
    if question.target != target_of(KINDS[act], question.nonce, stated.read(act)):
        raise Problem(
            Label("所述对象与请求中的不同", "another target than that of the request"),
            Label("请求所针对的对象", "the target that the request was made for"),
            Label("不要签名；向提出人核实", "do not sign; ask who made the request"),
        )
    signed = _add_signature(approval, cert, key_file, passphrase_file, judge, now)
    write_file(file, signed.octets())
    result = {
        "act": question.act,
        **({} if approval.target is None else {"on": approval.target.value}),
        "reason": question.reason,
        "asked_by": who,
        "lapses_at": question.lapses_at.isoformat(),
        "approval": approval.digest,
        "signatures": len(signed.signatures),
    }
    steps = [Label("交还审计管理员执行", "give it back to the reviewer, who acts with it")]
    show_result(result, steps, title=Label("已批准", "approved"), as_json=as_json)


def _ask_for_target(file: Path, approval: Approval, act: DualControlAct, who: str) -> Problem:
    """Return what is asked, for a person who has not said on what it is to be done: nothing is signed."""
    question, option = approval.request, OPTIONS[act]
    until = question.lapses_at.isoformat()
    on = "" if approval.target is None else approval.target.value
    problem = Problem(
        Label(
            f"尚未签名。{who} 请求：{name_of(DualControlAct, act)}；对象：{on or '个人，文件中没有'}；"
            f"事由：{question.reason}；失效：{until}",
            f"nothing is signed yet. {who} asks for: {act.value}; on: {on or 'a person, who is not in the file'}; "
            f"reason: {question.reason}; lapses: {until}",
        ),
        Label("签名人自己写明的对象", "the target, stated by who signs"),
        Label(f"核实后以 {option} 写明，再签名：{file}", f"check it, state it with {option}, and sign: {file}"),
        exit_code=2,
    )
    problem.facts = {"act": act.value, "on": on, "reason": question.reason, "asked_by": who, "lapses_at": until}
    return problem


def _name_signers(approval: Approval, judge: Judge, now: datetime) -> str:
    """Return who has signed so far, held to what the server will hold them to; raises Problem."""
    try:
        require_in_force(approval.request, now)
        return ", ".join(one.identity.uri for one in require_signers(approval, judge).values()) or "-"
    except (ApprovalInvalid, CertificateError) as error:
        raise _describe_fault(error) from error


def _add_signature(
    approval: Approval, cert: Path, key_file: Path, passphrase_file: Path, judge: Judge, now: datetime
) -> Approval:
    """Return the approval with one more signature, if the server will take it so; raises Problem."""
    pem, key = read_pair(cert, key_file, passphrase_file)
    try:
        signed = read(sign(approval, pem, key).octets())
    except ApprovalInvalid as error:
        raise _describe_fault(error) from error
    _name_signers(signed, judge, now)
    return signed


def _make_judge(ca: Path | None, crl: Path | None, now: datetime) -> Judge:
    """Return what judges a certificate by what is at hand: its own dates, the authority, the revocation list."""
    if ca is None:
        if crl is not None:
            raise Problem(
                Label("--crl 没有 --ca", "--crl without --ca"),
                Label("签发该列表的认证机构", "the authority that signed the list"),
                Label("一并给出 --ca", "give --ca with it"),
                exit_code=2,
            )

        def read_dated(pem: str) -> PeerCertificate:
            certificate = read_claims(pem)
            check_dates(certificate, now)
            return certificate

        return read_dated
    authority = read_pem(ca, Label("证书认证机构的证书", "the authority's certificate"), "x509")
    revoked = _read_list(crl, authority) if crl is not None else None

    def judge(pem: str) -> PeerCertificate:
        province = read_claims(pem).identity.province
        certificate = read_certificate(pem, {province: authority})
        check_dates(certificate, now)
        if revoked is not None:
            check(certificate, RevocationLists({province: revoked}), now)
        return certificate

    return judge


def _read_list(crl: Path, authority: bytes) -> RevocationList:
    octets = read_pem(crl, Label("证书撤销列表", "the revocation list"), "crl")
    try:
        return read_list(octets, authority)
    except RevocationError as error:
        raise Problem(
            Label(f"证书撤销列表不可用：{put_detail(error).zh}", f"the revocation list is not usable: {error}"),
            Label("该认证机构签发的列表", "a list that this authority signed"),
            Label("改正 --crl", "correct --crl"),
            exit_code=2,
        ) from error


def _describe_fault(error: Exception) -> Problem:
    return Problem(
        Label(f"请求文件核验不通过：{put_detail(error).zh}", str(error)),
        Label("合规则的请求和第二人的签名", "a valid request and a second person's signature"),
        Label("由审计管理员重新提出请求", "have the reviewer make the request again"),
    )

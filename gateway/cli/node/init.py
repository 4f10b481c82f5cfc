"""`chuanyu node init`: makes a node's directory: settings, keys, certificate request, empty catalogue, audit log.

1 judge     the settings to be written, before anything is
2 refuse    a directory that holds anything
3 build     everything in a directory beside it
4 place     that directory under its name, in one step: a node is made whole or not at all
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.choices import PlatformKind
from gateway.cli.connection import is_unspecified, make_passphrase, require_host
from gateway.cli.details import put_detail
from gateway.cli.files import create_directory
from gateway.cli.provinces import read_province
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import Passphrase

SECRET_BYTES: Final = 32
PLATFORMS: Final = {"510000": "sichuan", "500000": "chongqing"}
ROSTER: Final = """# Which applications act for which departments; read beside the departments that are shipped.
# Whatever is changed here after the first start needs the next version: the log remembers each.
version = 1
#
# [[applications]]
# uri = "spiffe://%s.chuanyu/application/portal"
# departments = ["xx-hrss"]
#
# For which departments this node answers; the units of officials and the bodies that are served, of both provinces.
# answering = ["xx-hrss"]
#
# [[units]]
# code = "xx-hrss-window-1"
# label = { zh = "一号窗口", en = "window 1" }
# department = "xx-hrss"
#
# [[bodies]]
# code = "xx-library"
# label = { zh = "图书馆", en = "library" }
# department = "xx-hrss"
"""

Place = Annotated[
    Path, typer.Argument(metavar="DIR", help="节点文件夹，须不存在或为空。The node's directory, new or empty.")
]
ProvinceName = Annotated[
    str,
    typer.Option(
        "--province",
        help="省（市）：四川（sichuan）、重庆（chongqing）或其代码。The province: sichuan, chongqing or its code.",
    ),
]
Name = Annotated[str, typer.Option(help="节点在本方之内的名称。The node's name within the province.")]
Host = Annotated[str, typer.Option(help="网关监听的地址。The address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="gRPC 的端口。The port of gRPC.")]
MetricsPort = Annotated[int, typer.Option(min=1, max=65535, help="指标端口。The port of metrics.")]
WitnessPort = Annotated[
    int, typer.Option(min=1, max=65535, help="见证服务的 HTTP 端口。The port of the witness's HTTP.")
]
PeerSpec = Annotated[
    list[str],
    typer.Option(
        "--peer",
        default_factory=list,
        show_default=False,
        help="对方网关，可重复：省（市）=主机:端口，或 省（市）=主机:端口=节点名。"
        "Another gateway: PROVINCE=HOST:PORT or PROVINCE=HOST:PORT=NAME; repeat it.",
    ),
]
Dialled = Annotated[
    list[str],
    typer.Option(
        "--dialled-as",
        default_factory=list,
        show_default=False,
        help="证书中的主机名或地址，可重复。A host or address under which this node is dialled; repeat it.",
    ),
]
Kind = Annotated[
    PlatformKind | None,
    typer.Option("--platform", help="平台种类，默认按省（市）。The kind of platform; else by province."),
]
GivenPassphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", help="已有的口令文件，默认新生成一个。A passphrase of yours; else a new one is made."
    ),
]
AuditDsn = Annotated[
    Path | None,
    typer.Option(
        "--audit-dsn-file", help="审计日志存入 PostgreSQL，连接串所在文件。Keep the log in PostgreSQL: its URI file."
    ),
]
AuditSchema = Annotated[
    str, typer.Option("--audit-schema", help="审计日志的 PostgreSQL 模式名。The schema of the log.")
]


Practice = Annotated[
    bool, typer.Option("--practice", help="练习场所，放入练习用的省级档案。For practice, with made-up profiles.")
]


@dataclass(frozen=True, slots=True)
class NodePlan:
    """The node that is to be made: its place, the text of its settings, and the settings themselves."""

    place: Path
    text: str
    settings: Settings
    hosts: tuple[str, ...]
    passphrase_file: Path | None
    practice: bool = False


def init(
    place: Place,
    province: ProvinceName,
    peer: PeerSpec,
    dialled_as: Dialled,
    name: Name = "gateway-1",
    host: Host = "127.0.0.1",
    port: Port = 7443,
    metrics_port: MetricsPort = 9464,
    witness_port: WitnessPort = 7480,
    platform: Kind = None,
    passphrase_file: GivenPassphrase = None,
    audit_dsn_file: AuditDsn = None,
    audit_schema: AuditSchema = "chuanyu_audit",
    practice: Practice = False,
    as_json: AsJson = False,
) -> None:
    """建立节点文件夹：配置、密钥、证书签名请求和空的审计日志。
    Make a node's directory: settings, keys, certificate request and an empty audit log.
    """
    code = read_province(province)
    given = passphrase_file.resolve() if passphrase_file else None
    text = write_settings(
        {"province": code, "name": name},
        {"host": host, "port": port, "metrics_port": metrics_port, "witness_port": witness_port},
        [read_peer(one) for one in peer],
        str(platform or PLATFORMS.get(code, PlatformKind.REMOTE)),
        given,
        make_audit_table(audit_dsn_file, audit_schema),
    )
    hosts = tuple(dialled_as) or ((socket.getfqdn(),) if is_unspecified(host) else (host.strip("[]"),))
    settings = _parse_settings(text, place.absolute())
    plan = NodePlan(place.absolute(), text, settings, tuple(map(require_host, hosts)), given, practice)
    origin = make_node(plan)
    result = {"node": plan.settings.identity.uri, "directory": str(plan.place), "log": origin, "dialled_as": hosts}
    show_result(
        result, _list_next_steps(plan), title=Label("节点文件夹已建立", "the node's directory is made"), as_json=as_json
    )


def read_peer(text: str) -> dict[str, str]:
    """Return a peer's table from `PROVINCE=HOST:PORT` or `PROVINCE=HOST:PORT=NAME`.

    Raises:
        Problem: the text has another form.
    """
    parts = text.split("=")
    if len(parts) not in (2, 3):
        raise Problem(
            Label(f"--peer {text}", f"--peer {text}"),
            Label("省（市）=主机:端口", "PROVINCE=HOST:PORT"),
            Label(
                "例如 --peer chongqing=gateway.cq.example:7443", "for example --peer chongqing=gateway.cq.example:7443"
            ),
            exit_code=2,
        )
    code = read_province(parts[0])
    name = parts[2] if len(parts) == 3 else "gateway-1"
    return {"province": code, "target": parts[1], "node": f"spiffe://{code}.chuanyu/node/{name}"}


def write_settings(
    node: dict[str, Any],
    listen: dict[str, Any],
    peers: Sequence[dict[str, Any]],
    kind: str,
    passphrase: Path | None,
    audit: Mapping[str, Any],
) -> str:
    """Return the text of `node.toml`; a setting that is left out keeps its default."""
    tables: list[tuple[str, dict[str, Any]]] = [("[node]", node), ("[listen]", listen)]
    if passphrase is not None:
        tables.append(("[keys]", {"passphrase_file": str(passphrase)}))
    if audit:
        tables.append(("[audit]", dict(audit)))
    tables += [("[[peers]]", one) for one in peers]
    tables.append(("[platform]", {"kind": kind}))
    lines = ["# A gateway node. Every setting, its default and its bounds: docs/reference/config.md"]
    for head, table in tables:
        lines += ["", head, *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def make_audit_table(dsn_file: Path | None, schema: str) -> dict[str, Any]:
    """Return the table of the audit log for the settings; empty where it lies in the node's directory."""
    if dsn_file is None:
        return {}
    return {"store": "postgresql", "dsn_file": str(dsn_file.absolute()), "database_schema": schema}


def _parse_settings(text: str, place: Path) -> Settings:
    from gateway.cli.settings_file import describe_faults
    from gateway.settings import Settings, SettingsError

    try:
        return Settings.parse(text.encode(), place)
    except SettingsError as error:
        raise describe_faults(error, exit_code=2) from error


def make_node(plan: NodePlan) -> str:
    """Make the directory, whole or not at all; return the origin of its audit log.

    What was made on a server is taken away again where the rest fails, so that a second attempt finds nothing.

    Raises:
        Problem: it exists and holds something, or cannot be made.
    """
    import sqlite3

    from gateway.audit.storage.recovery import StoreInvalid
    from gateway.ground.refusals import Refusal
    from gateway.witness.state import WitnessLost
    from keys.keystore import KeystoreError

    made_us = _read_clock_us()
    try:
        with create_directory(plan.place) as beside:
            return asyncio.run(_build(beside, plan, made_us))
    except BaseException as error:
        kept = _discard_log(plan.settings, made_us)
        if isinstance(error, StoreInvalid | WitnessLost | KeystoreError | Refusal | OSError | sqlite3.Error):
            raise _describe_unmade(error, kept) from error
        raise


def _discard_log(settings: Settings, made_us: int) -> str:
    """Take away the log that this attempt made on a server, if it did; return why not, or nothing."""
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.recovery import StoreInvalid
    from gateway.audit.storage.store import Store

    try:
        asyncio.run(Store.discard(place_of(settings), settings.log_origin, created_us=made_us))
    except StoreInvalid as error:
        return str(error)
    return ""


def _describe_unmade(error: Exception, kept: str) -> Problem:
    """Return the problem of a node that was not made; `kept` says why its tables on a server may still be there."""
    import errno

    shown = str(error) or type(error).__name__
    remedy = Label("按原因修正后重试；未留下任何内容", "mend what it says, then try again; nothing was left behind")
    if getattr(error, "errno", 0) == errno.ENOSPC or "disk is full" in shown:
        remedy = Label(
            "磁盘已满：腾出空间或换一个磁盘后重试", "the disk is full: make room or choose another disk, then try again"
        )
    if kept:
        remedy = Label(
            f"{remedy.zh}；服务器上的表可能仍在，重试前删除该模式，或另给 --audit-schema（{kept}）",
            f"{remedy.en}; tables may be left on the server: drop the schema first, or give another "
            f"--audit-schema ({kept})",
        )
    expected = Label(
        "可以写入的文件夹，以及空的日志位置", "a directory that can be written, and an empty place for the log"
    )
    return Problem(Label(f"节点未能建立：{put_detail(error).zh}", f"the node was not made: {shown}"), expected, remedy)


async def _build(root: Path, plan: NodePlan, made_us: int) -> str:
    """Make everything of a node in `root`, in the order of need."""
    from gateway.catalogue.drafts import lay_practice
    from gateway.settings import Settings
    from keys.certificate import certificate_request
    from keys.keystore import new_signing_key, new_tls_key, save_key, save_secret, write_private
    from keys.signer import Signer
    from keys.signing_keys import new_log_keys

    at = Settings.parse(plan.text.encode(), root)
    for directory in (at.keys, at.trust, at.catalogue, at.audit):
        directory.directory.mkdir(mode=0o700)
    for listed in (at.parties_directory, at.lists_directory, at.grants_directory, at.agreements_directory):
        listed.mkdir(mode=0o700)
    passphrase = make_passphrase(at.keys.passphrase_file, given=plan.passphrase_file is not None)
    tls = new_tls_key()
    save_key(at.tls_key_path, tls, passphrase)
    at.tls_request_path.write_bytes(certificate_request(tls, at.identity, plan.hosts))
    signing = new_signing_key()
    save_key(at.signing_key_path, signing, passphrase)
    log = new_log_keys(at.log_origin, (at.log_key_path, at.log_second_key_path), at.log_vkey_path, passphrase)
    at.signing_vkey_path.write_text(Signer(at.identity.uri, signing).verifier.vkey + "\n", encoding="utf-8")
    save_secret(at.masking_secret_path, os.urandom(SECRET_BYTES), passphrase)
    subjects = os.urandom(SECRET_BYTES)
    save_secret(at.subjects_secret_path, subjects, passphrase)
    roster = at.parties_directory / "applications.toml"
    roster.write_text(ROSTER % at.node.province, encoding="utf-8")
    if plan.practice:
        lay_practice(at.catalogue.directory, (at.node.province, *(peer.province for peer in at.peers)))
    write_private(root / "node.toml", plan.text.encode())
    await _begin_log(at, log[0], subjects, made_us)
    await _begin_witness(at, passphrase)
    return at.log_origin


async def _begin_log(settings: Settings, signer: Any, subjects: bytes, made_us: int) -> None:
    from gateway.audit.entries.epochs import Epochs
    from gateway.audit.entries.references import References
    from gateway.audit.entries.writing import LogIdentity
    from gateway.audit.journal import Journal
    from gateway.audit.log import AuditLog
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.store import Store

    node = settings.identity.uri
    place = place_of(settings)
    await Store.create(place, signer.name, created_us=made_us)
    store = await Store.open(place)
    try:
        log = await AuditLog.open(store, signer, clock_us=_read_clock_us)
    except BaseException:
        await store.close()
        raise
    try:
        book = LogIdentity(signer.name, node, References(subjects, settings.node.province), Epochs({}))
        journal = Journal(
            log, book, peers={}, clock_us=_read_clock_us, random=os.urandom, require_witnessed=_expect_no_exchange
        )
        await journal.record_act(action="node_init", subject=node, actor=node)
    finally:
        await log.close()


async def _begin_witness(settings: Settings, passphrase: Passphrase) -> None:
    from gateway.witness.state import WitnessState
    from keys.signing_keys import new_witness_keys

    paths = (settings.witness_key_path, settings.witness_second_key_path)
    keys = new_witness_keys(settings.witness_name, paths, settings.witness_vkey_path, passphrase)
    vkeys = tuple(key.verifier.vkey for key in keys)
    await WitnessState.create(settings.witness_path, vkeys, created_us=_read_clock_us())


def _expect_no_exchange(provinces: frozenset[str]) -> None:
    """Take part in no exchange: the log records only that the node was made, before any witness can know of it."""


def _read_clock_us() -> int:
    return time.time_ns() // 1000


def _list_next_steps(plan: NodePlan) -> list[Label]:
    keys, config = plan.place / "keys", plan.place / "node.toml"
    issue = f"chuanyu keys issue --authority AUTHORITY {keys / 'tls.csr'} --out {keys / 'tls.crt'}"
    accept = f"chuanyu keys accept --node {plan.place} BUNDLE SIG --fingerprint F --crl CRL"
    check, run = f"chuanyu node check --config {config}", f"chuanyu node run --config {config}"
    catalogue = plan.place / "catalogue"
    return [
        Label(
            f"在 {config} 的 [platform.options] 中填写平台的设置",
            f"say where the platform is, in [platform.options] of {config}",
        ),
        Label(f"本方证书认证机构签发证书：{issue}", f"have the province's authority issue the certificate: {issue}"),
        Label(f"接受本方和对方的信任包：{accept}", f"accept the trust bundles, our own province's too: {accept}"),
        Label(
            f"在 {catalogue} 放入签名的清单和授权，在 parties 中登记应用",
            f"put the signed lists and grants into {catalogue}, and register the applications in its parties",
        ),
        Label(f"检查：{check}", f"check it: {check}"),
        Label(f"运行：{run}", f"run it: {run}"),
    ]

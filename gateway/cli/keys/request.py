"""`chuanyu keys request`: a key and a certificate request for a client that is no node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.choices import CertificateHolder
from gateway.cli.connection import make_passphrase, require_host
from gateway.cli.files import create_directory, describe_error, write_file
from gateway.cli.provinces import read_province
from gateway.cli.screen import AsJson, show_result
from gateway.ground.item import Label


def request(
    place: Annotated[
        Path, typer.Argument(metavar="DIR", help="存放密钥的文件夹，须不存在或为空。Where the key goes, new or empty.")
    ],
    province: Annotated[
        str,
        typer.Option(
            help="省（市）：四川（sichuan）、重庆（chongqing）或其代码。The province: sichuan, chongqing or its code."
        ),
    ],
    role: Annotated[CertificateHolder, typer.Option(help="角色。The role.")],
    name: Annotated[str, typer.Option(help="在本方之内的名称。The name within the province.")],
    dialled_as: Annotated[
        list[str],
        typer.Option(
            default_factory=list, show_default=False, help="主机名，仅适配器需要。A host name; for an adapter."
        ),
    ],
    passphrase_file: Annotated[
        Path | None, typer.Option(help="已有的口令文件，默认新生成一个。A passphrase of yours; else a new one is made.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """为应用、人员或适配器生成密钥和证书签名请求。
    Make a key and a certificate request for an application, a person or an adapter.
    """
    from keys.certificate import certificate_request
    from keys.identity import Identity, IdentityError, Role
    from keys.keystore import new_tls_key, save_key

    try:
        identity = Identity(read_province(province), Role(role.value), name)
    except IdentityError as error:
        remedy = Label("改用小写字母、数字和连字符", "use lower-case letters, digits and hyphens")
        raise describe_error(error, Label("合规则的名称", "a name that is valid"), remedy, exit_code=2) from error
    hosts = [require_host(each) for each in dialled_as]
    place = place.absolute()
    with create_directory(place) as beside:
        passphrase = make_passphrase(passphrase_file or beside / "passphrase", given=passphrase_file is not None)
        key = new_tls_key()
        save_key(beside / "tls.key", key, passphrase)
        write_file(beside / "tls.csr", certificate_request(key, identity, hosts))
    csr, crt = place / "tls.csr", place / "tls.crt"
    issue = f"chuanyu keys issue --authority AUTHORITY {csr} --identity {identity.uri} --out {crt}"
    steps = [Label(f"由本方证书认证机构签发：{issue}", f"have the province's authority issue it: {issue}")]
    if role is CertificateHolder.APPLICATION:
        steps.append(
            Label(
                f"请节点管理员在名册中登记 {identity.uri}",
                f"ask the node's administrator to register {identity.uri} among the parties",
            )
        )
    result = {"identity": identity.uri, "directory": str(place)}
    show_result(result, steps, title=Label("密钥和证书签名请求已生成", "key and request are made"), as_json=as_json)

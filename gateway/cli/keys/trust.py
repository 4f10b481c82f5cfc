"""`chuanyu keys bundle`, `accept`, `accept-list`: the steps by which provinces come to trust each other.

1 one side makes a bundle, and both sides read its fingerprint to each other over another way
2 the other side accepts it, given the fingerprint that was read
3 later bundles of the province replace it in the same way, and never an older one a newer one
4 revocation lists need no fingerprint: the authority of the accepted bundle signed them
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.connection import read_file, read_pem
from gateway.cli.files import describe_error, write_file
from gateway.cli.keys.authority import AuthorityDirectory, GivenPassphrase, open_office
from gateway.cli.own_log import record_act
from gateway.cli.provinces import name_province
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.cli.settings_file import load_settings
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.revocation import RevocationList
    from keys.trust import TrustBundle
    from keys.validity import KeyValidity

NodeDirectory = Annotated[
    Path, typer.Option("--node", help="含 node.toml 的节点文件夹。The node's directory, with node.toml.")
]


def bundle(
    authority: AuthorityDirectory,
    node: Annotated[list[Path], typer.Option(help="节点文件夹，可重复。A node's directory; repeat it.")],
    out: Annotated[
        Path, typer.Option(help="写入信任包，签名写在旁边的 .sig。Where to write; the .sig goes beside it.")
    ],
    days: Annotated[int, typer.Option(min=1, max=1095, help="信任包的有效天数。For how many days it holds.")] = 365,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """制作本方的信任包，并显示供比对的指纹。
    Make the province's trust bundle, and show the fingerprint to be compared.
    """
    from keys.trust import TrustBundle, fingerprint, sign_bundle

    office = open_office(authority, passphrase_file)
    signer = office.open_signer()
    found = [load_settings(directory / "node.toml") for directory in node]
    for settings in found:
        if settings.node.province != office.province:
            raise Problem(
                Label(f"{settings.node.province} 的节点", f"a node of {settings.node.province}"),
                Label(f"{office.province} 的节点", f"nodes of {office.province}"),
                Label("只列出本方节点", "name only nodes of the authority's own province"),
                exit_code=2,
            )
    now = datetime.now(UTC)
    certificate = read_pem(
        authority / "authority.crt", Label("证书认证机构的证书", "the authority's certificate"), "x509"
    )
    made = TrustBundle(
        province=office.province,
        authority_pem=certificate.decode(),
        list_vkey=signer.verifier.vkey,
        nodes={settings.identity.uri: _read_vkey(settings.signing_vkey_path) for settings in found},
        logs={settings.identity.uri: _read_terms(settings.log_vkey_path) for settings in found},
        witnesses={settings.identity.uri: _read_terms(settings.witness_vkey_path) for settings in found},
        issued_at=now.isoformat(),
        expires_at=(now + timedelta(days=days)).isoformat(),
    )
    signature = out.with_suffix(".sig")
    write_file(out, made.octets())
    write_file(signature, sign_bundle(made, signer))
    shown = fingerprint(made.octets())
    steps = [
        Label("把两个文件和 authority.crl 送达对方", "bring both files and authority.crl to the other side"),
        Label(
            "另行通话或当面由两人核对指纹，对方再运行 chuanyu keys accept",
            "two persons compare the fingerprint by call or in person; then the other side runs chuanyu keys accept",
        ),
    ]
    result = {"bundle": str(out), "signature": str(signature), "nodes": list(made.nodes), "fingerprint": shown}
    show_result(result, steps, title=Label("信任包已制作", "the trust bundle is made"), as_json=as_json)


def _read_vkey(path: Path) -> str:
    return read_file(path, Label("节点的公钥", "a public key of the node")).decode().strip()


def _read_terms(path: Path) -> tuple[KeyValidity, ...]:
    from keys.validity import KeyFileInvalid, read_key_file

    octets = read_file(path, Label("节点的公钥", "public keys of the node"))
    try:
        return read_key_file(octets.decode())
    except (KeyFileInvalid, UnicodeDecodeError) as error:
        raise describe_error(
            error,
            Label(f"{path} 中的公钥", f"public keys in {path}"),
            Label("从备份恢复该文件", "restore that file from the backup"),
        ) from error


def accept(
    node: NodeDirectory,
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="信任包。The trust bundle.")],
    signature: Annotated[Path, typer.Argument(metavar="SIG", help="它的签名。Its signature.")],
    fingerprint: Annotated[str, typer.Option(help="两人核对过的指纹。The fingerprint that two persons compared.")],
    crl: Annotated[Path | None, typer.Option(help="同时接受的证书撤销列表。The revocation list, taken along.")] = None,
    as_json: AsJson = False,
) -> None:
    """核对两人比对过的指纹后，接受一方的信任包。
    Accept a province's trust bundle, against the fingerprint that two persons compared.
    """
    from gateway.assembly.trust import number_bundle, number_revocations
    from keys.trust import TrustError
    from keys.trust import accept as accept_bundle

    settings = load_settings(node / "node.toml")
    octets = read_file(file, Label("信任包", "the bundle"))
    signed = read_file(signature, Label("签名", "its signature"))
    try:
        made = accept_bundle(octets, signed, fingerprint, now=datetime.now(UTC))
    except TrustError as error:
        raise describe_error(
            error,
            Label("指纹相符、完整且在有效期内的信任包", "a whole bundle in force with the fingerprint agreed on"),
            Label(
                "向对方重新取得，并由两人再次核对指纹",
                "get it again, and have two persons compare the fingerprint again",
            ),
        ) from error
    _require_known(settings, made)
    _require_newer(settings, made)
    revoked_path = settings.revocation_path(made.province)
    revocations, revoked = _read_list(crl, made, revoked_path) if crl else (None, None)
    documents = [number_bundle(made, octets)]
    if revocations is not None and revoked is not None:
        documents.append(number_revocations(made, revoked, revocations))
    subject = f"{made.province} sha256:{sha256(octets).hexdigest()}"
    record_act(settings, "accept_bundle", subject, documents=documents)
    if made.province == settings.node.province:
        write_file(settings.authority_path, made.authority_pem.encode())
    write_file(settings.bundle_path(made.province), octets)
    write_file(settings.bundle_signature_path(made.province), signed)
    if revocations is not None:
        write_file(revoked_path, revocations)
    check, take = f"chuanyu node check --config {node / 'node.toml'}", "chuanyu keys accept-list"
    steps = [Label(f"检查：{check}", f"check it: {check}")]
    if revocations is None:
        steps.insert(0, Label(f"接受该方证书撤销列表：{take}", f"accept its revocation list: {take}"))
    result = {"province": made.province, "nodes": list(made.nodes), "expires_at": made.expires_at}
    show_result(result, steps, title=Label("信任包已接受", "the trust bundle is accepted"), as_json=as_json)


def _require_known(settings: Settings, bundle: TrustBundle) -> None:
    provinces = [settings.node.province, *(peer.province for peer in settings.peers)]
    if bundle.province not in provinces:
        raise Problem(
            Label(f"{name_province(bundle.province).zh}的信任包", f"a bundle of {name_province(bundle.province).en}"),
            Label(
                f"下列省（市）之一：{', '.join(provinces)}", f"one of the settings' provinces: {', '.join(provinces)}"
            ),
            Label("先在 node.toml 的 peers 中登记该方", "register the province among the peers of node.toml first"),
        )


def _require_newer(settings: Settings, bundle: TrustBundle) -> None:
    """Require that a bundle is no older than the one that was accepted; an unreadable one may be replaced."""
    path = settings.bundle_path(bundle.province)
    try:
        present = datetime.fromisoformat(json.loads(path.read_bytes())["issued_at"])
        newer = present > datetime.fromisoformat(bundle.issued_at)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    if newer:
        raise Problem(
            Label(f"签发于 {bundle.issued_at} 的信任包", f"a bundle issued at {bundle.issued_at}"),
            Label(
                f"不早于现有的 {present.isoformat()}", f"one not older than the present one of {present.isoformat()}"
            ),
            Label("向对方取得现行信任包", "get the current bundle from the other side"),
        )


def _read_list(path: Path, bundle: TrustBundle, present: Path) -> tuple[bytes, RevocationList]:
    """Read a revocation list of the bundle's authority that holds now and is no older than the one at `present`."""
    from keys.revocation import RevocationError, read_list

    octets = read_pem(path, Label("证书撤销列表", "the revocation list"), "crl")
    try:
        found = read_list(octets, bundle.authority_pem.encode())
    except RevocationError as error:
        raise describe_error(
            error,
            Label(
                f"{bundle.province} 证书认证机构签名的证书撤销列表",
                f"a revocation list signed by the authority of {bundle.province}",
            ),
            Label("向该方证书认证机构重新取得", "get it again from that authority"),
        ) from error
    now = datetime.now(UTC)
    if found.next_update < now:
        raise Problem(
            Label(f"有效至 {found.next_update} 的证书撤销列表", f"a revocation list until {found.next_update}"),
            Label("在有效期内的证书撤销列表", "one that holds now"),
            Label("请该方运行 chuanyu keys publish", "ask that province to run chuanyu keys publish"),
        )
    try:
        number = read_list(present.read_bytes(), bundle.authority_pem.encode()).number
    except (OSError, RevocationError):
        number = 0
    if found.number < number:
        raise Problem(
            Label(f"第 {found.number} 号证书撤销列表", f"the revocation list number {found.number}"),
            Label(f"不早于现有的第 {number} 号", f"one not older than number {number}, which is here"),
            Label("向该方证书认证机构取得现行列表", "get the current one from that authority"),
        )
    return octets, found


def accept_list(
    node: NodeDirectory,
    crl: Annotated[Path, typer.Argument(metavar="CRL", help="证书撤销列表。The revocation list.")],
    province: Annotated[
        str,
        typer.Option(
            help="哪一方的：四川（sichuan）、重庆（chongqing）或其代码。Whose it is: sichuan, chongqing or the code."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """接受一方较新的证书撤销列表，须由已接受的证书认证机构签名。
    Take a province's newer revocation list, signed by the authority that was accepted.
    """
    from gateway.assembly.trust import number_revocations
    from gateway.cli.provinces import read_province
    from keys.trust import TrustError, read_bundle

    settings, code = load_settings(node / "node.toml"), read_province(province)
    octets = read_file(settings.bundle_path(code), Label("该方的信任包", "that province's trust bundle"))
    signed = read_file(settings.bundle_signature_path(code), Label("它的签名", "its signature"))
    try:
        made = read_bundle(octets, signed, now=datetime.now(UTC))
    except TrustError as error:
        remedy = Label("先接受现行信任包：chuanyu keys accept", "accept the current bundle first: chuanyu keys accept")
        raise describe_error(error, Label("有效的信任包", "a trust bundle in force"), remedy) from error
    path = settings.revocation_path(code)
    newer, found = _read_list(crl, made, path)
    subject = f"{code} number:{found.number} sha256:{sha256(newer).hexdigest()}"
    record_act(settings, "accept_revocations", subject, documents=[number_revocations(made, found, newer)])
    write_file(path, newer)
    result = {
        "province": code,
        "number": found.number,
        "revoked": len(found.serials),
        "until": found.next_update.isoformat(),
    }
    steps = [Label("节点下次重新加载时生效", "it is in force when the node next reloads")]
    show_result(result, steps, title=Label("证书撤销列表已接受", "the revocation list is accepted"), as_json=as_json)

"""`chuanyu keys authority init`, `issue`, `revoke`, `publish`: the acts of a province's authority.

An authority's directory has its key and certificate, the register of all that it issued, its revocation list, and the
key that signs the province's item lists, grants and trust bundles. It never lies on a node.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.commands import make_app
from gateway.cli.connection import describe_keystore_error, make_passphrase, read_file, read_passphrase, read_pem
from gateway.cli.files import create_directory, describe_error, write_file
from gateway.cli.language import word
from gateway.cli.provinces import read_province
from gateway.cli.screen import AsJson, Problem, make_console, quote, show_result, wants_json
from gateway.ground.item import Label

if TYPE_CHECKING:
    from keys.authority import Authority
    from keys.identity import Identity
    from keys.keystore import Passphrase
    from keys.signer import Signer

LIST_KEY: Final = "list.key"
LIST_VKEY: Final = "list.vkey"

AuthorityDirectory = Annotated[Path, typer.Option("--authority", help="证书认证机构文件夹。The authority's directory.")]
GivenPassphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="口令文件，默认为文件夹中的。The passphrase; else the directory's own."),
]
Days = Annotated[int, typer.Option(min=1, max=825, help="证书的有效天数。For how many days it is valid.")]

authority_app = make_app({"init": "gateway.cli.keys.authority:init"}, "省级证书认证机构。A province's authority.")


@dataclass(frozen=True, slots=True)
class AuthorityOffice:
    """An authority that was opened: its directory, its province, the name of its list key, what opens its keys."""

    directory: Path
    province: str
    list_key_name: str
    passphrase: Passphrase

    def open_authority(self) -> Authority:
        """Return the authority that issues and revokes; raises Problem."""
        from keys.authority import Authority
        from keys.keystore import KeystoreError

        try:
            return Authority.open(self.province, self.passphrase, self.directory)
        except KeystoreError as error:
            raise describe_keystore_error(error, exit_code=2) from error

    def open_signer(self) -> Signer:
        """Return the key that signs lists, grants and bundles; raises Problem."""
        from keys.keystore import KeystoreError, load_signing_key
        from keys.signer import Signer

        try:
            return Signer(self.list_key_name, load_signing_key(self.directory / LIST_KEY, self.passphrase))
        except KeystoreError as error:
            raise describe_keystore_error(error, exit_code=2) from error


def open_office(directory: Path, passphrase_file: Path | None) -> AuthorityOffice:
    """Open an authority's directory.

    Raises:
        Problem: it is none, or its passphrase cannot be read.
    """
    from keys.signer import Verifier, VkeyError

    text = read_file(directory / LIST_VKEY, Label("证书认证机构文件夹中的签名公钥", "the authority's list key"))
    try:
        name = Verifier.parse(text.decode().strip()).name
    except (VkeyError, UnicodeDecodeError) as error:
        raise describe_error(
            error,
            Label(f"{directory} 是证书认证机构文件夹", f"an authority's directory in {directory}"),
            Label("用 chuanyu keys authority init 建立", "make one with chuanyu keys authority init"),
            exit_code=2,
        ) from error
    passphrase = read_passphrase(passphrase_file or directory / "passphrase")
    return AuthorityOffice(directory, name.partition(".")[0], name, passphrase)


def init(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="证书认证机构文件夹，须不存在或为空。The authority's directory, new or empty."
        ),
    ],
    province: Annotated[
        str,
        typer.Option(
            help="省（市）：四川（sichuan）、重庆（chongqing）或其代码。The province: sichuan, chongqing or its code."
        ),
    ],
    practice: Annotated[
        bool,
        typer.Option(
            "--practice",
            help="练习场所，资料均为合成。A place of practice: made-up data alone.",
        ),
    ] = False,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """建立省级证书认证机构，及签署清单和授权的密钥。
    Make a province's authority and the key that signs its lists and grants.
    """
    from keys.authority import Authority
    from keys.keystore import new_signing_key, save_key
    from keys.signer import Signer
    from keys.trust import name_list_key

    code = read_province(province)
    place = place.absolute()
    with create_directory(place) as beside:
        given = passphrase_file is not None
        passphrase = make_passphrase(passphrase_file or beside / "passphrase", given=given)
        Authority.create(code, passphrase, beside, now=datetime.now(UTC))
        key = new_signing_key()
        save_key(beside / LIST_KEY, key, passphrase)
        vkey = Signer(name_list_key(code, practice=practice), key).verifier.vkey
        write_file(beside / LIST_VKEY, vkey.encode() + b"\n")
    steps = [
        Label(
            "口令与文件夹分开保管，文件夹离线保存",
            "keep the passphrase apart from the directory, and the directory off-line",
        ),
        Label(
            "用 chuanyu keys issue 为节点和应用签发证书",
            "issue certificates to nodes and applications with chuanyu keys issue",
        ),
    ]
    result = {"province": code, "directory": str(place), "list_key": vkey}
    show_result(result, steps, title=Label("证书认证机构已建立", "the authority is made"), as_json=as_json)


def issue(
    context: typer.Context,
    request: Annotated[Path, typer.Argument(metavar="CSR", help="证书签名请求。The certificate signing request.")],
    authority: AuthorityDirectory,
    out: Annotated[Path, typer.Option(help="证书写入的文件。Where to write the certificate.")],
    identity: Annotated[
        str, typer.Option(help="应有的身份 URI；不给则要求确认。The identity expected; else you are asked.")
    ] = "",
    days: Days = 365,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """请求中的身份与所预期的相符时，签发证书。
    Issue a certificate for a request, if it names the identity that you expect.
    """
    from keys.authority import AuthorityError, RequestUnreadable
    from keys.certificate import CertificateError
    from keys.identity import Identity, IdentityError

    office = open_office(authority, passphrase_file)
    octets = read_pem(request, Label("证书签名请求", "the request"), "req")
    try:
        expected = (
            Identity.parse(identity) if identity else _confirm_identity(octets, interactive=not wants_json(context))
        )
        pem = office.open_authority().issue(octets, expected, now=datetime.now(UTC), days=days)
    except (AuthorityError, CertificateError, IdentityError) as error:
        raise describe_error(
            error,
            Label(
                "本方的、身份相符的 P-256 证书签名请求", "a P-256 request of this province with the identity expected"
            ),
            Label("向申请方核对请求及其身份", "check the request and its identity with the applicant"),
            exit_code=2 if isinstance(error, RequestUnreadable | IdentityError) else 1,
        ) from error
    write_file(out, pem)
    result = {"identity": expected.uri, "certificate": str(out), "serial": read_serial(pem)}
    steps = [Label("把证书交给申请方；撤销时需要序列号", "hand the certificate over; revoking needs its serial number")]
    show_result(result, steps, title=Label("证书已签发", "the certificate is issued"), as_json=as_json)


def _confirm_identity(request: bytes, *, interactive: bool) -> Identity:
    """Show what a request names, and have the operator confirm it."""
    from cryptography import x509

    from keys.authority import RequestUnreadable
    from keys.certificate import identity_of
    from keys.issuer import UNREADABLE

    try:
        extensions = x509.load_pem_x509_csr(request).extensions
    except UNREADABLE as error:
        raise RequestUnreadable("expected a certificate signing request in PEM") from error
    found = identity_of(extensions)
    hosts = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = [str(name.value) for name in hosts if not isinstance(name, x509.UniformResourceIdentifier)]
    if interactive:
        make_console(error=True).print(
            f"{word('身份：', 'identity: ')}{quote(found.uri)}\n"
            f"{word('主机：', 'hosts: ')}{quote(', '.join(names) or '—')}",
            soft_wrap=True,
        )
        with suppress(typer.Abort):
            if typer.confirm(word("签发？", "Issue it?"), err=True):
                return found
    raise Problem(
        Label(f"未确认的身份 {found.uri}", f"the identity {found.uri}, which nobody confirmed"),
        Label("确认的身份", "a confirmed identity"),
        Label(f"核对后加上 --identity {found.uri}", f"check it, then add --identity {found.uri}"),
    )


def read_serial(pem: bytes) -> str:
    """Return a certificate's serial number in hex."""
    from cryptography import x509

    return f"{x509.load_pem_x509_certificate(pem).serial_number:x}"


def revoke(
    serial: Annotated[str, typer.Argument(help="证书序列号，十六进制。The certificate's serial number in hex.")],
    authority: AuthorityDirectory,
    reason: Annotated[str, typer.Option(help="撤销原因，记入登记簿。Why; it stands in the register.")],
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """撤销一张证书，并写出新的证书撤销列表。Revoke a certificate, and write the new revocation list."""
    from keys.authority import AuthorityError

    office = open_office(authority, passphrase_file)
    expected = Label("本机构签发的证书的序列号（十六进制）", "the serial number, in hex, of a certificate issued here")
    remedy = Label(f"在 {authority / 'register.jsonl'} 中查找", f"look it up in {authority / 'register.jsonl'}")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,40}", digits := serial.replace(":", "")):
        raise Problem(
            Label(f"序列号 {serial[:40]!r}", f"the serial number {serial[:40]!r}"), expected, remedy, exit_code=2
        )
    try:
        office.open_authority().revoke(int(digits, 16), reason, now=datetime.now(UTC))
    except AuthorityError as error:
        raise describe_error(error, expected, remedy, exit_code=2) from error
    _show_list(office, Label("证书已撤销", "the certificate is revoked"), as_json=as_json)


def publish(
    authority: AuthorityDirectory,
    days: Annotated[
        int, typer.Option(min=1, max=90, help="证书撤销列表的有效天数。For how many days the list holds.")
    ] = 30,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """在上一份到期之前，重新签发证书撤销列表。Write the revocation list anew, before the last one ends."""
    office = open_office(authority, passphrase_file)
    office.open_authority().publish(now=datetime.now(UTC), days=days)
    _show_list(office, Label("证书撤销列表已签发", "the revocation list is written"), as_json=as_json)


def _show_list(office: AuthorityOffice, title: Label, *, as_json: bool) -> None:
    steps = [
        Label(
            "送达川渝两地节点并运行 chuanyu keys accept-list --node DIR --province PROVINCE CRL",
            "bring it to every province's nodes; there run chuanyu keys accept-list --node DIR --province PROVINCE CRL",
        )
    ]
    show_result({"list": str(office.directory / "authority.crl")}, steps, title=title, as_json=as_json)

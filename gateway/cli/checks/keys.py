"""Checks that a node's own keys open, and that its certificate is one for this node and still good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import CheckFinding, CheckStatus, report_doubt, report_error, report_right, report_wrong
from gateway.cli.times import spell_time
from gateway.ground.item import Label
from keys.files import read_file, read_text

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import KeystoreError, Passphrase

SOON: Final = timedelta(days=30)
"""A certificate or a bundle that ends sooner is a doubt."""
_ISSUE: Final = Label(
    "由本方证书认证机构签发：chuanyu keys issue", "have the province's authority issue it: chuanyu keys issue"
)


def report_key(subject: Label, error: KeystoreError) -> CheckFinding:
    """Return the finding of a key that cannot be used."""
    return report_wrong(subject, Label(error.zh, str(error)), Label(error.remedy_zh, error.remedy))


def open_passphrase(settings: Settings) -> tuple[CheckFinding, Passphrase | None]:
    """Judge the passphrase; without one that opens a key, no key can be judged."""
    from keys.keystore import KeystoreError, Passphrase

    subject = Label("密钥口令", "the passphrase of the keys")
    try:
        passphrase = Passphrase.read(settings.keys.passphrase_file)
    except KeystoreError as error:
        return report_key(subject, error), None
    if _opens_nothing(settings, passphrase):
        file = passphrase.source
        return report_wrong(
            subject,
            Label(
                f"{file} 中的口令不能打开本节点的任何私钥",
                f"{file} holds a passphrase that opens none of this node's keys",
            ),
            Label(
                f"将生成这些密钥时的口令写入 {file}；口令遗失的，从同一备份恢复密钥与口令，不能另造",
                f"put the passphrase of these keys into {file}; "
                "where it is lost, restore keys and passphrase from one backup",
            ),
        ), None
    return report_right(subject, "可用", "usable"), passphrase


def _opens_nothing(settings: Settings, passphrase: Passphrase) -> bool:
    """Tell whether every private key that is there is closed to a passphrase, and there are several."""
    from keys.keystore import KeystoreError, WrongPassphrase, load_key

    closed = 0
    for path in (settings.tls_key_path, settings.signing_key_path, settings.log_key_path, settings.witness_key_path):
        try:
            load_key(path, passphrase)
        except WrongPassphrase:
            closed += 1
        except KeystoreError:
            continue
        else:
            return False
    return closed > 1


def check_keys(settings: Settings, passphrase: Passphrase) -> Iterator[CheckFinding]:
    """Yield one finding for each key and secret, and whether the public keys beside them agree."""
    from keys.keystore import load_secret, load_signing_key, load_tls_key
    from keys.signing_keys import load_log_keys, load_witness_keys

    yield _check_key(
        Label("TLS 私钥", "the TLS key"), settings.tls_key_path, lambda path: load_tls_key(path, passphrase)
    )
    subject, path = Label("链路签名私钥", "the frame-signing key"), settings.signing_key_path
    finding = _check_key(subject, path, lambda one: load_signing_key(one, passphrase))
    yield finding
    if finding.status is CheckStatus.RIGHT:
        yield _check_public_key(subject, path, settings.signing_vkey_path, settings.identity.uri, passphrase)
    log = (settings.log_key_path, settings.log_second_key_path)
    yield _check_key(
        Label("审计日志私钥", "the keys of the audit log"),
        settings.log_vkey_path,
        lambda public: load_log_keys(log, public, passphrase),
    )
    witness = (settings.witness_key_path, settings.witness_second_key_path)
    yield _check_key(
        Label("见证私钥", "the keys of the witness"),
        settings.witness_vkey_path,
        lambda public: load_witness_keys(witness, public, passphrase),
    )
    for zh, en, path in (
        ("脱敏密钥", "the secret of masking", settings.masking_secret_path),
        ("主体代称密钥", "the secret of references", settings.subjects_secret_path),
    ):
        yield _check_key(Label(zh, en), path, lambda one: load_secret(one, passphrase))


def _check_key(subject: Label, path: Path, load: Callable[[Path], object]) -> CheckFinding:
    from keys.keystore import KeystoreError, WrongPassphrase

    try:
        load(path)
    except WrongPassphrase as error:  # one that opens others of the node's keys
        return report_wrong(
            subject,
            Label(error.zh, str(error)),
            Label(
                f"从同一套密钥的备份恢复 {path}：口令能打开本节点的其他密钥",
                f"restore {path} from the backup of the same keys: the passphrase opens others of this node",
            ),
        )
    except KeystoreError as error:
        return report_key(subject, error)
    return report_right(subject, f"{path.name} 可用", f"{path.name} opens")


def _check_public_key(subject: Label, key: Path, vkey: Path, name: str, passphrase: Passphrase) -> CheckFinding:
    from keys.keystore import load_signing_key
    from keys.signer import Signer

    public = Label(subject.zh.replace("私钥", "公钥"), f"the public half of {subject.en}")
    try:
        written = read_text(vkey).strip()
    except (OSError, UnicodeDecodeError) as error:
        written = type(error).__name__
    if written != Signer(name, load_signing_key(key, passphrase)).verifier.vkey:
        return report_wrong(
            public,
            Label(f"{vkey.name} 与 {key.name} 不是一对", f"{vkey.name}, which does not belong to {key.name}"),
            Label("从备份恢复成对的文件", "restore the pair from the backup"),
        )
    return report_right(public, f"{vkey.name} 相符", f"{vkey.name} agrees")


def judge_until(
    subject: Label, until: datetime, now: datetime, remedy: Label, *, soon: timedelta = SOON
) -> CheckFinding:
    """Judge what ends at `until`: wrong when past, a doubt when near."""
    end = spell_time(until)
    if until < now:
        here = spell_time(now)
        zh, en = f"已于 {end.zh} 到期（本机时间 {here.zh}）", f"it ended at {end.en}; this machine says {here.en}"
        return report_wrong(subject, Label(zh, en), remedy)
    if until - now < soon:
        return report_doubt(subject, Label(f"将于 {end.zh} 到期", f"it ends at {end.en}"), remedy)
    return report_right(subject, f"有效至 {end.zh}", f"good until {end.en}")


def check_certificate(settings: Settings, passphrase: Passphrase, now: datetime) -> Iterator[CheckFinding]:
    """Yield whether the certificate is the key's, of our authority, for this node, and in its dates."""
    from keys.certificate import CertificateError, read
    from keys.keystore import KeystoreError
    from keys.rotation import load_certified_key

    subject = Label("节点证书", "the node's certificate")
    try:
        pair = load_certified_key(settings.tls_key_path, settings.tls_certificate_path, passphrase)
        authority = read_file(settings.authority_path)
        certificate = read(pair.certificate_pem, {settings.node.province: authority})
    except KeystoreError as error:
        yield report_key(subject, error)
        return
    except OSError as error:
        shown = f"{settings.authority_path}: {error.strerror}"
        remedy = Label(
            "先接受本方信任包：chuanyu keys accept", "accept our own trust bundle first: chuanyu keys accept"
        )
        yield report_wrong(subject, Label(shown, shown), remedy)
        return
    except CertificateError as error:
        yield report_error(subject, error, _ISSUE)
        return
    if certificate.identity != settings.identity:
        yield report_wrong(
            subject,
            Label(f"身份是 {certificate.identity.uri}", f"a certificate of {certificate.identity.uri}"),
            Label(f"为 {settings.identity.uri} 重新申请", f"have one issued for {settings.identity.uri}"),
        )
        return
    if now < certificate.not_before:
        start = spell_time(certificate.not_before)
        found = Label(f"{start.zh} 才生效", f"it is valid from {start.en}")
        yield report_wrong(subject, found, Label("核对时钟", "check the clock"))
        return
    yield judge_until(subject, certificate.not_after, now, _ISSUE)

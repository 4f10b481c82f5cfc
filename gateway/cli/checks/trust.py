"""Checks that a node holds a bundle in force and a current revocation list of its own province and of each peer's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.keys import judge_until
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckFinding, report_error, report_right, report_wrong
from gateway.ground.item import Label
from keys.files import read_file, read_text

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.trust import TrustBundle
    from keys.validity import KeyValidity

SOON: Final = timedelta(days=7)
"""A revocation list that ends sooner is a doubt."""
_ACCEPT: Final = Label(
    "取得现行信任包，核对指纹后 chuanyu keys accept",
    "get the current bundle and accept it, fingerprints compared: chuanyu keys accept",
)
_CLOCK: Final = Label(
    "先核对本机时钟（timedatectl，chronyc tracking）；时钟无误时请制作方核对其时钟",
    "check this machine's clock first (timedatectl, chronyc tracking); where it is right, have the maker check theirs",
)
_REVOCATIONS: Final = Label(
    "取得现行证书撤销列表：chuanyu keys accept-list", "get the current revocation list: chuanyu keys accept-list"
)


def read_trust(settings: Settings, province: str, now: datetime) -> TrustBundle:
    """Return the bundle of a province; raises TrustError, also for a file that cannot be read."""
    from keys.trust import TrustError, read_bundle

    paths = (settings.bundle_path(province), settings.bundle_signature_path(province))
    try:
        octets, signed = (read_file(path) for path in paths)
    except OSError as error:
        raise TrustError(f"expected {paths[0].name} and {paths[1].name}, found: {error.strerror}") from error
    bundle = read_bundle(octets, signed, now=now)
    if bundle.province != province:
        raise TrustError(f"{paths[0].name}: expected the bundle of {province}, found that of {bundle.province}")
    return bundle


def check_trust(settings: Settings, now: datetime) -> Iterator[CheckFinding]:
    """Yield the findings of each province; the node can serve only if none of them is wrong."""
    from keys.trust import TrustError, TrustNotYet

    nodes = {peer.province: peer.node for peer in settings.peers}
    for province in (settings.node.province, *nodes):
        subject = Label(f"{name_province(province).zh}的信任包", f"the trust bundle of {name_province(province).en}")
        try:
            bundle = read_trust(settings, province, now)
        except TrustNotYet as error:
            yield report_error(subject, error, _CLOCK)
            continue
        except TrustError as error:
            yield report_error(subject, error, _ACCEPT)
            continue
        yield judge_until(subject, datetime.fromisoformat(bundle.expires_at), now, _ACCEPT)
        yield _check_revocations(settings, bundle, now)
        if province == settings.node.province:
            yield _check_own_authority(settings, bundle)
            yield _check_own_keys(settings, bundle)
        else:
            yield _check_names(bundle, nodes[province])


def _check_revocations(settings: Settings, bundle: TrustBundle, now: datetime) -> CheckFinding:
    from keys.revocation import RevocationError, read_list

    path = settings.revocation_path(bundle.province)
    subject = Label(
        f"{name_province(bundle.province).zh}的证书撤销列表",
        f"the revocation list of {name_province(bundle.province).en}",
    )
    try:
        found = read_list(read_file(path), bundle.authority_pem.encode())
    except (RevocationError, OSError) as error:
        return report_error(subject, error, _REVOCATIONS)
    return judge_until(subject, found.next_update, now, _REVOCATIONS, soon=SOON)


def _check_own_authority(settings: Settings, bundle: TrustBundle) -> CheckFinding:
    subject = Label("本方证书认证机构", "our own authority")
    try:
        found = read_file(settings.authority_path)
    except OSError as error:
        return report_error(subject, error, _ACCEPT)
    if found != bundle.authority_pem.encode():
        return report_wrong(
            subject,
            Label(
                f"{settings.authority_path} 与本方信任包不符", f"{settings.authority_path}, not our bundle's authority"
            ),
            _ACCEPT,
        )
    return report_right(subject, "与本方信任包相符", "that of our own bundle")


def _check_own_keys(settings: Settings, bundle: TrustBundle) -> CheckFinding:
    """Compare the keys in our own bundle with those in use; where they differ, no peer can verify our receipts."""
    subject = Label("本方信任包中的本节点公钥", "this node's keys in our own bundle")
    uri = settings.identity.uri
    remedy = Label(
        "重新制作本方信任包并送达川渝两地：chuanyu keys bundle",
        "make our bundle anew and bring it to every province: chuanyu keys bundle",
    )
    pairs = (
        (bundle.nodes.get(uri), settings.signing_vkey_path),
        (_write_keys(bundle.logs.get(uri, ())), settings.log_vkey_path),
        (_write_keys(bundle.witnesses.get(uri, ())), settings.witness_vkey_path),
    )
    for declared, path in pairs:
        if not declared or declared != _read_text(path):
            shown = path.name
            return report_wrong(subject, Label(f"与 {shown} 不符", f"keys that differ from {shown}"), remedy)
    return report_right(subject, "相符", "the same")


def _write_keys(terms: Sequence[KeyValidity]) -> str:
    from keys.validity import write_key_file

    return write_key_file(terms).strip() if terms else ""


def _read_text(path: Path) -> str:
    try:
        return read_text(path).strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _check_names(bundle: TrustBundle, node: str) -> CheckFinding:
    subject = Label(
        f"{name_province(bundle.province).zh}信任包中的节点",
        f"the node in the bundle of {name_province(bundle.province).en}",
    )
    if any(node not in named for named in (bundle.nodes, bundle.logs, bundle.witnesses)):
        shown = ", ".join(sorted(bundle.nodes)) or "—"
        return report_wrong(
            subject,
            Label(f"没有 {node}，只有 {shown}", f"{shown}, but not {node}"),
            Label(
                "改正 peers 的 node，或取得含该节点的信任包", "correct the node of peers, or get a bundle that names it"
            ),
        )
    return report_right(subject, node, node)

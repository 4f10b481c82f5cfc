"""Checks that items, lists, grants, agreements and roster load, that what is granted is listed, that masks compile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.cli.details import put_detail
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckFinding, report_doubt, report_error, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from datetime import date

    from gateway.catalogue.authorise import Catalogue
    from gateway.settings import Settings
    from keys.keystore import Passphrase

_SUBJECT: Final = Label("事项、清单、授权、协议与名册", "items, lists, grants, agreements and roster")
_CORRECT: Final = Label("改正该文件；签名不符时重新签署", "correct the file; sign it again where the signature fails")


def check_catalogue(settings: Settings, passphrase: Passphrase | None, now: datetime) -> Iterator[CheckFinding]:
    """Yield every fault of every file; when there is none, what is in force, listing by listing, and the masks."""
    from gateway.catalogue.loader import CataloguePaths, load_catalogue
    from gateway.catalogue.schema import CatalogueError
    from gateway.cli.checks.trust import read_trust
    from gateway.ground.clock import china_day
    from keys.trust import TrustError

    provinces = (settings.node.province, *(peer.province for peer in settings.peers))
    try:
        verifiers = {province: (read_trust(settings, province, now).list_verifier,) for province in provinces}
        paths = CataloguePaths.beside(settings.catalogue.directory)
        catalogue = load_catalogue(paths, province=settings.node.province, verifiers=verifiers)
    except TrustError:
        waiting = Label("信任包核验不通过，未检查", "not looked at, since a trust bundle is wrong")
        yield report_wrong(_SUBJECT, waiting, Label("先处理信任包", "see to the trust bundles first"))
        return
    except CatalogueError as error:
        for fault in error.faults:
            shown = f"{fault.path}: {fault.message}" if fault.path else fault.message
            yield report_wrong(Label(fault.file, fault.file), Label(f"有误：{put_detail(shown).zh}", shown), _CORRECT)
        return
    items, lists, grants = len(catalogue.items), len(catalogue.lists), len(catalogue.grants)
    agreed = len(catalogue.agreements)
    yield report_right(
        _SUBJECT,
        f"事项 {items}、清单 {lists}、授权 {grants}、协议 {agreed}",
        f"{items} items, {lists} lists, {grants} grants, {agreed} agreements",
    )
    today = china_day(int(now.timestamp() * 1_000_000))
    yield from _check_listings(catalogue, provinces, today)
    yield from _check_agreements(catalogue, today)
    if passphrase is not None:
        yield _check_masks(settings, catalogue, passphrase, today)


def _check_listings(catalogue: Catalogue, provinces: tuple[str, ...], today: date) -> Iterator[CheckFinding]:
    """Yield whether each grant in its dates has its item on the lists of both its provinces."""
    from gateway.catalogue.digest import digest
    from gateway.catalogue.lists import ListIndex
    from gateway.ground.refusals import TABLE, Reason, Refusal

    for province in provinces:
        if all(one.province != province for one in catalogue.lists):
            subject = Label(f"{name_province(province).zh}的清单", f"the lists of {name_province(province).en}")
            remedy = Label("取得该方签署的清单", "get the list that the province has signed")
            yield report_wrong(subject, Label("没有清单", "no list"), remedy)
    if not catalogue.grants:
        remedy = Label("放入签署的授权", "put the signed grants there")
        yield report_doubt(
            Label("授权", "grants"), Label("没有授权，任何查询都会被拒绝", "none, so every question is refused"), remedy
        )
    standings = ListIndex(catalogue.lists)
    listed = 0
    for grant in catalogue.grants:
        subject = Label(f"授权 {grant.id}", f"the grant {grant.id}")
        key = (grant.item_code, grant.item_version)
        if not grant.valid_from <= today <= grant.valid_until:
            shown = f"{grant.valid_from} – {grant.valid_until}"
            remedy = Label("申请续期，或移除", "apply for an extension, or remove it")
            yield report_doubt(subject, Label(f"不在有效期内：{shown}", f"outside its dates: {shown}"), remedy)
            continue
        pair = tuple(dict.fromkeys((grant.provider_province, grant.consumer_province)))
        try:
            standings.require(key, digest(catalogue.items[key]), catalogue.profiles.digests(key), pair, today)
        except Refusal as refusal:
            sentence = TABLE[refusal.reason]
            found = Label(f"{sentence.zh}：{put_detail(refusal.detail).zh}", f"{sentence.en}: {refusal.detail}")
            judge = report_wrong if refusal.reason is Reason.LIST_EXPIRED else report_doubt
            yield judge(subject, found, Label(sentence.next_zh, sentence.next_en))
        else:
            listed += 1
    if listed:
        subject = Label("授权及双方清单", "grants and the lists of both sides")
        yield report_right(subject, f"{listed} 个授权的事项已列入", f"the items of {listed} grants are listed")


def _check_agreements(catalogue: Catalogue, today: date) -> Iterator[CheckFinding]:
    """Yield each agreement, with its pairs; what is outside its dates, names an abolished region or is nobody's."""
    named = {grant.agreement for grant in catalogue.grants}
    for one in catalogue.agreements:
        subject = Label(f"协议 {one.id} 第 {one.version} 号", f"the agreement {one.id} number {one.version}")
        gone = [
            code
            for code in dict.fromkeys(code for pair in one.pairs for code in pair)
            if (region := catalogue.regions.meaning(code, today)) is None or not region.in_force(today)
        ]
        if not one.valid_from <= today <= one.valid_until:
            shown = f"{one.valid_from} – {one.valid_until}"
            remedy = Label("由双方续签，或移除", "have both sides renew it, or remove it")
            yield report_doubt(subject, Label(f"不在有效期内：{shown}", f"outside its dates: {shown}"), remedy)
        elif gone:
            codes = "、".join(gone)
            remedy = Label("由双方以现行代码签署下一号", "have both sides sign the next number with the codes in force")
            found = Label(f"已撤销的地区不起作用：{codes}", f"regions that are abolished cover nothing: {codes}")
            yield report_doubt(subject, found, remedy)
        elif one.id not in named:
            remedy = Label("在授权中写明该协议", "name it in the grants that it narrows")
            yield report_doubt(subject, Label("没有授权写明该协议", "no grant names it"), remedy)
        else:
            pairs = len(one.pairs)
            yield report_right(subject, f"{pairs} 对地区，至 {one.valid_until}", f"{pairs} pairs, to {one.valid_until}")
    absent = sorted(named - {"", *(one.id for one in catalogue.agreements)})
    for name in absent:
        remedy = Label("放回协议，或撤销写明它的授权", "put it back, or withdraw the grants that name it")
        found = Label(
            "已撤销，写明它的授权不再允许任何查询", "withdrawn, so that the grants that name it allow nothing"
        )
        yield report_doubt(Label(f"协议 {name}", f"the agreement {name}"), found, remedy)


def _check_masks(settings: Settings, catalogue: Catalogue, passphrase: Passphrase, today: date) -> CheckFinding:
    """Compile every plan that our grants can need, as the node does when it starts."""
    from gateway.assembly.build import orders_of, places_of
    from gateway.masking.faults import PlanError
    from gateway.masking.keys import MaskKeys
    from gateway.masking.plans import Masking
    from keys.keystore import KeystoreError, load_secret

    subject = Label("脱敏方案", "the masking plans")
    remedy = Label("按提示改正事项的脱敏设置", "correct the item's masks as the message says")
    try:
        keys = MaskKeys(load_secret(settings.masking_secret_path, passphrase))
        compiled = len(Masking(keys, orders_of(catalogue), today, places_of(catalogue.regions, today)).plans)
    except KeystoreError:
        return report_wrong(
            subject, Label("脱敏密钥不可用，未编译", "not compiled, since their secret does not open"), remedy
        )
    except PlanError as error:
        return report_error(subject, error, remedy)
    return report_right(subject, f"已编译 {compiled} 个脱敏方案", f"{compiled} compile")

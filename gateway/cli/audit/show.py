"""`chuanyu audit show`: one entry, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.audit.entries.entry import Entry, Phase, Result
from gateway.audit.storage.reader import StoredEntry
from gateway.cli.audit.log import Directory, Index, decode_row, open_reader, read_row
from gateway.cli.choices import LoggedAction
from gateway.cli.items.wording import label_text
from gateway.cli.language import Language, say, spoken, word
from gateway.cli.names import name_department, name_with_code
from gateway.cli.screen import AsJson, make_console, print_under, write_json
from gateway.cli.times import show_microseconds
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Label, Outcome
from gateway.ground.refusals import Reason
from gateway.leakguard.found import Detector

FIELD_NAMES: Final = {
    "phase": Label("阶段", "phase"),
    "exchange_id": Label("请求编号", "request id"),
    "time_utc_us": Label("时间", "time"),
    "result": Label("处理结论", "result"),
    "reason_code": Label("原因", "reason of refusal"),
    "action": Label("操作", "action"),
    "actor": Label("操作人", "actor"),
    "caller_fp": Label("操作人证书指纹", "actor's certificate"),
    "subject": Label("操作对象", "acted upon"),
    "reason": Label("事由", "reason given"),
    "changes": Label("变更内容", "changes"),
    "approval": Label("批准文件摘要", "approval's digest"),
    "signers": Label("批准人证书指纹", "approvers' certificates"),
    "target_commit": Label("批准对象承诺", "target's commitment"),
    "seal_first": Label("封存起始条目", "seal: first entry"),
    "seal_end": Label("封存终止条目", "seal: end entry"),
    "seal_pairs": Label("封存标识对数", "seal: pairs"),
    "seal_root": Label("封存根", "seal: root"),
    "seal_months": Label("封存密钥期", "seal: key epochs"),
    "item_code": Label("事项", "item"),
    "item_version": Label("事项版本", "item version"),
    "province_pair": Label("省（市）", "provinces"),
    "consumer_department": Label("需求部门", "asking department"),
    "provider": Label("提供方", "provider"),
    "scene": Label("场景", "scene"),
    "use_basis": Label("使用依据", "use basis"),
    "data_level": Label("数据级别", "data level"),
    "record_count": Label("记录数", "records"),
    "outcomes": Label("各行结果", "outcomes of the rows"),
    "fields": Label("数据项", "fields"),
    "page": Label("页", "page"),
    "last": Label("末页", "last page"),
    "prev": Label("前一条目", "entry before"),
    "prev_event": Label("受理条目", "entry of the intent"),
    "repeat_of": Label("重复自", "repeat of"),
    "peer_leaf": Label("对方条目", "peer's entry"),
    "node": Label("节点", "node"),
    "peer_node": Label("对方节点", "peer's node"),
    "tls_peer_fp": Label("对方证书指纹", "peer's certificate"),
    "column": Label("列", "column"),
    "detector": Label("检测器", "detector"),
    "subject_tokens": Label("主体代称", "person references"),
    "consumer_ref": Label("应用代称", "application's reference"),
    "operator_ref": Label("经办人代称", "official's reference"),
    "business_ref": Label("业务代称", "case reference"),
    "masking_profile": Label("脱敏清单摘要", "masking manifest's digest"),
    "manifest": Label("脱敏清单", "masking manifest"),
    "documents": Label("生效文件", "documents in force"),
    "request_hash": Label("请求摘要", "request's digest"),
    "rows_root": Label("各行的根", "root of the rows"),
    "commit": Label("正文承诺", "body's commitment"),
    "body_digest": Label("加密正文摘要", "encrypted body's digest"),
    "wrap_digest": Label("包裹密钥摘要", "wrapped keys' digest"),
    "body": Label("加密正文", "encrypted body"),
    "key_epoch": Label("密钥期", "key epoch"),
    "clock_offset_us": Label("时钟偏差", "clock offset"),
    "trace_id": Label("追踪号", "trace id"),
    "event_id": Label("条目号", "entry id"),
    "origin": Label("日志名称", "log"),
    "v": Label("条目版本", "entry version"),
    "consumer": Label("需求方", "consumer"),
    "consumer_region": Label("需求方地区", "consumer's region"),
    "provider_province": Label("提供方省（市）", "provider's province"),
    "application": Label("应用系统", "application"),
    "channel": Label("业务渠道", "channel"),
    "grant_id": Label("授权", "grant"),
    "item_digest": Label("事项摘要", "item's digest"),
    "lawful_basis": Label("处理依据", "lawful basis"),
    "list_versions": Label("清单版本", "list versions"),
}
"""The name of every field of every version that can be read; those of version 1 alone stand last."""
_CODES: Final[Mapping[str, type[StrEnum]]] = {
    "phase": Phase,
    "result": Result,
    "action": LoggedAction,
    "reason_code": Reason,
    "channel": Channel,
    "lawful_basis": LawfulBasis,
    "detector": Detector,
}
"""The fields that hold a code out of a closed set."""
_PLACES: Final = {name: place for place, name in enumerate(FIELD_NAMES)}


def show(directory: Directory, index: Index, as_json: AsJson = False) -> None:
    """查看一个条目，并重新计算其叶哈希。Show one entry, with its leaf hash made anew."""
    with open_reader(directory) as reader:
        row = read_row(reader, index)
        entry = decode_row(row)
        if as_json:
            write_json({"index": index, "origin": reader.origin, "leaf_hash": row.leaf_hash.hex(), **entry.fields})
            return
        _show_entry(reader.origin, row, entry)


def _show_entry(origin: str, row: StoredEntry, entry: Entry) -> None:
    screen = make_console()
    screen.print(f"[bold]{word(f'审计条目 {row.index}', f'entry {row.index}')}[/]")
    print_under(word("日志", "log"), [origin])
    print_under(word("叶哈希", "leaf hash"), [row.leaf_hash.hex()])
    for name in sorted(entry.fields.keys() - {"origin"}, key=_PLACES.__getitem__):
        value = entry.fields[name]
        text = _join_list(name, value) if isinstance(value, list) else str(value)
        print_under(say(FIELD_NAMES[name]), _spell_value(name, text, entry).split("\n"))


def _join_list(name: str, value: list[str]) -> str:
    """Return a list on one line; what a start or a reload changed is a line each, and what stayed is a number."""
    if name != "changes":
        return ", ".join(value)
    changed = [line for line in value if not line.startswith("= ")]
    stayed = len(value) - len(changed)
    return "\n".join((*changed, *([word(f"另有 {stayed} 项未变", f"{stayed} unchanged")] if stayed else [])))


def _name_of_item(name: str, text: str, code: str) -> str:
    """Return what an item names, by its name with the code in Chinese; what no shipped item has stays as it is."""
    if not text or spoken() is not Language.ZH:
        return text
    from gateway.catalogue.loader import PACKAGED, load_items

    item = next((one for one in load_items(PACKAGED / "items") if one.code == code), None)
    if item is None:
        return text
    known: dict[str, Label] = {
        "item_code": {item.code: item.label},
        "scene": dict(item.scenes),
        "use_basis": dict(item.use_bases),
        "fields": {field.name: field.label for field in item.fields},
    }[name]
    return "、".join(f"{known[one].zh}（{one}）" if one in known else one for one in text.split(", "))


def _spell_value(name: str, text: str, entry: Entry) -> str:
    """Return a field as a person reads it: times of Beijing, names of codes with the code that was stored."""
    match name:
        case "time_utc_us":
            return show_microseconds(entry.number(name))
        case "consumer_department" | "provider":
            return name_department(text)
        case "data_level":
            return say(label_text(text))
        case "item_code" | "scene" | "use_basis" | "fields":
            return _name_of_item(name, text, entry.text("item_code"))
        case "outcomes":
            counts = [one.partition(":") for one in entry.names(name)]
            return ", ".join(f"{name_with_code(Outcome, outcome)} {number}" for outcome, _, number in counts)
        case "last":
            return word("是", "yes") if text == "True" else word("否", "no")
    return name_with_code(_CODES[name], text) if text and name in _CODES else text

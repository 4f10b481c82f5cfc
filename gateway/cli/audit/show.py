"""`chuanyu audit show`: one entry, in words."""

from __future__ import annotations

import re
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
from gateway.cli.screen import AsJson, halve, make_console, quote, write_json
from gateway.cli.times import show_microseconds
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Label
from gateway.ground.refusals import Reason
from gateway.leakguard.found import Detector

FIELD_NAMES: Final = {
    "phase": "阶段",
    "exchange_id": "请求编号",
    "time_utc_us": "时间",
    "result": "处理结论",
    "reason_code": "原因",
    "action": "动作",
    "actor": "行为人",
    "caller_fp": "行为人证书指纹",
    "subject": "行为对象",
    "reason": "事由",
    "changes": "变更内容",
    "approval": "批准文件摘要",
    "signers": "批准人证书指纹",
    "target_commit": "批准对象承诺",
    "seal_first": "封存起始条目",
    "seal_end": "封存终止条目",
    "seal_pairs": "封存标识对数",
    "seal_root": "封存根",
    "seal_months": "封存密钥期",
    "item_code": "事项",
    "item_version": "事项版本",
    "province_pair": "省（市）",
    "consumer_department": "需求部门",
    "provider": "提供方",
    "scene": "场景",
    "use_basis": "使用依据",
    "data_level": "数据级别",
    "record_count": "记录数",
    "fields": "数据项",
    "page": "页",
    "last": "末页",
    "prev": "前一条目",
    "prev_event": "受理条目",
    "repeat_of": "重复自",
    "peer_leaf": "对方条目",
    "node": "节点",
    "peer_node": "对方节点",
    "tls_peer_fp": "对方证书指纹",
    "column": "列",
    "detector": "检测器",
    "subject_tokens": "主体代称",
    "operator_ref": "经办人代称",
    "business_ref": "业务代称",
    "masking_profile": "脱敏清单摘要",
    "manifest": "脱敏清单",
    "documents": "生效文件",
    "request_hash": "请求摘要",
    "rows_root": "各行的根",
    "commit": "正文承诺",
    "body_digest": "加密正文摘要",
    "wrap_digest": "包裹密钥摘要",
    "body": "加密正文",
    "key_epoch": "密钥期",
    "clock_offset_us": "时钟偏差",
    "trace_id": "追踪号",
    "event_id": "条目号",
    "origin": "日志名称",
    "v": "条目版本",
    "consumer": "需求方",
    "consumer_region": "需求方地区",
    "provider_province": "提供方省（市）",
    "application": "应用系统",
    "channel": "业务渠道",
    "grant_id": "授权",
    "item_digest": "事项摘要",
    "lawful_basis": "处理依据",
    "list_versions": "清单版本",
}
"""The Chinese name of every field of every version that can be read; those of version 1 alone stand last."""
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
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
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
    from rich.table import Table

    table = Table(title=word(f"审计条目 {row.index}", f"entry {row.index}"), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(word("日志", "origin"), quote(origin))
    table.add_row(word("叶哈希", "leaf_hash"), halve(row.leaf_hash.hex()))
    for name in sorted(entry.fields.keys() - {"origin"}, key=_PLACES.__getitem__):
        value = entry.fields[name]
        text = _join_list(name, value) if isinstance(value, list) else str(value)
        shown = halve(text) if _DIGEST.fullmatch(text) else _spell_value(name, text, entry)
        table.add_row(word(FIELD_NAMES[name], name), "\n".join(map(quote, shown.split("\n"))))
    make_console().print(table)


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
        case "consumer_department":
            return name_department(text)
        case "provider" | "data_level":
            return say(label_text(text))
        case "item_code" | "scene" | "use_basis" | "fields":
            return _name_of_item(name, text, entry.text("item_code"))
        case "last":
            return word("是", "yes") if text == "True" else word("否", "no")
    return name_with_code(_CODES[name], text) if text and name in _CODES else text

"""`chuanyu audit show`: one entry, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from gateway.audit.entries.entry import Entry
from gateway.audit.storage.reader import StoredEntry
from gateway.cli.audit.log import Directory, Index, decoded, open_reader, row_of
from gateway.cli.screen import AsJson, console, write_json

_NAMES: Final = {
    "phase": "阶段",
    "exchange_id": "请求号",
    "time_utc_us": "时间",
    "result": "结果",
    "reason_code": "原因",
    "action": "动作",
    "item_code": "事项",
    "province_pair": "省份",
    "consumer": "需求方",
    "provider": "提供方",
    "scene": "场景",
    "use_basis": "使用依据",
    "record_count": "记录数",
    "fields": "数据项",
    "page": "页",
    "prev": "前一条目",
    "repeat_of": "重复自",
    "peer_leaf": "对方条目",
    "grant_id": "授权",
    "application": "应用系统",
    "node": "节点",
    "column": "列",
    "detector": "检测器",
    "subject_tokens": "持卡人标识",
}


def show(directory: Directory, index: Index, as_json: AsJson = False) -> None:
    """查看一个条目。Show one entry, with its leaf hash made anew."""
    with open_reader(directory) as reader:
        row = row_of(reader, index)
        entry = decoded(row)
        if as_json:
            write_json({"index": index, "origin": reader.origin, "leaf_hash": row.leaf_hash.hex(), **entry.fields})
            return
        _show_entry(reader.origin, row, entry)


def _show_entry(origin: str, row: StoredEntry, entry: Entry) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"条目 entry {row.index}", title_justify="left", show_header=False)
    table.add_row("日志 origin", escape(origin))
    table.add_row("叶 leaf_hash", row.leaf_hash.hex())
    for name in (*_NAMES, *sorted(entry.fields.keys() - _NAMES.keys())):
        if name not in entry.fields:
            continue
        value = entry.fields[name]
        text = ", ".join(value) if isinstance(value, list) else str(value)
        if name == "time_utc_us":
            text = f"{datetime.fromtimestamp(entry.number(name) / 1e6, UTC).isoformat()} ({text})"
        table.add_row(f"{_NAMES.get(name, '')} {name}".strip(), escape(text))
    console().print(table)

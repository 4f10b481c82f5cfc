"""What a command shows when it is done, in words: the name of each value, and the value as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from gateway.audit.entries.acts import DualControlAct
from gateway.cli.language import say, word
from gateway.cli.names import name_department, name_with_code
from gateway.cli.provinces import name_province
from gateway.cli.times import show_time
from gateway.ground.evidence import Channel, LawfulBasis

RESULT_NAMES: Final[Mapping[str, str]] = {
    "act": "操作",
    "active_items": "生效的事项",
    "agreement": "协议",
    "agreements": "协议数",
    "application": "应用系统",
    "approval": "审批摘要",
    "archived": "已归档条目数",
    "archives": "归档文件",
    "asked_by": "请求人",
    "backup": "备份",
    "batch_no": "批次审批编号",
    "before": "归档此前条目",
    "bundle": "信任包",
    "business_no": "业务流水号",
    "by": "操作人",
    "certificate": "证书",
    "channel": "业务渠道",
    "consent_ref": "同意登记编号",
    "consent": "同意摘要",
    "department": "部门",
    "dialled_as": "连接所用身份",
    "directory": "文件夹",
    "digest_compared_with": "摘要比对依据",
    "document": "文件",
    "end": "截止序号（不含）",
    "emergency": "紧急使用",
    "emergency_reason": "紧急事由",
    "end_user_org": "所服务的机构",
    "entries": "条目数",
    "entry": "审计条目",
    "expires_at": "有效至",
    "fields": "数据项",
    "file": "文件",
    "files": "文件数",
    "fingerprint": "指纹",
    "former": "原状态移至",
    "from_size": "起始条目数",
    "given_on": "同意日期",
    "grant_id": "授权",
    "grants": "授权数",
    "guardian": "监护人同意",
    "host": "监听地址",
    "identity": "身份",
    "index": "序号",
    "in_force": "现行限制",
    "item": "事项",
    "item_digest": "事项摘要",
    "items": "事项",
    "keys": "密钥文件夹",
    "lapses_at": "失效时间",
    "lawful_basis": "处理依据",
    "left_out": "未收入条目数",
    "lifted": "已解除",
    "list": "清单",
    "list_key": "清单签名公钥",
    "list_versions": "清单版本",
    "log": "审计日志",
    "metrics_port": "指标端口",
    "month": "月份",
    "name": "名称",
    "new": "新增",
    "next": "下次起始序号",
    "next_index": "下一条序号",
    "node": "节点",
    "nodes": "节点",
    "number": "编号",
    "older": "旧状态",
    "pairs": "地区对数",
    "on": "对象",
    "onward_consent_no": "转供同意编号",
    "operator": "经办人",
    "operator_unit": "经办人单位",
    "opened": "已开明文",
    "origin": "日志名称",
    "port": "端口",
    "peer_entries": "对方条目数",
    "province": "省（市）",
    "purpose": "使用用途",
    "purpose_code": "用途代码",
    "reason": "事由",
    "region_pair": "双方地区",
    "restored": "已恢复",
    "revoked": "已撤销证书数",
    "root": "根",
    "sealing_key": "数据项加密公钥",
    "separate": "单独同意",
    "serial": "序列号",
    "sha256": "SHA-256",
    "signature": "签名",
    "signed_to": "签名至（条目数）",
    "signatures": "签名数",
    "size": "日志条目数",
    "start": "起始序号",
    "stamps": "时间戳",
    "statements": "查阅说明",
    "target": "地址",
    "terminal": "终端",
    "told": "对方已收到",
    "until": "有效至",
    "withdrawn": "已撤回",
    "with_keys": "含密钥",
    "wanted": "所求限制",
    "witness": "见证",
    "witness_port": "见证端口",
    "witnesses": "见证方",
    "would_archive": "拟归档条目",
    "years": "保存年限",
}
"""The Chinese name of each value that a command shows when it is done."""
_ENGLISH: Final[Mapping[str, str]] = {
    "archived": "entries archived",
    "batch_no": "number of the batch approval",
    "before": "entries before",
    "business_no": "business number",
    "consent": "digest of the consent",
    "consent_ref": "number of the consent",
    "digest_compared_with": "digest compared with",
    "end_user_org": "body served",
    "expires_at": "valid until",
    "former": "former state moved to",
    "from_size": "from entries",
    "grant_id": "grant",
    "guardian": "guardian's consent",
    "in_force": "limits in force",
    "lapses_at": "lapses at",
    "next": "next index to start from",
    "number": "number",
    "older": "older state",
    "onward_consent_no": "number of the onward consent",
    "operator": "official",
    "operator_unit": "official's unit",
    "pairs": "pairs of regions",
    "separate": "separate consent",
    "sha256": "SHA-256",
    "signed_to": "signed up to",
    "told": "the other side has it",
    "wanted": "limits asked for",
    "with_keys": "with keys",
    "would_archive": "entries to be archived",
    "years": "years kept",
}
"""The English name of a value where the words of its own name do not say it."""
_CODES: Final[Mapping[str, type[StrEnum]]] = {"act": DualControlAct, "channel": Channel, "lawful_basis": LawfulBasis}
"""The values that are a code out of a closed set."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def name_result(name: str) -> str:
    """Return the name of a value in the language of the run; one that is not known here is shown as it is."""
    return word(RESULT_NAMES.get(name, name), _ENGLISH.get(name, name.replace("_", " ")))


def spell_result(name: str, value: Any) -> str:
    """Return a value as a person reads it: yes or no, times of Beijing, names of codes, and what is empty as none."""
    match value:
        case bool():
            return word("是", "yes") if value else word("否", "no")
        case list() | tuple():
            return word("、", ", ").join(_spell_part(name, part) for part in value) or word("无", "none")
    return _spell_part(name, value) or word("无", "none")


def _spell_part(name: str, part: Any) -> str:
    if isinstance(part, list | tuple):
        return "-".join(map(str, part))
    text = str(part)
    if name == "years":
        return word(f"{text} 年", text)
    if name == "department":
        return name_department(text)
    if name == "province":
        return say(name_province(text))
    if _TIME.fullmatch(text):
        return show_time(datetime.fromisoformat(text))
    return name_with_code(_CODES[name], text) if name in _CODES else text

"""The one official name of each code that is shown to a person: domains, classes, phases, levels and the rest.

The Chinese words are those of the regulations where these have one: 《四川省社会保障卡一卡通条例》 for the domains,
《政务数据共享条例》 for classes and modes of sharing, 《个人信息保护法》 for the classes of personal information. A
code stands behind its name in brackets where a reader may have to type it; in English the code is the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from gateway.audit.entries.entry import Phase, Result
from gateway.catalogue.items import CardForm, SharingMode
from gateway.catalogue.parties import DepartmentType
from gateway.cli.language import Language, say, spoken
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Domain, Kind, Label, LegalClass, Level, OnFailure, SharingClass

NAMES: Final[Mapping[type[StrEnum], Mapping[str, Label]]] = {
    DepartmentType: {
        DepartmentType.HRSS: Label("人力资源社会保障", "hrss"),
        DepartmentType.GOVERNMENT_SERVICE: Label("政务服务", "government-service"),
        DepartmentType.DEVELOPMENT_REFORM: Label("发展改革", "development-reform"),
        DepartmentType.EDUCATION: Label("教育", "education"),
        DepartmentType.PUBLIC_SECURITY: Label("公安", "public-security"),
        DepartmentType.CIVIL_AFFAIRS: Label("民政", "civil-affairs"),
        DepartmentType.FINANCE: Label("财政", "finance"),
        DepartmentType.HOUSING: Label("住房城乡建设", "housing"),
        DepartmentType.TRANSPORT: Label("交通运输", "transport"),
        DepartmentType.CULTURE_TOURISM: Label("文化和旅游", "culture-tourism"),
        DepartmentType.HEALTH: Label("卫生健康", "health"),
        DepartmentType.HEALTH_SECURITY: Label("医疗保障", "health-security"),
        DepartmentType.DISABLED_PERSONS: Label("残疾人联合会", "disabled-persons"),
    },
    Domain: {
        Domain.IDENTITY: Label("身份证明", "identity"),
        Domain.SOCIAL_SECURITY: Label("社会保障", "social_security"),
        Domain.FUND_DISBURSEMENT: Label("资金发放", "fund_disbursement"),
        Domain.TRANSPORT: Label("交通出行", "transport"),
        Domain.TOURISM: Label("旅游观光", "tourism"),
        Domain.CULTURE: Label("文化体验", "culture"),
        Domain.HEALTH: Label("医疗卫生", "health"),
        Domain.FINANCE: Label("金融服务", "finance"),
    },
    SharingClass: {
        SharingClass.UNCONDITIONAL: Label("无条件共享", "unconditional"),
        SharingClass.CONDITIONAL: Label("有条件共享", "conditional"),
    },
    SharingMode: {
        SharingMode.API: Label("服务接口", "api"),
        SharingMode.BATCH: Label("批量交换", "batch"),
        SharingMode.FILE: Label("文件下载", "file"),
    },
    CardForm: {
        CardForm.PHYSICAL: Label("实体社会保障卡", "physical"),
        CardForm.ELECTRONIC: Label("电子社会保障卡", "electronic"),
    },
    LegalClass: {
        LegalClass.NONE: Label("非个人信息", "none"),
        LegalClass.GENERAL: Label("一般个人信息", "general"),
        LegalClass.SENSITIVE: Label("敏感个人信息", "sensitive"),
        LegalClass.BUSINESS: Label("业务数据", "business"),
    },
    Level: {
        Level.CLEAR: Label("原值", "clear"),
        Level.DROP: Label("不提供", "drop"),
        Level.REDACT: Label("全部遮盖", "redact"),
        Level.PARTIAL: Label("部分遮盖", "partial"),
        Level.GENERALISE: Label("泛化", "generalise"),
        Level.ROUND: Label("取整", "round"),
        Level.PREDICATE: Label("判断结果", "predicate"),
        Level.DATE_SHIFT: Label("日期偏移", "date_shift"),
        Level.PSEUDONYM: Label("假名", "pseudonym"),
        Level.KEYED_HASH: Label("带密钥摘要", "keyed_hash"),
        Level.FORMAT_PRESERVING: Label("保留格式加密", "format_preserving"),
        Level.ENCRYPT: Label("加密到需求部门", "encrypt"),
        Level.SUBSTITUTE: Label("替换", "substitute"),
        Level.FORBID: Label("不予共享", "forbid"),
    },
    Channel: {
        Channel.ONLINE: Label("线上", "online"),
        Channel.COUNTER: Label("窗口", "counter"),
        Channel.TERMINAL: Label("自助终端", "terminal"),
        Channel.BATCH: Label("批量", "batch"),
    },
    LawfulBasis: {
        LawfulBasis.CONSENT: Label("取得个人同意", "consent"),
        LawfulBasis.STATUTORY_DUTY: Label("履行法定职责", "statutory_duty"),
        LawfulBasis.EMERGENCY: Label("应对突发事件", "emergency"),
    },
    Phase: {
        Phase.INTENT: Label("受理", "intent"),
        Phase.RELEASE: Label("提供", "release"),
        Phase.REFUSAL: Label("拒绝", "refusal"),
        Phase.OUTCOME: Label("签收", "outcome"),
        Phase.RECEIPT: Label("收到", "receipt"),
        Phase.ADMIN: Label("管理", "admin"),
    },
    Result: {
        Result.PERMIT: Label("准予", "permit"),
        Result.DENY: Label("不予", "deny"),
        Result.ERROR: Label("差错", "error"),
    },
    Kind: {
        Kind.STRING: Label("文本", "string"),
        Kind.INTEGER: Label("整数", "integer"),
        Kind.BOOLEAN: Label("是否", "boolean"),
        Kind.DATE: Label("日期", "date"),
        Kind.DECIMAL: Label("小数", "decimal"),
        Kind.SEALED: Label("密文", "sealed"),
    },
    OnFailure: {
        OnFailure.REFUSE: Label("整批拒绝", "refuse"),
        OnFailure.SUPPRESS: Label("隐去所涉数据项", "suppress"),
    },
}
"""Each enumeration by itself: members of two may have one value."""


def name_of(kind: type[StrEnum], value: str) -> str:
    """Return the name of a code in the language of the run; a code that the enumeration lacks is returned as it is."""
    return say(_label_of(kind, value))


def name_with_code(kind: type[StrEnum], value: str) -> str:
    """Return the name, with the code in brackets in Chinese, where the reader may have to type it."""
    label = _label_of(kind, value)
    return f"{label.zh}（{value}）" if spoken() is Language.ZH and label.zh != value else value


def name_over_code(kind: type[StrEnum], value: str) -> str:
    """Return the name, with the code on the next line in Chinese: for narrow columns."""
    label = _label_of(kind, value)
    return f"{label.zh}\n{value}" if spoken() is Language.ZH and label.zh != value else value


def name_all(kind: type[StrEnum], values: Iterable[str]) -> str:
    """Return the names of several codes, parted as the language does."""
    return ("、" if spoken() is Language.ZH else ", ").join(name_of(kind, value) for value in values)


def shorten_identity(text: str) -> str:
    """Return an identity of a certificate without its scheme, so that it stands on one line of a table."""
    return text.removeprefix("spiffe://")


def find_code(kind: type[StrEnum], typed: str) -> str | None:
    """Return the code that a person named by itself or by its name in either language; None for any other word."""
    for code, label in NAMES[kind].items():
        if typed in (code, label.zh, label.en):
            return str(code)
    return None


def _label_of(kind: type[StrEnum], value: str) -> Label:
    return NAMES[kind].get(value, Label(value, value))

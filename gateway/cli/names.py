"""The one official name of each code that is shown to a person: domains, classes, phases, levels and the rest.

The Chinese words are those of the regulations where these have one: 《四川省社会保障卡一卡通条例》 for the domains,
《政务数据共享条例》 for classes and modes of sharing, 《个人信息保护法》 for the classes of personal information. A
code stands behind its name in brackets, or below it, where a reader may have to type it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from gateway.audit.entries.acts import DualControlAct
from gateway.audit.entries.entry import Phase, Result
from gateway.budgets.counting import ScopeKind
from gateway.catalogue.items import CardForm
from gateway.catalogue.lists import ListKind
from gateway.catalogue.parties import DepartmentType
from gateway.catalogue.profiles import Area
from gateway.cli.choices import CertificateHolder, ExportFormat, LoggedAction, PlatformKind
from gateway.cli.language import Language, say, spoken, word
from gateway.ground.alarms import Severity
from gateway.ground.evidence import CellReason, Channel, LawfulBasis
from gateway.ground.item import (
    Domain,
    Kind,
    Label,
    LegalClass,
    Level,
    MinorRule,
    OnFailure,
    Outcome,
    SharingClass,
    SharingMode,
)
from gateway.ground.refusals import TABLE, Reason
from gateway.leakguard.found import Detector

_REASONS: Final[Mapping[str, Label]] = {reason: Label(one.zh, one.en) for reason, one in TABLE.items()}
"""The name of a reason is the sentence with which it is refused."""

_PROVINCES: Final = {"sc": Label("四川省", "Sichuan"), "cq": Label("重庆市", "Chongqing")}
"""The provinces by the first letters of the codes of their departments."""

NAMES: Final[Mapping[type[StrEnum], Mapping[str, Label]]] = {
    DepartmentType: {
        DepartmentType.HRSS: Label("人力资源社会保障", "human resources and social security"),
        DepartmentType.GOVERNMENT_SERVICE: Label("政务服务", "government services"),
        DepartmentType.DEVELOPMENT_REFORM: Label("发展改革", "development and reform"),
        DepartmentType.EDUCATION: Label("教育", "education"),
        DepartmentType.PUBLIC_SECURITY: Label("公安", "public security"),
        DepartmentType.CIVIL_AFFAIRS: Label("民政", "civil affairs"),
        DepartmentType.FINANCE: Label("财政", "finance"),
        DepartmentType.HOUSING: Label("住房城乡建设", "housing and urban-rural development"),
        DepartmentType.TRANSPORT: Label("交通运输", "transport"),
        DepartmentType.CULTURE_TOURISM: Label("文化和旅游", "culture and tourism"),
        DepartmentType.HEALTH: Label("卫生健康", "health"),
        DepartmentType.HEALTH_SECURITY: Label("医疗保障", "healthcare security"),
        DepartmentType.DISABLED_PERSONS: Label("残疾人联合会", "disabled persons' federation"),
    },
    Domain: {
        Domain.IDENTITY: Label("身份证明", "proof of identity"),
        Domain.SOCIAL_SECURITY: Label("社会保障", "social security"),
        Domain.FUND_DISBURSEMENT: Label("资金发放", "fund disbursement"),
        Domain.TRANSPORT: Label("交通出行", "transport"),
        Domain.TOURISM: Label("旅游观光", "tourism"),
        Domain.CULTURE: Label("文化体验", "culture"),
        Domain.HEALTH: Label("医疗卫生", "medical care"),
        Domain.FINANCE: Label("金融服务", "financial services"),
    },
    SharingClass: {
        SharingClass.UNCONDITIONAL: Label("无条件共享", "unconditional sharing"),
        SharingClass.CONDITIONAL: Label("有条件共享", "conditional sharing"),
    },
    SharingMode: {
        SharingMode.API: Label("服务接口", "service interface"),
        SharingMode.BATCH: Label("批量交换", "batch exchange"),
        SharingMode.FILE: Label("文件下载", "file download"),
        SharingMode.PUSH: Label("推送", "push"),
    },
    Outcome: {
        Outcome.FOUND: Label("查到", "found"),
        Outcome.NO_MATCH: Label("号码姓名不符或查无此人", "no match"),
        Outcome.NOT_HELD: Label("本人相符但无此类记录", "not held"),
        Outcome.NOT_APPLICABLE: Label("不适用", "not applicable"),
        Outcome.WITHHELD_MINOR: Label("不满十四周岁不予提供", "withheld of a minor"),
        Outcome.WITHHELD_GATE: Label("人数不足不予提供", "withheld by the gate"),
        Outcome.LATER: Label("暂不可得", "later"),
    },
    CellReason: {
        CellReason.NONE: Label("非空", "not null"),
        CellReason.AS_DECLARED: Label("按该项规定为空", "null as the field says"),
        CellReason.WITHHELD_MINOR: Label("不满十四周岁，该项不予提供", "field withheld of a minor"),
        CellReason.WITHHELD_GATE: Label("人数不足，该项不予提供", "field withheld by the gate"),
        CellReason.NOT_ANSWERED: Label("见该行结果", "see the row's outcome"),
    },
    MinorRule: {
        MinorRule.ANSWER: Label("按各数据项的规定", "as each field says"),
        MinorRule.WITHHOLD: Label("不予提供", "withheld"),
        MinorRule.NOT_APPLICABLE: Label("不适用", "not applicable"),
    },
    CardForm: {
        CardForm.PHYSICAL: Label("实体社会保障卡", "physical card"),
        CardForm.ELECTRONIC: Label("电子社会保障卡", "electronic card"),
    },
    LegalClass: {
        LegalClass.NONE: Label("非个人信息", "not personal information"),
        LegalClass.GENERAL: Label("一般个人信息", "general personal information"),
        LegalClass.SENSITIVE: Label("敏感个人信息", "sensitive personal information"),
        LegalClass.BUSINESS: Label("业务数据", "business data"),
    },
    Level: {
        Level.CLEAR: Label("原值", "as held"),
        Level.DROP: Label("不提供", "not provided"),
        Level.REDACT: Label("全部遮盖", "fully hidden"),
        Level.PARTIAL: Label("部分遮盖", "partly hidden"),
        Level.GENERALISE: Label("泛化", "generalised"),
        Level.ROUND: Label("取整", "rounded"),
        Level.PREDICATE: Label("判断结果", "yes or no"),
        Level.DATE_SHIFT: Label("日期偏移", "shifted date"),
        Level.PSEUDONYM: Label("假名", "pseudonym"),
        Level.KEYED_HASH: Label("带密钥摘要", "keyed hash"),
        Level.FORMAT_PRESERVING: Label("保留格式加密", "format-preserving encryption"),
        Level.ENCRYPT: Label("加密到需求部门", "encrypted to the department"),
        Level.SUBSTITUTE: Label("替换", "substituted"),
        Level.FORBID: Label("不予共享", "not shared"),
    },
    Channel: {
        Channel.ONLINE: Label("线上", "online"),
        Channel.COUNTER: Label("窗口", "counter"),
        Channel.TERMINAL: Label("自助终端", "terminal"),
        Channel.BATCH: Label("批量", "batch"),
    },
    LawfulBasis: {
        LawfulBasis.CONSENT: Label("取得个人同意", "the person's consent"),
        LawfulBasis.STATUTORY_DUTY: Label("履行法定职责", "statutory duty"),
        LawfulBasis.EMERGENCY: Label("应对突发事件", "response to an emergency"),
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
    Reason: _REASONS,
    Area: {
        Area.DUTIES: Label("职责", "duties"),
        Area.LISTS: Label("清单", "lists"),
        Area.FUNDS: Label("资金", "funds"),
        Area.PENALTIES: Label("处罚", "penalties"),
        Area.OTHER: Label("其他", "other"),
    },
    ListKind: {
        ListKind.CATALOGUE: Label("事项目录", "catalogue of items"),
        ListKind.APPLICATION_LIST: Label("应用事项清单", "list of application items"),
    },
    Language: {
        Language.ZH: Label("中文", "zh"),
        Language.EN: Label("英文", "en"),
        Language.BOTH: Label("中英双语", "both"),
    },
    CertificateHolder: {
        CertificateHolder.APPLICATION: Label("应用系统", "application"),
        CertificateHolder.REVIEWER: Label("审计管理员", "reviewer"),
        CertificateHolder.SECURITY: Label("安全管理员", "security"),
        CertificateHolder.ADMINISTRATOR: Label("系统管理员", "administrator"),
        CertificateHolder.ADAPTER: Label("平台适配器", "adapter"),
    },
    DualControlAct: {
        DualControlAct.SUBJECT_HISTORY: Label("查阅个人数据提供记录", "read a person's history"),
        DualControlAct.OPEN_HISTORY: Label(
            "查阅个人数据提供记录并打开各条目正文", "read a person's history and open each body"
        ),
        DualControlAct.OPEN_BODY: Label("打开条目正文", "open the body of an entry"),
        DualControlAct.RECOVER_PSEUDONYM: Label("还原假名", "recover a pseudonym"),
        DualControlAct.RETAIN: Label("归档条目", "archive entries"),
        DualControlAct.SHRED: Label("销毁月份密钥", "destroy the keys of a month"),
        DualControlAct.WIDEN: Label("放宽保存与告知限制", "widen the limits of keeping and telling"),
        DualControlAct.CLOSE_EMERGENCY: Label("办结紧急使用的复核", "close the review of an emergency"),
    },
    ExportFormat: {
        ExportFormat.OCSF: Label("OCSF 事件", "ocsf"),
        ExportFormat.SYSLOG: Label("syslog 报文", "syslog"),
    },
    PlatformKind: {
        PlatformKind.SICHUAN: Label("四川平台", "platform of Sichuan"),
        PlatformKind.CHONGQING: Label("重庆平台", "platform of Chongqing"),
        PlatformKind.REMOTE: Label("远程适配器", "remote adapter"),
    },
    LoggedAction: {
        LoggedAction.QUERY: Label("查询", "query"),
        LoggedAction.STREAM: Label("分页查询", "query by pages"),
        LoggedAction.ACKNOWLEDGE: Label("确认收到", "acknowledge receipt"),
        LoggedAction.NODE_INIT: Label("建立节点", "set up the node"),
        LoggedAction.START: Label("启动", "start"),
        LoggedAction.STOP: Label("停止", "stop"),
        LoggedAction.RELOAD: Label("重新加载", "reload"),
        LoggedAction.DOCUMENTS: Label("文件生效", "documents in force"),
        LoggedAction.MASKING_MANIFEST: Label("声明脱敏方案", "declare the masking plan"),
        LoggedAction.QUARANTINE: Label("暂停事项服务", "suspend the item"),
        LoggedAction.LIFT_QUARANTINE: Label("解除事项暂停", "lift the suspension"),
        LoggedAction.ACCEPT_BUNDLE: Label("接受信任包", "accept a trust bundle"),
        LoggedAction.ACCEPT_REVOCATIONS: Label("接受证书撤销列表", "accept a revocation list"),
        LoggedAction.ANNOUNCE_LOG_KEYS: Label("公布日志密钥", "announce keys of the log"),
        LoggedAction.ROTATE_LOG_KEYS: Label("轮换日志密钥", "rotate keys of the log"),
        LoggedAction.RENEW_WITNESS: Label("更新见证密钥", "renew keys of the witness"),
        LoggedAction.SEAL_RUN: Label("封存一段", "seal a run"),
        LoggedAction.SEAL_MONTH: Label("封存一月", "seal a month"),
        LoggedAction.BACKUP: Label("备份", "backup"),
        LoggedAction.RESTORE: Label("恢复", "restore"),
        LoggedAction.TAKE_UP: Label("接续未签名条目", "take up unsigned entries"),
        LoggedAction.RETAIN: Label("归档", "archive"),
        LoggedAction.SHRED: Label("销毁月份密钥", "destroy the keys of a month"),
        LoggedAction.WIDEN: Label("放宽保存与告知限制", "widen the limits of keeping and telling"),
        LoggedAction.ATTEMPT_REFUSED: Label("被拒绝的操作", "refused attempt"),
        LoggedAction.READ_STATUS: Label("查看节点状态", "read the node's status"),
        LoggedAction.READ_CHECKPOINT: Label("查看检查点", "read the checkpoint"),
        LoggedAction.READ_ENTRY: Label("查看条目", "read an entry"),
        LoggedAction.LIST_ENTRIES: Label("列出条目", "list entries"),
        LoggedAction.PROVE_CONSISTENCY: Label("证明一致性", "prove consistency"),
        LoggedAction.SEARCH: Label("查找条目", "search entries"),
        LoggedAction.OFFICIAL_HISTORY: Label("查阅经办人记录", "read an official's history"),
        LoggedAction.DEPARTMENT_HISTORY: Label("查阅部门记录", "read a department's history"),
        LoggedAction.SUBJECT_HISTORY: Label("查阅个人数据提供记录", "read a person's history"),
        LoggedAction.OPEN_HISTORY: Label(
            "查阅个人数据提供记录并打开各条目正文", "read a person's history and open each body"
        ),
        LoggedAction.OPEN_BODY: Label("打开条目正文", "open the body of an entry"),
        LoggedAction.RECOVER_PSEUDONYM: Label("还原假名", "recover a pseudonym"),
        LoggedAction.REGISTER_CONSENT: Label("登记同意", "register a consent"),
        LoggedAction.WITHDRAW_CONSENT: Label("撤回同意", "withdraw a consent"),
        LoggedAction.EMERGENCY_USE: Label("紧急使用", "use in an emergency"),
        LoggedAction.LIST_EMERGENCIES: Label("列出紧急使用", "list uses in emergencies"),
        LoggedAction.CLOSE_EMERGENCY: Label("办结紧急使用的复核", "close the review of an emergency"),
    },
    Kind: {
        Kind.STRING: Label("文本", "string"),
        Kind.INTEGER: Label("整数", "integer"),
        Kind.BOOLEAN: Label("是否", "boolean"),
        Kind.DATE: Label("日期", "date"),
        Kind.DECIMAL: Label("小数", "decimal"),
        Kind.SEALED: Label("密文", "sealed"),
    },
    ScopeKind: {
        ScopeKind.OPERATOR: Label("经办人", "operator"),
        ScopeKind.DEPARTMENT: Label("部门", "department"),
        ScopeKind.ITEM: Label("事项", "item"),
        ScopeKind.APPLICATION: Label("应用", "application"),
        ScopeKind.PEER: Label("两地之间", "peer"),
        ScopeKind.OPERATOR_ITEM: Label("经办人在该事项", "official in the item"),
        ScopeKind.DEPARTMENT_ITEM: Label("部门在该事项", "department in the item"),
    },
    Severity: {
        Severity.NOW: Label("立即处理", "now"),
        Severity.SOON: Label("当日处理", "soon"),
        Severity.PLAN: Label("计划处理", "plan"),
    },
    Detector: {
        Detector.COLUMN: Label("列不符", "wrong columns"),
        Detector.KIND: Label("类型不符", "wrong type"),
        Detector.FORM: Label("形式不符", "wrong form"),
        Detector.ALTERED: Label("原值被改动", "altered value"),
        Detector.MINOR: Label("不满十四周岁的值", "value of a minor"),
        Detector.OUTCOME: Label("与平台所给不同的行结果或空值原因", "another outcome or reason than the platform gave"),
        Detector.IDENTITY_NUMBER: Label("公民身份号码", "identity number"),
        Detector.MOBILE_PHONE: Label("手机号码", "mobile number"),
        Detector.BANK_CARD: Label("银行卡号", "bank card number"),
        Detector.CREDIT_CODE: Label("统一社会信用代码", "credit code"),
        Detector.DOCUMENT_NUMBER: Label("证件号码", "number of a document"),
        Detector.LANDLINE: Label("固定电话号码", "landline number"),
        Detector.EMAIL_ADDRESS: Label("电子邮箱地址", "email address"),
        Detector.RAW_VALUE: Label("脱敏前的值", "value before masking"),
        Detector.BAD_MASK: Label("遮盖不足", "too little hidden"),
        Detector.DATE: Label("记录中的日期", "date of the record"),
        Detector.AMOUNT: Label("记录中的金额", "amount of the record"),
        Detector.DIGEST: Label("无密钥的摘要", "digest without a key"),
        Detector.UNREADABLE: Label("无法检查的文本", "text that cannot be checked"),
    },
    OnFailure: {
        OnFailure.REFUSE: Label("整批拒绝", "refuse the whole page"),
        OnFailure.SUPPRESS: Label("隐去所涉数据项", "withhold the fields concerned"),
    },
}
"""Each enumeration by itself: members of two may have one value."""


def name_of(kind: type[StrEnum], value: str) -> str:
    """Return the name of a code in the language of the run; a code that the enumeration lacks is returned as it is."""
    return say(_label_of(kind, value))


def name_with_code(kind: type[StrEnum], value: str) -> str:
    """Return the name, with the code in brackets, where the reader may have to type it."""
    return add_code(name_of(kind, value), value)


def add_code(name: str, code: str) -> str:
    """Return a name with its code in brackets; a name that is the code stands alone."""
    if name == code:
        return code
    return f"{name}（{code}）" if spoken() is Language.ZH else f"{name} ({code})"


def label_with_code(label: Label, code: str) -> Label:
    """Return a label with its code in brackets in both languages; a name that is the code stands alone."""
    return Label(
        code if label.zh == code else f"{label.zh}（{code}）", code if label.en == code else f"{label.en} ({code})"
    )


def name_over_code(kind: type[StrEnum], value: str) -> str:
    """Return the name, with the code on the next line: for narrow columns."""
    name = name_of(kind, value)
    return name if name == value else f"{name}\n{value}"


def name_all(kind: type[StrEnum], values: Iterable[str]) -> str:
    """Return the names of several codes, parted as the language does."""
    return ("、" if spoken() is Language.ZH else ", ").join(name_of(kind, value) for value in values)


def list_department_codes() -> frozenset[str]:
    """Return the codes of the departments of the two provinces that have an official name here."""
    return frozenset(f"{province}-{kind}" for province in _PROVINCES for kind in NAMES[DepartmentType])


def name_department(code: str) -> str:
    """Return a department of the two provinces by its official name, with the code; others by their code."""
    province, _, kind = code.partition("-")
    label = NAMES[DepartmentType].get(kind) if province in _PROVINCES else None
    if label is None:
        return code
    office = label.zh if label.zh.endswith("会") else f"{label.zh}部门"
    where = _PROVINCES[province]
    return add_code(word(f"{where.zh}{office}", f"{where.en}, {label.en}"), code)


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

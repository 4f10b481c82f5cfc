"""The one official name of each code that is shown to a person: domains, classes, phases, levels and the rest.

The Chinese words are those of the regulations where these have one: 《四川省社会保障卡一卡通条例》 for the domains,
《政务数据共享条例》 for classes and modes of sharing, 《个人信息保护法》 for the classes of personal information. A
code stands behind its name in brackets where a reader may have to type it; in English the code is the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from gateway.audit.entries.acts import DualControlAct
from gateway.audit.entries.entry import Phase, Result
from gateway.catalogue.items import CardForm, SharingMode
from gateway.catalogue.lists import ListKind
from gateway.catalogue.parties import DepartmentType
from gateway.cli.choices import CertificateHolder, ExportFormat, LoggedAction, PlatformKind
from gateway.cli.language import Language, say, spoken
from gateway.ground.alarms import Severity
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Domain, Kind, Label, LegalClass, Level, OnFailure, SharingClass
from gateway.ground.refusals import TABLE, Reason
from gateway.leakguard.found import Detector

_REASONS: Final[Mapping[str, Label]] = {reason: Label(one.zh, str(reason)) for reason, one in TABLE.items()}
"""The name of a reason is the sentence with which it is refused."""

_PROVINCES: Final = {"sc": "四川省", "cq": "重庆市"}
"""The provinces by the first letters of the codes of their departments."""

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
    Reason: _REASONS,
    ListKind: {
        ListKind.CATALOGUE: Label("事项目录", "catalogue"),
        ListKind.APPLICATION_LIST: Label("应用事项清单", "application-list"),
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
        DualControlAct.SUBJECT_HISTORY: Label("查阅个人数据提供记录", "subject_history"),
        DualControlAct.OPEN_HISTORY: Label("查阅个人数据提供记录并打开各条目正文", "open_history"),
        DualControlAct.OPEN_BODY: Label("打开条目正文", "open_body"),
        DualControlAct.RECOVER_PSEUDONYM: Label("还原假名", "recover_pseudonym"),
        DualControlAct.RETAIN: Label("归档条目", "retain"),
        DualControlAct.SHRED: Label("销毁月份密钥", "shred"),
        DualControlAct.WIDEN: Label("放宽保存与告知限制", "widen"),
    },
    ExportFormat: {
        ExportFormat.OCSF: Label("OCSF 事件", "ocsf"),
        ExportFormat.SYSLOG: Label("syslog 报文", "syslog"),
    },
    PlatformKind: {
        PlatformKind.SICHUAN: Label("四川平台", "sichuan"),
        PlatformKind.CHONGQING: Label("重庆平台", "chongqing"),
        PlatformKind.REMOTE: Label("远程适配器", "remote"),
    },
    LoggedAction: {
        LoggedAction.QUERY: Label("查询", "query"),
        LoggedAction.STREAM: Label("分页查询", "stream"),
        LoggedAction.ACKNOWLEDGE: Label("确认收到", "acknowledge"),
        LoggedAction.NODE_INIT: Label("建立节点", "node_init"),
        LoggedAction.START: Label("启动", "start"),
        LoggedAction.STOP: Label("停止", "stop"),
        LoggedAction.RELOAD: Label("重新加载", "reload"),
        LoggedAction.DOCUMENTS: Label("文件生效", "documents"),
        LoggedAction.MASKING_MANIFEST: Label("声明脱敏方案", "masking_manifest"),
        LoggedAction.QUARANTINE: Label("暂停事项服务", "quarantine"),
        LoggedAction.LIFT_QUARANTINE: Label("解除事项暂停", "lift_quarantine"),
        LoggedAction.ACCEPT_BUNDLE: Label("接受信任包", "accept_bundle"),
        LoggedAction.ACCEPT_REVOCATIONS: Label("接受证书撤销列表", "accept_revocations"),
        LoggedAction.ANNOUNCE_LOG_KEYS: Label("公布日志密钥", "announce_log_keys"),
        LoggedAction.ROTATE_LOG_KEYS: Label("轮换日志密钥", "rotate_log_keys"),
        LoggedAction.RENEW_WITNESS: Label("更新见证密钥", "renew_witness"),
        LoggedAction.SEAL_RUN: Label("封存一段", "seal_run"),
        LoggedAction.SEAL_MONTH: Label("封存一月", "seal_month"),
        LoggedAction.BACKUP: Label("备份", "backup"),
        LoggedAction.RESTORE: Label("恢复", "restore"),
        LoggedAction.TAKE_UP: Label("接续未签名条目", "take_up"),
        LoggedAction.RETAIN: Label("归档", "retain"),
        LoggedAction.SHRED: Label("销毁月份密钥", "shred"),
        LoggedAction.WIDEN: Label("放宽保存与告知限制", "widen"),
        LoggedAction.ATTEMPT_REFUSED: Label("被拒绝的操作", "attempt_refused"),
        LoggedAction.READ_STATUS: Label("查看节点状态", "read_status"),
        LoggedAction.READ_CHECKPOINT: Label("查看检查点", "read_checkpoint"),
        LoggedAction.READ_ENTRY: Label("查看条目", "read_entry"),
        LoggedAction.LIST_ENTRIES: Label("列出条目", "list_entries"),
        LoggedAction.PROVE_CONSISTENCY: Label("证明一致性", "prove_consistency"),
        LoggedAction.SEARCH: Label("查找条目", "search"),
        LoggedAction.OFFICIAL_HISTORY: Label("查阅经办人记录", "official_history"),
        LoggedAction.DEPARTMENT_HISTORY: Label("查阅部门记录", "department_history"),
        LoggedAction.SUBJECT_HISTORY: Label("查阅个人数据提供记录", "subject_history"),
        LoggedAction.OPEN_HISTORY: Label("查阅个人数据提供记录并打开各条目正文", "open_history"),
        LoggedAction.OPEN_BODY: Label("打开条目正文", "open_body"),
        LoggedAction.RECOVER_PSEUDONYM: Label("还原假名", "recover_pseudonym"),
    },
    Kind: {
        Kind.STRING: Label("文本", "string"),
        Kind.INTEGER: Label("整数", "integer"),
        Kind.BOOLEAN: Label("是否", "boolean"),
        Kind.DATE: Label("日期", "date"),
        Kind.DECIMAL: Label("小数", "decimal"),
        Kind.SEALED: Label("密文", "sealed"),
    },
    Severity: {
        Severity.NOW: Label("立即处理", "now"),
        Severity.SOON: Label("当日处理", "soon"),
        Severity.PLAN: Label("计划处理", "plan"),
    },
    Detector: {
        Detector.COLUMN: Label("列不符", "column"),
        Detector.KIND: Label("类型不符", "kind"),
        Detector.FORM: Label("形式不符", "form"),
        Detector.ALTERED: Label("原值被改动", "altered"),
        Detector.MINOR: Label("不满十四周岁的值", "minor"),
        Detector.IDENTITY_NUMBER: Label("公民身份号码", "identity_number"),
        Detector.MOBILE_PHONE: Label("手机号码", "mobile_phone"),
        Detector.BANK_CARD: Label("银行卡号", "bank_card"),
        Detector.CREDIT_CODE: Label("统一社会信用代码", "credit_code"),
        Detector.DOCUMENT_NUMBER: Label("证件号码", "document_number"),
        Detector.LANDLINE: Label("固定电话号码", "landline"),
        Detector.EMAIL_ADDRESS: Label("电子邮箱地址", "email_address"),
        Detector.RAW_VALUE: Label("脱敏前的值", "raw_value"),
        Detector.BAD_MASK: Label("遮盖不足", "bad_mask"),
        Detector.DATE: Label("记录中的日期", "raw_date"),
        Detector.AMOUNT: Label("记录中的金额", "raw_amount"),
        Detector.DIGEST: Label("无密钥的摘要", "digest"),
        Detector.UNREADABLE: Label("无法检查的文本", "unreadable"),
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


def name_department(code: str) -> str:
    """Return a department of the two provinces by its official name, with the code in Chinese; others by their code."""
    province, _, kind = code.partition("-")
    label = NAMES[DepartmentType].get(kind) if province in _PROVINCES else None
    if label is None or spoken() is not Language.ZH:
        return code
    office = label.zh if label.zh.endswith("会") else f"{label.zh}部门"
    return f"{_PROVINCES[province]}{office}（{code}）"


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

"""Every way to say no: a closed enum of reasons and one table from reason to status code, sentences and next step.

Rules: a refusal is an outcome, not a defect; it is recorded like a release. Its message never holds a personal value.
The metric label is the reason. The caller's sentences are in the table, in Chinese and English;
`docs/reference/refusals.md` is checked against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.ground.evidence import Receipt

DOMAIN: Final = "chuanyu-gateway"
"""The `domain` of google.rpc.ErrorInfo."""


class Reason(StrEnum):
    """Why nothing leaves."""

    # who asks
    NO_CERTIFICATE = "NO_CERTIFICATE"
    AUTHORITY_UNKNOWN = "AUTHORITY_UNKNOWN"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    CERTIFICATE_NOT_YET_VALID = "CERTIFICATE_NOT_YET_VALID"
    CERTIFICATE_USE_INVALID = "CERTIFICATE_USE_INVALID"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    CERTIFICATE_NAME_INVALID = "CERTIFICATE_NAME_INVALID"
    REVOCATION_LIST_EXPIRED = "REVOCATION_LIST_EXPIRED"
    TLS_VERSION_TOO_LOW = "TLS_VERSION_TOO_LOW"
    HANDSHAKE_FAILED = "HANDSHAKE_FAILED"
    PARTY_UNKNOWN = "PARTY_UNKNOWN"
    ROLE_NOT_ALLOWED = "ROLE_NOT_ALLOWED"
    APPROVAL_INVALID = "APPROVAL_INVALID"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    # the envelope
    REQUEST_INVALID = "REQUEST_INVALID"
    REQUEST_STALE = "REQUEST_STALE"
    REQUEST_REPLAYED = "REQUEST_REPLAYED"
    CLOCK_UNSURE = "CLOCK_UNSURE"
    DEADLINE_MISSING = "DEADLINE_MISSING"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    PERSON_BUDGET_SPENT = "PERSON_BUDGET_SPENT"
    OVERLOADED = "OVERLOADED"
    CANCELLED = "CANCELLED"
    # what is asked
    ITEM_UNKNOWN = "ITEM_UNKNOWN"
    ITEM_NOT_LISTED = "ITEM_NOT_LISTED"
    LIST_EXPIRED = "LIST_EXPIRED"
    GRANT_MISSING = "GRANT_MISSING"
    GRANT_EXPIRED = "GRANT_EXPIRED"
    PROVIDER_NOT_SERVED = "PROVIDER_NOT_SERVED"
    MODE_NOT_SERVED = "MODE_NOT_SERVED"
    MODE_NOT_GRANTED = "MODE_NOT_GRANTED"
    ROWS_NOT_GRANTED = "ROWS_NOT_GRANTED"
    BATCH_NOT_APPROVED = "BATCH_NOT_APPROVED"
    SCENE_NOT_GRANTED = "SCENE_NOT_GRANTED"
    USE_BASIS_NOT_GRANTED = "USE_BASIS_NOT_GRANTED"
    PURPOSE_NOT_GRANTED = "PURPOSE_NOT_GRANTED"
    REGION_NOT_GRANTED = "REGION_NOT_GRANTED"
    REGION_AMBIGUOUS = "REGION_AMBIGUOUS"
    AGREEMENT_NOT_COVERED = "AGREEMENT_NOT_COVERED"
    LAWFUL_BASIS_NOT_GRANTED = "LAWFUL_BASIS_NOT_GRANTED"
    CONSENT_MISSING = "CONSENT_MISSING"
    CONSENT_UNKNOWN = "CONSENT_UNKNOWN"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    CONSENT_NOT_COVERING = "CONSENT_NOT_COVERING"
    CONSENT_INVALID = "CONSENT_INVALID"
    EMERGENCY_REASON_MISSING = "EMERGENCY_REASON_MISSING"
    EMERGENCY_NOT_REVIEWED = "EMERGENCY_NOT_REVIEWED"
    OPERATOR_MISSING = "OPERATOR_MISSING"
    OPERATOR_UNKNOWN = "OPERATOR_UNKNOWN"
    END_USER_UNKNOWN = "END_USER_UNKNOWN"
    ONWARD_NOT_AGREED = "ONWARD_NOT_AGREED"
    FIELD_UNDECLARED = "FIELD_UNDECLARED"
    FIELD_NOT_GRANTED = "FIELD_NOT_GRANTED"
    KEY_INVALID = "KEY_INVALID"
    KEY_CODE_UNKNOWN = "KEY_CODE_UNKNOWN"
    FREE_TEXT_LEAK = "FREE_TEXT_LEAK"
    # the platform
    PLATFORM_UNAVAILABLE = "PLATFORM_UNAVAILABLE"
    PLATFORM_CODE_UNMAPPED = "PLATFORM_CODE_UNMAPPED"
    PLATFORM_ANSWER_INVALID = "PLATFORM_ANSWER_INVALID"
    ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
    # on the way out
    MASKING_FAILED = "MASKING_FAILED"
    LEAK_BLOCKED = "LEAK_BLOCKED"
    ITEM_QUARANTINED = "ITEM_QUARANTINED"
    GATE_NOT_PASSED = "GATE_NOT_PASSED"
    AUDIT_NOT_DURABLE = "AUDIT_NOT_DURABLE"
    # the witnesses of our log, and what we witness of others
    WITNESS_AWAITED = "WITNESS_AWAITED"
    LOG_UNWITNESSED = "LOG_UNWITNESSED"
    LOG_CONTRADICTED = "LOG_CONTRADICTED"
    PEER_LOG_FORKED = "PEER_LOG_FORKED"
    # the other gateway
    PEER_UNKNOWN = "PEER_UNKNOWN"
    PEER_UNAVAILABLE = "PEER_UNAVAILABLE"
    PEER_ANSWER_INVALID = "PEER_ANSWER_INVALID"
    PEER_RECEIPT_INVALID = "PEER_RECEIPT_INVALID"
    # the node itself
    DOCUMENTS_REFUSED = "DOCUMENTS_REFUSED"
    DRAINING = "DRAINING"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Sentence:
    """The text of a reason for a person: the status code by its gRPC name, the fact, and the next step."""

    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong in a request: the field's path and what was expected of it, never its value."""

    field: str
    description: str


class Refusal(Exception):
    """Nothing leaves, for one reason.

    `detail` says what was found and what was expected, without a personal value. `violations` are the fields of a
    request that is invalid, all at once. `retry_after` is in seconds; 0 where a retry does not help. `cell` says
    which cell is bad, for the node's own log line alone: it never leaves, and stands in no entry.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        violations: tuple[Violation, ...] = (),
        retry_after: float = 0.0,
        cell: str = "",
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.violations = violations
        self.retry_after = retry_after
        self.cell = cell


class PeerRefusal(Refusal):
    """The other gateway refused. `receipts` holds the receipt of its entry, or nothing where it recorded none."""

    def __init__(self, theirs: Refusal, receipts: tuple[Receipt, ...]) -> None:
        super().__init__(theirs.reason, theirs.detail, violations=theirs.violations, retry_after=theirs.retry_after)
        self.receipts = receipts


_U, _D, _I, _F = "UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT", "FAILED_PRECONDITION"
_N, _X, _L, _S = "NOT_FOUND", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL"

TABLE: Final[dict[Reason, Sentence]] = {
    Reason.NO_CERTIFICATE: Sentence(_U, "对方没有出示证书", "the client showed no certificate",
        "用本方证书认证机构签发的证书重新连接", "connect with a certificate issued by your province's authority"),
    Reason.AUTHORITY_UNKNOWN: Sentence(_U, "证书不是由受信任的省级证书认证机构签发", "the certificate is not from a trusted authority",
        "核对双方交换的信任包及其指纹", "compare the exchanged trust bundle and its fingerprint"),
    Reason.CERTIFICATE_EXPIRED: Sentence(_U, "证书已过期", "the certificate has ended",
        "向本方证书认证机构换发证书，并核对时钟", "renew it with your authority, and check the clock"),
    Reason.CERTIFICATE_NOT_YET_VALID: Sentence(_U, "证书尚未生效", "the certificate is not valid yet",
        "核对签发机构与本节点的时钟，或等到生效时间", "check the clocks of the authority and of this node, or wait until it begins"),
    Reason.CERTIFICATE_USE_INVALID: Sentence(_U, "证书的密钥或用途不是客户端认证所要求的", "the certificate's key or usage is not that of a client",
        "用 P-256 密钥重新申请，由 chuanyu keys issue 签发", "request one anew with a P-256 key, and have it issued by chuanyu keys issue"),
    Reason.CERTIFICATE_REVOKED: Sentence(_U, "证书已被撤销", "the certificate is revoked",
        "联系签发机构；如需继续接入，重新申请证书", "ask the issuing authority; enrol anew if access is still due"),
    Reason.CERTIFICATE_NAME_INVALID: Sentence(_U, "证书中的身份名称不合规则", "the identity named in the certificate is not valid",
        "证书须有且仅有一个本方身份 URI，请重新申请", "a certificate names exactly one identity URI of its own province; enrol anew"),
    Reason.REVOCATION_LIST_EXPIRED: Sentence(_X, "证书撤销列表缺失或已过期", "the revocation list is missing or expired",
        "更新该方的证书撤销列表后重新加载", "fetch that province's list again and reload"),
    Reason.TLS_VERSION_TOO_LOW: Sentence(_U, "TLS 版本低于 1.3", "the connection is below TLS 1.3",
        "启用 TLS 1.3 后重新连接", "enable TLS 1.3 and connect again"),
    Reason.HANDSHAKE_FAILED: Sentence(_U, "TLS 握手失败", "the TLS handshake failed",
        "在连接方运行 chuanyu doctor", "run chuanyu doctor on the connecting side"),
    Reason.PARTY_UNKNOWN: Sentence(_D, "该单位或系统未登记", "the party is not registered",
        "请管理员在接入方名册中登记", "ask the administrator to register it among the parties"),
    Reason.ROLE_NOT_ALLOWED: Sentence(_D, "该角色不能调用此服务", "this role may not call this service",
        "使用与服务相符的证书", "use a certificate of the role that the service is for"),
    Reason.APPROVAL_INVALID: Sentence(_D, "缺少有效的双人审批", "there is no approval by two persons for this act",
        "由审计管理员提出并由安全管理员签名后重新提交", "have the reviewer's request signed by the security administrator, and send it again"),
    Reason.SIGNATURE_INVALID: Sentence(_U, "签名验证不通过", "a signature does not verify",
        "核对双方登记的签名公钥", "compare the signing keys that both sides hold"),
    Reason.REQUEST_INVALID: Sentence(_I, "请求有不合规则的内容", "the request breaks the rules of the contract",
        "按所列各项改正后重新发送", "correct every field listed and send again"),
    Reason.REQUEST_STALE: Sentence(_F, "请求时间与本节点时钟相差过大", "the request's time is too far from this node's clock",
        "校准时钟后用新的请求编号重新发送", "synchronise the clock and send again under a new request id"),
    Reason.REQUEST_REPLAYED: Sentence("ALREADY_EXISTS", "该请求编号已经用过", "the request id was used before",
        "每次查询使用新的请求编号", "use a new request id for each question"),
    Reason.CLOCK_UNSURE: Sentence(_X, "双方时钟相差过大，本节点暂停服务", "the two gateways' clocks disagree, so this node does not answer",
        "校准两端时钟；偏差回到限值内后自动恢复", "synchronise both clocks; service resumes by itself"),
    Reason.DEADLINE_MISSING: Sentence(_I, "请求没有设定时限", "the call has no deadline",
        "为调用设定时限", "set a deadline on the call"),
    Reason.DEADLINE_EXCEEDED: Sentence("DEADLINE_EXCEEDED", "在时限内没有完成", "it was not finished within the deadline",
        "稍后用新的请求编号重试，或放宽时限", "try again later under a new request id, or allow more time"),
    Reason.RATE_LIMITED: Sentence(_L, "请求过于频繁", "too many requests from this party",
        "按所示时间等待后重试", "wait as long as shown, then try again"),
    Reason.PERSON_BUDGET_SPENT: Sentence(_L, "查阅人数已达上限", "the budget of persons is spent",
        "待所示时间恢复后再查询；确有需要的，由本方管理员核实后调整限额", "ask again after the time shown; where the duty needs more, the administrator of the node changes the limit"),
    Reason.OVERLOADED: Sentence(_L, "节点正忙", "the node has too many exchanges in flight",
        "稍后重试", "try again later"),
    Reason.CANCELLED: Sentence("CANCELLED", "需求方已取消", "the asker cancelled",
        "无须处理", "nothing is to be done"),
    Reason.ITEM_UNKNOWN: Sentence(_N, "没有这个应用事项或版本", "there is no such application item or version",
        "用 chuanyu items 查看现有事项", "see chuanyu items for what exists"),
    Reason.ITEM_NOT_LISTED: Sentence(_D, "该事项未同时列入双方清单", "the item is not on the lists of both provinces",
        "双方清单均列入后方可在川渝两地间使用", "it can be asked across provinces once both lists carry it"),
    Reason.LIST_EXPIRED: Sentence(_F, "事项清单已过期", "an item list has expired",
        "取得新签发的清单后重新加载", "obtain the newly signed list and reload"),
    Reason.GRANT_MISSING: Sentence(_D, "该部门没有此事项的共享授权", "the department holds no grant for the item",
        "按《政务数据共享条例》第二十条提出申请", "apply for it (《政务数据共享条例》 art. 20)"),
    Reason.GRANT_EXPIRED: Sentence(_D, "共享授权不在有效期内", "the grant is outside its dates",
        "申请续期", "apply for an extension"),
    Reason.PROVIDER_NOT_SERVED: Sentence(_D, "本节点不代该部门提供数据", "this node does not answer for the providing department",
        "请提供方管理员在名册的 answering 中登记该部门", "ask the provider's administrator to name the department in answering of its roster"),
    Reason.MODE_NOT_SERVED: Sentence(_F, "该事项的共享方式尚未开通", "the item is shared in a way that is not served yet",
        "按事项所列方式开通后再办理，目前走线下渠道", "use the channel outside of the gateway until the mode is served"),
    Reason.MODE_NOT_GRANTED: Sentence(_D, "事项或授权不含该共享方式", "the item or the grant does not allow this mode of sharing",
        "单条查询用服务接口，批量核对用批量交换；或申请变更", "ask singly by Query, in batches by Stream, as the item is shared; or apply for a change"),
    Reason.ROWS_NOT_GRANTED: Sentence(_D, "一次请求的人数超出事项或授权所定范围", "the request has fewer or more persons than the item or the grant allows",
        "按所示行数重新组织请求", "put as many persons into one request as is shown"),
    Reason.BATCH_NOT_APPROVED: Sentence(_D, "该批次未经提供方审批", "the batch is not one that the provider approved",
        "填写授权所列的批次审批编号，或申请审批", "name a batch number of the grant, or apply for an approval"),
    Reason.SCENE_NOT_GRANTED: Sentence(_D, "授权不含该应用场景", "the grant does not cover the scene",
        "使用授权所列场景，或申请变更", "use a scene of the grant, or apply for a change"),
    Reason.USE_BASIS_NOT_GRANTED: Sentence(_D, "授权不含该使用依据", "the grant does not cover the use basis",
        "使用授权所列依据，或申请变更", "use a basis of the grant, or apply for a change"),
    Reason.PURPOSE_NOT_GRANTED: Sentence(_D, "授权不含该使用用途", "the grant does not cover the purpose",
        "使用授权所列用途代码，或申请变更", "use a purpose code of the grant, or apply for a change"),
    Reason.REGION_NOT_GRANTED: Sentence(_D, "授权不含该地区", "the grant does not cover the region",
        "在授权地区内使用，或申请变更", "ask for a region of the grant, or apply for a change"),
    Reason.REGION_AMBIGUOUS: Sentence(_I, "该行政区划代码已撤销且有多个承继地区", "the region code was abolished and has several successors",
        "改用现行代码", "use the code in force"),
    Reason.AGREEMENT_NOT_COVERED: Sentence(_D, "不在市（州）、区县协同协议范围内", "the agreement does not cover the question or its records",
        "仅就协议所列地区、事项和数据项查询", "ask for the regions, items and fields of the agreement"),
    Reason.LAWFUL_BASIS_NOT_GRANTED: Sentence(_D, "授权不含该处理依据", "the grant does not cover the lawful basis",
        "使用授权所列处理依据", "use a lawful basis of the grant"),
    Reason.CONSENT_MISSING: Sentence(_I, "以个人同意为处理依据，但未填同意登记编号", "consent is the basis but no consent is named",
        "填写同意登记编号", "give the register number of the consent"),
    Reason.CONSENT_UNKNOWN: Sentence(_D, "没有该部门登记的此编号的同意书", "the department has registered no consent of this number",
        "先用 chuanyu consent register 登记个人签署的同意书", "register the person's consent first: chuanyu consent register"),
    Reason.CONSENT_WITHDRAWN: Sentence(_D, "个人已撤回同意", "the person has withdrawn the consent",
        "不得再据此查询；确有必要的，重新取得同意", "ask no more by it; where it is still needed, obtain a new consent"),
    Reason.CONSENT_NOT_COVERING: Sentence(_D, "同意书不涵盖本次查询", "the consent does not cover the question",
        "只查询同意书所列的人员、接收方、事项和数据项，在有效期内", "ask only about the person, for the receiver, and for the items and fields that it names, within its days"),
    Reason.CONSENT_INVALID: Sentence(_I, "同意书不合规则，未予登记", "the consent is not a valid one, so it was not registered",
        "按所述改正，用 chuanyu consent register 重新登记", "correct what is named, and register it again with chuanyu consent register"),
    Reason.EMERGENCY_REASON_MISSING: Sentence(_I, "以紧急情况为处理依据，但未填紧急事由", "an emergency is the basis but no reason is given",
        "填写紧急事由和经办人", "give the reason of the emergency, and the operator"),
    Reason.EMERGENCY_NOT_REVIEWED: Sentence(_D, "紧急使用已满一日或一百次而未经复核", "the emergency has lasted a day or a hundred questions and is not reviewed",
        "由审计管理员和安全管理员复核后办结：chuanyu audit close-emergency", "have the reviewer and the security administrator close it: chuanyu audit close-emergency"),
    Reason.OPERATOR_MISSING: Sentence(_I, "窗口业务未填经办人", "a counter question names no operator",
        "填写经办人编号与单位", "give the operator's reference and unit"),
    Reason.OPERATOR_UNKNOWN: Sentence(_D, "经办人单位未登记在该部门名下", "the operator's unit is not registered with the department",
        "填写该部门登记的单位，或请管理员在名册的 units 中登记", "give a unit of the department, or have the administrator register it in units of the roster"),
    Reason.END_USER_UNKNOWN: Sentence(_D, "所服务的机构未登记在该部门名下", "the body is not registered as one that the department serves",
        "填写已登记机构的代码，或请管理员在名册的 bodies 中登记", "give the code of a registered body, or have the administrator register it in bodies of the roster"),
    Reason.ONWARD_NOT_AGREED: Sentence(_D, "提供方未同意转供该机构", "the provider has not consented to supply the body",
        "填写提供方同意转供的编号；未取得的，按《政务数据共享条例》第二十五条征得同意", "name the number of the provider's consent; where there is none, ask for it (《政务数据共享条例》 art. 25)"),
    Reason.FIELD_UNDECLARED: Sentence(_I, "请求了事项中没有的数据项", "a field was asked for that the item does not declare",
        "只请求事项所列数据项", "ask only for the item's fields"),
    Reason.FIELD_NOT_GRANTED: Sentence(_D, "请求了授权以外的数据项", "a field was asked for that the grant does not cover",
        "只请求授权所列数据项", "ask only for the grant's fields"),
    Reason.KEY_INVALID: Sentence(_I, "查询键不符合事项要求", "the keys are not those that the item takes",
        "按事项所列键及类型填写；号码须完整，校验码须相符", "give the item's keys in their types, numbers whole and with their check character"),
    Reason.KEY_CODE_UNKNOWN: Sentence(_I, "查询键的代码不在事项所列之内", "a key has a code that the item does not take",
        "改用所列代码之一；所指事项另有的，查询该事项", "use one of the codes listed, or ask the item that is named"),
    Reason.FREE_TEXT_LEAK: Sentence(_I, "自由文本中含有个人号码或看不见的字符",
        "free text of the request holds a personal number, or signs that cannot be seen",
        "从所列各项中去掉个人号码、姓名和看不见的字符", "remove numbers, names and signs that cannot be seen from the named fields"),
    Reason.PLATFORM_UNAVAILABLE: Sentence(_X, "提供方平台无法返回结果", "the provider's platform does not answer",
        "稍后重试；平台管理员运行 chuanyu doctor", "try again later; the platform's administrator runs chuanyu doctor"),
    Reason.PLATFORM_CODE_UNMAPPED: Sentence(_S, "平台中有未登记对照的代码", "the platform holds a code without a mapping",
        "提供方补充代码对照表", "the provider completes its code mapping"),
    Reason.PLATFORM_ANSWER_INVALID: Sentence(_S, "平台返回的内容与事项不符", "the platform's answer does not fit the item",
        "提供方用符合性测试检查适配器", "the provider checks its adapter with the conformance suite"),
    Reason.ANSWER_TOO_LARGE: Sentence(_L, "返回结果超过上限", "the answer exceeds its bound",
        "缩小范围，或改用分页方式", "narrow the question, or ask for pages"),
    Reason.MASKING_FAILED: Sentence(_S, "脱敏未能完成，数据未发出", "masking failed, so nothing left",
        "提供方核对数据项类型与脱敏规则", "the provider checks the field's type against its mask"),
    Reason.LEAK_BLOCKED: Sentence(_S, "防泄漏检查发现问题，数据未发出", "the leak guard found something, so nothing left",
        "提供方按审计条目中的列名和检测器处理", "the provider follows the column and detector in the audit entry"),
    Reason.ITEM_QUARANTINED: Sentence(_F, "该事项因防泄漏检查命中，已在本节点暂停服务", "the leak guard took the item out of service on this node",
        "提供方管理员查明原因后运行 chuanyu node lift", "the provider's administrator settles the cause, then runs chuanyu node lift"),
    Reason.GATE_NOT_PASSED: Sentence(_F, "存在人数过少或取值过于单一的分组，全部数据未发出", "a group is too small or too much alike, so nothing left",
        "一次查询更多不同的人，或不查询参与最小群体校验的数据项", "ask about more different people at once, or for none of the gate's fields"),
    Reason.AUDIT_NOT_DURABLE: Sentence(_X, "审计条目未能落盘，数据未发出", "the audit entry could not be made durable, so nothing left",
        "提供方检查磁盘；恢复后自动继续", "the provider checks its disk; service resumes by itself"),
    Reason.WITNESS_AWAITED: Sentence(_X, "节点刚启动，尚未由见证方确认审计日志没有回退", "the node has started and no witness has yet confirmed that its audit log was not rolled back",
        "启动对方网关；见证方签署后自动恢复", "start the other gateway; service resumes by itself once the witness answers"),
    Reason.LOG_UNWITNESSED: Sentence(_X, "审计日志的最新部分超过限值仍未得到见证", "the newest entries of the audit log have waited for a cosignature beyond the limit",
        "检查与对方网关的连接；得到见证后自动恢复", "check the connection to the other gateway; service resumes by itself once cosigned"),
    Reason.LOG_CONTRADICTED: Sentence(_F, "见证方所见的审计日志与本节点的不一致，本节点停止服务", "a witness has seen another audit log than this node holds, so the node has stopped",
        "先封存磁盘和证据，报安全管理员，再按“保存、归档、备份与恢复”以后继日志恢复", "seal the disk and the evidence, tell the security administrator, then restore as a successor: see keep-archive-restore"),
    Reason.PEER_LOG_FORKED: Sentence(_F, "对方的审计日志对同一条目数签署了两个不同的根哈希（日志分叉）", "the other gateway's audit log has signed two roots for one size",
        "保存证据文件，川渝两地共同查明；恢复前不再与该网关交换", "keep the evidence file and find the cause with the other province; no exchange with that gateway until then"),
    Reason.PEER_UNKNOWN: Sentence(_N, "没有连接该方的网关", "no gateway of that province is connected",
        "在配置中登记该方节点", "add that province's node to the settings"),
    Reason.PEER_UNAVAILABLE: Sentence(_X, "对方网关无法连接", "the other gateway cannot be reached",
        "稍后重试；管理员运行 chuanyu doctor", "try again later; the administrator runs chuanyu doctor"),
    Reason.PEER_ANSWER_INVALID: Sentence(_S, "对方网关返回的结果不合规则", "the other gateway's answer breaks the contract",
        "请对方管理员核查", "ask the other side's administrator"),
    Reason.PEER_RECEIPT_INVALID: Sentence(_S, "对方的审计回执验证不通过，数据未交付", "the peer's audit receipt does not prove, so nothing was handed over",
        "保留本节点审计条目并与对方核查", "keep this node's entry and settle it with the other side"),
    Reason.DOCUMENTS_REFUSED: Sentence(_F, "清单、授权、名册或信任文件不得倒退，未予加载，原有的继续有效", "a list, grant, roster or trust document would go back, so nothing was taken and what was in force stays",
        "在该节点上运行 chuanyu node check，放回曾生效的文件或更高的号", "run chuanyu node check on that node, and put back what was in force or a higher number"),
    Reason.DRAINING: Sentence(_X, "节点正在停止，不再接受新请求", "the node is stopping and takes no new questions",
        "改连其他节点或稍后重试", "use another node, or try again later"),
    Reason.INTERNAL: Sentence(_S, "节点内部故障，数据未发出", "a defect of this node; nothing left",
        "凭请求编号联系节点管理员", "give the request id to the node's administrator"),
}  # fmt: skip

"""The alarms of a running node: one small table for the persons who act on them, and the alarms that ring now.

Rules: an alarm is a state, not an event: it rings until its cause is gone, and its beginning and its end are reported
once. Its subject names a thing (a province, a witness, a file), never a person. The sentences are in the table;
`docs/reference/alarms.md` is checked against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Alarm(StrEnum):
    """The things that may be wrong with a node while it runs."""

    WITNESS_LAG = "WITNESS_LAG"
    WITNESS_UNREACHABLE = "WITNESS_UNREACHABLE"
    WITNESS_FORGOT = "WITNESS_FORGOT"
    LOG_CONTRADICTED = "LOG_CONTRADICTED"
    PEER_LOG_FORKED = "PEER_LOG_FORKED"
    AUDIT_NOT_DURABLE = "AUDIT_NOT_DURABLE"
    SCRUB_MISMATCH = "SCRUB_MISMATCH"
    SEALING_FAILED = "SEALING_FAILED"
    VERIFICATION_OVERDUE = "VERIFICATION_OVERDUE"
    TIME_STAMP_FAILED = "TIME_STAMP_FAILED"
    CLOCK_OFFSET = "CLOCK_OFFSET"
    CLOCK_STEPPED = "CLOCK_STEPPED"
    DISK_FILLING = "DISK_FILLING"
    DISK_NEARLY_FULL = "DISK_NEARLY_FULL"
    DISK_FULL = "DISK_FULL"
    CERTIFICATE_ENDS = "CERTIFICATE_ENDS"
    TRUST_ENDS = "TRUST_ENDS"
    MONTH_KEY_MISSING = "MONTH_KEY_MISSING"
    NUMBERS_ENUMERATED = "NUMBERS_ENUMERATED"
    PERSONS_UNKNOWN = "PERSONS_UNKNOWN"
    ASKED_OFF_HOURS = "ASKED_OFF_HOURS"
    EMERGENCY_REVIEW_OVERDUE = "EMERGENCY_REVIEW_OVERDUE"
    CONSENT_NOT_TOLD = "CONSENT_NOT_TOLD"


class Severity(StrEnum):
    """How soon a person must act."""

    PLAN = "plan"
    SOON = "soon"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Sentence:
    """The text of an alarm: how urgent it is, the fact, and the next step."""

    severity: Severity
    zh: str
    en: str
    next_zh: str
    next_en: str


_P, _S, _N = Severity.PLAN, Severity.SOON, Severity.NOW

TABLE: Final[dict[Alarm, Sentence]] = {
    Alarm.WITNESS_LAG: Sentence(
        _N,
        "审计日志的最新部分长时间未获见证签名",
        "the newest entries have long waited for a cosignature",
        "检查与该见证方的连接及其运行状态",
        "check the connection to that witness, and how it is",
    ),
    Alarm.WITNESS_UNREACHABLE: Sentence(
        _S,
        "见证方没有签署检查点",
        "a witness does not cosign",
        "检查网络，请对方管理员查看其节点",
        "check the network, and ask the other side to look at its node",
    ),
    Alarm.WITNESS_FORGOT: Sentence(
        _N,
        "见证方丢失了见证状态，其见证不再可信",
        "a witness has lost what it had cosigned, so it is no longer believed",
        "请该方运行 chuanyu node renew-witness 并送来新的信任包",
        "have that side run chuanyu node renew-witness and send a new trust bundle",
    ),
    Alarm.LOG_CONTRADICTED: Sentence(
        _N,
        "见证方所见与本节点的审计日志矛盾，本节点已停止",
        "a witness has seen another log than this node holds, so the node has stopped",
        "先封存磁盘和证据，报安全管理员，再以后继日志恢复",
        "seal the disk and the evidence, tell the security administrator, restore as a successor",
    ),
    Alarm.PEER_LOG_FORKED: Sentence(
        _N,
        "对方审计日志对同一条目数签署了两个不同的根哈希（日志分叉）",
        "another province's log has signed two roots for one size",
        "保存 audit/evidence 中的证据，川渝两地共同查明",
        "keep the evidence in audit/evidence, and find the cause together",
    ),
    Alarm.AUDIT_NOT_DURABLE: Sentence(
        _N,
        "审计日志不能落盘，一切数据停止发出",
        "audit entries cannot be made durable, so nothing leaves",
        "检查磁盘；恢复后自动继续",
        "check the disk; service resumes by itself",
    ),
    Alarm.SCRUB_MISMATCH: Sentence(
        _N,
        "巡检发现存储的审计数据与签名的根不符",
        "a scrub found stored audit data that differ from what was signed",
        "停止节点，运行 chuanyu audit verify，从备份恢复",
        "stop the node, run chuanyu audit verify, restore the backup",
    ),
    Alarm.SEALING_FAILED: Sentence(
        _S,
        "审计日志的新条目不能封存，查阅记录的完整性暂时不能证明",
        "new entries of the audit log cannot be sealed, so that a history of them is not proven complete",
        "检查磁盘空间，运行 chuanyu audit verify；放行不受影响，原因消除后自动继续",
        "check the disk's room and run chuanyu audit verify; releases go on, and sealing resumes by itself",
    ),
    Alarm.VERIFICATION_OVERDUE: Sentence(
        _S,
        "审计日志久未整体核验",
        "the audit log has not been verified as a whole for long",
        "运行 chuanyu audit verify",
        "run chuanyu audit verify",
    ),
    Alarm.TIME_STAMP_FAILED: Sentence(
        _S,
        "时间戳机构没有给出有效的时间戳",
        "the time-stamp authority gives no valid stamp",
        "检查其地址、根证书和网络；放行不受影响",
        "check its address, its roots and the network; releases go on",
    ),
    Alarm.CLOCK_OFFSET: Sentence(
        _N,
        "与对方的时钟相差过大",
        "the clock is too far from that of the other gateway",
        "校准两端时钟",
        "synchronise both clocks",
    ),
    Alarm.CLOCK_STEPPED: Sentence(
        _S, "本机时钟发生跳变", "this machine's clock was stepped", "检查授时服务", "check the time service"
    ),
    Alarm.DISK_FILLING: Sentence(
        _P,
        "审计日志所在磁盘已用八成",
        "the disk of the audit log is four fifths full",
        "规划扩容或归档",
        "plan for more room, or archive",
    ),
    Alarm.DISK_NEARLY_FULL: Sentence(
        _S,
        "审计日志所在磁盘已用九成",
        "the disk of the audit log is nine tenths full",
        "尽快扩容或归档",
        "make room or archive soon",
    ),
    Alarm.DISK_FULL: Sentence(
        _N,
        "审计日志所在磁盘将满，写满后停止放行",
        "the disk of the audit log is about to be full, and nothing leaves then",
        "立即腾出空间",
        "make room now",
    ),
    Alarm.CERTIFICATE_ENDS: Sentence(
        _S,
        "证书即将到期",
        "a certificate is about to end",
        "由本方证书认证机构换发",
        "have the province's authority issue a new one",
    ),
    Alarm.TRUST_ENDS: Sentence(
        _S,
        "信任包或证书撤销列表即将到期",
        "a trust bundle or revocation list is about to end",
        "向该方取得现行文件并接受",
        "get the current file from that province and accept it",
    ),
    Alarm.MONTH_KEY_MISSING: Sentence(
        _N,
        "本月或下月的密钥不在，重启后或下月起停止放行",
        "the secret of this month or the next is not at hand: nothing leaves after a restart, or from that month on",
        "从备份恢复 keys/epochs，或使其可写；在此之前不要重启节点",
        "restore keys/epochs from its backup or make it writable, and do not restart the node before",
    ),
    Alarm.NUMBERS_ENUMERATED: Sentence(
        _N,
        "有人在逐个试查相邻的社会保障号码",
        "somebody goes through numbers of persons that are next to each other",
        "由审计管理员用 chuanyu audit search 查看该经办人或应用的查阅记录，必要时停用其授权",
        "have a reviewer look at what that official or application asked, with chuanyu audit search; withdraw the grant if need be",
    ),
    Alarm.PERSONS_UNKNOWN: Sentence(
        _S,
        "所查的人半数以上查无结果",
        "of half the persons asked about or more nothing is known",
        "核对该经办人或应用所查号码的来源",
        "find out where that official or application has its numbers from",
    ),
    Alarm.ASKED_OFF_HOURS: Sentence(
        _S,
        "经办人在工作时间以外查阅了较多的人",
        "an official asks about many persons outside working hours",
        "向其所在部门核实",
        "ask the department about it",
    ),
    Alarm.EMERGENCY_REVIEW_OVERDUE: Sentence(
        _S,
        "紧急使用逾期未复核",
        "uses in an emergency are not reviewed in time",
        "运行 chuanyu audit emergencies，由两人复核后办结",
        "run chuanyu audit emergencies, and have two persons close them",
    ),
    Alarm.CONSENT_NOT_TOLD: Sentence(
        _S,
        "同意的登记或撤回尚未送达对方网关",
        "a consent or its withdrawal has not reached the other gateway",
        "检查与对方网关的连接；本方已按撤回拒绝，恢复后自动送达",
        "check the connection to the other gateway; this side refuses by a withdrawal already, and tells it by itself",
    ),
}


@dataclass(frozen=True, slots=True)
class ActiveAlarm:
    """An alarm that rings, its subject, and what was found."""

    alarm: Alarm
    subject: str
    detail: str


Changed = Callable[[ActiveAlarm, bool], None]
"""Gets an alarm once when it begins (True) and once when it ends (False)."""


class Alarms:
    """The alarms of one node. Setting one that rings only renews its detail."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._active: dict[tuple[Alarm, str], ActiveAlarm] = {}

    def ring(self, alarm: Alarm, subject: str, detail: str) -> None:
        """Say that something is wrong."""
        key, now = (alarm, subject), ActiveAlarm(alarm, subject, detail)
        begins = key not in self._active
        self._active[key] = now
        if begins:
            self._changed(now, True)

    def clear(self, alarm: Alarm, subject: str) -> None:
        """Say that it is not, or not any more."""
        former = self._active.pop((alarm, subject), None)
        if former is not None:
            self._changed(former, False)

    def set(self, alarm: Alarm, subject: str, wrong: bool, detail: str) -> None:
        """Ring or clear, as it is."""
        if wrong:
            self.ring(alarm, subject, detail)
        else:
            self.clear(alarm, subject)

    def list_active(self) -> tuple[ActiveAlarm, ...]:
        """Return those that ring, the most urgent first."""
        order = list(reversed(Severity))
        return tuple(sorted(self._active.values(), key=lambda one: (order.index(TABLE[one.alarm].severity), one.alarm)))

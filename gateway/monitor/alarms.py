"""The alarms of the monitor: one table, and those of one log that are raised now.

Rules: an alarm is a state; it is reported once when it begins and once when it is gone. Those in `LASTING` never go: a
fork stays one whatever comes after, so they end only with a new record of the log, once the cause is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.ground.alarms import Sentence, Severity


class WatchAlarm(StrEnum):
    """What may be wrong with a log that is followed."""

    LOG_FORKED = "LOG_FORKED"
    LOG_ROLLED_BACK = "LOG_ROLLED_BACK"
    ENTRIES_UNPROVEN = "ENTRIES_UNPROVEN"
    DESTROYED_EARLY = "DESTROYED_EARLY"
    ACTS_UNJUDGED = "ACTS_UNJUDGED"
    WITNESS_ROLLED_BACK = "WITNESS_ROLLED_BACK"
    WITNESS_LAG = "WITNESS_LAG"
    QUORUM_MISSING = "QUORUM_MISSING"
    COSIGNATURE_MISSING = "COSIGNATURE_MISSING"
    WITNESS_UNKNOWN = "WITNESS_UNKNOWN"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    ORIGIN_WRONG = "ORIGIN_WRONG"
    ENTRIES_WITHHELD = "ENTRIES_WITHHELD"
    NODE_SILENT = "NODE_SILENT"
    WITNESS_SILENT = "WITNESS_SILENT"
    LOG_STILL = "LOG_STILL"
    ACCESS_REFUSED = "ACCESS_REFUSED"
    CERTIFICATE_ENDS = "CERTIFICATE_ENDS"
    CLOCK_STEPPED = "CLOCK_STEPPED"
    RECORD_NOT_DURABLE = "RECORD_NOT_DURABLE"


_P, _S, _N = Severity.PLAN, Severity.SOON, Severity.NOW
_KEEP_ZH, _KEEP_EN = "保存两份检查点，川渝两地共同查明", "keep both checkpoints, and find the cause with both provinces"

TABLE: Final[dict[WatchAlarm, Sentence]] = {
    WatchAlarm.LOG_FORKED: Sentence(
        _N, "日志出示了两个相互矛盾的签名检查点", "the log has signed two checkpoints that contradict each other",
        _KEEP_ZH, _KEEP_EN,
    ),
    WatchAlarm.LOG_ROLLED_BACK: Sentence(
        _N, "节点现在出示的条目少于曾经出示或获见证的数目", "the node shows fewer entries than it showed, or a witness saw",
        "封存节点磁盘与证据，报安全管理员", "seal the node's disk and the evidence, tell the security administrator",
    ),
    WatchAlarm.ENTRIES_UNPROVEN: Sentence(
        _N, "节点给出的条目或证明与其签名的根不符", "entries or proofs of the node do not lead to the root that it signed",
        "在节点上运行 chuanyu audit verify，封存磁盘", "run chuanyu audit verify on the node, and seal its disk",
    ),
    WatchAlarm.DESTROYED_EARLY: Sentence(
        _N, "归档或销毁早于获见证的时间所允许", "entries or keys went earlier than the witnessed time allows",
        "查明执行人与批准人，核对归档文件", "find who did it and who allowed it, and compare the archive",
    ),
    WatchAlarm.ACTS_UNJUDGED: Sentence(
        _N, "一时之间的归档或销毁多于所能等待见证的数目", "more was archived or destroyed at once than can wait for a witness",
        "在节点上运行 chuanyu audit verify，逐项核对归档与销毁", "run chuanyu audit verify on the node, and check each of these acts",
    ),
    WatchAlarm.WITNESS_ROLLED_BACK: Sentence(
        _N, "见证方现在出示的条目少于曾经见证的数目", "a witness shows fewer entries than it has cosigned before",
        "该见证方的状态已丢失或被恢复：不再信任，改用新公钥", "its state was lost or restored: trust it no more until its keys are new",
    ),
    WatchAlarm.WITNESS_LAG: Sentence(
        _N, "日志的最新部分长时间未获该见证方签名", "the newest entries have long waited for that witness",
        "检查节点与该见证方之间的连接", "check the connection between the node and that witness",
    ),
    WatchAlarm.QUORUM_MISSING: Sentence(
        _N, "按策略，跟上日志的见证方不足", "too few witnesses keep up with the log for the policy",
        "逐个检查见证方", "look at each of the witnesses",
    ),
    WatchAlarm.COSIGNATURE_MISSING: Sentence(
        _N, "见证方给出的检查点没有其见证签名", "the witness gives a checkpoint without its cosignature",
        "见证签名可能被删除：与见证方核对", "it may have been stripped: compare with the witness",
    ),
    WatchAlarm.WITNESS_UNKNOWN: Sentence(
        _S, "检查点由未给出公钥的见证方签署", "the checkpoint is cosigned by a witness whose keys were not given",
        "经另一途径取得其现行公钥并核对", "get its present keys over another way, and compare them",
    ),
    WatchAlarm.SIGNATURE_INVALID: Sentence(
        _N, "检查点的签名验证不通过", "a signature of the checkpoint does not hold",
        "经另一途径核对公钥；仍不通过即封存证据", "compare the keys over another way; if they are right, seal the evidence",
    ),
    WatchAlarm.ORIGIN_WRONG: Sentence(
        _N, "给出的是另一日志的检查点", "the checkpoint is another log's",
        "核对地址；地址无误即报安全管理员", "check the address; if it is right, tell the security administrator",
    ),
    WatchAlarm.ENTRIES_WITHHELD: Sentence(
        _N, "节点出示检查点，但不给出其下的条目或证明", "the node shows its checkpoint, and not the entries or proofs under it",
        "在节点上运行 chuanyu audit verify；仍不给出即封存磁盘", "run chuanyu audit verify on the node; if it still shows none, seal its disk",
    ),
    WatchAlarm.NODE_SILENT: Sentence(
        _S, "节点没有答复", "the node does not answer", "检查网络与节点", "check the network, and the node",
    ),
    WatchAlarm.WITNESS_SILENT: Sentence(
        _S, "见证方没有答复", "the witness does not answer", "检查网络与见证方", "check the network, and the witness",
    ),
    WatchAlarm.LOG_STILL: Sentence(
        _S, "节点答复，但没有新的检查点", "the node answers, and signs no new checkpoint",
        "在节点上运行 chuanyu node status", "run chuanyu node status on the node",
    ),
    WatchAlarm.ACCESS_REFUSED: Sentence(
        _S, "本监视端的证书被拒绝", "the certificate of this monitor is refused",
        "查看证书是否到期或被撤销，角色须为 reviewer", "see whether it has ended or was revoked; its role must be reviewer",
    ),
    WatchAlarm.CERTIFICATE_ENDS: Sentence(
        _S, "本监视端的证书即将到期，或新文件不可用", "the certificate of this monitor is about to end, or its new files fail",
        "由证书认证机构换发，替换文件", "have the authority issue a new one, and replace the files",
    ),
    WatchAlarm.CLOCK_STEPPED: Sentence(
        _S, "本监视端的时钟发生跳变", "the clock of this monitor was stepped",
        "检查本机的授时服务，查明是谁所为", "check the time service of this machine, and find who did it",
    ),
    WatchAlarm.RECORD_NOT_DURABLE: Sentence(
        _N, "监视记录或证据无法写入磁盘", "the record or evidence of this monitor cannot be written",
        "腾出空间或修正权限", "make room on the disk, or correct its permissions",
    ),
}  # fmt: skip

LASTING: Final = frozenset({WatchAlarm.LOG_FORKED, WatchAlarm.DESTROYED_EARLY, WatchAlarm.ACTS_UNJUDGED})
MOST_OF_ONE: Final = 64
"""Alarms of one kind that one log has at a time: the first ones tell most, and a log cannot fill the record."""


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """An alarm that is raised: about whom (`node`, a witness, an entry), what was found, since when, the evidence."""

    alarm: WatchAlarm
    subject: str
    detail: str
    since_s: int
    evidence: str = ""


class RaisedAlarms:
    """The alarms of one log. `changed` gets each once when it begins (True) and once when it ends (False)."""

    def __init__(self, changed: Callable[[RaisedAlarm, bool], None], raised: Iterable[RaisedAlarm] = ()) -> None:
        self._changed = changed
        self._raised = {(one.alarm, one.subject): one for one in raised}

    def begins(self, alarm: WatchAlarm, subject: str) -> bool:
        """Tell whether raising it would be news."""
        return (alarm, subject) not in self._raised

    def set(self, alarm: WatchAlarm, subject: str, detail: str, now_s: int, evidence: str = "") -> None:
        """Raise an alarm; one that is raised already stays as it began."""
        if self.begins(alarm, subject) and sum(kind is alarm for kind, _ in self._raised) < MOST_OF_ONE:
            found = RaisedAlarm(alarm, subject, detail, now_s, evidence)
            self._raised[alarm, subject] = found
            self._changed(found, True)

    def clear(self, subject: str, *alarms: WatchAlarm) -> None:
        """Say that these are gone, or were never there; a lasting one stays."""
        for alarm in alarms:
            if alarm not in LASTING and (former := self._raised.pop((alarm, subject), None)) is not None:
                self._changed(former, False)

    def list_raised(self) -> tuple[RaisedAlarm, ...]:
        """Return those that are raised, the most urgent first."""
        order = list(reversed(Severity))
        found = self._raised.values()
        return tuple(sorted(found, key=lambda one: (order.index(TABLE[one.alarm].severity), one.alarm, one.subject)))

"""The status of a running node for its administrators: its parts, whether each serves, and what is wrong with it.

Alarms that ring and items out of service count as parts. Details are in both languages.
"""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.contract import Health, Platform
from gateway.assembly.build import Foundation
from gateway.audit.log import AuditLog
from gateway.ground.alarms import TABLE, Alarms, Severity
from gateway.leakguard.quarantine import Quarantine
from gateway.leakguard.text import withheld
from gateway.services.steward import PartStatus
from gateway.witness.cosignatures import Cosignatures

HEALTH_SECONDS: Final = 2.0
"""Longest that an adapter may take to say how its platform is (`adapters/contract.py`)."""
DETAIL_CHARACTERS: Final = 200
_NO_HEALTH: Final = "适配器两秒内没有响应 / the adapter did not answer within two seconds"
_FAILED_HEALTH: Final = "适配器的健康检查出错 / the adapter failed to say how its platform is"
_NOT_DURABLE: Final = "审计日志不能落盘，检查磁盘 / check the disk"
_LINK_DOWN: Final = "链路未连通，运行 chuanyu doctor / run chuanyu doctor"
_QUARANTINED: Final = "防泄漏检查命中，已暂停 / the leak guard took it out of service: chuanyu node lift"


async def read_health(platform: Platform) -> Health:
    """Return what an adapter says of itself, held to its contract: in time, without controls or personal data.

    An adapter that fails or says nothing does not serve, whatever it raised; its words reach nobody.
    """
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            health = await platform.health()
        serving, detail = health.serving is True, str(health.detail)
    except TimeoutError:
        return Health(serving=False, detail=_NO_HEALTH)
    except Exception:
        return Health(serving=False, detail=_FAILED_HEALTH)
    return Health(serving=serving, detail=tell_words(detail))


def tell_words(words: str) -> str:
    """Return an adapter's words as they may be told: bounded, without controls, and withheld where the guard sounds."""
    return withheld("".join(one for one in words[:DETAIL_CHARACTERS] if one.isprintable()))


async def read_status(
    log: AuditLog, platform: Platform, foundation: Foundation, cosignatures: Cosignatures, alarms: Alarms
) -> tuple[int, tuple[PartStatus, ...]]:
    """Return how many entries are durable, and the parts."""
    health = await read_health(platform)
    parts = [
        PartStatus("audit", log.serving, "" if log.serving else _NOT_DURABLE),
        PartStatus("platform", health.serving, health.detail),
    ]
    for province, up in foundation.peers.up().items():
        parts.append(PartStatus(f"peer:{province}", up, "" if up else _LINK_DOWN))
    parts += list_witnesses(cosignatures)
    parts += list_alarms(alarms)
    parts += list_quarantined(foundation.quarantine)
    return log.size, tuple(parts)


def list_witnesses(cosignatures: Cosignatures) -> list[PartStatus]:
    """Return how the log stands with each witness, and with the quorum."""
    parts = []
    for name in cosignatures.names():
        lag = cosignatures.lag(name)
        found = f"{cosignatures.size_of(name)} 条，差 {lag.entries} 条 {lag.seconds:.0f} 秒"
        found += f" / {cosignatures.size_of(name)} entries, lag {lag.entries} entries and {lag.seconds:.0f} s"
        parts.append(PartStatus(f"witness:{name}", cosignatures.confirmed, found))
    if not cosignatures.confirmed:
        why = cosignatures.contradiction or "等待见证方签署 / waiting for a witness to answer"
        parts.append(PartStatus("exchange", False, why))
    return parts


def list_alarms(alarms: Alarms) -> list[PartStatus]:
    """Return the alarms that ring, each with what to do; one that can be planned for leaves the part serving."""
    parts: list[PartStatus] = []
    for one in alarms.list_active():
        text = TABLE[one.alarm]
        detail = f"{text.zh}；{text.next_zh} / {text.en}; {text.next_en} ({one.detail})"
        parts.append(PartStatus(f"alarm:{one.alarm}:{one.subject}", text.severity is Severity.PLAN, detail))
    return parts


def list_quarantined(quarantine: Quarantine) -> list[PartStatus]:
    """Return the items that the leak guard took out of service."""
    return [PartStatus(f"item:{code}", False, _QUARANTINED) for code in quarantine.codes]

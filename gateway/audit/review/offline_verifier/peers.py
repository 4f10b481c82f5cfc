"""The halves of two provinces: where an entry of one names an entry of the other, it is that one, of that exchange."""

from __future__ import annotations

from typing import Any

from gateway.audit.review.offline_verifier.half import Half
from gateway.audit.review.offline_verifier.sayings import Fails, visible


def compare_halves(one: Half, other: Half) -> dict[str, Any]:
    """Return how many namings were compared, and which entries name one that is not here."""
    if one.note.origin == other.note.origin:
        raise Fails("两半是同一日志", "expected the halves of two logs, found the same log twice")
    compared, absent = 0, []
    for half, peer in ((one, other), (other, one)):
        for index, exchange, origin, named, leaf in half.naming:
            if origin != peer.note.origin:
                continue
            if named not in peer.leaves:
                absent.append(f"{visible(half.note.origin)} {index}")
                continue
            if peer.leaves[named] != (leaf, exchange):
                mine, others = visible(half.note.origin), visible(origin)
                zh = f"{mine} 的条目 {index} 所指的 {others} 条目 {named} 与所出示的不同"
                en = f"entry {index} of {mine} names another entry {named} of {others} than the one that is shown"
                raise Fails(zh, en)
            compared += 1
    return {"compared": compared, "not_shown": absent[:100], "not_shown_count": len(absent)}

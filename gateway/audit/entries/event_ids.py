"""The ids of events. Pure: time and randomness are given in."""

from __future__ import annotations


def make_event_id(time_us: int, random: bytes) -> str:
    """Return a UUID, version 7 (RFC 9562 section 5.7), of a time and ten random bytes."""
    value = (time_us // 1000 & (1 << 48) - 1) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

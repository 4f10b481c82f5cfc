"""Endless clean texts: what an office writes beside a record without telling anything of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from random import Random

CITIES = ("成都市", "重庆市", "遂宁市", "南充市", "资阳市", "泸州市", "达州市", "渝中区", "大足区", "潼南区")
OFFICES = ("人力资源和社会保障局", "医疗保障局", "民政局", "文化和旅游局", "交通运输局", "政务服务中心", "财政局")
STATES = ("参保正常", "已办结", "材料已齐", "待补正", "已受理", "不予受理", "已转办", "核验一致", "无此记录")
MATTERS = ("待遇资格认证", "关系转移接续", "异地就医备案", "社保卡换领", "惠民补贴发放", "读者证互认", "景区同城优待")


def _day(random: Random) -> tuple[int, int, int]:
    return random.randrange(2015, 2030), random.randrange(1, 13), random.randrange(1, 29)


def _office(random: Random) -> str:
    return f"{random.choice(CITIES)}{random.choice(OFFICES)}：{random.choice(MATTERS)}{random.choice(STATES)}。"


def _date(random: Random) -> str:
    year, month, day = _day(random)
    form = random.choice(("{}-{:02}-{:02}", "{}年{}月{}日", "{}/{}/{}", "{}{:02}{:02}", "{}.{:02}.{:02}"))
    return f"{random.choice(MATTERS)} {form.format(year, month, day)}"


def _number(random: Random) -> str:
    year, month, day = _day(random)
    region = random.choice(("510100", "500000", "510900", "511300", "500112"))
    serial = random.randrange(10**6)
    return random.choice(
        (
            f"业务流水号{region}{year}{month:02}{day:02}{serial:06}",
            f"受理号 SL{year}{month:02}{day:02}-{serial:06}",
            f"批次{year}{month:02}-{serial % 1000:03}，共{random.randrange(1, 500)}条",
            f"川人社函〔{year}〕{random.randrange(1, 900)}号",
        )
    )


def _time(random: Random) -> str:
    stamp = random.randrange(1_700_000_000, 1_900_000_000)
    return random.choice((f"ts={stamp}", f"{stamp}{random.randrange(1000):03}", f"{stamp}{random.randrange(10**6):06}"))


def _money(random: Random) -> str:
    return (
        f"{random.choice(('基数', '补贴', '合计', '预算'))}{random.randrange(10, 10**6):,}.{random.randrange(100):02}元"
    )


def _machine(random: Random) -> str:
    return random.choice(
        (
            str(uuid.UUID(int=random.getrandbits(128))),
            random.randbytes(random.choice((16, 20, 32))).hex(),
            f"v{random.randrange(20)}.{random.randrange(99)}.{random.randrange(99)}",
            f"10.{'.'.join(str(random.randrange(256)) for _ in range(3))}:{random.randrange(1024, 65536)}",
            f"{random.uniform(28, 33):.6f},{random.uniform(103, 109):.6f}",
        )
    )


def _table(random: Random) -> str:
    return "\n".join(f"{row}\t{random.choice(CITIES)}\t{random.randrange(1000)}" for row in range(1, 9))


def _line(random: Random) -> str:
    return random.choice(
        ("咨询 12333", "热线 12345", "028-86000000", "(023)63000000", "400-820-0000", "邮编 610000", "第13条第2款")
    )


def _english(random: Random) -> str:
    number, cost, node = random.randrange(1000), random.randrange(1, 5000), random.randrange(9)
    return f"Request {number} was answered in {cost} ms by node {node}."


PARTS: tuple[Callable[[Random], str], ...] = (
    _office,
    _date,
    _number,
    _time,
    _money,
    _machine,
    _table,
    _line,
    _english,
)


def text(random: Random) -> str:
    """Return one to three clean parts."""
    gap = random.choice(("，", " ", "\n", "; "))
    return gap.join(random.choice(PARTS)(random) for _ in range(random.randrange(1, 4)))

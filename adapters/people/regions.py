"""The two provinces as the generator needs them: real region codes (GB/T 2260), unassigned identity prefixes.

`ABOLISHED` are the codes of the districts that ended on 2025-11-06; records made before keep them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ABOLISHED: Final = {"jiangbei": "500105", "yubei": "500112"}


@dataclass(frozen=True, slots=True)
class Province:
    """The differences between the provinces: the numbers' ranges and the regions, code to name."""

    name: str
    code: str
    number_prefix: str
    letters: str
    first_card: int
    regions: Mapping[str, str]


def _table(text: str) -> dict[str, str]:
    pairs = [pair.partition(" ") for pair in text.strip().splitlines()]
    return {code: name for code, _, name in pairs}


_SICHUAN = _table("""
510104 成都市锦江区
510105 成都市青羊区
510106 成都市金牛区
510107 成都市武侯区
510108 成都市成华区
510903 遂宁市船山区
510904 遂宁市安居区
510921 遂宁市蓬溪县
510923 遂宁市大英县
510981 遂宁市射洪市
511302 南充市顺庆区
511303 南充市高坪区
511304 南充市嘉陵区
511321 南充市南部县
511322 南充市营山县
511323 南充市蓬安县
511324 南充市仪陇县
511325 南充市西充县
511381 南充市阆中市
""")
_CHONGQING = _table("""
500101 重庆市万州区
500102 重庆市涪陵区
500103 重庆市渝中区
500104 重庆市大渡口区
500106 重庆市沙坪坝区
500107 重庆市九龙坡区
500108 重庆市南岸区
500109 重庆市北碚区
500111 重庆市大足区
500113 重庆市巴南区
500116 重庆市江津区
500117 重庆市合川区
500118 重庆市永川区
500151 重庆市铜梁区
500152 重庆市潼南区
500153 重庆市荣昌区
500235 重庆市云阳县
500240 重庆市石柱土家族自治县
""")
SICHUAN: Final = Province("sichuan", "510000", "519999", "SC", 10_000_000, _SICHUAN)
CHONGQING: Final = Province("chongqing", "500000", "509999", "CQ", 50_000_000, _CHONGQING)
PROVINCES: Final[Mapping[str, Province]] = {"sichuan": SICHUAN, "chongqing": CHONGQING}


def province(name: str) -> Province:
    """Return the province of that name.

    Raises:
        ValueError: it is neither sichuan nor chongqing.
    """
    if name not in PROVINCES:
        raise ValueError(f"expected a province out of {', '.join(PROVINCES)}, found {name!r}")
    return PROVINCES[name]

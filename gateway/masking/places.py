"""The places of regions: the data by which codes and addresses are generalised to a city or a province.

The data comes from the catalogue's dated regions (GB/T 2260), as they stand on the day on which plans are compiled: an
abolished code lies where its successors do. A code that the data does not know lies in the prefecture that its first
four digits name. A municipality has no prefectures, and is the city of all that lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Final
from unicodedata import normalize

STATE: Final = "000000"
"""Stands for the whole country where nothing finer is known."""
MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
"""First digits of Beijing, Tianjin, Shanghai and Chongqing."""
_PLAIN_NAME: Final = re.compile("(?:壮族|回族|维吾尔)?自治区$|(?:[一-龥]族)*自治州$|省$|市$|地区$|盟$")
_SHORTEST: Final = 2
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Place:
    """A region that is or was: `city` and `province` are codes of six digits, equal where there is nothing finer."""

    code: str
    name: str
    city: str
    province: str


class Places:
    """All places known; never changed after it is built. `digest` is SHA-256 over all of them, in hex."""

    __slots__ = ("_address", "_by_code", "_cities", "_counties", "_provinces", "digest")

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code = {place.code: place for place in places}
        described = sorted(astuple(place) for place in self._by_code.values())
        self.digest = sha256("\n".join(map("\t".join, described)).encode()).hexdigest()
        self._provinces: dict[str, str] = {}
        self._cities: dict[str, str] = {}
        self._counties: dict[tuple[str, str], set[str]] = {}
        for place in self._by_code.values():
            if place.code.endswith("0000"):
                self._provinces.update(dict.fromkeys(_names(place.name), place.province))
            elif place.code.endswith("00"):
                self._cities.update(dict.fromkeys(_names(place.name), place.city))
            else:
                self._counties.setdefault((place.province, place.name), set()).add(place.city)
        counties = {name for _, name in self._counties}
        self._address = re.compile(
            f"(?:中华人民共和国|中国)?({_any(self._provinces)})?(?:({_any(self._cities)})|({_any(counties)}))?"
        )

    def city_of(self, code: str) -> str:
        """Return the code of the city in which a region lies."""
        place = self._by_code.get(code) or self._by_code.get(code[:4] + "00")
        if place is not None:
            return place.city
        return code[:2] + "0000" if code[:2] in MUNICIPALITIES else code[:4] + "00"

    def province_of(self, code: str) -> str:
        """Return the code of the province in which a region lies."""
        place = self._by_code.get(code) or self._by_code.get(code[:4] + "00")
        return place.province if place is not None else code[:2] + "0000"

    def city_in(self, address: str) -> str:
        """Return the code of the city by which an address begins, else of its province, else `STATE`.

        A county alone is not enough: counties of several provinces share a name.
        """
        found = self._address.match(_BLANKS.sub("", normalize("NFKC", address)))
        if found is None:
            return STATE
        province, city, county = found.groups()
        if city:
            return self._cities[city]
        if not province:
            return STATE
        code = self._provinces[province]
        cities = self._counties.get((code, county), set())
        return next(iter(cities)) if len(cities) == 1 else code


def _names(name: str) -> tuple[str, ...]:
    """The name, and the name without what sort of region it is: people write both."""
    plain = _PLAIN_NAME.sub("", name)
    return (name, plain) if plain != name and len(plain) >= _SHORTEST else (name,)


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)"


NO_PLACES: Final = Places(())
"""Knows no place: codes are generalised by their digits alone, and addresses to `STATE`."""

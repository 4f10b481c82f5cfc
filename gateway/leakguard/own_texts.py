"""Raw texts of a record: names, addresses, employers, diagnoses, and whatever else is no number.

A text comes back whole, in whatever dress; a name also with other signs between its characters, its parts turned, or
as surname and given name apart; an address or a body's name by its telling part, which is what is left without the
regions that many share and without the words that every body bears.
"""

from __future__ import annotations

import codecs
import re
from functools import cached_property
from typing import Final

from gateway.leakguard.signs import BREAK, compact, han_of, level, numerals_as_digits
from gateway.leakguard.view import View
from gateway.leakguard.writings import written_numbers

SHORTEST_TEXT: Final = 2
_NAME: Final = 4
"""Chinese characters of the longest name that is looked for with other signs between."""
_GRAM: Final = 6
"""Characters of a telling part, a digit among them, that are enough to know it."""
_WORDY: Final = 8
"""The same without a digit."""
_CUT: Final = re.compile(r"([^\s*]{4,40})[*#●○•□■█某…]{2,}")
_TITLE: Final = "(?:某|氏|女士|先生|小姐|同志|老师|大爷|大妈|阿姨|师傅|医生|太太|夫人)"
"""What may stand between a surname and its given name."""
_COMPOUND: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政"
    "濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空令狐百里呼延东郭南门西门"
)
"""Surnames of two characters, one after another."""
_PROVINCES: Final = (
    "四川|重庆|北京|天津|上海|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    "|广东|海南|贵州|云南|陕西|甘肃|青海|内蒙古|广西|西藏|宁夏|新疆|台湾|香港|澳门|成都|中国"
)
_REGIONS: Final = re.compile(
    f"^(?:(?:{_PROVINCES})[省市]?)?(?:.{{2,8}}?(?:省|自治区))?(?:.{{1,10}}?(?:市|自治州|地区|盟))?(?:.{{1,10}}?(?:区|县|旗|市))?"
)
_REGION: Final = re.compile(
    "(?:[^省市区县州盟旗]{1,9}(?:省|特别行政区|自治区|自治州|自治县|地区|新区|市|区|县|旗|盟|州))+"
)
_BODY: Final = re.compile(
    "(?:有限责任公司|股份有限公司|有限公司|分公司|公司|集团|合作社|事务所|中心|医院|卫生院|学校|小学|中学|大学|学院|支行|分行|银行|工厂|厂|局|店|社|所|院|处)+$"
)


def is_shared(text: str) -> bool:
    """Tell whether a text is the name of a region, which is part of everybody's address."""
    return text in _PROVINCES.split("|") or (
        len(text) >= 3 and text[-1] in "省市区县州盟旗" and _REGION.fullmatch(text) is not None
    )


class OwnText:
    """One text of a record that is not ASCII, or of Latin words."""

    def __init__(self, value: str) -> None:
        plain = level(value).strip()
        self.signs = compact(plain)
        self.numeral = compact(numerals_as_digits(plain))
        self.han = han_of(plain)
        self.plain = plain

    def found_in(self, view: View) -> bool:
        """Tell whether the text comes back."""
        if self.signs.isascii():
            return self._latin_in(view)
        size = len(self.signs)
        if size >= _NAME and (
            self.signs in view.letters or (not self.numeral.isascii() and self.numeral in view.signs)
        ):
            return True
        if size >= 3 and (self.signs[::-1] in view.letters or (len(self.han) == size and self.signs in view.han)):
            return True
        if len(self.han) == size >= 3 and self.signs in view.without_asides:
            return True
        if self._turned_at_dot(view):
            return True
        if size <= _NAME and (self.signs in view.near if len(self.han) == size else self.signs in view.letters):
            return True
        if size > _NAME and self._may_stand(view.counted) and self._find_in(view):
            return True
        if view.latin and self.punycode in view.text.lower():
            return True
        return 2 <= len(self.han) <= _NAME and size == len(self.han) and self._find_apart_in(view)

    @cached_property
    def _turned(self) -> re.Pattern[str] | None:
        """The name with its parts turned round and a sign between, or nothing where it has no two parts."""
        parts = [part for part in map(han_of, re.split("[·•.]", self.plain)) if part]
        if len(parts) != 2:
            if not 2 <= len(self.han) <= _NAME or len(self.han) != len(self.signs):
                return None
            size = 2 if len(self.han) > 2 and _COMPOUND.find(self.han[:2]) % 2 == 0 else 1
            parts = [self.han[:size], self.han[size:]]
        gap = r"\s?[·•‧・∙⋅･.,/|" + BREAK + r"\s]\s?"
        return re.compile(f"(?<![\u3400-\u9fff]){parts[1]}{gap}{parts[0]}(?![\u3400-\u9fff])")

    def _turned_at_dot(self, view: View) -> bool:
        return self.han[:1] in view.plain and self._turned is not None and self._turned.search(view.plain) is not None

    def _find_in(self, view: View) -> bool:
        return any(_stands(part, view.counted) for part in self.telling) or self._turned_or_cut(view)

    def _may_stand(self, text: str) -> bool:
        """Tell whether any four signs of the text may stand there: they hold a pair that begins at a multiple of 3."""
        return any(self.numeral[at : at + 2] in text for at in range(0, len(self.numeral) - 1, 3))

    def _find_apart_in(self, view: View) -> bool:
        """Tell whether surname and given name stand apart, each named as such, or in the Western order."""
        size = 2 if len(self.han) > 2 and _COMPOUND.find(self.han[:2]) % 2 == 0 else 1
        surname, given = self.han[:size], self.han[size:]
        if len(given) >= 2 and any(given + surname in compact(clause) for clause in view.plain.split(BREAK)):
            return True
        letters = view.letters
        if re.search(f"{surname}{_TITLE}(?:名字?[叫为是]?)?{given}", letters) if len(given) > 1 else False:
            return True
        if (
            f"姓{surname}" in letters
            or f"{surname}姓" in letters
            or f"姓氏{surname}" in letters
            or f"姓氏为{surname}" in letters
            or f"姓是{surname}" in letters
            or f"姓为{surname}" in letters
        ):
            return given in letters.replace(f"姓{surname}", "", 1) and (
                len(given) > 1 or re.search(f"名[字叫为是]{{0,2}}(?:单字)?{given}", letters) is not None
            )
        return False

    @cached_property
    def punycode(self) -> str:
        """The text as a host name would hold it (RFC 3492)."""
        return self.plain.lower().encode("punycode").decode("ascii")

    def _turned_or_cut(self, view: View) -> bool:
        """Tell whether an address stands there with its parts turned, or with its end hidden behind signs."""
        parts = re.findall("[0-9]+|[^0-9]+", self._core)
        numbers = {part for part in parts if part.isdigit()}
        named = len(parts[0]) >= 3 and len(numbers) > 1 and parts[0] in view.counted
        if named and numbers <= set(re.findall("[0-9]+", view.written)):
            return True
        for match in _CUT.finditer(view.written):
            shown = compact(match[1])
            if any(shown.endswith(self._core[:size]) for size in range(len(self._core) - 1, _NAME, -1)):
                return True
        return False

    @cached_property
    def _core(self) -> str:
        """The text without the regions that many share, its numerals as digits; all of it where that is nothing."""
        shared = _REGIONS.match(self.signs)
        core = self.numeral[shared.end() :] if shared is not None and len(self.numeral) == len(self.signs) else ""
        return compact(written_numbers(core)) or self.numeral

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The parts by which a long text is known, each with its numerals as digits."""
        core = self._core
        body = _BODY.sub("", core)
        if body != core:
            return (core, body) if len(body) >= _NAME else (core,) if len(core) >= _NAME + 2 else ()
        parts = {core} if len(core) >= _NAME + 1 else set()
        for size in (_GRAM, _WORDY):
            for at in range(len(core) - size + 1):
                part = core[at : at + size]
                cut = (part[0].isdigit() and core[at - 1 : at].isdigit()) or (
                    part[-1].isdigit() and core[at + size : at + size + 1].isdigit()
                )
                if not cut and (size == _WORDY or (any(map(str.isdigit, part)) and not part.isdigit())):
                    parts.add(part)
        minority = [compact(part) for part in re.split("[·•]", self.plain)]
        return (*parts, *(part for part in minority if len(part) >= 3 and len(minority) > 1))

    def _latin_in(self, view: View) -> bool:
        if len(self.signs) < 5:
            return self.signs in view.words if len(self.signs) > 2 else self.signs == view.signs
        if self.signs in view.signs or self.signs[::-1] in view.signs:
            return True
        if codecs.encode(self.signs, "rot13") in view.signs:
            return True
        mailbox = compact(self.plain.partition("@")[0])
        if "@" in self.plain and len(mailbox) >= 5 and mailbox in view.words:
            return True
        tokens = [token for token in re.findall("[A-Z]+", self.plain.upper()) if len(token) > 1]
        return len(tokens) > 1 and "@" not in self.plain and view.words.issuperset(tokens)


def _stands(part: str, text: str) -> bool:
    """Tell whether a part stands in a text and does not cut a number of it."""
    at = text.find(part)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(part) : at + len(part) + 1]
        if not (part[0].isdigit() and before.isdigit()) and not (part[-1].isdigit() and after.isdigit()):
            return True
        at = text.find(part, at + 1)
    return False

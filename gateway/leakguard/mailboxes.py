"""Finds mailboxes of persons in text that `signs` has levelled.

 forms      RFC 5321 and 6531: a local part bare or in quotation marks, a host by name, in Chinese or another script, or
            by address in brackets; a comment in round brackets beside the @
 writings   "at" and "dot" in brackets or as words, 艾特 and 点, # for @; blanks round @ and points; another full stop
            for a point. Where a blank or a word stands for a sign, the host ends as hosts commonly do

A mailbox of a public body passes, and one of a role such as `service`, whatever its host.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.signs import BREAK

_BRACKETED_AT: Final = r"\s?[(\[{<【〔]\s?(?:at|艾特)\s?[)\]}>】〕]\s?"
_BRACKETED_POINT: Final = r"\s?[(\[{<【〔]\s?(?:dot|点)\s?[)\]}>】〕]\s?"
_COMMENT: Final = r"(?:\([^()\n]{0,30}\))?"
_AT: Final = rf"{_COMMENT}(?:@{{1,2}}|{_BRACKETED_AT}){_COMMENT}"
_ATEXT: Final = "[0-9A-Za-z_!#$%&'*+/=?^`{|}~.-]"
_NAMED: Final = re.compile(
    rf"(?<![0-9A-Za-z._%+@/-])((?!/){_ATEXT}{{0,63}}[0-9A-Za-z_}}~'-]){_AT}"
    rf"((?:[0-9A-Za-z_-]{{1,63}}(?:\.|{_BRACKETED_POINT})){{1,8}}[A-Za-z]{{2,24}})(?![0-9A-Za-z@])",
    re.IGNORECASE,
)
_INTERNATIONAL: Final = re.compile(
    rf"([^\W_][\w.+-]{{0,63}}){_AT}((?:[^\W_][\w-]{{0,62}}\.){{1,8}}(?:xn--[0-9a-z]{{2,30}}|[A-Za-z\u0400-\u04ff]{{2,24}}"
    "|中国|公司|网络|网址|网站|网店|集团|公益|政务|移动|在线|中文网|商标|广告|香港|台湾|澳门|商城|商店|信息|我爱你))",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"([\"“”][^\"“”\n]{1,64}[\"“”])@([^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}|\[)")
_LITERAL: Final = re.compile(
    rf"({_ATEXT}{{1,64}})@(\[(?:{BREAK}|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|IPv6:[0-9a-f:.]{{2,45}})\])", re.IGNORECASE
)
_COMMON: Final = "(?:com|cn|net|org|edu|gov|info|biz|hk|tw|cc|中国|公司|网络|集团|政务)(?![0-9A-Za-z@])"
"""The ends of hosts that are common; no other is taken where blanks or words stand for signs."""
_BOX: Final = "(?<![0-9A-Za-z._%+@/-])([0-9A-Za-z][0-9A-Za-z._+-]{0,63}?)"
_HOST: Final = "[0-9A-Za-z\u3400-\u9fff-]{1,63}"
_LOOSE_POINT: Final = rf"(?:\s?[.{BREAK}。点]\s?|{_BRACKETED_POINT}|\s+dot\s+)"
_LOOSE: Final = re.compile(
    rf"{_BOX}(?:\s{{0,3}}@\s{{0,3}}|{_BRACKETED_AT}|\s?艾特\s?|_at_|#)({_HOST}(?:{_LOOSE_POINT}{_HOST}){{0,4}}{_LOOSE_POINT}{_COMMON})",
    re.IGNORECASE,
)
_IN_WORDS: Final = re.compile(
    rf"{_BOX}[ -]at[ -]({_HOST}?(?:[ -]dot[ -]{_HOST}?){{0,4}}[ -]dot[ -]{_COMMON})", re.IGNORECASE
)
_SPELLED: Final = re.compile(
    r"(?<![0-9A-Za-z])((?:[0-9A-Za-z._+-]\s){2,40})@((?:\s[0-9A-Za-z-])+(?:\s\.(?:\s[0-9A-Za-z-])+)+)(?!\s?[0-9A-Za-z@])"
)
_FORMS: Final = (_NAMED, _QUOTED, _LITERAL, _LOOSE, _IN_WORDS, _SPELLED)
_ROLE_NAMES: Final = (
    "admin administrator bangong contact feedback gov help hr info jubao kefu mail no-reply noreply office postmaster "
    "press security service services support system tousu webmaster zixun"
)
_ROLES: Final = frozenset(_ROLE_NAMES.split())
_PUBLIC: Final = ("gov.cn", "政务", "政务.cn")
_SIGNS: Final = ("@", "#", "at", "At", "AT", "aT", "艾特")
_MARKED: Final = re.compile(
    rf"@|{_BRACKETED_AT}|[ -]at[ -].{{1,60}}[ -]dot[ -]|_at_|艾特|[0-9A-Za-z]#[0-9A-Za-z-]+[\s.{BREAK}。点(\[{{<【〔]",
    re.IGNORECASE,
)
_POINTS: Final = re.compile(rf"[{BREAK}。点]|{_BRACKETED_POINT}|[ -]dot[ -]|\s", re.IGNORECASE)
_END: Final = re.compile(r"[0-9a-z._+-]*$")


def may_hold_mailbox(text: str) -> bool:
    """Tell, at little cost, whether a levelled text may hold a mailbox; never misses one."""
    return any(sign in text for sign in _SIGNS) and _MARKED.search(text) is not None


def holds_mailbox(text: str) -> bool:
    """Tell whether a levelled text holds a mailbox of a person."""
    if not may_hold_mailbox(text):
        return False
    found = [match for form in _FORMS for match in form.finditer(text)]
    if not text.isascii():
        found += [match for match in _INTERNATIONAL.finditer(text) if not (match[1][-1] + match[2]).isascii()]
    return any(_is_personal(match[1], match[2]) for match in found)


def _is_personal(box: str, host: str) -> bool:
    name = re.sub(r"[\s\"“”]", "", box).lower()
    end = _END.search(name)
    role = end[0] if end is not None and end[0] else name
    return role not in _ROLES and not re.sub(r"\.+", ".", _POINTS.sub(".", host)).lower().endswith(_PUBLIC)

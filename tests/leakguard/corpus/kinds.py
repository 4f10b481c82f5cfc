"""The texts that must be blocked because of what they are: each kind that the page of the guard names, a few of each.

Telephones here begin with 100 or are an operator's service line; cards are test numbers; documents count up.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from tests.leakguard.corpus.people import AYI, CHILD, LEGACY, OUYANG, ZHANG, Case, Record, identity, luhn

BORN: Record = {
    "social_security_no": identity("51999919900307123"),
    "name": "诸葛明轩",
    "phone": "10012345068",
    "birth_date": "1990-03-07",
    "amount": "48317.26",
    "employer": "重庆市澄江水文勘测科技有限公司",
}
HAN: Record = {"name": "刘䶮明", "phone": "10012345069"}
SPLIT: Record = {"name": "约翰·李"}
SHORT: Record = {"name": "张三"}
COMPOUND: Record = {"name": "欧阳修"}
OTHER = identity("51999919850315123")
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def groupings() -> Iterator[Case]:
    """Yield numbers of others in everyday groups: several kinds of separators, brackets, a code before (A4)."""
    for text in (
        "联系电话 +86 138-0013-8000",
        "138-0013 8000",
        "138 0013-8000",
        "(138) 0013-8000",
        "+86（138）0013-8000",
        "+86 138.0013.8000",
        "＋８６ １３８－００１３－８０００",
        "[138][0013][8000]",
        "tel (138) - 0013 - 8000",
        "0086(138)00138000",
        "+86.13800138000",
        "138:0013:8000",
        "电话 138 0013 8000 2026-01-15",
        "《138》0013—8000",
        "138/0013-8000（本人）",
        f"{OTHER[:6]} {OTHER[6:10]}-{OTHER[10:12]}-{OTHER[12:14]} {OTHER[14:]}",
        f"({OTHER[:6]}) {OTHER[6:14]}-{OTHER[14:]}",
        f"{OTHER[:6]}/{OTHER[6:14]} {OTHER[14:17]}-{OTHER[17]}",
        f"{OTHER[:4]} {OTHER[4:8]}-{OTHER[8:12]}.{OTHER[12:16]}/{OTHER[16:]}",
        f"{OTHER[:2]}（{OTHER[2:6]}）{OTHER[6:12]} {OTHER[12:]}",
        "电话138，0013，8000",
        f"({OTHER[:6]}){OTHER[6:10]}年{OTHER[10:12]}月{OTHER[12:14]}日{OTHER[14:]}",
        "6222 0200-0000 0006 (卡)",
        "(6222) 0200.0000-0006",
    ):
        yield "groupings", text, LEGACY


def documents() -> Iterator[Case]:
    """Yield documents of travellers and foreigners, landlines, mailboxes and cards by their label (A12a)."""
    for text in (
        "护照 E12345678",
        "EA1234567",
        "持 G12345678 入境",
        "H1234567801",
        "回乡证 M12345678",
        "港澳居民来往内地通行证：H12345678",
        "台湾居民来往大陆通行证 12345678",
        "往来港澳通行证号码为C12345678",
        "USA510090010101",
        "永久居留证 FRA5100 900101 01",
        "社会保障号 USA000000E12345678",
        "passport no. K1234567A",
        "军官证：军字第1234567号",
        "居留许可 1234567",
        "社保卡号：A12345678",
        "Card No: B1234567",
        "023-63112345",
        "(028)8511-2345",
        "家庭电话02363112345",
        "+86 28 8511 2345",
        "zhangsan@example.cn",
        "邮箱：zhang.san+1@mail.example.com。",
        "zhangsan(at)example.cn",
    ):
        yield "documents", text, LEGACY


def cards() -> Iterator[Case]:
    """Yield cards of each family, whosever they are (A12b)."""
    for text in (
        "2221000000000009",
        "2720991234567894",
        "4123456789012345677",
        "352812345678901234",
        "8171999927660000",
        "36148900647186",
        "2200123456789019",
        luhn("860012345678901"),
        luhn("986012345678901"),
        luhn("567812345678901"),
        luhn("30112345678901"[:13]),
    ):
        yield "cards", text, LEGACY


def private_use() -> Iterator[Case]:
    """Yield rare characters as systems before GB 18030-2022 store them, and the other way about (A10)."""
    yield "private use", "刘\ue863明", HAN
    yield "private use", "经办人 刘 \ue863 明 签字", HAN
    yield "private use", "刘䶮明", {"name": "刘\ue863明"}
    yield "private use", "户主龴七", {"name": "\ue81e七"}
    yield "private use", "\ue855七二", {"name": "\U000241fe七二"}


def bases() -> Iterator[Case]:
    """Yield the record's own numbers in other bases, doubled, padded and uuencoded (wire.md 4)."""
    for number in (BORN["phone"], BORN["social_security_no"].rstrip("X")):
        for signs in (BASE36, BASE58, BASE62):
            written, rest = "", int(number)
            while rest:
                rest, at = divmod(rest, len(signs))
                written = signs[at] + written
            yield "bases", f"编号 {written} 已办", BORN
    yield "bases", "".join(sign * 2 for sign in BORN["phone"]), BORN
    yield "bases", " ".join(f"0{sign}" for sign in BORN["phone"]), BORN
    yield "bases", binascii.b2a_uu(BORN["social_security_no"].encode()).decode(), BORN


def calendars() -> Iterator[Case]:
    """Yield the day of birth in other calendars and writings (wire.md 4)."""
    for text in (
        "7.III.1990",
        "1990-III-7",
        "1990-066",
        "1990年第66天",
        "1990-W10-3",
        "636768000",
        "636739200000",
        "庚午年二月十一",
        "农历一九九〇年二月十一日",
        "民国七十九年三月七日",
        "平成2年3月7日",
        "07031990",
        "一九九〇·三·七",
        "the seventh of March 1990",
    ):
        yield "calendars", text, BORN


def sums() -> Iterator[Case]:
    """Yield the amount in other writings (wire.md 4)."""
    for text in (
        "4 8 3 1 7 . 2 6",
        "4.831726万",
        "48.31726千元",
        "四万八千三百一十七元二角六分",
        "4831726分",
        "48.317,26",
        "48'317.26",
        "forty-eight thousand three hundred seventeen point two six",
    ):
        yield "sums", text, BORN


def names_apart() -> Iterator[Case]:
    """Yield names with an aside in them, or turned round at a sign (A12f), and bodies of a municipality."""
    yield "names apart", "诸葛（先生）明轩", BORN
    yield "names apart", "明轩·诸葛", BORN
    yield "names apart", "修·欧阳", COMPOUND
    yield "names apart", "欧阳·修", COMPOUND
    yield "names apart", "李,约翰", SPLIT
    yield "names apart", "李·约翰", SPLIT
    yield "names apart", "三·张", SHORT
    yield "names apart", "在澄江水文勘测科技上班", BORN
    yield "names apart", "买合苏提·阿依努尔", AYI


def missed() -> Iterator[Case]:
    """Yield what tells something and is not found; the page of the guard names each line with its reason."""
    yield "pinyin", "Zhang Suian", ZHANG
    yield "variant", "张崴安", {"name": "张葳安"}
    yield "given name", "明轩已到场", BORN
    yield "short mask", f"{ZHANG['social_security_no'][:1]}****************{ZHANG['social_security_no'][-1]}", ZHANG
    yield "year", "1990年生", BORN
    yield "month", "1990-03", BORN
    yield "place", "重庆市渝中区", OUYANG
    yield "name of another", "李小龙同志", CHILD
    yield "account of another", "1234567890123", LEGACY
    yield "unusual groups", "13 8001 380 00", LEGACY
    yield "decimal", "1.13800138000", LEGACY
    yield "office", "医保局 023-63112345", LEGACY
    yield "office", "service@example.cn", LEGACY
    yield "document without a label", "C12345678", LEGACY
    yield "cipher", "Lpdvvz rug", BORN
    yield "word of a vocabulary", "男", {"sex": "男"}
    yield "day without its year", "900307", BORN
    yield "day counted", "32939", BORN
    yield "day of the sixty", "庚午年己卯月丙戌日", BORN
    yield "year in words", "March seven, nineteen ninety", BORN
    yield "other numerals", "일공공일이삼사오공육팔", BORN
    yield "other numerals", "いちぜろぜろいちに", BORN
    yield "maestro", luhn("501812345678901"), LEGACY


def needless() -> Iterator[Case]:
    """Yield what tells nobody and is found all the same; the page of the guard names each line with its reason."""
    yield "serial like a card", "批次4532015112830366", LEGACY
    yield "serial like a card", "订单 372020260115008", LEGACY
    yield "serial like a card", "档案号 6222021001112345", LEGACY
    yield "serial like a card", "交易 9558801234567890123", LEGACY
    yield "serial like an identity number", "510100199001010001号批次", LEGACY
    yield "serial like an identity number", "受理号 510100201501150001", LEGACY
    yield "serial like an identity number", "物料 510100900101001", LEGACY
    yield "serial like a mobile", "批次13812345678", LEGACY
    yield "serial like a mobile", "流水号 10020260012", LEGACY
    yield "serial like a mobile", "档案 138-0013-8000", LEGACY
    yield "serial like a document", "渝G20260012", LEGACY
    yield "serial like a document", "EB7654321", LEGACY
    yield "serial like a document", "货架 E30012345", LEGACY
    yield "serial like a document", "H2026000123", LEGACY
    yield "thing called a card", "显卡 card 1234567", LEGACY
    yield "thing called a card", "SIM card 898600123456789012", LEGACY
    yield "serial like a landline", "批号 0831-5123456", LEGACY
    yield "mailbox of a body", "beian@example.cn", LEGACY
    yield "mailbox of a body", "git@host.example.cn", LEGACY


def cases() -> Iterator[Case]:
    """Yield every case that must be blocked, in a fixed order."""
    for part in (groupings, documents, cards, private_use, bases, calendars, sums, names_apart):
        yield from part()

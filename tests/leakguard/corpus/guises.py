"""The texts of evasive hands: any grouping, any sign between, documents and mailboxes in other forms, other bases."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.leakguard.corpus.kinds import BASE36, BORN, OTHER
from tests.leakguard.corpus.people import LEGACY, Case, Record, luhn

PHONE = int(BORN["phone"])
IDENTITY = int(BORN["social_security_no"].rstrip("X"))
TENS: Record = {"bank_account": str(int("4278787050", 11))}
"""An account whose number is ten digits in base 11."""
CARD19 = luhn("622202123456789012")


def written(number: int, signs: str) -> str:
    """Return a number in the base whose digits these signs are."""
    told = ""
    while number:
        number, rest = divmod(number, len(signs))
        told = signs[rest] + told
    return told


def card_groupings() -> Iterator[Case]:
    """Yield cards of several families in groups that no pattern lists."""
    for text in (
        "3056 930902 5904",
        "3056-930902-5904",
        "信用卡 3056 930902 5904",
        f"{CARD19[:6]} {CARD19[6:10]} {CARD19[10:14]} {CARD19[14:18]} {CARD19[18]}",
        f"{CARD19[:6]}-{CARD19[6:10]} {CARD19[10:]}",
        f"{CARD19[:3]} {CARD19[3:6]} {CARD19[6:9]} {CARD19[9:12]} {CARD19[12:15]} {CARD19[15:]}",
        f"{CARD19[:7]} {CARD19[7:11]} {CARD19[11:15]} {CARD19[15:]}",
        "3056/930902/5904",
        "(3056)930902-5904",
        "3056\n930902\n5904",
        "3056→930902→5904",
        "3056x930902x5904",
        "3782-822463-10005",
        "4111-11-1111-1111-11",
        "4000♥0566♥5566♥5556",
        "6011 1111 11111117",
        "510510 51051 05100",
        "38520-00002-3237",
        "卡号4111、1111、1111、1111",
        "借记卡：4111,1111,1111,1111",
    ):
        yield "card groupings", text, LEGACY


def any_sign() -> Iterator[Case]:
    """Yield numbers with one sign of any kind between their groups, or with several."""
    for mark in "→◦$^%!?x♥😀\n转的aX÷°€":
        yield "any sign", f"138{mark}0013{mark}8000", LEGACY
    for text in (
        "138：0013－8000",
        "138；0013－8000",
        "138♥0013—8000",
        "138 转 0013 转 8000",
        "138苹果0013苹果8000",
        "138→001→38000",
        "138→00138000",
        "1→3→8→0→0→1→3→8→0→0→0",
        "13→80→01→38→00→0",
        "1、3、8、0、0、1、3、8、0、0、0",
        "«138»«0013»«8000»",
        "138:001:38000",
        "00 86 138 0013 8000",
        "+86 138 0013 8000 2026-01-15",
        "小灵通 13 8001 38000",
        f"{OTHER[:6]}♥{OTHER[6:14]}♥{OTHER[14:17]}{(int(OTHER[17]) + 1) % 10 if OTHER[17] != 'X' else 0}",
        "519999$850315$123",
        "519999 85 03 15 123",
    ):
        yield "any sign", text, LEGACY


def landlines() -> Iterator[Case]:
    """Yield landlines with brackets of any kind, country codes, local ones that the text calls a telephone."""
    for text in (
        "0086-28-86123456",
        "[023]63123456",
        "座机86123456",
        "家庭电话：86123456",
        "宅电 8612 3456",
        "【023】63123456",
        "「028」8612 3456",
        "+86(28)86123456",
        "+86 (0)28 86123456",
        "00862886123456",
        "(86)28-86123456",
        "028→86123456",
        "028♥8612♥3456",
        "028#86123456",
        "028\n86123456",
        "电话028，86123456",
        "028-86-12-34-56",
        "座机（家）：8612-3456",
        "home phone 86123456",
        "宅电：2345678",
        "+852 9123 4567",
        "00853-66123456",
        "+886 912 345 678",
    ):
        yield "landlines", text, LEGACY


def grouped_documents() -> Iterator[Case]:
    """Yield documents in groups and in small letters, and by names of other tongues."""
    for text in (
        "E1234-5678",
        "E 1234 5678",
        "H 1234 5678",
        "e12345678",
        "旅券番号TK1234567",
        "E 123 456 78",
        "E·1234·5678",
        "（E）12345678",
        "E→12345678",
        "E 1 2 3 4 5 6 7 8",
        "ea1234567",
        "EA.1234567",
        "M 1234 5678 01",
        "h1234567801",
        "usa510090010101",
        "パスポート TK1234567",
        "여권번호 M1234-5678",
        "护照本：TK 123 4567",
        "passport number is TK1234567",
        "护照号 L8X9Y2T3",
        "居留许可证 123 4567",
    ):
        yield "grouped documents", text, LEGACY


def mailboxes() -> Iterator[Case]:
    """Yield mailboxes in the forms of RFC 5321 and 6531, with blanks, other full stops and words."""
    for text in (
        "张三@例子.中国",
        '"li si"@qq.com',
        "li.si@[1.2.3.4]",
        "li.si@[IPv6:2001:db8::1]",
        "li.si @ qq . com",
        "li.si@qq。com",
        "li.si＠qq．com",
        "li.si@例子。中国",
        "пётр@пример.рф",
        "_lisi@qq.com",
        "li.si(home)@qq.com",
        "lisi@xn--fsqu00a.xn--fiqs8s",
        "lisi@mail.a.b.c.d.example.com",
        "li.si at qq dot com",
        "lisi-at-qq-dot-com",
        "li.si{at}qq{dot}com",
        "li.si艾特qq点com",
        "lisi（at）qq（点）com",
        "lisi#qq.com",
        "l i s i @ q q . c o m",
    ):
        yield "mailbox forms", text, LEGACY


def own_bases() -> Iterator[Case]:
    """Yield the record's own numbers in other bases, backwards, as bytes and in letters."""
    for base in (3, 7, 9, 12, 20, 26, 33, 36):
        yield "own bases", written(PHONE, BASE36[:base]), BORN
        yield "own bases", f"编号{written(IDENTITY, BASE36[:base])[::-1]}已办", BORN
    octets = IDENTITY.to_bytes(8, "big")
    for text in (
        octets.hex(),
        octets[::-1].hex(),
        octets[::-1].hex(" "),
        base64.b64encode(octets).decode(),
        base64.b64encode(octets[::-1]).decode(),
        base64.b32encode(octets).decode(),
        base64.urlsafe_b64encode(PHONE.to_bytes(5, "little")).decode().rstrip("="),
    ):
        yield "own bases", text, BORN
    for signs in ("abcdefghij", "jabcdefghi", "pqwertyuio", "癸甲乙丙丁戊己庚辛壬", ")!@#$%^&*("):
        told = "".join(signs[int(sign)] for sign in BORN["phone"])
        yield "own bases", told, BORN
        yield "own bases", told[::-1].upper(), BORN
    yield "own bases", " ".join("bdgaiabcdef"), {"phone": "13608012345"}
    yield "own bases", written(IDENTITY, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), BORN


def other_things() -> Iterator[Case]:
    """Yield what offices write in the same forms, and is nobody's."""
    for text in (
        "床 180×2000×1500 毫米",
        "钢板150x1200x2000",
        "增长150%，1200%，1300%",
        "$150 $1200 $1300",
        "139人、1234人、5678人",
        "价格130，1200-1500元",
        "第150、1200-1300号",
        "人数\n139\n2019\n2020",
        "400-820-0000 610000",
        "4500，3200，1800，2100",
        "3600、5400、4200、1200",
        "36,148,900,647,186",
        "电话费 86123456 元",
        "联系单编号：20345678",
        "办公电话 86123456",
        "成都市锦江区人社局，联系电话：86123456",
        "手机 2345678 部",
        "hotel 86123456",
        "座机 20260115",
        "G1234/5678次列车",
        "E 2026 0115",
        "H 2026-01-15 12",
        "合同编号G1234-5678",
        "E1234-5678-9012",
        "1.5e-12345678",
        "@张三 你好。李四",
        "meet @ store . Next",
        "look at the store dot matrix",
        "see the form at www.example.com",
        "请发至service@example.cn",
        "info@例子.中国",
        "rsj@政务.cn",
        "headache cabbage decade facade",
        "1、2、3、4、5、6、7、8、9、10、11",
        "13℃ 15℃ 17℃ 19℃",
        "甲乙丙丁戊己庚辛壬癸",
        "!!!!!!!!!!!!",
        "qwertyuiop",
        "139户1234户5678人",
        "139km1234km5678",
        "139 and 1234 and 5678",
        "phone: 400-8200-000",
        "住宅 2345678 平方米",
        "E-2026-0001",
        "e 12345678.90",
        "医保编码H01234567",
        "K139+123 至 K145+678",
        "[1, 3, 8, 0, 0, 1, 3, 8, 0, 0, 0]",
        "139、1234、5678、9012",
        "$%^&*()!@#",
        "property repertoire typewriter",
        "deadbeef cafebabe",
        "656853e1af5372d827b4521862a8844178cca5443451302bb40d82269ebaa3e8 ts=1761637004 028-86000000",
        "1780024957498413\nts=1792737120\n(023)63000000",
        "大厅电话：86123456",
        "短信 23456789 条",
        "业务流水号51130020200212313916",
    ):
        yield "same forms", text, BORN


def missed() -> Iterator[Case]:
    """Yield what is not found in these forms."""
    yield "card in unusual groups", "3056930 9025904", LEGACY
    yield "card in unusual groups", "6228-48-0000-0000-0000-7", LEGACY
    yield "card in a list", "4111，1111，1111，1111", LEGACY
    yield "list of two", "138；00138000", LEGACY
    yield "words that join", "138和0013和8000", LEGACY
    yield "measure", "138x1230x8000", LEGACY
    yield "landline with a letter between", "028x86123456", LEGACY
    yield "landline with a letter between", "028区86123456", LEGACY
    yield "landline in a list", "028：86123456", LEGACY
    yield "landline in unusual groups", "028 86 123456", LEGACY
    yield "telephone abroad", "+1 415 555 0100", LEGACY
    yield "document with a mark of lists", "E：12345678", LEGACY
    yield "document with a mark of lists", "E 1234/5678", LEGACY
    yield "document with a mark of lists", "E（1234）5678", LEGACY
    yield "document that begins with a year", "E 2012 3456", LEGACY
    yield "mailbox by its words", "lisi at qq.com", LEGACY
    yield "mailbox by its words", "lisi@localhost", LEGACY
    yield "mailbox by its words", "@qq.com 前面是 lisi", LEGACY
    yield "office", "admin@zhangsan.com", LEGACY
    yield "base that looks like a word", written(PHONE, "abcdefghijklmnopqrstuvwxyz"), BORN
    yield "base that looks like a number", "4278787050", TENS
    yield "composed twice", written(int(BORN["phone"][::-1]), BASE36), BORN


def needless() -> Iterator[Case]:
    """Yield what tells nobody and is found all the same."""
    row = luhn("407120355320018")
    yield "figures like a card", f"合计 {row[:4]} {row[4:9]} {row[9:]}", LEGACY
    yield "figures like a mobile", "规格 135♥1200♥1505", LEGACY
    yield "telephone of a body", "电话：86123456", LEGACY


def cases() -> Iterator[Case]:
    """Yield every case that must be blocked, in a fixed order."""
    for part in (card_groupings, any_sign, landlines, grouped_documents, mailboxes, own_bases):
        yield from part()

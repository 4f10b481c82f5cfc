"""The texts that must be blocked: each tells a protected value of its record, or a number of somebody else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from tests.leakguard.corpus import dress
from tests.leakguard.corpus.people import (
    AYI,
    CHECK_X,
    CHILD,
    DEAD,
    FIRM,
    LEGACY,
    OTHER_CARD,
    OTHER_CREDIT,
    OTHER_IDENTITY,
    OTHER_LEGACY,
    OTHER_PHONE,
    OUYANG,
    RARE,
    ZHANG,
    Record,
    identity,
    luhn,
)

Case = tuple[str, str, Record]
"""Category, text, record."""

ZID, ZPHONE, ZCARD = ZHANG["social_security_no"], ZHANG["phone"], ZHANG["bank_account"]
OID, OPHONE = OUYANG["身份证号"], OUYANG["手机号"]


def plain() -> Iterator[Case]:
    """Yield the value as it stands, alone and in a sentence, for each kind of field."""
    for person in (ZHANG, OUYANG, AYI, RARE, LEGACY, DEAD, CHECK_X, CHILD, FIRM):
        first, *rest = person.items()
        yield "plain", first[1], person
        yield "plain", f"经核查，其号码为{first[1]}，请知悉。", person
        for name, value in rest:
            if "phone" in name or name in {"手机号", "AAE005"}:
                yield "plain", f"联系电话{value}", person
            if name in {"bank_account", "银行账号", "card_no", "社保卡号", "AAZ500"}:
                yield "plain", f"Card no. {value} is active.", person
    yield "plain", CHECK_X["id_no"].lower(), CHECK_X
    yield "plain", f"见附件：{CHECK_X['id_no'].lower()}.pdf", CHECK_X
    yield "plain", FIRM["employer"], FIRM
    yield "plain", f"该人员现就职于{FIRM['employer']}（参保单位）", FIRM
    yield "plain", FIRM["credit_code"].lower(), FIRM


def separators() -> Iterator[Case]:
    """Yield the digits with signs between them."""
    for gap in dress.SEPARATORS.values():
        yield "separators", dress.every(ZID, gap), ZHANG
    for gap in (" ", "-", ".", "\u00a0", "/"):
        yield "separators", f"{OID[:6]}{gap}{OID[6:14]}{gap}{OID[14:]}", OUYANG
        yield "separators", f"电话 {OPHONE[:3]}{gap}{OPHONE[3:7]}{gap}{OPHONE[7:]}", OUYANG
        yield "separators", dress.every(ZCARD, gap, 4), ZHANG
    yield "separators", f"({OID[:6]})({OID[6:14]})({OID[14:]})", OUYANG
    yield "separators", f"[{OID[:3]}] [{OID[3:6]}] [{OID[6:10]}] [{OID[10:14]}] [{OID[14:]}]", OUYANG
    yield "separators", "<br>".join((ZID[:6], ZID[6:14], ZID[14:])), ZHANG
    yield "separators", "<b>" + "</b><b>".join(ZID) + "</b>", ZHANG
    yield "separators", dress.every(ZID, " - "), ZHANG
    yield "separators", dress.every(ZPHONE, "🙂"), ZHANG
    yield "separators", "- ".join(f"{part} \n" for part in (ZID[:5], ZID[5:11], ZID[11:])), ZHANG
    yield "separators", f"{ZHANG['card_no'][:1]} {ZHANG['card_no'][1:5]}-{ZHANG['card_no'][5:]}", ZHANG


def unicode() -> Iterator[Case]:
    """Yield the digits in other scripts, with signs that cannot be seen, and with look-alikes."""
    for first in dress.FIRST_DIGIT.values():
        yield "unicode", dress.swap(ZID, first), ZHANG
    for listed in dress.LISTED_DIGITS.values():
        yield "unicode", dress.swap(ZID, listed), ZHANG
    for hidden in dress.HIDDEN.values():
        yield "unicode", dress.every(OID, hidden), OUYANG
    x_number = CHECK_X["id_no"][:-1]
    for sign in "ｘＸХхΧχⅩⅹ×𝐗𝚡Ⓧ":
        yield "unicode", x_number + sign, CHECK_X
    yield "unicode", dress.swap(OPHONE, 0xFF10), OUYANG
    yield "unicode", dress.swap(OPHONE, dress.CHINESE), OUYANG
    yield "unicode", dress.swap(OPHONE, dress.SPOKEN), OUYANG
    yield "unicode", "电话：" + dress.swap(ZPHONE, 0x660), ZHANG
    yield "unicode", dress.swap(ZCARD, 0x1D7CE), ZHANG
    yield "unicode", dress.words(ZPHONE), ZHANG
    yield "unicode", dress.words(ZID, ", "), ZHANG
    yield "unicode", dress.words(OPHONE, "-").title(), OUYANG
    yield "unicode", dress.words(OPHONE, "").replace("zero", "oh"), OUYANG
    yield "unicode", "".join(sign if place % 2 else chr(ord(sign) + 0xFEE0) for place, sign in enumerate(ZID)), ZHANG
    yield "unicode", "".join(dress.CHINESE[int(s)] if k % 3 else s for k, s in enumerate(ZID)), ZHANG
    yield "unicode", "".join(f"{sign}\ufe0f\u20e3" for sign in ZPHONE), ZHANG
    yield "unicode", ZID.replace("0", "O").replace("1", "l"), ZHANG
    yield "unicode", ZID.replace("0", "О").replace("1", "І"), ZHANG
    yield "unicode", OID.replace("0", "〇").replace("1", "Ｉ"), OUYANG
    yield "unicode", "\u202e" + ZID[::-1] + "\u202c", ZHANG
    yield "unicode", "".join(dress.LISTED_DIGITS["circled"][int(s)] + "\u200b" for s in ZPHONE), ZHANG
    yield "unicode", dress.every(dress.swap(ZID, 0xFF10), "－", 6), ZHANG


def encodings() -> Iterator[Case]:
    """Yield the value in encodings and encodings of encodings."""
    for encode in dress.ENCODINGS.values():
        yield "encodings", encode(ZID), ZHANG
    for name in ("base64", "hex", "percent", "json escapes", "html decimal", "base64 of a sentence"):
        yield "encodings", f"附注 {dress.ENCODINGS[name](OPHONE)} 完", OUYANG
        yield "encodings", dress.ENCODINGS[name](AYI["AAC003"]), AYI
    for name in ("base64", "hex of gb18030", "percent", "hex"):
        yield "encodings", dress.ENCODINGS[name](ZHANG["address"]), ZHANG
    yield "encodings", f'{{"blob":"{dress.b64(json.dumps({"no": OID}))}","ok":true}}', OUYANG
    yield "encodings", dress.b64(dress.b64(dress.b64(OID))), OUYANG
    yield "encodings", json.dumps(json.dumps({"证件": dress.json_escape(OID)})), OUYANG
    yield "encodings", f"{int(ZPHONE):#x}", ZHANG
    yield "encodings", f"{int(ZCARD):x}", ZHANG


def hashes() -> Iterator[Case]:
    """Yield hashes without a key: the space of numbers is small, so that they tell the number."""
    for algorithm in ("md5", "sha1", "sha256", "sha512", "sha3_256", "sm3"):
        yield "hashes", hashlib.new(algorithm, ZID.encode()).hexdigest(), ZHANG
    yield "hashes", "指纹 " + hashlib.sha256(OPHONE.encode()).hexdigest().upper(), OUYANG
    yield "hashes", "ref=" + hashlib.md5(OPHONE.encode()).hexdigest(), OUYANG  # noqa: S324
    yield "hashes", hashlib.md5(OID.encode()).hexdigest()[8:24], OUYANG  # noqa: S324
    yield "hashes", dress.b64(hashlib.sha256(OID.encode()).digest()), OUYANG
    yield "hashes", dress.every(hashlib.sha256(ZCARD.encode()).hexdigest(), ":", 2), ZHANG
    yield "hashes", hashlib.sha256(AYI["AAC003"].encode()).hexdigest(), AYI
    yield "hashes", "sha256:" + hashlib.sha256(CHECK_X["id_no"].encode()).hexdigest(), CHECK_X


def structure() -> Iterator[Case]:
    """Yield the value glued, wrapped, split, turned round and repeated."""
    yield "structure", f"abc{ZID}xyz", ZHANG
    yield "structure", f"ID{ZID}", ZHANG
    yield "structure", f"用户{ZID}已注册", ZHANG
    yield "structure", f"{ZHANG['name']}{ZID}", ZHANG
    yield "structure", f"IMG_{OPHONE}_v2.jpg", OUYANG
    yield "structure", f"00{ZID}77", ZHANG
    yield "structure", f"20260115{OPHONE}8", OUYANG
    yield "structure", f"{ZID}{ZPHONE}", ZHANG
    yield "structure", json.dumps({"data": {"list": [{"a": 1}, {"sfz": ZID}]}}), ZHANG
    yield "structure", f"<row><c n='zjhm'>{ZID}</c></row>", ZHANG
    yield "structure", f"<![CDATA[{OID}]]>", OUYANG
    yield "structure", f'1,"{ZID}",正常\n2,,', ZHANG
    yield "structure", f"id: &n '{OID}'\nref: *n", OUYANG
    yield "structure", f"INSERT INTO t(k) VALUES('{OID}')", OUYANG
    yield "structure", f"person not found: key=({OID})", OUYANG
    yield "structure", f"File app.py, line 3: ValueError: bad number {ZPHONE!r}", ZHANG
    yield "structure", f"{OPHONE}@mail.example", OUYANG
    yield "structure", ZID[::-1], ZHANG
    yield "structure", f"倒序 {OPHONE[::-1]}", OUYANG
    yield "structure", dress.every(ZID[::-1], " ", 3), ZHANG
    yield "structure", dress.b64(OID[::-1]), OUYANG
    yield "structure", f"{ZID},{ZID},{ZID}", ZHANG
    yield "structure", f"前六位{ZID[:6]}，中间八位{ZID[6:14]}，末四位{ZID[14:]}", ZHANG
    yield "structure", f"first half {OID[:9]} and the second half {OID[9:]}", OUYANG
    yield "structure", f"后段{OID[9:]}；前段{OID[:9]}", OUYANG
    yield "structure", f"a={ZPHONE[:4]};b={ZPHONE[4:8]};c={ZPHONE[8:]}", ZHANG
    yield "structure", "".join(f"{sign}{'abcdefghijklmnopqr'[place]}" for place, sign in enumerate(ZID)), ZHANG
    yield "structure", "的".join(OPHONE), OUYANG
    yield "structure", "、".join(f"第{place}位{sign}" for place, sign in enumerate(ZPHONE, 1)), ZHANG
    yield "structure", ZID[:17], ZHANG
    yield "structure", ZID[1:], ZHANG
    yield "structure", f"生日码加顺序码 {OID[6:]}", OUYANG
    yield "structure", f"+86{ZPHONE}", ZHANG
    yield "structure", f"0086-{OPHONE}", OUYANG
    yield "structure", f"{'正常办理。' * 400}{ZID}{'请归档。' * 400}", ZHANG
    yield "structure", "x" * 20000 + OPHONE, OUYANG
    yield "structure", "记录正常 " * 3000 + dress.b64(OID), OUYANG


def bad_masks() -> Iterator[Case]:
    """Yield masks that show four or more characters in a row, or every character between stars."""
    for number, person in ((ZID, ZHANG), (OID, OUYANG), (CHECK_X["id_no"], CHECK_X)):
        yield "bad masks", f"{number[:6]}{'*' * 8}{number[-4:]}", person
        yield "bad masks", f"{number[:4]}{'*' * 10}{number[-4:]}", person
        yield "bad masks", f"{number[:3]}{'*' * 11}{number[-4:]}", person
        yield "bad masks", f"{number[:14]}****", person
        yield "bad masks", "*".join(number), person
    yield "bad masks", f"{'*' * 6}{ZID[6:14]}{'*' * 4}", ZHANG
    yield "bad masks", f"{ZID[:6]}XXXXXXXX{ZID[-4:]}", ZHANG
    yield "bad masks", f"{OID[:6]}########{OID[-4:]}", OUYANG
    yield "bad masks", f"{OID[:10]}…{OID[-3:]}", OUYANG
    yield "bad masks", f"{ZPHONE[:3]}****{ZPHONE[-4:]}", ZHANG
    yield "bad masks", f"手机 {OPHONE[:7]}****", OUYANG
    yield "bad masks", f"****{OPHONE[4:]}", OUYANG
    yield "bad masks", f"{ZCARD[:6]}{'*' * 9}{ZCARD[-4:]}", ZHANG
    yield "bad masks", f"{ZCARD[:4]} **** **** {ZCARD[-7:]}", ZHANG
    yield "bad masks", "●".join(ZPHONE), ZHANG
    yield "bad masks", dress.every(OID, "**"), OUYANG
    yield "bad masks", f"{LEGACY['social_security_no'][:12]}***", LEGACY
    yield "bad masks", f"{ZHANG['address'][:15]}****", ZHANG
    yield "bad masks", f"欧阳砚*（原名欧阳*秋），全名{'·'.join('欧阳砚秋')}", OUYANG


def names() -> Iterator[Case]:
    """Yield names, whole, in other spacing and in other writings of the same signs."""
    yield "names", "张岁安", ZHANG
    yield "names", "申请人张岁安已到场", ZHANG
    yield "names", "欧阳砚秋女士的申请已受理", OUYANG
    for gap in (" ", "\u3000", "-", "·", "*", "\u200b", "\n", "_"):
        yield "names", gap.join("张岁安"), ZHANG
    yield "names", "張歲安", ZHANG
    yield "names", "歐陽硯秋", OUYANG
    yield "names", "安岁张", ZHANG
    yield "names", "姓：张，名：岁安", ZHANG
    yield "names", "欧阳 砚秋", OUYANG
    yield "names", dress.json_escape("欧阳砚秋"), OUYANG
    yield "names", "&#24352;&#23681;&#23433;", ZHANG
    for dot in ("·", "•", "・", "‧", "．", ".", "･", "∙", "⋅", " ", "", "-"):
        yield "names", f"姓名 {AYI['AAC003'].replace('·', dot)}", AYI
    yield "names", "阿依努尔", AYI
    yield "names", "阿 依 努 尔 · 买 合 苏 提", AYI
    yield "names", "买合苏提之女阿依努尔", AYI
    yield "names", RARE["name"], RARE
    yield "names", f"经办人{RARE['name']}签字", RARE
    yield "names", " ".join(RARE["name"]), RARE
    yield "names", dress.json_escape(RARE["name"]), RARE
    yield "names", "&#x20BB7;&#x2A6D6; 姓李", RARE
    yield "names", f"户主：{CHILD['name']}（儿童）", CHILD
    yield "names", "司马听澜同志", CHECK_X
    yield "names", "Contact: 宋未央, HR", FIRM
    yield "names", dress.b64("姓名：简书野"), DEAD


def addresses() -> Iterator[Case]:
    """Yield whole addresses and the tails that find the door."""
    full = ZHANG["address"]
    yield "addresses", full, ZHANG
    yield "addresses", f"寄往：{full}（收）", ZHANG
    yield "addresses", " ".join(full), ZHANG
    yield "addresses", full.replace("市", "市 ").replace("区", "区 "), ZHANG
    yield "addresses", "望竹街9999号8栋2单元501室", ZHANG
    yield "addresses", "锦江区望竹街9999号", ZHANG
    yield "addresses", "住望竹街９９９９号８栋", ZHANG
    yield "addresses", "望竹街九九九九号八栋二单元五〇一室", ZHANG
    yield "addresses", full[::-1], ZHANG
    yield "addresses", "听雨巷8888号附6号3-2", OUYANG
    yield "addresses", "渝中区听雨巷8888号", OUYANG
    yield "addresses", "西昌市月牙乡石榴村9组77号", AYI
    yield "addresses", "月牙乡石榴村九组", AYI
    yield "addresses", RARE["address"], RARE
    yield "addresses", "\U00020bb7家坝7777号", RARE


def dates() -> Iterator[Case]:
    """Yield the full date of birth in many writings."""
    for text in (
        "1962-07-23",
        "19620723",
        "1962/7/23",
        "1962.07.23",
        "1962年7月23日",
        "1962年07月23日出生",
        "一九六二年七月二十三日",
        "一九六二年七月廿三日",
        "１９６２年７月２３日",
        "23/07/1962",
        "07/23/1962",
        "July 23, 1962",
        "born 23 Jul 1962",
        "23rd of July 1962",
        "1962-07-23T00:00:00+08:00",
        "生于1962年，7月23日",
        "DOB:1962 07 23",
        "1 9 6 2 0 7 2 3",
        "1962年\n7月\n23日",
    ):
        yield "dates of birth", text, ZHANG
    yield "dates of birth", "出生日期：1971年9月14日", OUYANG
    yield "dates of birth", "1971-9-14", OUYANG
    yield "dates of birth", dress.b64("1971-09-14"), OUYANG
    yield "dates of birth", "该儿童生于2013年5月18日", CHILD
    yield "dates of birth", "生日 1977-06-12", CHECK_X
    yield "dates of birth", "1938年4月16日", LEGACY
    yield "dates of birth", "Sept 14th, 1971", OUYANG


def amounts() -> Iterator[Case]:
    """Yield the exact amount in figures and words."""
    for text in (
        "3287.45",
        "3,287.45元",
        "养老金¥3287.45",
        "RMB 3 287.45",
        "３２８７．４５",
        "三千二百八十七元四角五分",
        "叁仟贰佰捌拾柒元肆角伍分",
        "人民币叁仟贰佰捌拾柒圆肆角伍分整",
        "328745分",
        "3287.450",
        "3287元4角5分",
        "本月发放3287．45元",
    ):
        yield "amounts", text, ZHANG


def of_others() -> Iterator[Case]:
    """Yield numbers that are not of the record, which a pattern alone can find."""
    for text in (
        OTHER_IDENTITY,
        f"关联人{OTHER_IDENTITY}",
        dress.every(OTHER_IDENTITY, " ", 6),
        dress.swap(OTHER_IDENTITY, 0xFF10),
        dress.swap(OTHER_IDENTITY, dress.CHINESE),
        dress.b64(OTHER_IDENTITY),
        dress.percent(OTHER_IDENTITY),
        dress.every(OTHER_IDENTITY, "\u200b"),
        f"id{OTHER_IDENTITY}end",
        identity("51010419000101001"),
        identity("51022319001231888"),
        identity("51222119000615123"),
        identity("51352119000307045"),
        f"公民身份号码：{identity('50010519000520016')}",
        f"旧证号{OTHER_LEGACY}",
        OTHER_LEGACY,
        "身份证510202000228017",
        OTHER_PHONE,
        f"请拨打{OTHER_PHONE}联系本人",
        "+86 138 0013 8000",
        "(+86)138-0013-8000",
        "008613800138000",
        "138.0013.8000",
        dress.swap(OTHER_PHONE, 0xFF10),
        dress.swap(OTHER_PHONE, dress.SPOKEN),
        dress.b64(f"tel:{OTHER_PHONE}"),
        f"mobile={OTHER_PHONE}&t=1",
        OTHER_CARD,
        dress.every(OTHER_CARD, " ", 4),
        f"转入账户{OTHER_CARD}",
        luhn("999998111122223333"),
        luhn("622202000000000"),
        OTHER_CREDIT,
        f"单位代码{OTHER_CREDIT.lower()}",
        dress.every(OTHER_CREDIT, "-", 6),
    ):
        yield "other people's numbers", text, LEGACY


def legacy() -> Iterator[Case]:
    """Yield 15-digit numbers, the two lengths of one number, and numbers of regions that are no more."""
    short = LEGACY["social_security_no"]
    grown = identity(short[:6] + "19" + short[6:])
    yield "legacy and dead regions", f"老证{short}", LEGACY
    yield "legacy and dead regions", dress.every(short, " ", 3), LEGACY
    yield "legacy and dead regions", dress.swap(short, dress.CHINESE), LEGACY
    yield "legacy and dead regions", short[::-1], LEGACY
    yield "legacy and dead regions", dress.b64(short), LEGACY
    yield "legacy and dead regions", grown, LEGACY
    yield "legacy and dead regions", dress.every(grown, "-", 6), LEGACY
    yield "legacy and dead regions", ZID[:6] + ZID[8:17], ZHANG
    yield "legacy and dead regions", f"原号码 {OID[:6]}-{OID[8:17]}", OUYANG
    yield "legacy and dead regions", f"渝{DEAD['social_security_no']}号", DEAD
    yield "legacy and dead regions", dress.every(DEAD["social_security_no"], "/", 6), DEAD
    yield "legacy and dead regions", dress.swap(DEAD["social_security_no"], dress.FINANCIAL), DEAD
    yield "legacy and dead regions", DEAD["social_security_no"][6:14], DEAD


def cases() -> Iterator[Case]:
    """Yield every case, in a fixed order."""
    for part in (
        plain,
        separators,
        unicode,
        encodings,
        hashes,
        structure,
        bad_masks,
        names,
        addresses,
        dates,
        amounts,
        of_others,
        legacy,
    ):
        yield from part()

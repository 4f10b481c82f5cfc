"""The texts that must be blocked: masks that show too much, names, addresses, dates, amounts, numbers of others."""

from __future__ import annotations

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
    Case,
    identity,
    luhn,
)

ZID, ZPHONE, ZCARD = ZHANG["social_security_no"], ZHANG["phone"], ZHANG["bank_account"]
OID, OPHONE = OUYANG["身份证号"], OUYANG["手机号"]


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

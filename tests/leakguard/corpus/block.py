"""The texts that must be blocked because they hold the digits of a value, in whatever dress, and the list of all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from tests.leakguard.corpus import dress, kinds, told
from tests.leakguard.corpus.people import AYI, CHECK_X, CHILD, DEAD, FIRM, LEGACY, OUYANG, RARE, ZHANG, Case

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


def written_by_programs() -> Iterator[Case]:
    """Yield the value as programs, sheets and pages put it together."""
    digits, parts = list(map(int, ZPHONE)), (ZID[:6], ZID[6:14], ZID[14:])
    yield "programs", f"{int(ZID):,}", ZHANG
    yield "programs", json.dumps(digits), ZHANG
    yield "programs", json.dumps(list(OID)), OUYANG
    yield "programs", "=" + "&".join(f'"{part}"' for part in parts), ZHANG
    yield "programs", f"String.fromCharCode({','.join(str(ord(sign)) for sign in OPHONE)})", OUYANG
    yield "programs", "&nbsp;".join(parts), ZHANG
    yield "programs", "&zwnj;".join(OPHONE), OUYANG
    yield "programs", "&#8203;".join(ZID), ZHANG
    yield "programs", "<!-- -->".join(OID), OUYANG
    yield "programs", "</span><span class='d'>".join(ZPHONE), ZHANG
    yield "programs", "\n".join(f"digit[{place}] = {sign}" for place, sign in enumerate(OPHONE)), OUYANG
    yield "programs", f"printf '%s%s' {ZID[:9]} {ZID[9:]}", ZHANG
    yield "programs", ZID.replace("19", "⑲"), ZHANG
    yield "programs", f"{ZHANG['name']} <{ZPHONE}@sms.example>", ZHANG
    yield "programs", f"vCard: N:欧阳;砚秋;;; TEL:{OPHONE}", OUYANG
    yield "programs", json.dumps({"surname": "欧阳", "given": "砚秋"}), OUYANG
    yield "programs", f"1\t{OID[:6]}\n2\t{OID[6:14]}\n3\t{OID[14:]}", OUYANG


def composed() -> Iterator[Case]:
    """Yield digits that are dressed twice: signs between them or another script, and then an encoding or a wrapping."""
    dressed = [
        (dress.every(OID, "\u200b"), OUYANG),
        (dress.every(ZPHONE, "\u2009"), ZHANG),
        (dress.every(ZID, "、"), ZHANG),
        (dress.every(OPHONE, "\u0336"), OUYANG),
        (dress.every(ZCARD, "\u00a0", 4), ZHANG),
        (dress.every(CHECK_X["id_no"], "–", 6), CHECK_X),
        (dress.swap(ZID, 0xFF10), ZHANG),
        (dress.swap(OPHONE, 0x1D7CE), OUYANG),
        (dress.swap(OID, dress.CHINESE), OUYANG),
        (dress.swap(ZPHONE, dress.LISTED_DIGITS["circled"]), ZHANG),
        (dress.words(OPHONE), OUYANG),
        (ZID[::-1], ZHANG),
    ]
    wrappings: dict[str, dress.Dress] = {
        "json": lambda v: json.dumps({"k": v, "n": 3}),
        "query string": dress.ENCODINGS["query string"],
        "base64": dress.b64,
        "base64 of utf-16": dress.ENCODINGS["base64 of utf-16"],
        "hex": dress.ENCODINGS["hex"],
        "html": lambda v: v.encode("ascii", "xmlcharrefreplace").decode(),
        "token payload": dress.ENCODINGS["token payload"],
    }
    for wrap in wrappings.values():
        for text, person in dressed:
            if wrap(text) != text:
                yield "composed", wrap(text), person


def cases() -> Iterator[Case]:
    """Yield every case, in a fixed order."""
    for part in (
        plain,
        separators,
        unicode,
        encodings,
        hashes,
        structure,
        written_by_programs,
        composed,
        told.bad_masks,
        told.names,
        told.addresses,
        told.dates,
        told.amounts,
        told.of_others,
        told.legacy,
        kinds.cases,
    ):
        yield from part()

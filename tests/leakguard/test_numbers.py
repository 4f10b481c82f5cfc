"""Claims about the detectors of numbers: every dress is seen through, and what merely has digits passes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.leakguard.found import Detector
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.text import scan_text

NUMBER = "519999196001010013"
WITH_X = "50999919600101002X"
OLD = "519999600101001"
PHONE = "10012345678"
CARD = "9999981234567890"
WIDE = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
HAN = str.maketrans("0123456789", "〇一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
ROUND = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")

DRESSES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "lower": str.lower,
    "wide": lambda text: text.translate(WIDE),
    "han": lambda text: text.translate(HAN),
    "formal": lambda text: text.translate(FORMAL),
    "arabic": lambda text: text.translate(ARABIC),
    "round": lambda text: text.translate(ROUND),
    "bold": lambda text: text.translate(BOLD),
    "blanks": " ".join,
    "dashes": "-".join,
    "long dashes": "—".join,
    "dots": ".".join,
    "middle dots": "·".join,
    "stars": "*".join,
    "wide blanks": "\u3000".join,
    "no width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "keycaps": "\ufe0f\u20e3".join,
    "line feeds": "\n".join,
    "fours": lambda text: " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "three parts": lambda text: f"{text[:6]} {text[6:14]} {text[14:]}",
    "beside han": lambda text: f"号码{text}的人",
    "beside letters": lambda text: f"ID{text}",
    "wide and parted": lambda text: "－".join(text.translate(WIDE)),
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(
    ("expected", "number"),
    [
        (Detector.IDENTITY_NUMBER, NUMBER),
        (Detector.IDENTITY_NUMBER, WITH_X),
        (Detector.IDENTITY_NUMBER, OLD),
        (Detector.MOBILE_PHONE, PHONE),
        (Detector.BANK_CARD, CARD),
    ],
)
def test_a_number_is_found_in_every_dress(expected: Detector, number: str, dress: str) -> None:
    """Other digits, separators and neighbours hide no number."""
    assert expected in find_numbers(DRESSES[dress](number))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("identity_number", "519999196001010010"),  # a wrong check digit
        ("identity_number", "510213196001010010"),  # an abolished region
        ("identity_number", "999999196001010010"),  # a region that never was
        ("identity_number", "0519999196001010013"),  # one digit more
        ("identity_number", "519999196002300013"),  # 30 February: the form is enough
        ("mobile_phone", "+8610012345678"),
        ("mobile_phone", "+86 100 1234 5678"),
        ("mobile_phone", "008610012345678"),
        ("mobile_phone", "010012345678"),
        ("mobile_phone", "tel:10012345678"),
        ("mobile_phone", "电话10012345678联系"),
        ("mobile_phone", "13900000000"),
        ("bank_card", "6200 0000 0000 0000"),
        ("bank_card", "账号 120000000000"),
        ("bank_card", "account no: 9999 9999 9999 9999 99999"),
        ("bank_card", "6299999999999999"),  # a wrong check digit: many cards in use have one
        ("bank_card", "6299999999999999999"),
        ("bank_card", "4111 1111 1111 1111"),
        ("mobile_phone", "10012345678 10012345679"),
        ("credit_code", "91350100M000100Y43"),
        ("credit_code", "统一社会信用代码:91350100m000100y43。"),
    ],
)
def test_what_looks_like_a_number_counts_as_one(expected: str, text: str) -> None:
    """Neither a region nor a check digit is needed, nor an end where one would expect it."""
    assert expected in find_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "510104",
        "2026-11-24",
        "2026-01-01至2027-12-31",
        "2026-01-01 - 2027-12-31",
        "2026.01.01-2027.12.31",
        "2026/1/1 2027/1/1",
        "2026-11-24 10:30:00",
        "09:00-12:00，14:00-17:30",
        "周一至周五 09:00-17:00，周六 10:00-16:00",
        "202611240001",
        "20261124103000",
        "YW-20261124-000123",
        "5****X",
        "T1****78",
        "****7890",
        "obpjbomhfggmeniopegicijhhdmejkii",
        "99999.99",
        "50000-100000",
        "023-12333",
        "医院 028-8612 3456",
        "10.173.142.198:21592",
        "10.44.147.236:24730",
        "192.168.100.200/24",
        "咨询电话 0838-2345678",
        "95566",
        "一号楼二单元三层",
        "第一百二十三条",
        "1234567890",
        "20012345678",
        "120000000000",
        "999999999999999999999",
        "4200001234202511240123456789",
        "510104202611240001",
        "BX51010420261124000123",
        "1785432109876543210",
        "4111 1111 1111 1112",
        "91350100M000100Y44",
    ],
)
def test_what_merely_has_digits_passes(text: str) -> None:
    """Dates, hours, serial numbers, masks, tokens, amounts and offices' landlines are not numbers of persons."""
    assert frozenset() == find_numbers(text)


@given(st.text("0123456789０９①一xX -.·:→♥()[]@，\u200b\n\x1fabEH张转座机", max_size=60))
def test_the_quick_look_never_misses_what_the_long_one_finds(text: str) -> None:
    """A text in which a number is found is suspicious, also between others."""
    if find_numbers(text):
        assert suspicious(text)
        assert suspicious(f"张三\x1f{text}\x1f510104")


@pytest.mark.parametrize(
    "text",
    [
        "request 01980000-0000-7000-8000-000000000001 answered",
        "digest " + "0123456789abcdef" * 4,
        "at_us=1795500000000000 took 12 ms",
        "now 1795500000000",
        "INFO 2026-11-24T10:30:00.123456Z page 3 of 12",
    ],
)
def test_machine_identifiers_are_no_numbers_of_persons(text: str) -> None:
    """UUIDs, digests and counts of time may stand in a log line."""
    assert () == scan_text(text)


@pytest.mark.parametrize("number", [NUMBER, WITH_X, OLD, PHONE, CARD])
@pytest.mark.parametrize("dress", DRESSES)
def test_free_text_is_searched_as_cells_are(number: str, dress: str) -> None:
    """A number beside machine identifiers is found all the same."""
    assert scan_text(f"01980000-0000-7000-8000-000000000001 {DRESSES[dress](number)} 。")


def test_detectors_are_told_by_name_in_order() -> None:
    """The names are sorted, each once."""
    assert ("bank_card", "identity_number", "mobile_phone") == scan_text(f"{PHONE}，{CARD}，{NUMBER}，{WITH_X}")


def test_random_digests_and_identifiers_raise_no_alarm() -> None:
    """Ten thousand UUIDs and digests, not one alarm."""
    random = Random(3)
    for _ in range(10_000):
        digits = f"{random.getrandbits(256):064x}"
        uuid = f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
        assert () == scan_text(f"{uuid} {digits}")


_GAPS = (" ", "-", "/", " - ", "—", "·", "_", " / ", ". ", "-- ", "~")
_BRACKETS = tuple(map(tuple, ("()", "（）", "[]", "【】", "<>", "《》")))
_SIZES = {PHONE: ((3, 4, 4), (4, 3, 4), (3, 3, 5)), NUMBER: ((6, 8, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (6, 8, 3, 1))}


def test_five_hundred_groupings_are_found() -> None:
    """A4: usual groups with any mixture of separators and brackets, with a code or a word before."""
    random, missed = Random(99), []
    for _ in range(500):
        number = random.choice((PHONE, NUMBER))
        text, at = random.choice(("", "+86 ", "(86)", "电话：") if number is PHONE else ("", "证号 ")), 0
        for size in random.choice(_SIZES[number]):
            group = number[at : at + size]
            opening, closing = random.choice(_BRACKETS) if random.random() < 0.25 else ("", "")
            text += (random.choice(_GAPS) if at else "") + opening + group + closing
            at += size
        if not find_numbers(f"{text}{random.choice(('', '。', ' 已核'))}"):
            missed.append(text)
    assert [] == missed

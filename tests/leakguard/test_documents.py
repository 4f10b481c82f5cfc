"""Claims about documents, landlines and mailboxes, whosever they are."""

from __future__ import annotations

from random import Random

import pytest

from gateway.leakguard.documents import documents_in, may_hold_document
from gateway.leakguard.found import Detector
from gateway.leakguard.mailboxes import may_hold_mailbox
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.signs import level, numerals_as_digits

DOCUMENTS = [
    "护照 E12345678",
    "EA1234567",
    "e证 EA 1234567",
    "H1234567801",
    "M12345678",
    "PE1234567",
    "护照号码为 PE1234567",
    "USA510090010101",
    "FRA 5100 900101 01",
    "社会保障号 USA000000E12345678",
    "社保卡号：A12345678",
    "台胞证 12345678",
    "来往大陆通行证号 0987654321",
    "军官证：军字第1234567号",
    "passport no. K1234567A",
    "Card No: B1234567",
    "护照 Ｅ１２３４５６７８",
    "就诊卡号：一二三四五六七八",
]
LANDLINES = ["023-63112345", "(028)8511-2345", "028-8612 3456", "0838-2345678", "+86 28 8511 2345", "宅电:02868123456"]
MAILBOXES = [
    "zhangsan@example.cn",
    "邮箱：zhang.san+1@mail.example.com。",
    "li(at)example.org",
    "li [AT] example [dot] org",
]


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        *((Detector.DOCUMENT_NUMBER, text) for text in DOCUMENTS),
        *((Detector.LANDLINE, text) for text in LANDLINES),
        *((Detector.EMAIL_ADDRESS, text) for text in MAILBOXES),
    ],
)
def test_a_document_a_landline_or_a_mailbox_is_found(detector: Detector, text: str) -> None:
    """A12a: alone and in a sentence; the cheap look lets none of them through."""
    for told in (text, f"备注：{text}；已核。"):
        plain = numerals_as_digits(level(told))
        assert detector in documents_in(plain)
        assert detector in find_numbers(told)
        assert suspicious(told)
        assert detector is not Detector.DOCUMENT_NUMBER or may_hold_document(plain)
        assert detector is not Detector.EMAIL_ADDRESS or may_hold_mailbox(plain)


@pytest.mark.parametrize(
    "text",
    [
        "护照 E1****678",
        "护照有效期至 2030-01-15",
        "通行证 20260115 到期",
        "E20260115",
        "G1234567",
        "T00000019",
        "X12345678",
        "ABC510090010101",
        "USA510090130101",
        "社保卡 1234567 张",
        "社会保障卡 123456",
        "身份证件 3 份",
        "案号（2026）川01民初123号",
        "医保局 023-63112345",
        "服务窗口电话：028-85112345",
        "总机 023-63112345 转 802",
        "028-86000000",
        "023-12333",
        "02363112345",
        "0838 20260115",
        "rsj@cq.gov.cn",
        "service@example.cn",
        "postgresql://chuanyu@db.example/log",
        "spiffe://cq.example/node/gateway-1",
        "a@b",
        "@example.cn",
    ],
)
def test_what_is_none_of_them_passes(text: str) -> None:
    """A12a: days, counts, masks, offices and roles, and serial numbers of another form."""
    assert set() == documents_in(numerals_as_digits(level(text)))


def test_random_serial_numbers_are_no_documents() -> None:
    """A12a: 20,000 serial numbers with a letter or two before them, of letters that no passport has."""
    random = Random(81)
    texts = (
        f"受理号 {random.choice(('YW', 'SL', 'BX', 'K', 'T'))}{random.randrange(10**11):011}" for _ in range(20_000)
    )
    assert not any(Detector.DOCUMENT_NUMBER in find_numbers(text) for text in texts)

"""References are keyed, of one month and one province, and reveal nothing."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries.entry import Entry, EntryInvalid, Phase
from gateway.audit.entries.references import References, epoch_of, normalise, pairs_of, reference_department
from gateway.ground.evidence import RawIdentifier
from tests.samples import NOW_US, NUMBER

ROOT = b"k" * 32
REFERENCES = References(ROOT, "510000")


def at(year: int, month: int, day: int, second: int = 0) -> int:
    """A moment in microseconds."""
    return int(datetime(year, month, day, 0, 0, second, tzinfo=UTC).timestamp()) * 1_000_000


@given(st.text(max_size=200))
def test_a_subject_reference_is_hmac_under_a_key_of_month_and_province(number: str) -> None:
    """Made here with the library's HKDF and HMAC."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"subj2026-11510000").derive(ROOT)
    expected = hmac.new(key, b"subject" + normalise(number).encode(), sha256).digest()[:16]
    assert expected == REFERENCES.subject(RawIdentifier(number), NOW_US)


@pytest.mark.parametrize(
    "written", ["51999919600101003x", " 51999919600101003X ", "５１９９９９１９６００１０１００３Ｘ"]
)
def test_one_number_has_one_reference_however_it_is_written(written: str) -> None:
    """Full-width digits, outer space and a small check character do not hide a person."""
    expected = REFERENCES.subject(RawIdentifier(NUMBER), NOW_US)
    assert expected == REFERENCES.subject(RawIdentifier(written), NOW_US)


def test_references_of_two_months_provinces_or_keys_never_meet() -> None:
    """Each is another function."""
    made = {
        References(root, province).subject(RawIdentifier(NUMBER), time_us)
        for root in (ROOT, b"K" * 32)
        for province in ("510000", "500000")
        for time_us in (at(2026, 11, 1), at(2026, 12, 1))
    }
    assert 8 == len(made)


def test_subject_operator_and_business_are_separate_contexts() -> None:
    """The same text in another role has another reference."""
    made = {
        REFERENCES.subject(RawIdentifier(NUMBER), NOW_US).hex(),
        REFERENCES.operator(NUMBER, "", NOW_US),
        REFERENCES.business(NUMBER, "", NOW_US),
        REFERENCES.operator(NUMBER, "unit", NOW_US),
    }
    assert 4 == len(made)
    assert {32} == {len(text) for text in made}


def test_nobody_has_no_reference() -> None:
    """Where no official acts, none is named."""
    assert "" == REFERENCES.operator("", "", NOW_US)


@pytest.mark.parametrize(
    ("time_us", "expected"),
    [
        (at(2026, 11, 1), "2026-11"),
        (at(2026, 12, 1) - 1, "2026-11"),
        (at(2026, 12, 31, 59), "2026-12"),
        (at(2027, 1, 1), "2027-01"),
        (at(2028, 2, 29), "2028-02"),
    ],
)
def test_an_epoch_is_a_month_in_utc(time_us: int, expected: str) -> None:
    """It turns at the last microsecond, in either direction."""
    assert expected == epoch_of(time_us) == REFERENCES.epoch(time_us)
    assert "2026-11" == REFERENCES.epoch(NOW_US)


def test_many_references_stand_end_to_end_in_order() -> None:
    """16 bytes each."""
    numbers = [RawIdentifier(f"51999919600101{number:04d}") for number in range(3)]
    expected = b"".join(REFERENCES.subject(number, NOW_US) for number in numbers)
    assert expected == REFERENCES.subjects(numbers, NOW_US)
    assert 48 == len(expected)


@pytest.mark.parametrize(("root", "province"), [(b"", "510000"), (b"k" * 31, "510000"), (ROOT, ""), (ROOT, "51")])
def test_a_short_key_or_another_province_form_is_refused(root: bytes, province: str) -> None:
    """Fixed lengths keep the contexts apart."""
    with pytest.raises(ValueError, match="expected"):
        References(root, province)


def named(**fields: str) -> Entry:
    """An entry with some fields."""
    return Entry(Phase.RELEASE, "", fields)


def test_an_entry_s_pairs_name_its_cardholders_its_official_and_its_department() -> None:
    """Each once, sorted bytewise; the department's token has no key."""
    first, second = b"\x02" * 16, b"\x01" * 16
    entry = named(
        subject_tokens=b64encode(first + second + first).decode(),
        operator_ref="ab" * 16,
        consumer_department="cq-health",
    )
    department = sha256(b"chuanyu department\0cq-health").digest()[:16]
    index = (258).to_bytes(8)
    expected = [b"D" + department + index, b"O" + b"\xab" * 16 + index, b"S" + second + index, b"S" + first + index]
    assert expected == pairs_of(entry, 258)
    assert department == reference_department("cq-health")


def test_an_entry_that_names_nobody_has_no_pairs() -> None:
    """Empty fields are nobody."""
    assert [] == pairs_of(named(), 0)
    assert [] == pairs_of(named(subject_tokens="", operator_ref="", consumer_department=""), 0)


def test_references_that_are_not_whole_make_no_pairs() -> None:
    """A part of one would shift all that follow."""
    with pytest.raises(EntryInvalid, match="16 bytes each"):
        pairs_of(named(subject_tokens=b64encode(bytes(33)).decode()), 0)

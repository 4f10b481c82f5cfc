"""Claims about the text that a question brings along: every field alike, what cannot be seen, and its identifiers."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from gateway.ground.evidence import Operator
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.questions import free_texts, repeats_key
from tests.samples import NUMBER, ask

GUARD = LeakGuard(())
DIGITS = NUMBER[:17]
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "purpose": lambda text: {"purpose": text},
    "business_no": lambda text: {"business_no": text},
    "operator.ref": lambda text: {"operator": Operator(text, "window-1")},
    "operator.unit": lambda text: {"operator": Operator("A1", text)},
    "end_user_org": lambda text: {"end_user_org": text},
    "consent_ref": lambda text: {"consent_ref": text},
    "onward_consent_no": lambda text: {"onward_consent_no": text},
    "batch_no": lambda text: {"batch_no": text},
    "emergency_reason": lambda text: {"emergency_reason": text},
}
DRESSES: dict[str, str] = {
    "plain": NUMBER,
    "reversed": NUMBER[::-1],
    "MD5": hashlib.md5(NUMBER.encode(), usedforsecurity=False).hexdigest(),
    "SHA-1": hashlib.sha1(NUMBER.encode(), usedforsecurity=False).hexdigest(),
    "SHA-256": hashlib.sha256(NUMBER.encode()).hexdigest(),
    "base 64": base64.b64encode(NUMBER.encode()).decode(),
    "base 32": base64.b32encode(NUMBER.encode()).decode(),
    "hexadecimal": NUMBER.encode().hex(),
    "shifted": "".join(str((int(sign) + 3) % 10) for sign in DIGITS),
    "in groups": f"{NUMBER[:6]}-{NUMBER[6:14]}.{NUMBER[14:]}",
    "behind a prefix": f"YW-{NUMBER[6:]}",
}
BORN = ("其1960年1月1日生", "出生于60-01-01", "一九六〇年一月一日", "1月1日，1960年", "1 Jan 1960")


def found_in(**changes: Any) -> dict[str, str]:
    """Return what each refused field is told of; empty where the question may go on."""
    try:
        GUARD.inspect_free_text(ask(**changes))
    except Refusal as refusal:
        assert Reason.FREE_TEXT_LEAK is refusal.reason
        assert NUMBER not in f"{refusal}{refusal.violations}"
        return {each.field: each.description for each in refusal.violations}
    return {}


def test_the_fields_are_all_that_are_filled_in_freely() -> None:
    """F6: none is left out."""
    assert list(FIELDS) == list(free_texts(ask()))


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", FIELDS)
def test_a_key_in_any_dress_is_refused_in_every_field(name: str, dress: str) -> None:
    """F6: reversed, hashed or encoded, in the business number as in the purpose."""
    assert [name] == list(found_in(**FIELDS[name](DRESSES[dress])))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("办理\u200b业务", "signs without width"),
        ("办理\u2060", "signs without width"),
        ("办\ufe0f理", "variation selectors"),
        ("办\U000e0101理", "variation selectors"),
        ("\U000e0035\U000e0031", "tag characters"),
        ("办\ue005理", "signs of the private use area"),
        ("办\U000f0001", "signs of the private use area"),
        ("办\u0378", "signs that Unicode does not know"),
        ("\u3164", "signs that show nothing"),
        ("\u2800\u2800", "signs that show nothing"),
        ("核验\u180f身份", "signs that show nothing"),
        ("核验\U00016fe4", "signs that show nothing"),
        ("a\U0001107fb", "signs that show nothing"),
        ("\U0001d159", "signs that show nothing"),
        ("办\u115f理", "signs that show nothing"),
        ("办\ufff0", "signs that show nothing"),
        ("办\U000e0fff", "signs that show nothing"),
        ("核\u2005\u2001\u3000验", "blanks of odd widths in a row"),
        ("核 \u00a0验", "blanks of odd widths in a row"),
        ("核\u0305\u0301\u030a", "heaps of marks on one sign"),
        ("   ", "nothing but blanks"),
        ("\u3000", "nothing but blanks"),
    ],
)
def test_what_cannot_be_seen_is_refused_in_every_field(name: str, text: str, said: str) -> None:
    """F13: zero width, selectors, tags, private use and blanks alone carry what nobody reads."""
    assert {name: f"expected signs that can be seen, found {said}"} == found_in(**FIELDS[name](text))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("pattern", BORN)
def test_the_birth_date_of_a_key_is_refused_in_any_writing(name: str, pattern: str) -> None:
    """The day that a number holds: no digits of the key stand in a row, and the page's guard reads it all the same."""
    assert {name: "expected no personal number or name, found raw_date"} == found_in(**FIELDS[name](pattern))


@pytest.mark.parametrize("text", ["其1960年1月2日生", "60-01-02", "1960年", "1月1日", "1960年1月"])
def test_another_day_or_part_of_one_passes(text: str) -> None:
    """Only the whole day of a key tells something."""
    assert {} == found_in(purpose=text)


@pytest.mark.parametrize(
    "changes",
    [
        {"business_no": "YW-20261124-000123"},
        {"business_no": "202611240000000001"},
        {"business_no": "SL20261124/000123.7"},
        {"business_no": "01980000-0000-7000-8000-000000000001"},
        {"business_no": "a3f1c9e07b5d4d2a9c11e8f0aa55bb66"},
        {"consent_ref": "C-2026-000123"},
        {"operator": Operator("A1024", "hrss-window-3")},
        {"end_user_org": "大足区图书馆"},
    ],
)
def test_serial_numbers_pass(changes: dict[str, Any]) -> None:
    """F6: what these fields are for goes on."""
    assert {} == found_in(**changes)


def test_a_thousand_serial_numbers_pass() -> None:
    """F6: prefixes, days, counts and random identifiers of other systems raise no alarm."""
    random = Random(71)
    for _ in range(1_000):
        day = f"{random.randrange(2024, 2030)}{random.randrange(1, 13):02}{random.randrange(1, 29):02}"
        serial = f"{random.randrange(10**6):06}"
        text = random.choice(
            (f"YW-{day}-{serial}", f"{random.choice(('510100', '500112'))}{day}{serial}", f"SL{day}{serial}")
        )
        assert {} == found_in(business_no=text)


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "identifier",
    [
        f"00-{DIGITS}abcdefabcdefabc-00f067aa0ba902b7-01",
        f"00-4bf92f{DIGITS[:10]}abcdefabcdefabcd-00f067aa0ba902b7-01",
        f"00-4bf92f{DIGITS[:10][::-1]}abcdefabcdefabcd-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{DIGITS[:16]}-01",
        f"{NUMBER[:8]}-{NUMBER[8:12]}-7000-8000-000000000001",
        "01980000-0000-7000-8000-a99991960010",
        "00-519999195803020083abcdefabcdefab-00f067aa0ba902b7-01",
    ],
)
def test_an_identifier_that_holds_a_number_is_known(identifier: str) -> None:
    """F6: ten signs in a row of a key, either way, or a whole number of anybody."""
    assert repeats_key(identifier, ask().keys)


@pytest.mark.parametrize(
    "identifier",
    [TRACE, "01980000-0000-7000-8000-000000000001", f"00-{NUMBER[:9]}{'ab' * 11}c-00f067aa0ba902b7-01", ""],
)
def test_an_identifier_drawn_by_chance_passes(identifier: str) -> None:
    """F6: nine signs are met by chance."""
    assert not repeats_key(identifier, ask().keys)


def test_no_identifier_of_chance_is_taken_for_a_number() -> None:
    """F6: 20,000 random ones beside 20 subjects."""
    random, keys = Random(72), ask(subjects=20).keys
    assert not any(repeats_key(str(uuid.UUID(int=random.getrandbits(128))), keys) for _ in range(20_000))

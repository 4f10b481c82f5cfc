"""What the demo says of an encrypted field: it holds only where the department, and nobody else, could read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.audit.verification.conclusion import Conclusion, Verdict
from gateway.audit.verification.verify import LogVerdict
from gateway.catalogue.loader import load_items
from gateway.cli.ask.open import AnswerOpener
from gateway.cli.demo.declared import DeclaredFound
from gateway.cli.demo.outcomes import DemoOutcome
from gateway.cli.demo.questions import DemoExchange, DemoRefusal
from gateway.cli.demo.report import DemoReport
from gateway.cli.demo.sealed import ANSWER, SealedField, find_sealed, search_files
from gateway.cli.demo.show import show
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind, Label, Outcome
from gateway.masking.context import Context
from gateway.masking.sealed import Opener, encrypt, envelope

ITEM = next(item for item in load_items() if item.code == "CY-FD-04")
SECRET, OTHER = bytes(range(32)), bytes(range(32, 64))
REQUEST = "01980000-0000-7000-8000-000000000001"
ACCOUNT = "9999985100095028222"
HELD: dict[str, object] = {"account_state": "normal", "bank_code": "99801", "bank_account": ACCOUNT}
GOOD = SealedField("bank_account", 160, ACCOUNT, ACCOUNT, ())


def answered(request: str = REQUEST, value: str = ACCOUNT) -> Page:
    """The page of one row that leaves."""
    public = X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
    context = Context(date(2026, 11, 24), range(1), (), envelope(public, ITEM.code, request))
    cells = encrypt("bank_account")((value,), context)
    return Page(1, (Column("bank_code", Kind.STRING, ("99801",)), Column("bank_account", Kind.SEALED, cells)))


def found_in(page: Page, octets: bytes = b"sealed", secret: bytes = SECRET, **held: object) -> SealedField:
    """What the demo finds of the item's one encrypted field."""
    (one,) = find_sealed(ITEM, page, octets, AnswerOpener(Opener(secret), ITEM.code, REQUEST), {**HELD, **held})
    return one


def test_the_department_reads_what_the_platform_holds() -> None:
    """With the length of the cell as it left; JSON tells that it opened, and not the value."""
    one = found_in(answered())
    assert one.holds
    assert GOOD == one
    assert {"field": "bank_account", "octets": 160, "opened": True, "clear": []} == one.json()


@pytest.mark.parametrize(
    "one",
    [
        found_in(answered(), secret=OTHER),
        found_in(answered("01980000-0000-7000-8000-000000000002")),
        found_in(answered(value="9999985100095028223")),
        found_in(answered(), bank_account=None),
        found_in(answered(), octets=b"\x0a\x13" + ACCOUNT.encode()),
        found_in(Page(1, answered().columns[:1])),
        found_in(Page(1, (Column("bank_account", Kind.STRING, (ACCOUNT,)),))),
        found_in(Page(0, (Column("bank_account", Kind.SEALED, ()),))),
    ],
    ids=["key", "request", "value", "not held", "octets", "no column", "not sealed", "no row"],
)
def test_whatever_else_is_found_does_not_hold(one: SealedField) -> None:
    """Another key, request or value; the value in the answer's octets; a column that is absent or not sealed."""
    assert not one.holds


def test_a_file_that_shows_the_value_is_named() -> None:
    """And no other."""
    files = [("sichuan/log.db", b"\0\1"), ("chongqing/node.log", b"paid to " + ACCOUNT.encode())]
    (one,) = search_files((GOOD,), files)
    assert ("chongqing/node.log",) == one.clear
    assert not one.holds
    assert (GOOD,) == search_files((GOOD,), files[:1])


DECLARED = DeclaredFound(Label("情形", "case"), "REASON", "REASON")


def outcomes() -> list[DemoOutcome]:
    """Each outcome of a row, as it had to be."""
    return [DemoOutcome("adult", ITEM, "chongqing", "sichuan", said, said, {}, 0) for said in Outcome]


def demonstrated(*sealed: SealedField, verified: Verdict = Verdict.WITNESSED) -> DemoReport:
    """A demo in which all else went as it must."""
    verdict = LogVerdict("origin", 1, b"r" * 32, 1, 0, (), ())
    proven = Conclusion(verified, 1, 1, ("w",), (), (), ())
    audit = dict.fromkeys(("sichuan", "chongqing"), (verdict, proven))
    left: dict[str, object] = {column.name: column.values[0] for column in answered().columns}
    exchange = DemoExchange(
        ITEM, "chongqing", "sichuan", "", tuple(left), 1, 0, "origin", 1, HELD, {"account_state": True, **left}, sealed
    )
    return DemoReport([exchange], [DemoRefusal("replay", "REASON", "REASON")], outcomes(), [DECLARED], audit, 1.0)


@pytest.mark.parametrize(
    ("good", "sealed"),
    [
        (True, (GOOD,)),
        (False, ()),
        (False, (GOOD, replace(GOOD, clear=(ANSWER,)))),
        (False, (replace(GOOD, read=None),)),
        (False, (replace(GOOD, held=None, read=None),)),
    ],
)
def test_the_demo_holds_only_where_something_was_sealed_and_all_of_it_opened(
    good: bool, sealed: Sequence[SealedField]
) -> None:
    """A demo without an encrypted field shows nothing, so it does not hold either."""
    assert good is demonstrated(*sealed).ok


@pytest.mark.parametrize("verified", [one for one in Verdict if one is not Verdict.WITNESSED])
def test_the_demo_holds_only_where_both_logs_are_witnessed_by_keys_of_the_other_province(verified: Verdict) -> None:
    """Any other verdict is less than it shows."""
    assert not demonstrated(GOOD, verified=verified).ok


@pytest.mark.parametrize(
    ("sealed", "shown"),
    [
        (GOOD, ("160 B", f"✓ {ACCOUNT}", "✓ 无 nowhere")),
        (replace(GOOD, read=None), ("160 B", "✗ —", "✓ 无 nowhere")),
        (replace(GOOD, clear=(ANSWER,)), ("160 B", f"✓ {ACCOUNT}", f"✗ {ANSWER}")),
    ],
)
def test_a_person_sees_the_ciphertexts_length_who_opened_it_and_where_it_stood_in_the_clear(
    sealed: SealedField, shown: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """Beside what the platform holds stands that what left is sealed."""
    monkeypatch.setenv("COLUMNS", "200")
    show(demonstrated(sealed), kept=None)
    told = capsys.readouterr().out
    assert "密文，160 字节 sealed, 160 B" in told
    (line,) = [line for line in told.splitlines() if "CY-FD-04 bank_account" in line]
    assert [] == [text for text in shown if text not in line]


def test_json_holds_no_value_of_the_field() -> None:
    """Neither held nor read."""
    told = json.dumps(demonstrated(GOOD).json())
    assert '"opened": true' in told
    assert ACCOUNT not in told


def test_a_demo_without_one_outcome_or_with_another_did_not_pass() -> None:
    """Each is shown, and as it must be."""
    good = demonstrated(GOOD)
    assert good.ok
    for wrong in (good.outcomes[1:], [*good.outcomes[1:], replace(good.outcomes[0], seen="GRANT_MISSING")]):
        assert not replace(good, outcomes=wrong).ok

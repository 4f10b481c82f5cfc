"""Shapes on two real nodes: what cannot be asked is not asked, what a platform may not say does not leave, what a peer
may not say is not handed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.catalogue.question import QuestionForm
from gateway.ground.evidence import ClearedPage, MaskedPage
from gateway.ground.refusals import Reason, Refusal
from tests.province import Two, plausible

ASKER, PROVIDER = "chongqing", "sichuan"


class Lines:
    """What a node writes of its exchanges."""

    def __init__(self) -> None:
        self.cells: list[str] = []

    def info(self, event: str, **named: Any) -> None:
        """Note which cell a line names."""
        self.cells.append(named["cell"])


@pytest.fixture
def lines(shared_two: Two, monkeypatch: pytest.MonkeyPatch) -> dict[str, Lines]:
    """The lines of both nodes."""
    made = {name: Lines() for name in (ASKER, PROVIDER)}
    for name, one in made.items():
        monkeypatch.setattr(shared_two.nodes[name].node.accounts, "_lines", one)
    return made


def entries(two: Two, name: str, exchange: str) -> list[bytes]:
    """The bytes of one exchange's entries in a province's log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        found = [row[2] for chunk in reader.rows(0, reader.count()) for row in chunk]
    return [one for one in found if exchange.encode() in one]


async def refused(two: Two, **changes: Any) -> tuple[Refusal, str]:
    """Ask Chongqing for Sichuan; return the refusal and the request id."""
    message = two.ask(**changes)
    with pytest.raises(Refusal) as caught:
        await two.query(message)
    return caught.value, message.request_id


@pytest.mark.parametrize(
    ("code", "keys", "cells", "reason", "named"),
    [
        ("CY-ID-02", {}, {"card_no": ["T0000001"]}, Reason.PLATFORM_ANSWER_INVALID, "card_no"),
        ("CY-ID-02", {}, {"card_no": ["T00000\x1b1"]}, Reason.PLATFORM_ANSWER_INVALID, ""),
        ("CY-ID-02", {}, {"card_no": [None]}, Reason.PLATFORM_ANSWER_INVALID, "card_no"),
        ("CY-ID-02", {}, {"region_code": ["5101区"]}, Reason.PLATFORM_ANSWER_INVALID, "region_code"),
        ("CY-ID-02", {}, {"region_code": ["519999"]}, Reason.PLATFORM_ANSWER_INVALID, "region_code"),
        ("CY-ID-02", {}, {"card_form": ["plastic"]}, Reason.PLATFORM_CODE_UNMAPPED, "card_form"),
        (
            *("CY-SS-02", {"transfer_no": "ZY-2026-0001"}, {"insured_months": [987654321]}),
            *(Reason.PLATFORM_ANSWER_INVALID, "insured_months"),
        ),
        (
            *("CY-SS-02", {"transfer_no": "ZY-2026-0001"}, {"transfer_amount": ["1.234"]}),
            *(Reason.PLATFORM_ANSWER_INVALID, "transfer_amount"),
        ),
    ],
)
async def test_a_bad_cell_is_named_in_the_log_line_of_the_province_that_holds_it_and_nowhere_else(
    shared_two: Two,
    lines: dict[str, Lines],
    code: str,
    keys: dict[str, str],
    cells: dict[str, list[Any]],
    reason: Reason,
    named: str,
) -> None:
    """The refusal that leaves tells neither row nor value; no entry does."""
    shared_two.platforms[PROVIDER].answer = lambda asked: [{**plausible(asked)[0], **cells}]
    found, exchange = await refused(shared_two, code=code, keys=keys)
    (value,) = next(iter(cells.values()))
    assert reason == found.reason
    assert (f"field {named}, row 0" if named else "") == lines[PROVIDER].cells[-1]
    assert "" == lines[ASKER].cells[-1]
    for told in (str(found), *map(bytes.decode, entries(shared_two, PROVIDER, exchange))):
        assert "row 0" not in told
        assert value is None or str(value) not in told


@pytest.mark.parametrize("value", ["养老保险", "pension", "310", "110 "])
async def test_a_code_that_the_item_does_not_take_stays_on_the_askers_side(shared_two: Two, value: str) -> None:
    """Neither the peer nor a platform hears of it; the codes come with their names."""
    found, exchange = await refused(shared_two, code="CY-SS-03", keys={"insurance_type": value})
    assert Reason.KEY_CODE_UNKNOWN == found.reason
    assert "企业职工基本养老保险 / basic pension of enterprise employees" == found.violations[0].description
    assert [] == shared_two.platforms[PROVIDER].asked
    assert [] == entries(shared_two, PROVIDER, exchange)
    assert value not in str(found)


async def test_the_province_that_holds_the_data_judges_the_code_by_itself(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the asker's gateway let pass; its platform is not asked, and no intent is written."""

    class Lenient(QuestionForm):
        """Judges no key."""

        def require_keys(self, keys: Any, today: Any) -> None:
            """Pass."""

    catalogue: Any = shared_two.nodes[ASKER].node.in_force.rooms.catalogue
    key = next(key for key in catalogue.items if key[0] == "CY-SS-03")
    entry = catalogue._entries[key]
    monkeypatch.setitem(catalogue._entries, key, replace(entry, form=Lenient(entry.item)))
    found, exchange = await refused(shared_two, code="CY-SS-03", keys={"insurance_type": "养老保险"})
    assert Reason.KEY_CODE_UNKNOWN == found.reason
    assert [] == shared_two.platforms[PROVIDER].asked
    assert not any(b'"intent"' in one for one in entries(shared_two, PROVIDER, exchange))
    assert any(b"KEY_CODE_UNKNOWN" in one for one in entries(shared_two, PROVIDER, exchange))


async def test_a_peer_that_masks_nothing_is_refused_and_recorded(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch, lines: dict[str, Lines]
) -> None:
    """Its page is proven by its log, and yet it is nothing that the item lets out."""
    in_force = shared_two.nodes[PROVIDER].node.in_force

    class Masking:
        """Copies the raw page."""

        manifest = in_force.rooms.masking.manifest

        def mask(self, arrival: Any, grant: Any, raw: Any) -> MaskedPage:
            """Mask nothing."""
            return MaskedPage(raw.page, raw.number, raw.last, profile)

    class Blind:
        """Looks at nothing."""

        def admit(self, grant: Any) -> None:
            """Pass."""

        def inspect_free_text(self, ask: Any) -> None:
            """Pass."""

        def inspect(self, arrival: Any, grant: Any, raw: Any, masked: MaskedPage) -> ClearedPage:
            """Pass."""
            return ClearedPage(masked.page, masked.number, masked.last, masked.profile)

    await shared_two.query(shared_two.ask())
    profile = "ab" * 32
    monkeypatch.setattr(shared_two.nodes[PROVIDER].node.in_force.rooms.journal, "declare", lambda *given: None)
    rooms: Any = in_force.rooms
    monkeypatch.setattr(in_force, "rooms", replace(rooms, masking=Masking(), leakguard=Blind()))
    found, exchange = await refused(shared_two)
    assert Reason.PEER_ANSWER_INVALID == found.reason
    assert any(b"PEER_ANSWER_INVALID" in one for one in entries(shared_two, ASKER, exchange))
    assert "" == lines[ASKER].cells[-1]
    assert "card_no" not in str(found)

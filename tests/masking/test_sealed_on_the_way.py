"""Claims about an encrypted field on its way: plan, guard, wire and record, to the department."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.border.messages import read_page, write_page
from gateway.border.validation import violations
from gateway.cli.ask.open import AnswerOpener
from gateway.ground.evidence import ClearedPage, Page
from gateway.ground.item import Item, Kind, Level
from gateway.leakguard.guards import LeakGuard
from gateway.masking.faults import PlanError
from gateway.masking.plans import Masking, Order
from gateway.masking.sealed import Opener, key_id_of
from gateway.wire.v1 import page_pb2
from tests.masking.pages import ROOT, TODAY, grant_of, keys_of, raw_page, rows_of
from tests.samples import arrival, ask, field, item

PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
SEALED: Item = item(
    field("person_ref", Kind.STRING, Level.PSEUDONYM),
    field("phone", Kind.STRING, Level.ENCRYPT),
    field("valid_to", Kind.DATE, Level.ENCRYPT),
    field("months", Kind.INTEGER, Level.ENCRYPT),
    field("fee", Kind.DECIMAL, Level.ENCRYPT),
    max_rows=500,
)


def _order(key: bytes = PUBLIC) -> Order:
    return Order(SEALED, "d" * 64, "500000/cq-hrss", ("counter-check",), tuple(f.name for f in SEALED.fields), key)


def _cleared(first: int = 0) -> tuple[ClearedPage, Page]:

    rows = rows_of(Random(7), 40)
    raw = replace(raw_page(rows, SEALED.fields), first=first)
    keys = rows_of(Random(8), first)
    question = arrival(ask(keys=keys_of(keys + rows)))
    grant = grant_of(SEALED)
    masked = Masking(ROOT, [_order()], TODAY).mask(question, grant, raw)
    return LeakGuard([SEALED]).inspect(question, grant, raw, masked), raw.page


@pytest.mark.parametrize("first", [0, 500])
def test_the_department_reads_what_the_platform_held_and_the_wire_does_not(first: int) -> None:
    """Masked, cleared, written, validated and read: only the private key gives the values back, on any page."""
    cleared, raw = _cleared(first)
    message = page_pb2.Page()
    write_page(cleared.page, message)
    octets = message.SerializeToString()
    assert () == violations(message)
    arrived = read_page(page_pb2.Page.FromString(octets))
    assert cleared.page == arrived
    for name in ("phone", "valid_to", "months", "fee"):
        assert Kind.SEALED is arrived.column(name).kind
        assert not [v for v in raw.column(name).values if type(v) is str and len(v) > 3 and v.encode() in octets]
    opening = AnswerOpener(Opener(bytes(range(32))), SEALED.code, arrival().ask.request_id)
    opened = opening.open_page(arrived, first)
    for name in ("phone", "valid_to", "months", "fee"):
        assert raw.column(name).values == opened.column(name).values


def test_the_profile_names_the_key_and_never_the_key_itself() -> None:
    """The manifest holds the public key's identifier; another key is another profile."""
    (plan,) = Masking(ROOT, [_order()], TODAY).plans.values()
    (other,) = Masking(ROOT, [_order(PRIVATE.public_key().public_bytes_raw()[::-1])], TODAY).plans.values()
    assert key_id_of(PUBLIC).encode() in plan.manifest
    assert plan.profile != other.profile


def test_without_a_sealing_key_there_is_no_plan() -> None:
    """A grant that names no key cannot be served; nor can one recipient have two."""
    with pytest.raises(PlanError, match="expected the consuming department's sealing key, found none"):
        Masking(ROOT, [_order(b"")], TODAY)
    with pytest.raises(PlanError, match="expected one sealing key of 500000/cq-hrss, found several"):
        Masking(ROOT, [_order(), _order(bytes(range(32)))], TODAY)

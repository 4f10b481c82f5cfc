"""What consents and emergencies refuse in the demo: a word, another person's consent, one withdrawn, no reason."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.cli.demo.declared import DeclaredCase
from gateway.cli.demo.parties import find_consumer
from gateway.cli.demo.questions import DEADLINE, open_channel
from gateway.cli.demo.world import DemoProvince
from gateway.ground.clock import china_day
from gateway.ground.evidence import LawfulBasis
from gateway.ground.identity_numbers import person_of
from gateway.ground.item import Item, Label
from gateway.ground.refusals import Reason
from gateway.wire.v1 import consent_pb2, consent_pb2_grpc
from keys.consent import NONCE_BYTES, ConsentRecord, PersonReference, sign

ITEM: Final = "CY-TR-01"
OTHER: Final = "519999197802021219"
"""The number of a synthetic person, about whom nothing is asked."""
_BY: Final = {"lawful_basis": LawfulBasis.CONSENT}
CASES: Final[tuple[DeclaredCase, ...]] = (
    DeclaredCase(
        Label("以一个字母冒充同意编号", "a letter in place of the number of a consent"),
        Reason.CONSENT_UNKNOWN, ITEM, {**_BY, "consent_ref": "x"},
    ),
    DeclaredCase(
        Label("以他人的同意查询", "the consent of another person"),
        Reason.CONSENT_NOT_COVERING, ITEM, {**_BY, "consent_ref": "TY-B"},
    ),
    DeclaredCase(
        Label("据已撤回的同意查询", "a consent that was withdrawn"),
        Reason.CONSENT_WITHDRAWN, ITEM, {**_BY, "consent_ref": "TY-W"},
    ),
    DeclaredCase(
        Label("紧急情况未填事由", "an emergency without a reason"),
        Reason.EMERGENCY_REASON_MISSING, "CY-HE-01", {"lawful_basis": LawfulBasis.EMERGENCY},
    ),
)  # fmt: skip


async def register_consents(
    world: Mapping[str, DemoProvince], items: Mapping[str, Item], key_rows: Mapping[str, Mapping[str, str]]
) -> None:
    """Register Chongqing's consents for the cases: that of another person, and one of the person that is withdrawn."""
    asker, item = world["chongqing"], items[ITEM]
    number = key_rows[ITEM]["social_security_no"]
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = consent_pb2_grpc.ConsentsStub(opened)
        for register_no, person in (("TY-B", OTHER), ("TY-W", number)):
            await stub.Register(_make(asker, world["sichuan"], item, register_no, person), timeout=DEADLINE)
        department = find_consumer(item, asker.code)
        await stub.Withdraw(consent_pb2.WithdrawRequest(department=department, number="TY-W"), timeout=DEADLINE)


def _make(
    asker: DemoProvince, provider: DemoProvince, item: Item, register_no: str, number: str
) -> consent_pb2.RegisterRequest:
    nonce, today = os.urandom(NONCE_BYTES), china_day(time.time_ns() // 1000)
    record = ConsentRecord(
        number=register_no,
        person=PersonReference(nonce).refer(person_of(number)),
        province=asker.code,
        department=find_consumer(item, asker.code),
        end_user_org="",
        provider_province=provider.code,
        items=((item.code, tuple(field.name for field in item.fields)),),
        given_on=today,
        until=today + timedelta(days=90),
        separate=True,
        guardian=False,
    )
    key: Any = load_pem_private_key(asker.portal.key_pem, None)
    signed = sign(record, asker.portal.certificate_pem.decode(), key)
    return consent_pb2.RegisterRequest(consent=signed.octets(), nonce=nonce)

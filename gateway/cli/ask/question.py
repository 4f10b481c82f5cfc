"""Makes the message of one question from the options of `chuanyu ask`."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.cli.screen import Problem
from gateway.ground.evidence import Channel, LawfulBasis, Page
from gateway.ground.item import Item, Key, Label

if TYPE_CHECKING:
    from gateway.wire.v1 import ask_pb2


@dataclass(frozen=True, slots=True)
class AskDetails:
    """The question and its grounds without the keys, in the words of the options."""

    item_code: str
    item_version: int
    provider_province: str
    department: str
    region: str
    scene: str
    use_basis: str
    purpose: str
    business_no: str
    channel: Channel
    operator: str
    unit: str
    end_user_org: str
    lawful_basis: LawfulBasis
    consent_ref: str
    emergency_reason: str
    fields: tuple[str, ...]
    purpose_code: str
    onward_consent_no: str = ""
    batch_no: str = ""


def find_item(code: str, version: int) -> Item | None:
    """Return the item as this installation ships it; None when it ships no such item (the gateway may know it)."""
    from gateway.catalogue.loader import load_items

    for item in load_items():
        if item.code == code and version in (0, item.version):
            return item
    return None


def list_keys(item: Item | None) -> dict[str, Key]:
    """Return an item's keys by name."""
    return {} if item is None else {key.name: key for key in item.keys}


def require_fields(item: Item | None, fields: tuple[str, ...]) -> None:
    """Require that a question names its fields: nobody is given a whole record because nothing was named.

    Raises:
        Problem: no field is named.
    """
    if fields:
        return
    from gateway.cli.items.wording import label_columns

    names = Label("…", "…") if item is None else label_columns((field.name for field in item.fields), item.fields)
    raise Problem(
        Label("没有 --field", "no --field"),
        Label(f"所需数据项：{names.zh}", f"the fields that are needed, of: {names.en}"),
        Label("逐项写明 --field", "name each field that the business needs with --field"),
        exit_code=2,
    )


def make_request_id(now_ms: int, entropy: bytes) -> str:
    """Return a UUID version 7 (RFC 9562 section 5.7) from milliseconds since 1970 and 10 random bytes."""
    octets = bytearray(now_ms.to_bytes(6, "big") + entropy)
    octets[6] = 0x70 | octets[6] & 0x0F
    octets[8] = 0x80 | octets[8] & 0x3F
    text = octets.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def build_ask(details: AskDetails, keys: Page, *, now_us: int, entropy: bytes) -> ask_pb2.Ask:
    """Return the question as it goes to the gateway, with a new request id."""
    from gateway.border.messages import write_page
    from gateway.wire.v1 import ask_pb2

    message = ask_pb2.Ask(
        request_id=make_request_id(now_us // 1000, entropy),
        asked_at_us=now_us,
        provider_province=details.provider_province,
        item_code=details.item_code,
        item_version=details.item_version,
        consumer_department=details.department,
        consumer_region=details.region,
        scene=details.scene,
        use_basis=details.use_basis,
        purpose=details.purpose,
        business_no=details.business_no,
        channel=f"CHANNEL_{details.channel.name}",
        end_user_org=details.end_user_org,
        lawful_basis=f"LAWFUL_BASIS_{details.lawful_basis.name}",
        consent_ref=details.consent_ref,
        emergency_reason=details.emergency_reason,
        fields=details.fields,
        purpose_code=details.purpose_code,
        onward_consent_no=details.onward_consent_no,
        batch_no=details.batch_no,
    )
    if details.operator or details.unit:
        message.operator.ref = details.operator
        message.operator.unit = details.unit
    write_page(keys, message.keys)
    return message


def make_ask(details: AskDetails, keys: Page) -> ask_pb2.Ask:
    """Return the question of this moment."""
    return build_ask(details, keys, now_us=time.time_ns() // 1000, entropy=os.urandom(10))

"""The contract, held by its own descriptors."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.wire.v1 import (
    ask_pb2,
    exchange_pb2,
    ledger_pb2,
    page_pb2,
    peer_pb2,
    platform_pb2,
    rules_pb2,
    steward_pb2,
)

FILES = (ask_pb2, exchange_pb2, ledger_pb2, page_pb2, peer_pb2, platform_pb2, rules_pb2, steward_pb2)
MESSAGES: list[Descriptor] = [m for file in FILES for m in file.DESCRIPTOR.message_types_by_name.values()]
FIELDS: list[FieldDescriptor] = [field for message in MESSAGES for field in message.fields]


def rule_of(field: FieldDescriptor) -> Any:
    """The class and the bounds of a field."""
    extension: Any = rules_pb2.rule
    return field.GetOptions().Extensions[extension]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.full_name)
def test_every_field_says_which_class_of_data_it_carries(field: FieldDescriptor) -> None:
    """A reviewer can read from the contract where personal data may stand."""
    assert rules_pb2.DATA_CLASS_UNSPECIFIED != getattr(rule_of(field), "class")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.full_name)
def test_every_string_and_list_is_bounded_where_a_request_holds_it(field: FieldDescriptor) -> None:
    """Nothing that comes in can grow without limit."""
    rule = rule_of(field)
    message: Any = field.containing_type
    incoming = message.file.name.rsplit("/", 1)[1] in {"ask.proto", "page.proto", "peer.proto"}
    if not incoming:
        return
    if field.type == FieldDescriptor.TYPE_STRING:
        assert rule.max_len or rule.pattern
    if field.type == FieldDescriptor.TYPE_BYTES:
        assert rule.max_len or rule.len
    if field.is_repeated:
        assert rule.max_items


def test_no_field_can_hold_anything_at_all() -> None:
    """No Any and no map: the contract names all that it carries."""
    assert [] == [f.full_name for f in FIELDS if f.message_type is not None and f.message_type.GetOptions().map_entry]
    assert [] == [
        f.full_name for f in FIELDS if f.message_type is not None and f.message_type.full_name == "google.protobuf.Any"
    ]

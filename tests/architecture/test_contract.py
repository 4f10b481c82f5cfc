"""The contract, held by its own descriptors."""

from __future__ import annotations

from typing import Any

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


def file_of(field: FieldDescriptor) -> str:
    """The name of the file in which a field is declared."""
    message: Any = field.containing_type
    return str(message.file.name.rsplit("/", 1)[1])


def rule_of(field: FieldDescriptor) -> Any:
    """The class and the bounds of a field."""
    extension: Any = rules_pb2.rule
    return field.GetOptions().Extensions[extension]


def test_every_field_says_which_class_of_data_it_carries() -> None:
    """A reviewer can read from the contract where personal data may stand."""
    assert 100 < len(FIELDS)
    assert [] == [
        field.full_name for field in FIELDS if rules_pb2.DATA_CLASS_UNSPECIFIED == getattr(rule_of(field), "class")
    ]


def is_bounded(field: FieldDescriptor) -> bool:
    """Whether a field has the bounds that its type needs."""
    rule = rule_of(field)
    text = field.type != FieldDescriptor.TYPE_STRING or rule.max_len or rule.pattern
    octets = field.type != FieldDescriptor.TYPE_BYTES or rule.max_len or rule.len
    return bool(text and octets and (rule.max_items or not field.is_repeated))


def test_every_string_and_list_is_bounded_where_a_request_holds_it() -> None:
    """Nothing that comes in can grow without limit."""
    incoming = [field for field in FIELDS if file_of(field) in {"ask.proto", "page.proto", "peer.proto"}]
    assert 50 < len(incoming)
    assert [] == [field.full_name for field in incoming if not is_bounded(field)]


def test_no_field_can_hold_anything_at_all() -> None:
    """No Any and no map: the contract names all that it carries."""
    assert [] == [f.full_name for f in FIELDS if f.message_type is not None and f.message_type.GetOptions().map_entry]
    assert [] == [
        f.full_name for f in FIELDS if f.message_type is not None and f.message_type.full_name == "google.protobuf.Any"
    ]

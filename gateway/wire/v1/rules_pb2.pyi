from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class DataClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_CLASS_UNSPECIFIED: _ClassVar[DataClass]
    DATA_CLASS_TECHNICAL: _ClassVar[DataClass]
    DATA_CLASS_OFFICIAL: _ClassVar[DataClass]
    DATA_CLASS_OPERATOR: _ClassVar[DataClass]
    DATA_CLASS_FREE_TEXT: _ClassVar[DataClass]
    DATA_CLASS_RECORD: _ClassVar[DataClass]
DATA_CLASS_UNSPECIFIED: DataClass
DATA_CLASS_TECHNICAL: DataClass
DATA_CLASS_OFFICIAL: DataClass
DATA_CLASS_OPERATOR: DataClass
DATA_CLASS_FREE_TEXT: DataClass
DATA_CLASS_RECORD: DataClass
RULE_FIELD_NUMBER: _ClassVar[int]
rule: _descriptor.FieldDescriptor

class Rule(_message.Message):
    __slots__ = ("required", "max_len", "pattern", "min", "max", "max_items", "unique", "len")
    CLASS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    MAX_LEN_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    MAX_ITEMS_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_FIELD_NUMBER: _ClassVar[int]
    LEN_FIELD_NUMBER: _ClassVar[int]
    required: bool
    max_len: int
    pattern: str
    min: int
    max: int
    max_items: int
    unique: bool
    len: int
    def __init__(self, required: bool = ..., max_len: _Optional[int] = ..., pattern: _Optional[str] = ..., min: _Optional[int] = ..., max: _Optional[int] = ..., max_items: _Optional[int] = ..., unique: bool = ..., len: _Optional[int] = ..., **kwargs) -> None: ...

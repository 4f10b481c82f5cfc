from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RowOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROW_OUTCOME_UNSPECIFIED: _ClassVar[RowOutcome]
    ROW_OUTCOME_FOUND: _ClassVar[RowOutcome]
    ROW_OUTCOME_NO_MATCH: _ClassVar[RowOutcome]
    ROW_OUTCOME_NOT_HELD: _ClassVar[RowOutcome]
    ROW_OUTCOME_NOT_APPLICABLE: _ClassVar[RowOutcome]
    ROW_OUTCOME_WITHHELD_MINOR: _ClassVar[RowOutcome]
    ROW_OUTCOME_WITHHELD_GATE: _ClassVar[RowOutcome]
    ROW_OUTCOME_LATER: _ClassVar[RowOutcome]

class CellReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CELL_REASON_UNSPECIFIED: _ClassVar[CellReason]
    CELL_REASON_AS_DECLARED: _ClassVar[CellReason]
    CELL_REASON_WITHHELD_MINOR: _ClassVar[CellReason]
    CELL_REASON_WITHHELD_GATE: _ClassVar[CellReason]
    CELL_REASON_NOT_ANSWERED: _ClassVar[CellReason]
ROW_OUTCOME_UNSPECIFIED: RowOutcome
ROW_OUTCOME_FOUND: RowOutcome
ROW_OUTCOME_NO_MATCH: RowOutcome
ROW_OUTCOME_NOT_HELD: RowOutcome
ROW_OUTCOME_NOT_APPLICABLE: RowOutcome
ROW_OUTCOME_WITHHELD_MINOR: RowOutcome
ROW_OUTCOME_WITHHELD_GATE: RowOutcome
ROW_OUTCOME_LATER: RowOutcome
CELL_REASON_UNSPECIFIED: CellReason
CELL_REASON_AS_DECLARED: CellReason
CELL_REASON_WITHHELD_MINOR: CellReason
CELL_REASON_WITHHELD_GATE: CellReason
CELL_REASON_NOT_ANSWERED: CellReason

class Page(_message.Message):
    __slots__ = ("rows", "columns", "outcomes", "later_at_s")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    LATER_AT_S_FIELD_NUMBER: _ClassVar[int]
    rows: int
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    outcomes: _containers.RepeatedScalarFieldContainer[RowOutcome]
    later_at_s: int
    def __init__(self, rows: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., outcomes: _Optional[_Iterable[_Union[RowOutcome, str]]] = ..., later_at_s: _Optional[int] = ...) -> None: ...

class Column(_message.Message):
    __slots__ = ("name", "nulls", "strings", "integers", "booleans", "dates", "decimals", "sealed", "reasons")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NULLS_FIELD_NUMBER: _ClassVar[int]
    STRINGS_FIELD_NUMBER: _ClassVar[int]
    INTEGERS_FIELD_NUMBER: _ClassVar[int]
    BOOLEANS_FIELD_NUMBER: _ClassVar[int]
    DATES_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    nulls: bytes
    strings: Strings
    integers: Integers
    booleans: Booleans
    dates: Dates
    decimals: Decimals
    sealed: Sealed
    reasons: _containers.RepeatedScalarFieldContainer[CellReason]
    def __init__(self, name: _Optional[str] = ..., nulls: _Optional[bytes] = ..., strings: _Optional[_Union[Strings, _Mapping]] = ..., integers: _Optional[_Union[Integers, _Mapping]] = ..., booleans: _Optional[_Union[Booleans, _Mapping]] = ..., dates: _Optional[_Union[Dates, _Mapping]] = ..., decimals: _Optional[_Union[Decimals, _Mapping]] = ..., sealed: _Optional[_Union[Sealed, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[CellReason, str]]] = ...) -> None: ...

class Strings(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class Integers(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, values: _Optional[_Iterable[int]] = ...) -> None: ...

class Booleans(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, values: _Optional[_Iterable[bool]] = ...) -> None: ...

class Dates(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, values: _Optional[_Iterable[int]] = ...) -> None: ...

class Decimals(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class Sealed(_message.Message):
    __slots__ = ("values", "head")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[bytes]
    head: bytes
    def __init__(self, values: _Optional[_Iterable[bytes]] = ..., head: _Optional[bytes] = ...) -> None: ...

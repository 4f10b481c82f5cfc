from gateway.wire.v1 import ask_pb2 as _ask_pb2
from gateway.wire.v1 import page_pb2 as _page_pb2
from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QueryRequest(_message.Message):
    __slots__ = ("ask",)
    ASK_FIELD_NUMBER: _ClassVar[int]
    ask: _ask_pb2.Ask
    def __init__(self, ask: _Optional[_Union[_ask_pb2.Ask, _Mapping]] = ...) -> None: ...

class QueryResponse(_message.Message):
    __slots__ = ("page", "receipt", "salt", "own_receipt")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    OWN_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    page: _page_pb2.Page
    receipt: _ask_pb2.Receipt
    salt: bytes
    own_receipt: _ask_pb2.Receipt
    def __init__(self, page: _Optional[_Union[_page_pb2.Page, _Mapping]] = ..., receipt: _Optional[_Union[_ask_pb2.Receipt, _Mapping]] = ..., salt: _Optional[bytes] = ..., own_receipt: _Optional[_Union[_ask_pb2.Receipt, _Mapping]] = ...) -> None: ...

class StreamRequest(_message.Message):
    __slots__ = ("ask", "page_rows")
    ASK_FIELD_NUMBER: _ClassVar[int]
    PAGE_ROWS_FIELD_NUMBER: _ClassVar[int]
    ask: _ask_pb2.Ask
    page_rows: int
    def __init__(self, ask: _Optional[_Union[_ask_pb2.Ask, _Mapping]] = ..., page_rows: _Optional[int] = ...) -> None: ...

class StreamResponse(_message.Message):
    __slots__ = ("number", "last", "answer")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    number: int
    last: bool
    answer: QueryResponse
    def __init__(self, number: _Optional[int] = ..., last: bool = ..., answer: _Optional[_Union[QueryResponse, _Mapping]] = ...) -> None: ...

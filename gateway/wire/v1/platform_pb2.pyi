from gateway.wire.v1 import page_pb2 as _page_pb2
from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("name", "items")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    name: str
    items: _containers.RepeatedCompositeFieldContainer[ServedItem]
    def __init__(self, name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ServedItem, _Mapping]]] = ...) -> None: ...

class ServedItem(_message.Message):
    __slots__ = ("code", "version", "keys", "fields")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    code: str
    version: int
    keys: _containers.RepeatedCompositeFieldContainer[ServedField]
    fields: _containers.RepeatedCompositeFieldContainer[ServedField]
    def __init__(self, code: _Optional[str] = ..., version: _Optional[int] = ..., keys: _Optional[_Iterable[_Union[ServedField, _Mapping]]] = ..., fields: _Optional[_Iterable[_Union[ServedField, _Mapping]]] = ...) -> None: ...

class ServedField(_message.Message):
    __slots__ = ("name", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class FetchRequest(_message.Message):
    __slots__ = ("item_code", "item_version", "keys", "fields", "page_rows")
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_VERSION_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PAGE_ROWS_FIELD_NUMBER: _ClassVar[int]
    item_code: str
    item_version: int
    keys: _page_pb2.Page
    fields: _containers.RepeatedScalarFieldContainer[str]
    page_rows: int
    def __init__(self, item_code: _Optional[str] = ..., item_version: _Optional[int] = ..., keys: _Optional[_Union[_page_pb2.Page, _Mapping]] = ..., fields: _Optional[_Iterable[str]] = ..., page_rows: _Optional[int] = ...) -> None: ...

class FetchResponse(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: _page_pb2.Page
    def __init__(self, page: _Optional[_Union[_page_pb2.Page, _Mapping]] = ...) -> None: ...

class HealthRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HealthResponse(_message.Message):
    __slots__ = ("serving", "detail")
    SERVING_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    serving: bool
    detail: str
    def __init__(self, serving: bool = ..., detail: _Optional[str] = ...) -> None: ...

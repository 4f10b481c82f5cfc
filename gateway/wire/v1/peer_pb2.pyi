from gateway.wire.v1 import ask_pb2 as _ask_pb2
from gateway.wire.v1 import page_pb2 as _page_pb2
from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinkKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_KIND_UNSPECIFIED: _ClassVar[LinkKind]
    LINK_KIND_INTERACTIVE: _ClassVar[LinkKind]
    LINK_KIND_BULK: _ClassVar[LinkKind]
LINK_KIND_UNSPECIFIED: LinkKind
LINK_KIND_INTERACTIVE: LinkKind
LINK_KIND_BULK: LinkKind

class LinkFrame(_message.Message):
    __slots__ = ("body", "signature")
    BODY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    signature: bytes
    def __init__(self, body: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class FrameBody(_message.Message):
    __slots__ = ("number", "sent_at_us", "opening", "asks", "cancels", "acknowledgements", "answers", "checkpoint", "acknowledged")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    OPENING_FIELD_NUMBER: _ClassVar[int]
    ASKS_FIELD_NUMBER: _ClassVar[int]
    CANCELS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENTS_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    number: int
    sent_at_us: int
    opening: Opening
    asks: _containers.RepeatedCompositeFieldContainer[LinkAsk]
    cancels: _containers.RepeatedScalarFieldContainer[str]
    acknowledgements: _containers.RepeatedCompositeFieldContainer[Acknowledgement]
    answers: _containers.RepeatedCompositeFieldContainer[LinkAnswer]
    checkpoint: bytes
    acknowledged: int
    def __init__(self, number: _Optional[int] = ..., sent_at_us: _Optional[int] = ..., opening: _Optional[_Union[Opening, _Mapping]] = ..., asks: _Optional[_Iterable[_Union[LinkAsk, _Mapping]]] = ..., cancels: _Optional[_Iterable[str]] = ..., acknowledgements: _Optional[_Iterable[_Union[Acknowledgement, _Mapping]]] = ..., answers: _Optional[_Iterable[_Union[LinkAnswer, _Mapping]]] = ..., checkpoint: _Optional[bytes] = ..., acknowledged: _Optional[int] = ...) -> None: ...

class Opening(_message.Message):
    __slots__ = ("link_id", "kind", "node", "max_in_flight")
    LINK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    link_id: bytes
    kind: LinkKind
    node: str
    max_in_flight: int
    def __init__(self, link_id: _Optional[bytes] = ..., kind: _Optional[_Union[LinkKind, str]] = ..., node: _Optional[str] = ..., max_in_flight: _Optional[int] = ...) -> None: ...

class LinkAsk(_message.Message):
    __slots__ = ("ask", "application", "deadline_ms", "traceparent", "repeated_ask", "page_rows", "salt")
    ASK_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    REPEATED_ASK_FIELD_NUMBER: _ClassVar[int]
    PAGE_ROWS_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    ask: _ask_pb2.Ask
    application: str
    deadline_ms: int
    traceparent: str
    repeated_ask: bool
    page_rows: int
    salt: bytes
    def __init__(self, ask: _Optional[_Union[_ask_pb2.Ask, _Mapping]] = ..., application: _Optional[str] = ..., deadline_ms: _Optional[int] = ..., traceparent: _Optional[str] = ..., repeated_ask: bool = ..., page_rows: _Optional[int] = ..., salt: _Optional[bytes] = ...) -> None: ...

class LinkAnswer(_message.Message):
    __slots__ = ("request_id", "number", "last", "page", "refusal", "receipt", "salt")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    number: int
    last: bool
    page: _page_pb2.Page
    refusal: _status_pb2.Status
    receipt: _ask_pb2.Receipt
    salt: bytes
    def __init__(self, request_id: _Optional[str] = ..., number: _Optional[int] = ..., last: bool = ..., page: _Optional[_Union[_page_pb2.Page, _Mapping]] = ..., refusal: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., receipt: _Optional[_Union[_ask_pb2.Receipt, _Mapping]] = ..., salt: _Optional[bytes] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("request_id", "number", "origin", "index", "leaf_hash", "reason", "last")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LEAF_HASH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    number: int
    origin: str
    index: int
    leaf_hash: bytes
    reason: str
    last: bool
    def __init__(self, request_id: _Optional[str] = ..., number: _Optional[int] = ..., origin: _Optional[str] = ..., index: _Optional[int] = ..., leaf_hash: _Optional[bytes] = ..., reason: _Optional[str] = ..., last: bool = ...) -> None: ...

class CosignRequest(_message.Message):
    __slots__ = ("body",)
    BODY_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    def __init__(self, body: _Optional[bytes] = ...) -> None: ...

class CosignResponse(_message.Message):
    __slots__ = ("status", "body")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    status: int
    body: bytes
    def __init__(self, status: _Optional[int] = ..., body: _Optional[bytes] = ...) -> None: ...

class TakeConsentRequest(_message.Message):
    __slots__ = ("consent", "nonce", "withdrawn")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    nonce: bytes
    withdrawn: bool
    def __init__(self, consent: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., withdrawn: bool = ...) -> None: ...

class TakeConsentResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

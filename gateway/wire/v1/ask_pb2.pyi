from gateway.wire.v1 import page_pb2 as _page_pb2
from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_ONLINE: _ClassVar[Channel]
    CHANNEL_COUNTER: _ClassVar[Channel]
    CHANNEL_TERMINAL: _ClassVar[Channel]
    CHANNEL_BATCH: _ClassVar[Channel]

class LawfulBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LAWFUL_BASIS_UNSPECIFIED: _ClassVar[LawfulBasis]
    LAWFUL_BASIS_CONSENT: _ClassVar[LawfulBasis]
    LAWFUL_BASIS_STATUTORY_DUTY: _ClassVar[LawfulBasis]
    LAWFUL_BASIS_EMERGENCY: _ClassVar[LawfulBasis]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_ONLINE: Channel
CHANNEL_COUNTER: Channel
CHANNEL_TERMINAL: Channel
CHANNEL_BATCH: Channel
LAWFUL_BASIS_UNSPECIFIED: LawfulBasis
LAWFUL_BASIS_CONSENT: LawfulBasis
LAWFUL_BASIS_STATUTORY_DUTY: LawfulBasis
LAWFUL_BASIS_EMERGENCY: LawfulBasis

class Ask(_message.Message):
    __slots__ = ("request_id", "asked_at_us", "provider_province", "item_code", "item_version", "consumer_department", "consumer_region", "scene", "use_basis", "purpose", "business_no", "channel", "operator", "end_user_org", "lawful_basis", "consent_ref", "keys", "fields", "purpose_code", "onward_consent_no", "batch_no", "emergency_reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_US_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_PROVINCE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONSUMER_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    CONSUMER_REGION_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    USE_BASIS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_NO_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    END_USER_ORG_FIELD_NUMBER: _ClassVar[int]
    LAWFUL_BASIS_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REF_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_CODE_FIELD_NUMBER: _ClassVar[int]
    ONWARD_CONSENT_NO_FIELD_NUMBER: _ClassVar[int]
    BATCH_NO_FIELD_NUMBER: _ClassVar[int]
    EMERGENCY_REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    asked_at_us: int
    provider_province: str
    item_code: str
    item_version: int
    consumer_department: str
    consumer_region: str
    scene: str
    use_basis: str
    purpose: str
    business_no: str
    channel: Channel
    operator: Operator
    end_user_org: str
    lawful_basis: LawfulBasis
    consent_ref: str
    keys: _page_pb2.Page
    fields: _containers.RepeatedScalarFieldContainer[str]
    purpose_code: str
    onward_consent_no: str
    batch_no: str
    emergency_reason: str
    def __init__(self, request_id: _Optional[str] = ..., asked_at_us: _Optional[int] = ..., provider_province: _Optional[str] = ..., item_code: _Optional[str] = ..., item_version: _Optional[int] = ..., consumer_department: _Optional[str] = ..., consumer_region: _Optional[str] = ..., scene: _Optional[str] = ..., use_basis: _Optional[str] = ..., purpose: _Optional[str] = ..., business_no: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., operator: _Optional[_Union[Operator, _Mapping]] = ..., end_user_org: _Optional[str] = ..., lawful_basis: _Optional[_Union[LawfulBasis, str]] = ..., consent_ref: _Optional[str] = ..., keys: _Optional[_Union[_page_pb2.Page, _Mapping]] = ..., fields: _Optional[_Iterable[str]] = ..., purpose_code: _Optional[str] = ..., onward_consent_no: _Optional[str] = ..., batch_no: _Optional[str] = ..., emergency_reason: _Optional[str] = ...) -> None: ...

class Operator(_message.Message):
    __slots__ = ("ref", "unit")
    REF_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    ref: str
    unit: str
    def __init__(self, ref: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("origin", "index", "entry", "path", "checkpoint")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    origin: str
    index: int
    entry: bytes
    path: _containers.RepeatedScalarFieldContainer[bytes]
    checkpoint: bytes
    def __init__(self, origin: _Optional[str] = ..., index: _Optional[int] = ..., entry: _Optional[bytes] = ..., path: _Optional[_Iterable[bytes]] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

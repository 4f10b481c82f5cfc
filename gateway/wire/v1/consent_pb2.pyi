from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisterRequest(_message.Message):
    __slots__ = ("consent", "nonce")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    consent: bytes
    nonce: bytes
    def __init__(self, consent: _Optional[bytes] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class RegisterResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: HeldConsent
    def __init__(self, consent: _Optional[_Union[HeldConsent, _Mapping]] = ...) -> None: ...

class WithdrawRequest(_message.Message):
    __slots__ = ("department", "number")
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    department: str
    number: str
    def __init__(self, department: _Optional[str] = ..., number: _Optional[str] = ...) -> None: ...

class WithdrawResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: HeldConsent
    def __init__(self, consent: _Optional[_Union[HeldConsent, _Mapping]] = ...) -> None: ...

class ListRequest(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: str
    def __init__(self, number: _Optional[str] = ...) -> None: ...

class ListResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: HeldConsent
    def __init__(self, consent: _Optional[_Union[HeldConsent, _Mapping]] = ...) -> None: ...

class HeldConsent(_message.Message):
    __slots__ = ("number", "department", "end_user_org", "provider_province", "items", "given_on", "until", "separate", "guardian", "withdrawn", "told", "digest")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    END_USER_ORG_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_PROVINCE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    GIVEN_ON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    SEPARATE_FIELD_NUMBER: _ClassVar[int]
    GUARDIAN_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    TOLD_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    number: str
    department: str
    end_user_org: str
    provider_province: str
    items: _containers.RepeatedCompositeFieldContainer[ConsentItem]
    given_on: str
    until: str
    separate: bool
    guardian: bool
    withdrawn: bool
    told: bool
    digest: str
    def __init__(self, number: _Optional[str] = ..., department: _Optional[str] = ..., end_user_org: _Optional[str] = ..., provider_province: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ConsentItem, _Mapping]]] = ..., given_on: _Optional[str] = ..., until: _Optional[str] = ..., separate: bool = ..., guardian: bool = ..., withdrawn: bool = ..., told: bool = ..., digest: _Optional[str] = ...) -> None: ...

class ConsentItem(_message.Message):
    __slots__ = ("code", "fields")
    CODE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    code: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

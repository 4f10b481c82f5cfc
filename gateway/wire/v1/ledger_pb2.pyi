from gateway.wire.v1 import ask_pb2 as _ask_pb2
from gateway.wire.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetCheckpointRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint",)
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    checkpoint: bytes
    def __init__(self, checkpoint: _Optional[bytes] = ...) -> None: ...

class GetEntryRequest(_message.Message):
    __slots__ = ("index",)
    INDEX_FIELD_NUMBER: _ClassVar[int]
    index: int
    def __init__(self, index: _Optional[int] = ...) -> None: ...

class GetEntryResponse(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: _ask_pb2.Receipt
    def __init__(self, receipt: _Optional[_Union[_ask_pb2.Receipt, _Mapping]] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("start", "limit")
    START_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    start: int
    limit: int
    def __init__(self, start: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("index", "entry")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    index: int
    entry: bytes
    def __init__(self, index: _Optional[int] = ..., entry: _Optional[bytes] = ...) -> None: ...

class ProveConsistencyRequest(_message.Message):
    __slots__ = ("first_size", "second_size")
    FIRST_SIZE_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIZE_FIELD_NUMBER: _ClassVar[int]
    first_size: int
    second_size: int
    def __init__(self, first_size: _Optional[int] = ..., second_size: _Optional[int] = ...) -> None: ...

class ProveConsistencyResponse(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, path: _Optional[_Iterable[bytes]] = ...) -> None: ...

class SearchRequest(_message.Message):
    __slots__ = ("since_us", "until_us", "request_id", "phase", "department", "item_code", "scene", "use_basis", "result", "reason", "action", "actor", "limit")
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    USE_BASIS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    since_us: int
    until_us: int
    request_id: str
    phase: str
    department: str
    item_code: str
    scene: str
    use_basis: str
    result: str
    reason: str
    action: str
    actor: str
    limit: int
    def __init__(self, since_us: _Optional[int] = ..., until_us: _Optional[int] = ..., request_id: _Optional[str] = ..., phase: _Optional[str] = ..., department: _Optional[str] = ..., item_code: _Optional[str] = ..., scene: _Optional[str] = ..., use_basis: _Optional[str] = ..., result: _Optional[str] = ..., reason: _Optional[str] = ..., action: _Optional[str] = ..., actor: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class SearchResponse(_message.Message):
    __slots__ = ("index", "entry")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    index: int
    entry: bytes
    def __init__(self, index: _Optional[int] = ..., entry: _Optional[bytes] = ...) -> None: ...

class GetSubjectHistoryRequest(_message.Message):
    __slots__ = ("subject_no", "since_month", "until_month", "approval", "challenge", "open_bodies")
    SUBJECT_NO_FIELD_NUMBER: _ClassVar[int]
    SINCE_MONTH_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MONTH_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    OPEN_BODIES_FIELD_NUMBER: _ClassVar[int]
    subject_no: str
    since_month: str
    until_month: str
    approval: bytes
    challenge: bytes
    open_bodies: bool
    def __init__(self, subject_no: _Optional[str] = ..., since_month: _Optional[str] = ..., until_month: _Optional[str] = ..., approval: _Optional[bytes] = ..., challenge: _Optional[bytes] = ..., open_bodies: bool = ...) -> None: ...

class GetSubjectHistoryResponse(_message.Message):
    __slots__ = ("statement", "opened")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    OPENED_FIELD_NUMBER: _ClassVar[int]
    statement: bytes
    opened: OpenedBody
    def __init__(self, statement: _Optional[bytes] = ..., opened: _Optional[_Union[OpenedBody, _Mapping]] = ...) -> None: ...

class OpenedBody(_message.Message):
    __slots__ = ("index", "text", "salt")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    index: int
    text: bytes
    salt: bytes
    def __init__(self, index: _Optional[int] = ..., text: _Optional[bytes] = ..., salt: _Optional[bytes] = ...) -> None: ...

class GetOfficialHistoryRequest(_message.Message):
    __slots__ = ("operator_ref", "operator_unit", "since_month", "until_month", "challenge")
    OPERATOR_REF_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_UNIT_FIELD_NUMBER: _ClassVar[int]
    SINCE_MONTH_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MONTH_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    operator_ref: str
    operator_unit: str
    since_month: str
    until_month: str
    challenge: bytes
    def __init__(self, operator_ref: _Optional[str] = ..., operator_unit: _Optional[str] = ..., since_month: _Optional[str] = ..., until_month: _Optional[str] = ..., challenge: _Optional[bytes] = ...) -> None: ...

class GetOfficialHistoryResponse(_message.Message):
    __slots__ = ("statement",)
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    statement: bytes
    def __init__(self, statement: _Optional[bytes] = ...) -> None: ...

class GetDepartmentHistoryRequest(_message.Message):
    __slots__ = ("department", "since_month", "until_month", "challenge")
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    SINCE_MONTH_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MONTH_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    department: str
    since_month: str
    until_month: str
    challenge: bytes
    def __init__(self, department: _Optional[str] = ..., since_month: _Optional[str] = ..., until_month: _Optional[str] = ..., challenge: _Optional[bytes] = ...) -> None: ...

class GetDepartmentHistoryResponse(_message.Message):
    __slots__ = ("statement",)
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    statement: bytes
    def __init__(self, statement: _Optional[bytes] = ...) -> None: ...

class OpenBodyRequest(_message.Message):
    __slots__ = ("index", "approval")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    index: int
    approval: bytes
    def __init__(self, index: _Optional[int] = ..., approval: _Optional[bytes] = ...) -> None: ...

class OpenBodyResponse(_message.Message):
    __slots__ = ("inputs", "salt")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    inputs: bytes
    salt: bytes
    def __init__(self, inputs: _Optional[bytes] = ..., salt: _Optional[bytes] = ...) -> None: ...

class RecoverPseudonymRequest(_message.Message):
    __slots__ = ("index", "field", "token", "approval")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    index: int
    field: str
    token: str
    approval: bytes
    def __init__(self, index: _Optional[int] = ..., field: _Optional[str] = ..., token: _Optional[str] = ..., approval: _Optional[bytes] = ...) -> None: ...

class RecoverPseudonymResponse(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: str
    def __init__(self, value: _Optional[str] = ...) -> None: ...

class ListEmergenciesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListEmergenciesResponse(_message.Message):
    __slots__ = ("emergencies",)
    EMERGENCIES_FIELD_NUMBER: _ClassVar[int]
    emergencies: _containers.RepeatedCompositeFieldContainer[Emergency]
    def __init__(self, emergencies: _Optional[_Iterable[_Union[Emergency, _Mapping]]] = ...) -> None: ...

class Emergency(_message.Message):
    __slots__ = ("emergency", "item_code", "recipient", "operator_ref", "request_ids", "opened_us", "ends_us", "due_us")
    EMERGENCY_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_REF_FIELD_NUMBER: _ClassVar[int]
    REQUEST_IDS_FIELD_NUMBER: _ClassVar[int]
    OPENED_US_FIELD_NUMBER: _ClassVar[int]
    ENDS_US_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    emergency: str
    item_code: str
    recipient: str
    operator_ref: str
    request_ids: _containers.RepeatedScalarFieldContainer[str]
    opened_us: int
    ends_us: int
    due_us: int
    def __init__(self, emergency: _Optional[str] = ..., item_code: _Optional[str] = ..., recipient: _Optional[str] = ..., operator_ref: _Optional[str] = ..., request_ids: _Optional[_Iterable[str]] = ..., opened_us: _Optional[int] = ..., ends_us: _Optional[int] = ..., due_us: _Optional[int] = ...) -> None: ...

class CloseEmergencyRequest(_message.Message):
    __slots__ = ("emergency", "approval")
    EMERGENCY_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    emergency: str
    approval: bytes
    def __init__(self, emergency: _Optional[str] = ..., approval: _Optional[bytes] = ...) -> None: ...

class CloseEmergencyResponse(_message.Message):
    __slots__ = ("index",)
    INDEX_FIELD_NUMBER: _ClassVar[int]
    index: int
    def __init__(self, index: _Optional[int] = ...) -> None: ...

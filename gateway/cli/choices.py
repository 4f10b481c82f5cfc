"""The closed sets of words that commands take, beside those that the gateway itself has.

Each member has its one official Chinese name in `gateway.cli.names`; what is typed is read by `gateway.cli.codes`.
"""

from __future__ import annotations

from enum import StrEnum


class CertificateHolder(StrEnum):
    """The roles for which a certificate may be asked here; `node init` makes the request of a node."""

    APPLICATION = "application"
    REVIEWER = "reviewer"
    SECURITY = "security"
    ADMINISTRATOR = "administrator"
    ADAPTER = "adapter"


class ExportFormat(StrEnum):
    """The formats in which entries are exported."""

    OCSF = "ocsf"
    SYSLOG = "syslog"


class PlatformKind(StrEnum):
    """The kinds of platform that a node may stand before."""

    SICHUAN = "sichuan"
    CHONGQING = "chongqing"
    REMOTE = "remote"


class LoggedAction(StrEnum):
    """The actions that entries of the audit log name: those of exchanges, and the acts of nodes and of persons."""

    QUERY = "query"
    STREAM = "stream"
    ACKNOWLEDGE = "acknowledge"
    NODE_INIT = "node_init"
    START = "start"
    STOP = "stop"
    RELOAD = "reload"
    DOCUMENTS = "documents"
    MASKING_MANIFEST = "masking_manifest"
    QUARANTINE = "quarantine"
    LIFT_QUARANTINE = "lift_quarantine"
    ACCEPT_BUNDLE = "accept_bundle"
    ACCEPT_REVOCATIONS = "accept_revocations"
    ANNOUNCE_LOG_KEYS = "announce_log_keys"
    ROTATE_LOG_KEYS = "rotate_log_keys"
    RENEW_WITNESS = "renew_witness"
    SEAL_RUN = "seal_run"
    SEAL_MONTH = "seal_month"
    BACKUP = "backup"
    RESTORE = "restore"
    TAKE_UP = "take_up"
    RETAIN = "retain"
    SHRED = "shred"
    WIDEN = "widen"
    ATTEMPT_REFUSED = "attempt_refused"
    READ_STATUS = "read_status"
    READ_CHECKPOINT = "read_checkpoint"
    READ_ENTRY = "read_entry"
    LIST_ENTRIES = "list_entries"
    PROVE_CONSISTENCY = "prove_consistency"
    SEARCH = "search"
    OFFICIAL_HISTORY = "official_history"
    DEPARTMENT_HISTORY = "department_history"
    SUBJECT_HISTORY = "subject_history"
    OPEN_HISTORY = "open_history"
    OPEN_BODY = "open_body"
    RECOVER_PSEUDONYM = "recover_pseudonym"
    REGISTER_CONSENT = "register_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    EMERGENCY_USE = "emergency_use"
    LIST_EMERGENCIES = "list_emergencies"
    CLOSE_EMERGENCY = "close_emergency"

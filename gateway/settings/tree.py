"""The whole tree of settings, read from one TOML file, and where each file of the node is.

Rules: relative paths are relative to the file's directory; nothing is read from the environment. Secrets do not stand
here: the file names where the passphrase is. `docs/reference/config.md` is checked against these tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, model_validator

from gateway.ground.os_errors import describe_os_error
from gateway.settings.faults import REPAIR, SettingsError, broken, explain, unreadable
from gateway.settings.sections import (
    SECTIONS,
    Audit,
    BatchBudgets,
    Budgets,
    Catalogue,
    Keys,
    Limits,
    Listen,
    Node,
    Peer,
    Platform,
    Review,
    Section,
    State,
    Telemetry,
    TimeStamp,
    Trust,
    Witness,
)
from keys.files import read_file
from keys.identity import Identity, Role

MAX_FILE_BYTES: Final = 1 << 20
"""A settings file beyond this size is not one."""


class Settings(Section):
    """The whole tree. A value of this type kept every bound; whether the files that it names exist is not checked."""

    node: Node
    listen: Listen = Field(default_factory=dict, validate_default=True)
    keys: Keys = Field(default_factory=dict, validate_default=True)
    trust: Trust = Field(default_factory=dict, validate_default=True)
    catalogue: Catalogue = Field(default_factory=dict, validate_default=True)
    state: State = Field(default_factory=dict, validate_default=True)
    audit: Audit = Field(default_factory=dict, validate_default=True)
    witness: Witness = Field(default_factory=dict, validate_default=True)
    time_stamp: TimeStamp = Field(default_factory=dict, validate_default=True)
    peers: Annotated[tuple[Peer, ...], Field(strict=False, max_length=33)] = ()
    platform: Platform
    limits: Limits = Field(default_factory=dict, validate_default=True)
    budgets: Budgets = Field(default_factory=dict, validate_default=True)
    batch_budgets: BatchBudgets = Field(default_factory=dict, validate_default=True)
    review: Review = Field(default_factory=dict, validate_default=True)
    telemetry: Telemetry = Field(default_factory=dict, validate_default=True)
    _directory: Path = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Keep the directory to which relative paths belong."""
        self._directory = context["directory"]

    @model_validator(mode="after")
    def _each_province_once(self) -> Self:
        provinces = [self.node.province, *(peer.province for peer in self.peers)]
        for province in provinces:
            if provinces.count(province) > 1:
                raise broken(
                    f"{province} 重复",
                    f"{province} twice",
                    "本方和对方各一次",
                    "each province once, our own included",
                )
        return self

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read a settings file.

        Raises:
            SettingsError: the file cannot be read, is no TOML, or breaks a rule; with every fault at once.
        """
        try:
            octets = read_file(path, MAX_FILE_BYTES)
        except OSError as error:
            why = describe_os_error(error)
            raise SettingsError((unreadable(str(path), why.zh, why.en),)) from error
        return cls.parse(octets, path.resolve().parent, str(path))

    @classmethod
    def parse(cls, octets: bytes, directory: Path, name: str = "node.toml") -> Settings:
        """Read settings from TOML; relative paths belong to `directory`, which is absolute. Faults say `name`.

        Raises:
            SettingsError: as `load`.
        """
        try:
            data = tomllib.loads(octets.decode("utf-8-sig"))  # some editors put a byte order mark first
        except (ValueError, RecursionError) as error:
            fault = unreadable(name, f"不是 TOML{_say_place(error)}", f"no TOML: {error}", REPAIR)
            raise SettingsError((fault,)) from error
        try:
            return cls.model_validate(data, context={"directory": directory, "state": _find_state(data, directory)})
        except ValidationError as error:
            raise SettingsError(
                tuple(explain(details, known_keys(details["loc"][:-1])) for details in error.errors(include_url=False))
            ) from error

    @property
    def directory(self) -> Path:
        """The file's directory, to which an adapter's relative paths belong too."""
        return self._directory

    @property
    def identity(self) -> Identity:
        """The node's own identity, as its certificate must name it."""
        return Identity(self.node.province, Role.NODE, self.node.name)

    @property
    def log_origin(self) -> str:
        """The name of the node's audit log, as in its checkpoints: the identity without its scheme."""
        return self.identity.uri.removeprefix("spiffe://")

    @property
    def gather_seconds(self) -> float:
        """How long a commit or a frame waits for others, in seconds; the file gives milliseconds."""
        return self.audit.gather_ms / 1000

    @property
    def tls_key_path(self) -> Path:
        """The private key of the node's certificate."""
        return self.keys.directory / "tls.key"

    @property
    def tls_request_path(self) -> Path:
        """The certificate signing request."""
        return self.keys.directory / "tls.csr"

    @property
    def tls_certificate_path(self) -> Path:
        """The certificate, as the province's authority issued it."""
        return self.keys.directory / "tls.crt"

    @property
    def signing_key_path(self) -> Path:
        """The key that signs link frames."""
        return self.keys.directory / "signing.key"

    @property
    def signing_vkey_path(self) -> Path:
        """Its public key, as a C2SP verifier key."""
        return self.keys.directory / "signing.vkey"

    @property
    def log_key_path(self) -> Path:
        """The key that signs the audit log's checkpoints."""
        return self.keys.directory / "log.key"

    @property
    def log_second_key_path(self) -> Path:
        """The key of the second signature of stored checkpoints, ML-DSA-44."""
        return self.keys.directory / "log-mldsa.key"

    @property
    def witness_key_path(self) -> Path:
        """The key by which this node cosigns other provinces' checkpoints, Ed25519."""
        return self.keys.directory / "witness.key"

    @property
    def witness_second_key_path(self) -> Path:
        """The second key by which it cosigns, ML-DSA-44."""
        return self.keys.directory / "witness-mldsa.key"

    @property
    def masking_secret_path(self) -> Path:
        """The secret of pseudonyms."""
        return self.keys.directory / "masking.secret"

    @property
    def subjects_secret_path(self) -> Path:
        """The secret of subject references in the audit log."""
        return self.keys.directory / "subjects.secret"

    @property
    def epochs_directory(self) -> Path:
        """The secrets of the months, under which the bodies of audit entries are opened; a node writes them itself."""
        return (self.state.directory / "keys" if self.state.model_fields_set else self.keys.directory) / "epochs"

    @property
    def authority_path(self) -> Path:
        """The certificate of our own province's authority."""
        return self.trust.directory / "authority.crt"

    def bundle_path(self, province: str) -> Path:
        """The trust bundle of a province."""
        return self.trust.directory / f"{province}.bundle"

    def bundle_signature_path(self, province: str) -> Path:
        """The signature of a province's trust bundle."""
        return self.trust.directory / f"{province}.sig"

    def revocation_path(self, province: str) -> Path:
        """The revocation list of a province."""
        return self.trust.directory / f"{province}.crl"

    @property
    def parties_directory(self) -> Path:
        """The node's own roster: which applications act for which departments."""
        return self.catalogue.directory / "parties"

    @property
    def lists_directory(self) -> Path:
        """The signed item lists of all provinces."""
        return self.catalogue.directory / "lists"

    @property
    def grants_directory(self) -> Path:
        """The signed grants."""
        return self.catalogue.directory / "grants"

    @property
    def agreements_directory(self) -> Path:
        """The agreements between places, each signed by both provinces; it need not be there."""
        return self.catalogue.directory / "agreements"

    @property
    def consents_directory(self) -> Path:
        """The consents that departments of this province, or of another that asks it, have registered."""
        return self.audit.directory / "consents"

    @property
    def log_path(self) -> Path:
        """The audit log's database, where `audit.store` is SQLite."""
        return self.audit.directory / "log.db"

    @property
    def archive_directory(self) -> Path:
        """The archives of entries that have left the log."""
        return self.audit.directory / "archive"

    @property
    def requests_directory(self) -> Path:
        """The directory in which commands on this machine put acts for a running node to record."""
        return self.audit.directory / "requests"

    @property
    def waiting_acts_path(self) -> Path:
        """The acts that wait until a witness has confirmed the log."""
        return self.audit.directory / "waiting.jsonl"

    @property
    def log_vkey_path(self) -> Path:
        """The public keys of the audit log, those in force first, then former ones, as C2SP verifier keys."""
        return self.audit.directory / "log.vkey"

    @property
    def witness_path(self) -> Path:
        """The database of what this node has witnessed for other provinces."""
        return self.audit.directory / "witness.db"

    @property
    def witness_vkey_path(self) -> Path:
        """The public keys by which this node cosigns, and those by which it did, as C2SP verifier keys."""
        return self.audit.directory / "witness.vkey"

    @property
    def witnesses_vkey_path(self) -> Path:
        """The public keys of this log's own witnesses, for whoever verifies it on this disk."""
        return self.audit.directory / "witnesses.vkey"

    def named(self, file: str) -> Path | None:
        """Return the path of a file that the settings may name; None where they name none."""
        return self.directory / file if file else None

    @property
    def evidence_directory(self) -> Path:
        """The directory of the evidence of logs that contradict themselves."""
        return self.audit.directory / "evidence"

    @property
    def verified_path(self) -> Path:
        """When the audit log was last verified as a whole, and up to which size."""
        return self.audit.directory / "verified.json"

    @property
    def witness_name(self) -> str:
        """The name under which this node cosigns."""
        return f"{self.node.province}.chuanyu/witness/{self.node.name}"

    @property
    def promised_witnesses(self) -> tuple[str, ...]:
        """The names under which the gateways of the peers cosign this node's log."""
        peers = (Identity.parse(peer.node) for peer in self.peers)
        return tuple(f"{one.province}.chuanyu/witness/{one.name}" for one in peers)


def _find_state(data: dict[str, Any], directory: Path) -> Path:
    """Return the directory of the state as the file has it; one that is no text is a fault of its own, told later."""
    section = data.get("state")
    named = section.get("directory", "") if isinstance(section, dict) else ""
    return directory / named if isinstance(named, str) else directory


def known_keys(path: Iterable[str | int]) -> tuple[str, ...]:
    """Return the keys that the table at `path` knows; indices of lists are skipped."""
    model: type[BaseModel] = Settings
    for step in path:
        if isinstance(step, str):
            model = SECTIONS.get(step, model)
    return tuple(model.model_fields)


def _say_place(error: Exception) -> str:
    """Return where a text is no TOML, in Chinese; the parser's own words are English."""
    place = re.search(r"line ([0-9]+), column ([0-9]+)", str(error))
    return f"，第 {place[1]} 行第 {place[2]} 列有误" if place else "，或不是 UTF-8 文本"

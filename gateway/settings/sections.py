"""The tables of a settings file, each with its keys, defaults and bounds.

Rules: every table is frozen, typed strictly and closed to unknown keys; every number has bounds; no setting turns a
check off.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gateway.settings.faults import broken
from keys.identity import Identity, IdentityError, Role

Option = str | int | float | bool | list[str]
"""The value of an adapter's own setting."""


def _resolve(value: object, info: ValidationInfo, place: str = "directory") -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise broken("不是路径", "no path", "非空的路径", "a path that is not empty")
    context: Mapping[str, Path] = info.context or {}
    return context[place] / value


def _resolve_state(value: object, info: ValidationInfo) -> Path:
    return _resolve(value, info, "state")


def _node_uri(value: str) -> str:
    try:
        identity = Identity.parse(value)
    except IdentityError as error:
        raise broken(value, value, "节点身份 URI", f"the URI of a node: {error}") from error
    if identity.role is not Role.NODE:
        raise broken(f"角色 {identity.role}", f"the role {identity.role}", "角色 node", "the role node")
    return value


MOST_PERSONS: Final = 1_000_000
"""The greatest budget of a day: what a node can count within its memory."""

Location = Annotated[Path, BeforeValidator(_resolve)]
"""A path that belongs to the directory of the settings file, where it is relative."""
StateLocation = Annotated[Path, BeforeValidator(_resolve_state)]
"""A path that belongs to the directory of the state, where it is relative."""
Province = Annotated[str, Field(pattern=r"^[1-9][0-9]0000$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of the file: frozen, typed strictly, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Node(Section):
    """The province and the name of this node."""

    province: Province
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=63)]


class Listen(Section):
    """The addresses on which the node listens."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Port = 7443
    metrics_port: Port = 9464
    witness_port: Port = 7480

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, host: str) -> str:
        """Return an IPv6 address in its one form, without the brackets that a URL needs; all else stands as it is."""
        address = host[1:-1] if host[0] == "[" and host[-1] == "]" else host
        if address == host and not {"[", "]", ":"} & set(host):
            return host
        try:
            return str(IPv6Address(address))
        except ValueError:
            raise broken(
                "不是主机名，也不是 IP 地址", "neither a host name nor an address",
                "主机名或 IP 地址，不带端口，例如 ::1", "a host name or an address without a port, such as ::1",
            ) from None  # fmt: skip

    @model_validator(mode="after")
    def _apart(self) -> Self:
        ports = (self.port, self.metrics_port, self.witness_port)
        for port in ports:
            if ports.count(port) > 1:
                raise broken(f"{port} 重复", f"{port} more than once", "互不相同的端口", "ports that differ")
        return self


class Keys(Section):
    """The files of the node's own keys and its certificate."""

    directory: Location = Field(default=Path("keys"), validate_default=True)
    passphrase_file: Location = Field(default=Path("keys/passphrase"), validate_default=True)


class Trust(Section):
    """The directory of all provinces' authorities, trust bundles and revocation lists."""

    directory: Location = Field(default=Path("trust"), validate_default=True)


class Catalogue(Section):
    """The directory of parties, item lists and grants."""

    directory: Location = Field(default=Path("catalogue"), validate_default=True)


class State(Section):
    """The directory of what a running node writes: its log, the months' secrets, what is out of service."""

    directory: Location = Field(default=Path(), validate_default=True)


class Audit(Section):
    """The audit log."""

    directory: StateLocation = Field(default=Path("audit"), validate_default=True)
    store: Literal["sqlite", "postgresql"] = "sqlite"
    dsn_file: StateLocation = Field(default=Path("audit/dsn"), validate_default=True)
    database_schema: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "chuanyu_audit"
    gather_ms: float = Field(default=1.0, ge=0, le=20)
    max_batch: int = Field(default=256, ge=1, le=256)
    max_commit_bytes: int = Field(default=4 << 20, ge=64 << 10, le=32 << 20)
    checkpoint_seconds: float = Field(default=1.0, ge=0.1, le=60)
    retention_years: int = Field(default=3, ge=3, le=100)
    verify_days: float = Field(default=7, ge=1, le=90)
    scrub_hours: float = Field(default=6, ge=0.1, le=168)
    scrub_rate: int = Field(default=5000, ge=100, le=100_000)


class Witness(Section):
    """The witnesses of this node's audit log, and for how long entries may wait for them."""

    policy_file: Annotated[str, Field(max_length=4096)] = ""
    authorities_file: Annotated[str, Field(max_length=4096)] = ""
    timeout_seconds: float = Field(default=5, ge=0.5, le=30)
    cross_province_seconds: float = Field(default=60, ge=1, le=3600)
    cross_province_entries: int = Field(default=10_000, ge=1, le=1_000_000)
    in_province_seconds: float = Field(default=86_400, ge=1, le=604_800)
    in_province_entries: int = Field(default=1_000_000, ge=1, le=100_000_000)


class TimeStamp(Section):
    """The time-stamp authority that dates this node's checkpoints (RFC 3161); none where `url` is empty."""

    url: Annotated[str, Field(pattern=r"^(https?://[^\s/@]+(/[^\s@]*)?)?$")] = ""
    authorities_file: Annotated[str, Field(max_length=4096)] = ""
    interval_seconds: float = Field(default=3600, ge=60, le=86_400)
    timeout_seconds: float = Field(default=10, ge=1, le=60)

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if self.url and not self.authorities_file:
            raise broken("没有 authorities_file", "no authorities_file", "验证时间戳的根证书", "its root certificates")
        return self


class Peer(Section):
    """The gateway of another province."""

    province: Province
    target: Annotated[str, Field(pattern=r"^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$")]
    node: Annotated[str, AfterValidator(_node_uri)]

    @model_validator(mode="after")
    def _of_its_province(self) -> Self:
        found = Identity.parse(self.node).province
        if found != self.province:
            raise broken(f"{found} 的节点", f"a node of {found}", f"{self.province} 的节点", f"one of {self.province}")
        return self


class Platform(Section):
    """The province's own platform. `options` belong to its adapter, which judges them."""

    kind: Literal["sichuan", "chongqing", "remote"]
    options: Mapping[str, Option] = Field(default_factory=dict)


class Limits(Section):
    """The most that the node takes, and how long it waits."""

    max_in_flight: int = Field(default=1024, ge=1, le=4096)
    per_party_per_second: int = Field(default=500, ge=1, le=100_000)
    per_party_burst: int = Field(default=1000, ge=1, le=100_000)
    max_frame_bytes: int = Field(default=4 << 20, ge=64 << 10, le=4 << 20)
    page_rows: int = Field(default=500, ge=1, le=2000)
    max_page_rows: int = Field(default=2000, ge=1, le=2000)
    freshness_seconds: float = Field(default=30, ge=1, le=300)
    clock_offset_seconds: float = Field(default=5, ge=0.1, le=30)
    max_deadline_seconds: float = Field(default=60, ge=1, le=600)
    drain_seconds: float = Field(default=10, ge=1, le=300)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for less, more in (("page_rows", "max_page_rows"), ("clock_offset_seconds", "freshness_seconds")):
            low, high = getattr(self, less), getattr(self, more)
            if low > high:
                found = f"{less} {low:g} > {more} {high:g}"
                raise broken(found, found, f"{less} 不大于 {more}", f"{less} not above {more}")
        return self


class Budgets(Section):
    """The most persons that may be looked at in a day by questions of one page; a month has `month_days` times them."""

    operator: int = Field(default=200, ge=1, le=MOST_PERSONS)
    department: int = Field(default=2_000, ge=1, le=MOST_PERSONS)
    item: int = Field(default=20_000, ge=1, le=MOST_PERSONS)
    application: int = Field(default=5_000, ge=1, le=MOST_PERSONS)
    peer: int = Field(default=20_000, ge=1, le=MOST_PERSONS)
    month_days: int = Field(default=20, ge=1, le=31)


class BatchBudgets(Section):
    """The same for questions that are answered in pages."""

    operator: int = Field(default=100_000, ge=1, le=MOST_PERSONS)
    department: int = Field(default=100_000, ge=1, le=MOST_PERSONS)
    item: int = Field(default=200_000, ge=1, le=MOST_PERSONS)
    application: int = Field(default=100_000, ge=1, le=MOST_PERSONS)
    peer: int = Field(default=500_000, ge=1, le=MOST_PERSONS)
    month_days: int = Field(default=20, ge=1, le=31)


class Review(Section):
    """The bounds of reviews. Consultations of `withheld_scenes` may by law be withheld from the person."""

    withheld_scenes: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,63}$")], ...] = Field(
        default=(), max_length=64
    )

    @field_validator("withheld_scenes", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Telemetry(Section):
    """The log level of the node, and where its spans go."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s/@]+(/[^\s@]*)?)?$")] = ""


SECTIONS: Final[Mapping[str, type[Section]]] = {
    "node": Node,
    "listen": Listen,
    "keys": Keys,
    "trust": Trust,
    "catalogue": Catalogue,
    "state": State,
    "audit": Audit,
    "witness": Witness,
    "time_stamp": TimeStamp,
    "peers": Peer,
    "platform": Platform,
    "limits": Limits,
    "budgets": Budgets,
    "batch_budgets": BatchBudgets,
    "review": Review,
    "telemetry": Telemetry,
}

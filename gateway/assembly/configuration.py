"""What a node's start or reload brings into force, as its entry names it: settings, trust, catalogue, witnesses.

Each setting is a name with a digest of its value, or with the value where the log must judge it: for how long entries
are kept, and which scenes may be withheld from the person. Every such entry holds the whole, so that the newest one
says what was in force before, however old the others are, and each line says whether it changed.

Settings that withhold more, or keep entries for a shorter time, need two persons: an act `widen` that names exactly
these limits stands in the log between the start before and the one that they come into force by.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.assembly.trust import Trust
from gateway.audit.entries.acts import CONFIGURATION_ID, WIDEN
from gateway.audit.retention.rules import RetentionRefused
from gateway.audit.review.shown import read_shown
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.waiting import WaitingAct, WaitingActs
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.digest import digest
from gateway.ground.documents import NumberedDocument
from gateway.ground.item import Label
from gateway.settings import Settings
from keys.files import read_file

YEARS: Final = "audit.retention_years"
SCENE: Final = "review.withheld_scenes/"
MAX_CHARACTERS: Final = 20_000
"""Characters of all lines: an entry has room for them, and for what else it says."""
MAX_POLICY: Final = 1 << 20
LIMITS: Final = re.compile(r"years:([0-9]{1,3}) withheld:([a-z0-9,-]{0,4200})")
"""The limits in clear, as a command asks for them."""
_LINE: Final = re.compile(r"([=+~]) ([A-Za-z0-9._/-]{1,90}) ([^\s]{1,64})( was [^\s]{1,64})?")
_GONE: Final = re.compile(r"- ([A-Za-z0-9._/-]{1,90})( was [^\s]{1,64})?")


class WideningRefused(Exception):
    """Settings withhold more, or keep entries for a shorter time, than the log has as allowed; `fault` says it."""

    def __init__(self, fault: Label) -> None:
        super().__init__(fault.en)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings that only two persons may widen: years of retention, and the scenes that may be withheld."""

    years: int
    withheld: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return those of a node's settings."""
        return cls(settings.audit.retention_years, frozenset(settings.review.withheld_scenes))

    @classmethod
    def of_state(cls, state: Mapping[str, str]) -> Limits:
        """Return those that an entry names."""
        withheld = (name.removeprefix(SCENE) for name in state if name.startswith(SCENE))
        return cls(int(state.get(YEARS, "0")), frozenset(withheld))

    def widens(self, former: Limits) -> bool:
        """Return whether they withhold more, or keep entries for a shorter time."""
        return self.years < former.years or not self.withheld <= former.withheld

    @classmethod
    def parse(cls, text: str) -> Limits:
        """Read them from their text in clear; raises ValueError for another form."""
        found = LIMITS.fullmatch(text)
        if found is None:
            raise ValueError("expected years:N withheld:SCENE,SCENE, found another form")
        return cls(int(found[1]), frozenset(filter(None, found[2].split(","))))

    def __str__(self) -> str:
        """Return them in clear: what two persons read and allow."""
        return f"years:{self.years} withheld:{','.join(sorted(self.withheld))}"

    @property
    def subject(self) -> str:
        """The subject of the act that allows them."""
        digest = sha256(",".join(sorted(self.withheld)).encode()).hexdigest()
        return f"years:{self.years} withheld:{len(self.withheld)} sha256:{digest}"


def describe(settings: Settings, documents: Iterable[NumberedDocument], items: Iterable[str]) -> dict[str, str]:
    """Return the name and the digest of everything that is in force; `items` are the digests of the items.

    Raises:
        OSError: the policy of the witnesses cannot be read.
    """
    state = dict(_describe_settings(settings))
    kinds: dict[str, list[str]] = {}
    for one in documents:
        name = f"{one.kind}/{one.name}" if one.kind in ("bundle", "revocations") else str(one.kind)
        kinds.setdefault(f"documents.{name}", []).append(str(one))
    kinds["catalogue.items"] = list(items)
    policy = settings.named(settings.witness.policy_file)
    state.update({name: _digest(sorted(texts)) for name, texts in kinds.items()})
    state["witness.policy"] = "-" if policy is None else sha256(read_file(policy, MAX_POLICY)).hexdigest()[:32]
    return state


def _describe_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for section, table in settings.model_dump().items():
        if section == "peers":
            yield from ((f"peers/{one['province']}", _digest(one)) for one in table)
            continue
        for name, value in table.items():
            if section == "review" and name == "withheld_scenes":
                yield from ((f"{SCENE}{scene}", "withheld") for scene in value)
            elif f"{section}.{name}" == YEARS:
                yield YEARS, str(value)
            else:
                yield f"{section}.{name}", _digest(_relative(settings.directory, value))


def _relative(directory: Path, value: object) -> object:
    """A path within the directory of the settings is named from there, so that a moved directory changes nothing."""
    return str(value.relative_to(directory)) if isinstance(value, Path) and value.is_relative_to(directory) else value


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def compare(state: Mapping[str, str], former: Mapping[str, str]) -> tuple[str, ...]:
    """Return one line for each name: what is new (`+`), changed (`~`) or gone (`-`) first, then what stayed (`=`).

    Where all of it would be too long for an entry, the lines leave out what was before.
    """
    lines = list(_compare(state, former, before=True))
    if sum(map(len, lines)) > MAX_CHARACTERS:
        lines = list(_compare(state, former, before=False))
    return tuple(sorted(lines, key=lambda line: (line[0] == "=", line[2:])))


def _compare(state: Mapping[str, str], former: Mapping[str, str], *, before: bool) -> Iterator[str]:
    for name, value in state.items():
        was = former.get(name)
        mark = "+" if was is None else "=" if was == value else "~"
        yield f"{mark} {name} {value}" + (f" was {was}" if mark == "~" and before else "")
    for name in former.keys() - state.keys():
        yield f"- {name}" + (f" was {former[name]}" if before else "")


def parse(lines: Iterable[str]) -> dict[str, str]:
    """Return what was in force by the lines of an entry; raises ValueError for a line that is none."""
    state = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is not None:
            state[found[2]] = found[3]
        elif _GONE.fullmatch(line) is None:
            raise ValueError("expected what a start or a reload changed, found another form")
    return state


@dataclass(frozen=True, slots=True)
class RecordedConfiguration:
    """What the newest start or reload brought into force, and the limits that were allowed after it, as subjects."""

    state: Mapping[str, str]
    allowed: frozenset[str]


def read_recorded(reader: LogReader, waiting: Sequence[WaitingAct] = ()) -> RecordedConfiguration:
    """Return what the log has, and the acts that wait to be recorded in it.

    Nothing was in force where no start of this form stands in either.

    Raises:
        StoreInvalid: an entry on the way is not as it was written.
    """
    allowed: set[str] = set()
    for act in reversed(waiting):
        if act.changes:
            return RecordedConfiguration(_parse(act.changes, "an act that waits"), frozenset())
    for row in reader.exchange_down(CONFIGURATION_ID):
        if not row.octets:
            break
        entry = read_shown(row.index, row.leaf_hash, row.octets)
        if entry.text("action") != WIDEN:
            return RecordedConfiguration(_parse(entry.names("changes"), f"entry {row.index}"), frozenset(allowed))
        allowed.add(entry.text("subject"))
    return RecordedConfiguration({}, frozenset(allowed))


def require_later_configuration(reader: LogReader, end: int) -> None:
    """Return if what was in force last stays in the log when the entries before `end` leave it.

    Raises:
        RetentionRefused: the newest start or reload is among them: a later one would have nothing to be held to.
    """
    newest = next(iter(reader.exchange_down(CONFIGURATION_ID)), None)
    if newest is not None and newest.index < end:
        raise RetentionRefused(f"expected a start or reload after entry {end - 1}, found the newest at {newest.index}")


def _parse(lines: Sequence[str], where: str) -> dict[str, str]:
    try:
        return parse(lines)
    except ValueError as error:
        raise StoreInvalid(f"{where} names a configuration: {error}. Run chuanyu audit verify") from error


class ConfigurationBook:
    """What is in force on one node, held to what its log has. The event loop owns it."""

    def __init__(self, settings: Settings, recorded: RecordedConfiguration) -> None:
        self._settings = settings
        self._recorded = recorded

    @classmethod
    def open(cls, settings: Settings) -> ConfigurationBook:
        """Read what the log and the acts that wait for a witness have; raises StoreInvalid."""
        with LogReader(place_of(settings)) as reader:
            return cls(settings, read_recorded(reader, tuple(WaitingActs.open(settings.waiting_acts_path))))

    def follow(self, trust: Trust, catalogue: Catalogue) -> tuple[str, ...]:
        """Return the lines by which these come into force.

        Raises:
            WideningRefused: the settings are wider than the log allows.
            OSError: the policy of the witnesses cannot be read.
        """
        require_allowed(Limits.of(self._settings), self._recorded, self._settings.directory)
        items = (digest(item) for item in catalogue.items.values())
        state = describe(self._settings, (*trust.documents, *catalogue.documents), items)
        return compare(state, self._recorded.state)

    def take(self, changes: Sequence[str]) -> None:
        """Take note of what was recorded."""
        self._recorded = RecordedConfiguration(parse(changes), frozenset())


def require_allowed(limits: Limits, recorded: RecordedConfiguration, directory: Path) -> None:
    """Return if the limits of the settings are those of the log, narrower, or allowed; raises WideningRefused."""
    if not recorded.state or limits.subject in recorded.allowed:
        return
    former = Limits.of_state(recorded.state)
    if limits.widens(former):
        more = "、".join(sorted(limits.withheld - former.withheld)) or "-"
        raise WideningRefused(
            Label(
                f"未经双人审批：保存年限 {former.years} 改为 {limits.years}，新增不予告知场景 {more}；"
                f"恢复 node.toml，或在节点按原设置运行时执行 chuanyu audit widen {directory}",
                f"two persons have not allowed retention_years {limits.years} after {former.years}, or the further "
                f"withheld scenes {more}: put node.toml back, or run chuanyu audit widen {directory} while the node "
                "runs under the former settings",
            )
        )

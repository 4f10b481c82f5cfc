"""A verifier's policy (C2SP tlog-policy): which logs, which witnesses, and how many of them must have cosigned.

Pure. One statement a line; names stand only for what an earlier line defined; # begins a comment line. There is exactly
one quorum. A text that could be read in two ways is refused: an unknown word, a second quorum, a key that stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from gateway.audit.tlog.cosignature import CosignatureVerifier, cosigned_at, note_verifier
from gateway.audit.tlog.note import (
    Checkpoint,
    NoteInvalid,
    NoteVerifier,
    open_note,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)

MAX_POLICY_BYTES: Final = 262_144
"""Longest policy: room for 64 witnesses with the keys of the post-quantum kind."""
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
NONE: Final = "none"
"""The quorum of a policy that asks for no witness."""


class PolicyInvalid(Exception):
    """A text is no policy; the message names the line."""


class QuorumMissing(Exception):
    """A checkpoint is signed by its log, but too few witnesses have cosigned it."""


class LogUnnamed(NoteInvalid):
    """A checkpoint bears no signature of a log that the policy names: the policy is another log's, or an older one."""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness: its name in the policy, its key, and where it answers; empty for nowhere."""

    name: str
    verifier: CosignatureVerifier
    url: str


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log: its key, and where it is served; empty for nowhere."""

    verifier: NoteVerifier
    url: str


@dataclass(frozen=True, slots=True)
class WitnessGroup:
    """A group is satisfied when `needed` of its members, witnesses or groups, are."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AcceptedCheckpoint:
    """A checkpoint that satisfies a policy, and when each witness cosigned it, in seconds."""

    checkpoint: Checkpoint
    cosigned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, read; it holds no contradiction."""

    logs: tuple[PolicyLog, ...]
    witnesses: Mapping[str, PolicyWitness]
    groups: Mapping[str, WitnessGroup]
    quorum: str

    def satisfied(self, cosigners: Set[str]) -> bool:
        """Tell whether cosignatures of the witnesses of these names are enough."""
        held = {NONE, *(cosigners & self.witnesses.keys())}
        for name, group in self.groups.items():  # a member is always of an earlier line
            if len(held.intersection(group.members)) >= group.needed:
                held.add(name)
        return self.quorum in held

    def check(self, note: bytes) -> AcceptedCheckpoint:
        """Return what a checkpoint says, if a log of the policy signed it and the quorum cosigned it.

        Raises:
            LogUnnamed: no log of the policy signed it.
            NoteInvalid: it is not well-formed, or a known signature does not hold.
            QuorumMissing: too few witnesses have cosigned it.
        """
        logs = [log.verifier for log in self.logs]
        witnesses = {(one.verifier.name, one.verifier.key_id): name for name, one in self.witnesses.items()}
        named = {(log.name, log.key_id) for log in logs}
        if not named & {(line.name, line.key_id) for line in parse_note(note).signatures}:
            raise LogUnnamed("expected a checkpoint that a log of the policy signed, found none of its signatures")
        opened = open_note(note, [*logs, *(one.verifier for one in self.witnesses.values())])
        cosigned = {}
        for line in opened.good:
            name = witnesses.get((line.name, line.key_id))
            if name is not None and (time_s := cosigned_at(line)):
                cosigned[name] = time_s
        if not self.satisfied(cosigned.keys()):
            found = ", ".join(sorted(cosigned)) or "none"
            raise QuorumMissing(f"expected cosignatures that satisfy {self.quorum}, found: {found}")
        return AcceptedCheckpoint(parse_checkpoint(opened.text), cosigned)


def read_policy(text: str) -> Policy:
    """Read a policy.

    Raises:
        PolicyInvalid: when it is none, or contradicts itself.
    """
    if len(text.encode()) > MAX_POLICY_BYTES:
        raise PolicyInvalid(f"expected a policy of at most {MAX_POLICY_BYTES} bytes")
    reading = _Reading()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except (NoteInvalid, PolicyInvalid) as error:
            raise PolicyInvalid(f"line {number}: {error}") from error
    return reading.policy()


class _Reading:
    """The policy as far as it was read."""

    def __init__(self) -> None:
        self._logs: list[PolicyLog] = []
        self._witnesses: dict[str, PolicyWitness] = {}
        self._groups: dict[str, WitnessGroup] = {}
        self._quorum = ""
        self._keys: set[bytes] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                self._fresh(vkey)
                self._logs.append(PolicyLog(note_verifier(vkey), "".join(url)))
            case ["witness", name, vkey, *url] if len(url) < 2:
                self._unused(name)
                self._fresh(vkey)
                self._witnesses[name] = PolicyWitness(name, CosignatureVerifier(parse_vkey(vkey)), "".join(url))
            case ["group", name, needed, *members] if members:
                self._unused(name)
                self._groups[name] = WitnessGroup(_parse_needed(needed, len(members)), self._defined(members))
            case ["quorum", name]:
                if self._quorum:
                    raise PolicyInvalid("expected one quorum, found a second")
                self._quorum = name if name == NONE else self._defined([name])[0]
            case _:
                raise PolicyInvalid("expected log, witness, group or quorum with what belongs to it")

    def policy(self) -> Policy:
        if not self._quorum:
            raise PolicyInvalid("expected a quorum, found none")
        if not self._logs:
            raise PolicyInvalid("expected at least one log, found none")
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _unused(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise PolicyInvalid(f"expected a name that is not taken, found {name}")

    def _fresh(self, vkey: str) -> None:
        public = parse_vkey(vkey).public
        if public in self._keys:
            raise PolicyInvalid("expected each key once, found one again")
        self._keys.add(public)

    def _defined(self, names: list[str]) -> tuple[str, ...]:
        for name in names:
            if name not in self._witnesses and name not in self._groups:
                raise PolicyInvalid(f"expected a name of an earlier line, found {name}")
        if len(set(names)) != len(names):
            raise PolicyInvalid("expected each member once, found one again")
        return tuple(names)


def _parse_needed(word: str, members: int) -> int:
    if word == "all":
        return members
    if word == "any":
        return 1
    if _NUMBER.fullmatch(word) and int(word) <= members:
        return int(word)
    raise PolicyInvalid(f"expected all, any or a number from 1 to {members}, found {word}")

"""Documents that decide who may ask what: lists, grants, agreements, rosters, trust; no number of theirs goes back.

Pure. The audit log holds a record of every document that was ever in force on this node; a `Standing` is all of them,
and judges what is about to come into force:
- a number that was in force keeps its content, and no lower number comes after a higher one;
- what was in force is there, or has ended, or is declared withdrawn. A withdrawn number does not come back.
A bundle or a revocation list may only be missing where its province is no peer any more, which settings say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.ground.item import Label

NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}"
"""The name of a document: the identifier of a grant or agreement, a list's province and kind, a file, a province."""
_RECORD: Final = re.compile(
    rf"(list|grant|agreement|roster|revocations|bundle) ({NAME}) ([0-9]{{1,49}}) sha256:([0-9a-f]{{64}}) "
    r"(-|withdrawn|[0-9]{4}-[0-9]{2}-[0-9]{2})"
)
_WITHDRAWN: Final = "withdrawn"


class DocumentKind(StrEnum):
    """The kinds of document whose numbers the log keeps."""

    LIST = "list"
    GRANT = "grant"
    AGREEMENT = "agreement"
    ROSTER = "roster"
    REVOCATIONS = "revocations"
    BUNDLE = "bundle"


_LABELS: Final = {
    DocumentKind.LIST: Label("清单", "the list"),
    DocumentKind.GRANT: Label("授权", "the grant"),
    DocumentKind.AGREEMENT: Label("协议", "the agreement"),
    DocumentKind.ROSTER: Label("名册", "the roster"),
    DocumentKind.REVOCATIONS: Label("证书撤销列表", "the revocation list"),
    DocumentKind.BUNDLE: Label("信任包", "the trust bundle"),
}
WITHDRAWABLE: Final = (DocumentKind.LIST, DocumentKind.GRANT, DocumentKind.AGREEMENT, DocumentKind.ROSTER)
"""The kinds that can be missed and withdrawn; without the others the node does not start at all."""


class DocumentsRefused(Exception):
    """Documents are not what may follow those in force; `faults` names each, in both languages."""

    def __init__(self, faults: tuple[Label, ...]) -> None:
        super().__init__("; ".join(fault.en for fault in faults))
        self.faults = faults


class Withdrawal(NamedTuple):
    """The operator's declaration that no document of a name is in force here up to a number."""

    kind: DocumentKind
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class NumberedDocument:
    """One document by its number and the SHA-256 of its bytes; `until` is its last day, None where it has none."""

    kind: DocumentKind
    name: str
    number: int
    digest: str
    until: date | None = None
    withdrawn: bool = False

    def __str__(self) -> str:
        end = _WITHDRAWN if self.withdrawn else self.until or "-"
        return f"{self.kind} {self.name} {self.number} sha256:{self.digest} {end}"

    @classmethod
    def parse(cls, text: str) -> NumberedDocument:
        """Read the text of a record.

        Raises:
            ValueError: it is none.
        """
        found = _RECORD.fullmatch(text)
        if found is None:
            raise ValueError("expected a document with kind, name, number, digest and last day, found another form")
        kind, name, number, digest, end = found.groups()
        withdrawn = end == _WITHDRAWN
        until = None if withdrawn or end == "-" else date.fromisoformat(end)
        return cls(DocumentKind(kind), name, int(number), digest, until, withdrawn)

    def is_over(self, today: date) -> bool:
        """Tell whether it allows nothing any more, so that it may be missing."""
        return self.withdrawn or (self.until is not None and self.until < today)


class Standing:
    """All documents that were ever in force. The latest record of a number counts; only `take` changes it."""

    __slots__ = ("_records",)

    def __init__(self, records: Iterable[NumberedDocument] = ()) -> None:
        self._records: dict[tuple[DocumentKind, str], dict[int, NumberedDocument]] = {}
        self.take(records)

    def __iter__(self) -> Iterator[NumberedDocument]:
        """Yield the latest record of each number."""
        for numbers in self._records.values():
            yield from numbers.values()

    def take(self, records: Iterable[NumberedDocument]) -> None:
        """Take note of records, in their order."""
        for one in records:
            self._records.setdefault((one.kind, one.name), {})[one.number] = one

    def admit(self, given: Iterable[NumberedDocument]) -> tuple[NumberedDocument, ...]:
        """Return those of some documents that are new, each held to what was in force under its name.

        Raises:
            DocumentsRefused: one has a lower number, or another content than its number had.
        """
        given = tuple(given)
        _settle(fault for of_name in _by_name(given).values() for fault in self._hold(of_name))
        return self._list_new(given)

    def follow(
        self, present: Iterable[NumberedDocument], withdrawn: Iterable[Withdrawal], today: date
    ) -> tuple[NumberedDocument, ...]:
        """Return the records to be made before these documents, and no others, come into force.

        Raises:
            DocumentsRefused: as `admit`; one that was in force is missing, or one that is declared withdrawn is there.
        """
        present = tuple(present)
        named = _by_name(present)
        declared = {(kind, name): number for kind, name, number in withdrawn}
        faults = [fault for of_name in named.values() for fault in self._hold(of_name)]
        faults += [_is_there(one) for one in present if one.number <= declared.get((one.kind, one.name), 0)]
        gone: list[NumberedDocument] = []
        for key, numbers in self._records.items():
            last = numbers[max(numbers)]
            if key in named or key[0] not in WITHDRAWABLE or last.is_over(today):
                continue
            if last.number <= declared.get(key, 0):
                gone.append(replace(last, until=None, withdrawn=True))
            else:
                faults.append(_is_missing(last))
        _settle(faults)
        return (*self._list_new(present), *gone)

    def beyond(self, later: Standing) -> tuple[NumberedDocument, ...]:
        """Return the records that a later part of the log does not have."""
        kept = {(one.kind, one.name, one.number) for one in later}
        return tuple(one for one in self if (one.kind, one.name, one.number) not in kept)

    def _hold(self, of_name: list[NumberedDocument]) -> Iterator[Label]:
        """Yield what is wrong with the documents of one name."""
        known = self._records.get((of_name[0].kind, of_name[0].name))
        if known is None:
            return
        last = known[max(known)]
        newest = max(of_name, key=lambda one: one.number)
        if newest.number < last.number:
            yield _is_lower(newest, last)
            return
        for one in of_name:
            before = known.get(one.number)
            if before is None:
                if one.number < last.number:
                    yield _is_lower(one, last)
            elif before.digest != one.digest:
                yield _differs(one, before)
            elif before.withdrawn:
                yield _is_back(one)

    def _list_new(self, present: Iterable[NumberedDocument]) -> tuple[NumberedDocument, ...]:
        return tuple(one for one in present if one.number not in self._records.get((one.kind, one.name), {}))


def _by_name(documents: Iterable[NumberedDocument]) -> dict[tuple[DocumentKind, str], list[NumberedDocument]]:
    named: dict[tuple[DocumentKind, str], list[NumberedDocument]] = {}
    for one in documents:
        named.setdefault((one.kind, one.name), []).append(one)
    return named


def _settle(faults: Iterable[Label]) -> None:
    found = tuple(faults)
    if found:
        raise DocumentsRefused(found)


def _name(one: NumberedDocument) -> tuple[str, str]:
    label = _LABELS[one.kind]
    return f"{label.zh} {one.name} 第 {one.number} 号", f"{label.en} {one.name} number {one.number}"


def _is_lower(found: NumberedDocument, last: NumberedDocument) -> Label:
    zh, en = _name(found)
    return Label(
        f"{zh}：低于已生效过的第 {last.number} 号，请放回第 {last.number} 号或更高的号",
        f"{en}: expected {last.number}, which was in force, or a higher one. Put that back",
    )


def _differs(found: NumberedDocument, before: NumberedDocument) -> Label:
    zh, en = _name(found)
    return Label(
        f"{zh}：同号内容不同，原为 {before.digest[:16]}…，现为 {found.digest[:16]}…，改动后须用更高的号",
        f"{en}: expected the content that it had, {before.digest[:16]}…, found {found.digest[:16]}…. "
        "Give what was changed a higher number",
    )


def _is_missing(last: NumberedDocument) -> Label:
    zh, en = _name(last)
    return Label(
        f"{zh}：曾经生效，现已缺失，请放回；确要撤销的，写入 catalogue/withdrawn.toml",
        f"{en}: was in force and is missing. Put it back; if it is withdrawn, say so in catalogue/withdrawn.toml",
    )


def _is_back(found: NumberedDocument) -> Label:
    zh, en = _name(found)
    return Label(
        f"{zh}：已经撤销，请移除，或签署更高的号", f"{en}: was withdrawn. Remove it, or have a higher number signed"
    )


def _is_there(found: NumberedDocument) -> Label:
    zh, en = _name(found)
    return Label(
        f"{zh}：catalogue/withdrawn.toml 写明撤销，文件却还在，请移除文件或该声明",
        f"{en}: is declared withdrawn in catalogue/withdrawn.toml, and is there. Remove the file or the declaration",
    )

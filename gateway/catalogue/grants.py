"""Grants: the provider's signed agreement that one department may ask one item (政务数据共享条例 arts. 20, 21, 25).

Rules: the four parts of a request under art. 20 stand in a grant: 数据 (`fields`), 依据 (`legal_bases`, `use_bases`),
场景 (`scenes`) and 方式 (`modes`). What a grant does not name it does not allow; an empty list in a grant refuses to
load; a grant cannot reach beyond its item; dates are days in China Standard Time, both ends included (使用时限). The
provider's province signs, and one department of it, `provider_department`, is whose data the grant is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from gateway.catalogue.items import UPGRADE, read_labelled, read_legal_basis
from gateway.catalogue.modes import read_counted_mode, render_mode
from gateway.catalogue.parties import Department, Parties
from gateway.catalogue.regions import Regions
from gateway.catalogue.schema import (
    BODY,
    CODE,
    DEPARTMENT,
    DOCUMENT,
    FIELD,
    NUMBER,
    PROVINCE,
    REGION,
    SLUG,
    Faults,
    Table,
)
from gateway.catalogue.toml_text import render
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Item, Label, LegalBasis, Level, Mode

GRANT_CONTEXT: Final = "grant"
"""The context under which a grant is signed."""
SEALING_KEY: Final = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
"""32 bytes in base64, canonical (RFC 4648 section 3.5)."""


@dataclass(frozen=True, slots=True)
class BatchApproval:
    """The provider's approval of one batch: its number, and the last day on which it may be exchanged."""

    number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Onward:
    """The provider's consent that what leaves is supplied to one body (提供给第三方, art. 25), until a day."""

    body: str
    number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class GrantDocument:
    """One grant. `regions` are GB/T 2260 codes, each of which covers what lies in it.

    `modes` are the ways in which the item may be asked, with the rows of a request and, where it narrows them, the
    persons of an official and of the department in a day; `legal_bases` are those of the item
    on which the duty rests; `purposes` are pairs of code and label. `batch_approvals` are the batches of persons that
    were approved one by one, `onward` the bodies to which the answer may be supplied: what is not there is not allowed.

    `agreement` is the identifier of the agreement that narrows the grant; empty where none does.
    `sealing_key` is the consuming department's public key (X25519, base64), to which fields are encrypted; empty where
    the grant names none, which only an item without such a field allows. `version` counts the grants of one identifier:
    what is changed, prolonged or ended early is the next one.
    """

    id: str
    consumer_province: str
    consumer_department: str
    provider_province: str
    provider_department: str
    item_code: str
    item_version: int
    modes: tuple[Mode, ...]
    scenes: tuple[str, ...]
    use_bases: tuple[str, ...]
    legal_bases: tuple[LegalBasis, ...]
    lawful_bases: tuple[LawfulBasis, ...]
    regions: tuple[str, ...]
    fields: tuple[str, ...]
    purposes: tuple[tuple[str, Label], ...]
    valid_from: date
    valid_until: date
    approved_by: str
    application_no: str
    sealing_key: str
    version: int = 1
    agreement: str = ""
    batch_approvals: tuple[BatchApproval, ...] = ()
    onward: tuple[Onward, ...] = ()


def render_grant(document: GrantDocument) -> bytes:
    """Return the grant as TOML: the bytes to be signed. The same grant always gives the same bytes."""
    return render(
        {
            "id": document.id,
            "consumer_province": document.consumer_province,
            "consumer_department": document.consumer_department,
            "provider_province": document.provider_province,
            "provider_department": document.provider_department,
            "item_code": document.item_code,
            "item_version": document.item_version,
            "scenes": document.scenes,
            "use_bases": document.use_bases,
            "lawful_bases": [str(basis) for basis in document.lawful_bases],
            "regions": document.regions,
            "fields": document.fields,
            "valid_from": document.valid_from,
            "valid_until": document.valid_until,
            "approved_by": document.approved_by,
            "application_no": document.application_no,
            **({"sealing_key": document.sealing_key} if document.sealing_key else {}),
            **({"agreement": document.agreement} if document.agreement else {}),
            **({"version": document.version} if document.version > 1 else {}),
            "modes": [render_mode(mode) for mode in document.modes],
            "legal_bases": [_members(basis) for basis in document.legal_bases],
            "purposes": [{"code": code, "label": _members(label)} for code, label in document.purposes],
            **(
                {"batch_approvals": [_members(one) for one in document.batch_approvals]}
                if document.batch_approvals
                else {}
            ),
            **({"onward": [_members(one) for one in document.onward]} if document.onward else {}),
        }
    )


def _members(record: BatchApproval | Onward | LegalBasis | Label) -> dict[str, object]:
    return {one.name: getattr(record, one.name) for one in fields(record)}


def read_grant(file: str, data: Mapping[str, object], faults: Faults) -> GrantDocument:
    """Return the grant of a parsed file; whatever is wrong in form is added to `faults`."""
    if "modes" not in data and "purpose" in data:
        faults.add(file, "modes", f"expected modes with their rows, found a grant of an earlier release: {UPGRADE}")
        faults = Faults()  # one fault says all: what follows is a stand-in that nobody uses
    table = Table(file, "", data, faults)
    document = GrantDocument(
        id=table.text("id", DOCUMENT),
        consumer_province=table.text("consumer_province", PROVINCE),
        consumer_department=table.text("consumer_department", DEPARTMENT),
        provider_province=table.text("provider_province", PROVINCE),
        provider_department=table.text("provider_department", DEPARTMENT),
        item_code=table.text("item_code", CODE),
        item_version=table.integer("item_version", 1, 9999),
        modes=tuple(read_counted_mode(entry) for entry in table.tables("modes")),
        scenes=table.texts("scenes", SLUG),
        use_bases=table.texts("use_bases", SLUG),
        legal_bases=tuple(read_legal_basis(entry) for entry in table.tables("legal_bases")),
        lawful_bases=table.choices("lawful_bases", LawfulBasis),
        regions=table.texts("regions", REGION),
        fields=table.texts("fields", FIELD),
        purposes=read_labelled(table, "purposes"),
        valid_from=table.day("valid_from"),
        valid_until=table.day("valid_until"),
        approved_by=table.text("approved_by"),
        application_no=table.text("application_no"),
        sealing_key=table.text("sealing_key", SEALING_KEY, empty=True),
        version=table.integer("version", 1, 999_999, absent=1),
        agreement=table.text("agreement", DOCUMENT, empty=True),
        batch_approvals=tuple(
            BatchApproval(entry.text("number", NUMBER), entry.day("valid_until"))
            for entry in table.tables("batch_approvals", empty=True)
        ),
        onward=tuple(
            Onward(entry.text("body", BODY), entry.text("number", NUMBER), entry.day("valid_until"))
            for entry in table.tables("onward", empty=True)
        ),
    )
    table.close()
    if document.valid_until < document.valid_from:
        table.fault("valid_until", f"expected a day from {document.valid_from} on, found {document.valid_until}")
    for column, codes in (
        ("modes", [str(one.mode) for one in document.modes]),
        ("purposes", [code for code, _ in document.purposes]),
        ("batch_approvals", [one.number for one in document.batch_approvals]),
        ("onward", [one.body for one in document.onward]),
    ):
        if len({*codes}) < len(codes):
            table.fault(column, "expected each once, found one twice")
    return document


def require_of_item(
    file: str,
    document: GrantDocument,
    items: Mapping[tuple[str, int], Item],
    parties: Parties,
    regions: Regions,
    faults: Faults,
) -> None:
    """Add to `faults` wherever a grant reaches beyond its item, its department or the regions known."""
    item = items.get((document.item_code, document.item_version))
    if item is None:
        faults.add(
            file, "item_code", f"expected an item that exists, found {document.item_code} v{document.item_version}"
        )
        return
    beyond = {
        "scenes": set(document.scenes) - {code for code, _ in item.scenes},
        "use_bases": set(document.use_bases) - {code for code, _ in item.use_bases},
        "legal_bases": {f"{one.text} {one.article}" for one in document.legal_bases if one not in item.legal_bases},
        "lawful_bases": {str(basis) for basis in document.lawful_bases} - set(item.lawful_bases),
        "fields": set(document.fields) - {field.name for field in item.fields},
        "modes": {str(mode.mode) for mode in document.modes if not _within(mode, item.mode(mode.mode))},
        "regions": {
            code for code in document.regions if code[:2] != document.consumer_province[:2] or not regions.knows(code)
        },
    }
    for path, codes in beyond.items():
        if codes:
            faults.add(file, path, f"expected what {item.code} or the province has, found {', '.join(sorted(codes))}")
    if not document.sealing_key and any(
        field.level is Level.ENCRYPT for field in item.fields if field.name in document.fields
    ):
        faults.add(file, "sealing_key", "expected the department's public key, since a field is encrypted, found none")
    if not item.subjects and any(mode.operator_day or mode.department_day for mode in document.modes):
        faults.add(file, "modes", "expected no numbers of persons where the question names nobody, found some")
    _require_consumer(file, document, item, parties, faults)
    _require_provider(file, document, item, parties, faults)


def _within(mode: Mode, of_item: Mode | None) -> bool:
    """Tell whether a mode of a grant lies in that of its item."""
    return (
        of_item is not None
        and of_item.min_rows <= mode.min_rows <= mode.max_rows <= of_item.max_rows
        and (mode.case_only or not of_item.case_only)
    )


def _registered(parties: Parties, code: str, province: str) -> Department | None:
    return parties.department(code) if parties.belongs(code, province) else None


def _require_consumer(file: str, document: GrantDocument, item: Item, parties: Parties, faults: Faults) -> None:
    path, code, province = "consumer_department", document.consumer_department, document.consumer_province
    department = _registered(parties, code, province)
    if department is None:
        faults.add(file, path, f"expected a department of {province}, found {code}")
    elif department.type not in item.consumers:
        faults.add(file, path, f"expected a consumer of {item.code} ({', '.join(item.consumers)}), found {code}")
    for one in document.onward:
        if department is not None and not parties.serves(department.code, one.body):
            faults.add(file, "onward", f"expected a body that {code} serves, found {one.body}")


def _require_provider(file: str, document: GrantDocument, item: Item, parties: Parties, faults: Faults) -> None:
    path, code, province = "provider_department", document.provider_department, document.provider_province
    department = _registered(parties, code, province)
    if department is None:
        faults.add(file, path, f"expected a department of {province}, found {code}")
        return
    if department.type not in item.providers:
        faults.add(file, path, f"expected a provider of {item.code} ({', '.join(item.providers)}), found {code}")
    others = sorted(
        one.name for one in item.fields if one.name in document.fields and one.source_department != department.type
    )
    if others:
        faults.add(file, "fields", f"expected fields whose source is {code}, found {', '.join(others)}")

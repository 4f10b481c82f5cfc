"""Grants: the provider's signed agreement that one department may ask one item (政务数据共享条例 arts. 20, 21, 25).

Rules: what a grant does not name it does not allow; an empty list in a grant refuses to load; a grant cannot reach
beyond its item; dates are days in China Standard Time, both ends included (使用时限). The provider's province signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.catalogue.parties import Parties
from gateway.catalogue.regions import Regions
from gateway.catalogue.schema import CODE, DEPARTMENT, DOCUMENT, FIELD, PROVINCE, REGION, SLUG, Faults, Table
from gateway.catalogue.toml_text import render
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Item, Level

GRANT_CONTEXT: Final = "grant"
"""The context under which a grant is signed."""
SEALING_KEY: Final = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
"""32 bytes in base64, canonical (RFC 4648 section 3.5)."""


@dataclass(frozen=True, slots=True)
class GrantDocument:
    """One grant. `regions` are GB/T 2260 codes, each of which covers what lies in it.

    `sealing_key` is the consuming department's public key (X25519, base64), to which fields are encrypted; empty where
    the grant names none, which only an item without such a field allows. `version` counts the grants of one identifier:
    what is changed, prolonged or ended early is the next one.
    """

    id: str
    consumer_province: str
    consumer_department: str
    provider_province: str
    item_code: str
    item_version: int
    scenes: tuple[str, ...]
    use_bases: tuple[str, ...]
    lawful_bases: tuple[LawfulBasis, ...]
    regions: tuple[str, ...]
    fields: tuple[str, ...]
    purpose: str
    valid_from: date
    valid_until: date
    approved_by: str
    application_no: str
    sealing_key: str
    version: int = 1


def render_grant(document: GrantDocument) -> bytes:
    """Return the grant as TOML: the bytes to be signed. The same grant always gives the same bytes."""
    return render(
        {
            "id": document.id,
            "consumer_province": document.consumer_province,
            "consumer_department": document.consumer_department,
            "provider_province": document.provider_province,
            "item_code": document.item_code,
            "item_version": document.item_version,
            "scenes": document.scenes,
            "use_bases": document.use_bases,
            "lawful_bases": [str(basis) for basis in document.lawful_bases],
            "regions": document.regions,
            "fields": document.fields,
            "purpose": document.purpose,
            "valid_from": document.valid_from,
            "valid_until": document.valid_until,
            "approved_by": document.approved_by,
            "application_no": document.application_no,
            **({"sealing_key": document.sealing_key} if document.sealing_key else {}),
            **({"version": document.version} if document.version > 1 else {}),
        }
    )


def read_grant(file: str, data: Mapping[str, object], faults: Faults) -> GrantDocument:
    """Return the grant of a parsed file; whatever is wrong in form is added to `faults`."""
    table = Table(file, "", data, faults)
    document = GrantDocument(
        id=table.text("id", DOCUMENT),
        consumer_province=table.text("consumer_province", PROVINCE),
        consumer_department=table.text("consumer_department", DEPARTMENT),
        provider_province=table.text("provider_province", PROVINCE),
        item_code=table.text("item_code", CODE),
        item_version=table.integer("item_version", 1, 9999),
        scenes=table.texts("scenes", SLUG),
        use_bases=table.texts("use_bases", SLUG),
        lawful_bases=table.choices("lawful_bases", LawfulBasis),
        regions=table.texts("regions", REGION),
        fields=table.texts("fields", FIELD),
        purpose=table.text("purpose"),
        valid_from=table.day("valid_from"),
        valid_until=table.day("valid_until"),
        approved_by=table.text("approved_by"),
        application_no=table.text("application_no"),
        sealing_key=table.text("sealing_key", SEALING_KEY, empty=True),
        version=table.integer("version", 1, 999_999, absent=1),
    )
    table.close()
    if document.valid_until < document.valid_from:
        table.fault("valid_until", f"expected a day from {document.valid_from} on, found {document.valid_until}")
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
        "lawful_bases": {str(basis) for basis in document.lawful_bases} - set(item.lawful_bases),
        "fields": set(document.fields) - {field.name for field in item.fields},
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
    if not parties.belongs(document.consumer_department, document.consumer_province):
        faults.add(
            file,
            "consumer_department",
            f"expected a department of {document.consumer_province}, found {document.consumer_department}",
        )
    elif parties.department(document.consumer_department).type not in item.consumers:
        faults.add(
            file,
            "consumer_department",
            f"expected a consumer of {item.code} ({', '.join(item.consumers)}), found {document.consumer_department}",
        )

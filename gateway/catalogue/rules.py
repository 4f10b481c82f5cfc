"""The demands of the law on an item before it can be registered.

 art. 15 共享条例     a conditional item says its scope and use: use conditions, scenes
 art. 14 共享条例     an unconditional item is open to every department, so it holds nothing personal
 arts. 2, 3           secrets and credentials are unregistrable, by class and by name
 art. 28 个人信息保护法 a sensitive field never leaves as it stands; a minor's record leaves more strictly still
Rule: a field name is judged word by word, so that `face_photo` and `photo_url` are refused as `photo` is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from gateway.catalogue.levels import level_faults
from gateway.catalogue.minors import judge_minors
from gateway.catalogue.schema import Table
from gateway.catalogue.shapes import field_faults, key_faults
from gateway.ground.item import (
    ALLOWED,
    SUBJECT_KEY,
    Field,
    Item,
    Kind,
    LegalClass,
    Level,
    MinorRule,
    OnFailure,
    Outcome,
    SharingClass,
    gate_faults,
)

UNREGISTRABLE_WORDS: Final = frozenset(
    {
        *("pin", "password", "secret", "credential", "cvv", "key"),
        *("photo", "portrait", "face", "fingerprint", "iris", "voiceprint", "biometric"),
        *("trip", "trips", "track", "trajectory", "diagnosis", "religion"),
    }
)
"""Words that no field's name may hold: credentials, biometrics, whereabouts, illness, belief."""
UNREGISTRABLE_NAMES: Final = frozenset({"card_uid", "sign_no", "reset_info", "transit_records"})
UNREGISTRABLE_HRSS_CODES: Final = frozenset({"AAZ501"})
"""卡识别码, under whatever name."""
SUBJECT_KEYS: Final = (SUBJECT_KEY, "name")
"""The keys by which an item names a cardholder: the number alone could be tried out."""


def judge(item: Item, table: Table) -> None:
    """Add to the table's faults whatever the law does not allow in an item."""
    _sharing(item, table)
    _modes(item, table)
    _outcomes(item, table)
    _question(item, table)
    _distinct(table, "scenes", (code for code, _ in item.scenes))
    _distinct(table, "use_bases", (code for code, _ in item.use_bases))
    _distinct(table, "keys", (key.name for key in item.keys))
    _distinct(table, "fields", (field.name for field in item.fields))
    _gates(item, table)
    if item.agreement and not item.record_region:
        table.fault("agreement", "expected a field with the code AAB301, to which an agreement is held, found none")
    judge_minors(item, table)
    for index, field in enumerate(item.fields):
        _field(item, field, f"fields[{index}]", table)


def _field(item: Item, field: Field, path: str, table: Table) -> None:
    if set(field.name.split("_")) & UNREGISTRABLE_WORDS or field.name in UNREGISTRABLE_NAMES:
        table.fault(f"{path}.name", f"expected a field that may leave, found {field.name}, never registered")
    if field.hrss_code in UNREGISTRABLE_HRSS_CODES:
        table.fault(f"{path}.hrss_code", f"expected a field that may leave, found {field.hrss_code}")
    if item.providers and field.source_department not in item.providers:
        table.fault(
            f"{path}.source_department",
            f"expected a provider of the item ({', '.join(item.providers)}), found {field.source_department}",
        )
    if field.level not in ALLOWED[field.legal_class] and field.level is not Level.FORBID:
        table.fault(
            f"{path}.level",
            f"expected a masking level for a {field.legal_class} field, found {field.level} (PIPL art. 28)",
        )
    if field.level is Level.DATE_SHIFT and not item.subjects:
        table.fault(f"{path}.level", "expected an item that names cardholders for date_shift, found another")
    if field.codes and field.kind is not Kind.STRING:
        table.fault(f"{path}.codes", f"expected codes on a string, found them on {field.kind}")
    for key, found in field_faults(field):
        table.fault(f"{path}.{key}", found)
    for fault in level_faults(field):
        table.fault(f"{path}.params", fault)


def _sharing(item: Item, table: Table) -> None:
    if item.sharing_class is SharingClass.CONDITIONAL:
        if not item.use_conditions:
            table.fault("use_conditions", "expected the conditions of use, found none (共享条例 art. 15)")
        return
    if item.subjects:
        table.fault("subjects", "expected false for an unconditional item, found true")
    for index, field in enumerate(item.fields):
        if field.legal_class not in (LegalClass.NONE, LegalClass.BUSINESS):
            table.fault(
                f"fields[{index}].legal_class",
                f"expected none or business in an unconditional item, found {field.legal_class}",
            )


def _modes(item: Item, table: Table) -> None:
    _distinct(table, "modes", (one.mode for one in item.modes))
    for index, one in enumerate(item.modes):
        if one.min_rows > one.max_rows:
            table.fault(f"modes[{index}].min_rows", f"expected at most max_rows = {one.max_rows}, found {one.min_rows}")
        if one.case_only and not item.subjects:
            table.fault(f"modes[{index}].case_only", "expected false where the question names nobody, found true")
        for name in ("operator_day", "department_day"):
            if getattr(one, name) and not item.subjects:
                table.fault(f"modes[{index}].{name}", "expected none where the question names nobody, found some")


def _outcomes(item: Item, table: Table) -> None:
    if not item.subjects:
        if item.outcomes:
            table.fault("outcomes", "expected none where the question names nobody, found some")
        return
    needed = {Outcome.FOUND, Outcome.NO_MATCH}
    if item.minors is MinorRule.NOT_APPLICABLE:
        needed.add(Outcome.NOT_APPLICABLE)
    if item.minors is MinorRule.WITHHOLD:
        needed.add(Outcome.WITHHELD_MINOR)
    if any(field.level is not Level.DROP and field.minor_level is Level.DROP for field in item.fields):
        needed.add(Outcome.WITHHELD_MINOR)
    if any(gate.on_failure is OnFailure.SUPPRESS for gate in item.gates):
        needed.add(Outcome.WITHHELD_GATE)
    missing = sorted(needed - {*item.outcomes})
    if missing:
        table.fault("outcomes", f"expected {', '.join(missing)} among them, found {', '.join(item.outcomes) or 'none'}")


def _question(item: Item, table: Table) -> None:
    subjects = tuple(key for key in item.keys if key.subject)
    if item.subjects:
        required = {key.name for key in item.keys if key.required}
        if [key.name for key in subjects] != [SUBJECT_KEYS[0]] or not required.issuperset(SUBJECT_KEYS):
            table.fault("keys", f"expected {' (subject) and '.join(SUBJECT_KEYS)}, both required, found other keys")
    elif subjects:
        table.fault("keys", "expected no subject key where subjects is false, found one")
    for index, key in enumerate(item.keys):
        if key.kind is Kind.SEALED:
            table.fault(f"keys[{index}].kind", "expected a kind that can be asked with, found sealed")
        for column, fault in key_faults(key):
            table.fault(f"keys[{index}].{column}", fault)


def _gates(item: Item, table: Table) -> None:
    leaving = {field.name for field in item.fields if field.level is not Level.DROP}
    seen: set[str] = set()
    for index, gate in enumerate(item.gates):
        path = f"gates[{index}]"
        for key, fault in gate_faults(item, gate):
            table.fault(f"{path}.{key}", fault)
        beyond = sorted({*gate.guarded} - leaving)
        if beyond:
            table.fault(f"{path}.fields", f"expected fields that leave, found {', '.join(beyond)}")
        if gate.sensitive in gate.fields:
            table.fault(f"{path}.sensitive", f"expected a field beside those of the group, found {gate.sensitive}")
        if bool(gate.sensitive) is not (gate.l > 1):
            table.fault(f"{path}.l", "expected sensitive and l of at least 2 together, or neither, found one alone")
        twice = sorted({*gate.guarded} & seen)
        if twice:
            table.fault(f"{path}.fields", f"expected fields of one gate each, found in two: {', '.join(twice)}")
        seen |= {*gate.guarded}
        if gate.l > gate.k:
            table.fault(f"{path}.l", f"expected at most k = {gate.k}, found {gate.l}")


def _distinct(table: Table, key: str, names: Iterable[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    if twice:
        table.fault(key, f"expected distinct names, found twice: {', '.join(twice)}")

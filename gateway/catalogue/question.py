"""Holds a question's fields and keys to its item: the last checks of step 3, which look into the page of keys.

Rules: what is found is told by column and row number, never by value. A key that cannot exist is refused here, on both
roads, before an intent is written: an answer about it would read as of an unknown person.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.ground.evidence import Column, Page, Value
from gateway.ground.identity_numbers import EXPECTED, IDENTITY_KEYS, POWER, fault_of, is_power
from gateway.ground.item import Item, Key, Label
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.ground.shapes import key_fault
from gateway.ground.visible import unseen_in

_OTHER_CODE: Final = Label("其他代码", "another code")
_SEEN: Final = Label("看得见的文本", "text that can be seen")


class QuestionForm:
    """An item's form of question, compiled once when the catalogue is built; never changed afterwards."""

    __slots__ = ("_code", "_keys", "_required", "_subjects", "fields")

    def __init__(self, item: Item) -> None:
        self.fields = frozenset(field.name for field in item.fields)
        self._code = item.code
        self._keys = {key.name: key for key in item.keys}
        self._required = frozenset(key.name for key in item.keys if key.required)
        self._subjects = item.subjects

    def require_fields(self, fields: tuple[str, ...]) -> frozenset[str]:
        """Return the fields as a set.

        Raises:
            Refusal: FIELD_UNDECLARED where none is asked for, one twice, or one that the item does not declare.
        """
        asked = frozenset(fields)
        if not asked or len(asked) != len(fields):
            raise Refusal(
                Reason.FIELD_UNDECLARED,
                f"{self._code}: expected distinct fields, at least one, found {len(asked)} of {len(fields)}",
            )
        if not asked <= self.fields:
            unknown = len(asked - self.fields)
            raise Refusal(Reason.FIELD_UNDECLARED, f"{self._code}: expected its own fields, found {unknown} others")
        return asked

    def require_keys(self, keys: Page, today: date) -> None:
        """Return if the page has the item's keys, in their kinds and lengths, on a day; its mode bounds the rows.

        Raises:
            Refusal: KEY_INVALID; KEY_CODE_UNKNOWN, with a violation for each code that the key takes.
        """
        rows = keys.rows
        if self._subjects:
            if rows < 1:
                raise self._invalid(f"expected at least one subject, found {rows}")
        elif rows != 1:
            raise self._invalid(f"expected one row of parameters, found {rows}")
        seen = set()
        for column in keys.columns:
            key = self._keys.get(column.name)
            if key is None or column.name in seen:
                raise self._invalid(f"expected each of {', '.join(self._keys)} once, found another column")
            seen.add(column.name)
            self._require_column(key, column, rows, today)
        if not self._required <= seen:
            raise self._invalid(f"expected the key {min(self._required - seen)}, found nothing")

    def _require_column(self, key: Key, column: Column, rows: int, today: date) -> None:
        if column.kind is not key.kind:
            raise self._invalid(f"key {key.name}: expected the kind {key.kind}, found {column.kind}")
        if len(column.values) != rows:
            raise self._invalid(f"key {key.name}: expected {rows} values, found {len(column.values)}")
        for row, value in enumerate(column.values):
            if (fault := fault_of_key(key, value, today)) is not None:
                expected, found = fault
                raise self._invalid(f"key {key.name}: expected {expected.en} in row {row}, found {found.en}")
            if (unknown := unknown_code(key, value)) is not None:
                found = unknown[1]
                raise Refusal(
                    Reason.KEY_CODE_UNKNOWN,
                    f"{self._code}: key {key.name}: expected one of its codes in row {row}, found {found.en}",
                    violations=tuple(Violation(code, f"{label.zh} / {label.en}") for code, label in key.codes),
                )

    def _invalid(self, found: str) -> Refusal:
        return Refusal(Reason.KEY_INVALID, f"{self._code}: {found}")


def fault_of_key(key: Key, value: Value, today: date) -> tuple[Label, Label] | None:
    """Return what was expected and what was found where a value cannot be this key; None where it can.

    Args:
        key: the item's key.
        value: in the key's kind; the number of a person folded to its one writing.
        today: the day in China; nobody is born after it.
    """
    if value is None:
        return (Label("有值", "a value"), Label("空", "null")) if key.required else None
    if not isinstance(value, str):
        return key_fault(key, value) if isinstance(value, int | date) else None
    if (unseen := unseen_in(value)) is not None:
        return _SEEN, unseen
    if key.codes:
        return None  # a code is judged as a code, however long it is
    if key.name in IDENTITY_KEYS:
        fault = fault_of(value, today)
        return None if fault is None else (EXPECTED, fault)
    return (Label("完整的文本", "the whole text"), POWER) if is_power(value) else key_fault(key, value)


def unknown_code(key: Key, value: Value) -> tuple[Label, Label] | None:
    """Return which codes a coded key takes, and what was found, where a value is none of them; None where it is one.

    Another value of the same code set may be asked about elsewhere; then the item that has it is named.
    """
    if not key.codes or value is None or any(value == code for code, _ in key.codes):
        return None
    zh = "、".join(f"{code}（{label.zh}）" for code, label in key.codes)
    en = ", ".join(f"{code} ({label.en})" for code, label in key.codes)
    item = next((item for code, item in key.elsewhere if code == value), "")
    found = Label(f"应查 {item} 的代码", f"a code to ask {item} about") if item else _OTHER_CODE
    return Label(f"{zh} 之一", f"one of {en}"), found

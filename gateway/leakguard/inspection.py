"""The guard of one item: every look at a page, in order, and the only place where `ClearedPage` is issued.

1 shape     exactly the granted columns that leave, in the grant's order, with as many cells as the raw page has rows
2 level     each column is of the kind, and each cell in the form, that the field's level gives; clear is unaltered;
            a minor's cell is as the stricter level gives it
3 known     no raw value of a masked field, and no key of a question about a person, stands in open text of the page
4 close     no such value of the row comes back in any dress, and no number of a person stands there, unless the field
            is declared to hold such numbers; this look reads only what the quick look does not find plain
5 reason    each row has its outcome, one that is not answered has no cell, and every null says its own reason
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import compress
from typing import Any, Final

from gateway.ground.evidence import ClearedPage, Column, Grant, MaskedPage, Page, RawPage
from gateway.ground.item import Field, Item, Kind, Level
from gateway.leakguard.columns import UNDECLARED, Rule, rule_of
from gateway.leakguard.engines import Engine, fastest
from gateway.leakguard.examine import LONGEST
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.known import Known
from gateway.leakguard.minors import minors_of
from gateway.leakguard.numbers import suspicious
from gateway.leakguard.outcomes import answered_rows, require_reasons
from gateway.leakguard.rows import Cells, Rows, join_columns, text_of
from gateway.leakguard.values import Values

_JOINT: Final = "\x1f"
"""Between codes that are searched together: no number runs over it."""


class Guard:
    """Inspects the pages of one item. Compiled once, never changed afterwards.

    Raises:
        ValueError: the item has a level or a form that the guard does not know, or a code that looks like a number.
    """

    __slots__ = ("_engine", "_item", "_known", "_minor_rules", "_rules")

    def __init__(self, item: Item, engine: Engine | None = None) -> None:
        self._item = item
        self._engine = engine or fastest()
        self._rules = {field.name: rule_of(field) for field in item.fields}
        self._minor_rules = {
            field.name: rule_of(replace(field, level=field.minor_level, params=field.minor_params))
            for field in item.fields
            if (field.minor_level, field.minor_params) != (field.level, field.params)
        }
        self._known = {field.name: field for field in item.fields if _is_known(field)}
        for field in item.fields:
            if suspicious(_JOINT.join(field.codes)):
                raise ValueError(f"{item.code}.{field.name}: expected codes, found one like a number of a person")

    def inspect(self, grant: Grant, keys: Page, raw: RawPage, masked: MaskedPage, today: date) -> ClearedPage:
        """Return the page if nothing is found in it; `keys` are those of the question, `today` is China's day.

        Raises:
            LeakFound: with the column and the detector; also where the grant is of another item than the guard.
        """
        if grant.item is not self._item and grant.item != self._item:
            raise LeakFound(UNDECLARED, Detector.COLUMN)
        page = masked.page
        rules = self._shape(grant, raw, masked)
        given = {column.name: column.values for column in raw.page.columns}
        minors = minors_of(self._item, keys, raw, today)
        withheld = {name for name, rule in self._minor_rules.items() if rule is None}
        nothing = bool(rules) and all(rule.name in withheld for rule in rules)
        answered = answered_rows(self._item, raw.page, page, minors, withholds_all=nothing)
        open_columns = [
            (rule, column)
            for rule, column in zip(rules, page.columns, strict=True)
            if self._look_at_answered(rule, column, given[rule.name], minors, answered)
        ]
        if open_columns:
            cells = [(rule, self._open_column(rule, column)) for rule, column in open_columns]
            known, own = self._values(keys, raw)
            self._require_unknown(known, cells)
            self._look_closely(own, cells)
        for column in page.columns:
            require_reasons(column, answered, minors if column.name in withheld else ())
        return ClearedPage(page, masked.number, masked.last, masked.profile)

    def _open_column(self, rule: Rule, column: Column) -> Cells:
        texts = list(map(text_of, column.values))
        if max(map(len, texts), default=0) > LONGEST:
            raise LeakFound(rule.name, Detector.UNREADABLE)
        return Cells(texts, self._engine.classes(texts))

    def _look_at_answered(
        self, rule: Rule, column: Column, raw: tuple[Any, ...], minors: tuple[bool, ...], answered: tuple[bool, ...]
    ) -> bool:
        """Return whether the column is open text, of the rows that are answered."""
        if not answered:
            return self._look(rule, column, raw, minors)
        theirs = tuple(compress(minors, answered))
        return self._look(rule, _choose_rows(column, answered), tuple(compress(raw, answered)), theirs)

    def _look(self, rule: Rule, column: Column, raw: tuple[Any, ...], minors: tuple[bool, ...]) -> bool:
        """Return whether the column is open text; the cells of minors are held to the rule for them."""
        if rule.name not in self._minor_rules or True not in minors:
            return rule.look(column, raw)
        others = tuple(not minor for minor in minors)
        open_columns = rule.look(_choose_rows(column, others), tuple(compress(raw, others)))
        stricter, theirs = self._minor_rules[rule.name], _choose_rows(column, minors)
        if stricter is not None:
            return stricter.look(theirs, tuple(compress(raw, minors))) or open_columns
        if any(cell is not None for cell in theirs.values):
            raise LeakFound(rule.name, Detector.MINOR)
        return open_columns

    def _shape(self, grant: Grant, raw: RawPage, masked: MaskedPage) -> list[Rule]:
        rows, columns = raw.page.rows, masked.page.columns
        rules: list[Rule] = []
        for name in grant.needed:
            if name not in self._rules:
                raise LeakFound(UNDECLARED, Detector.COLUMN)
            rule = self._rules[name]
            if rule is not None:
                rules.append(rule)
        if masked.page.rows != rows or masked.number != raw.number or masked.last != raw.last:
            raise LeakFound("*", Detector.COLUMN)
        for rule, column in zip(rules, columns, strict=False):
            if column.name != rule.name:
                raise LeakFound(column.name if column.name in self._rules else UNDECLARED, Detector.COLUMN)
            if type(column.values) is not tuple or len(column.values) != rows:
                raise LeakFound(rule.name, Detector.COLUMN)
        if len(columns) != len(rules):
            extra = columns[len(rules)].name if len(columns) > len(rules) else rules[len(columns)].name
            raise LeakFound(extra if extra in self._rules else UNDECLARED, Detector.COLUMN)
        given = {column.name: len(column.values) for column in raw.page.columns}
        for name in grant.needed:  # without the raw cells nothing could be compared, so nothing is cleared
            if given.get(name) != rows:
                raise LeakFound(name, Detector.COLUMN)
        return rules

    def _values(self, keys: Page, raw: RawPage) -> tuple[list[tuple[Values, Known]], list[Values]]:
        """Return the raw columns and the keys that are looked for on the whole page, and the same of its rows alone."""
        rows = raw.page.rows
        columns = [column for column in raw.page.columns if column.name in self._known]
        own = [Values(column.name, column.values) for column in columns]
        known = [(each, Known(column.kind, each.cells, by_row=True)) for each, column in zip(own, columns, strict=True)]
        if self._item.subjects:
            single = keys.rows == 1
            whole = raw.number == 0 and raw.last and keys.rows == rows
            for column in keys.columns:
                asked = Values(column.name, column.values * rows if single else column.values)
                known.append((asked, Known(column.kind, asked.cells, by_row=single or whole)))
                if not (single or whole):
                    part = column.values[raw.first : raw.first + rows]
                    asked = Values(column.name, part + (None,) * (rows - len(part)))
                own.append(asked)
        return known, own

    def _require_unknown(self, known: list[tuple[Values, Known]], open_columns: list[tuple[Rule, Cells]]) -> None:
        for rule, cells in open_columns:
            for values, own in known:
                if values.name == rule.name:  # a key may come back as the field of its name
                    continue
                if cells.may_hold(values):
                    back = own.comes_back(cells.folded)
                else:
                    back = cells.may_hold_number(values) and own.comes_back(cells.numeric)
                if back:
                    raise LeakFound(rule.name, Detector.RAW_VALUE)

    def _look_closely(self, own: list[Values], open_columns: list[tuple[Rule, Cells]]) -> None:
        rows = Rows(own)
        for rule, cells in open_columns:
            others = [values for values in own if values.name != rule.name]
            beside = rows if len(others) == len(own) else Rows(others)  # a key may come back as its own field
            for _, found in beside.look(cells):
                if sounding := found - rule.allowed:
                    raise LeakFound(rule.name, min(sounding))
        if len(open_columns) > 1:
            together = join_columns([cells.cells for _, cells in open_columns])
            for _ in rows.look_together(Cells(together, self._engine.classes(together))):
                raise LeakFound(open_columns[-1][0].name, Detector.RAW_VALUE)


def _choose_rows(column: Column, rows: tuple[bool, ...]) -> Column:
    return replace(column, values=tuple(compress(column.values, rows)))


def _is_known(field: Field) -> bool:
    """Tell whether a field's raw values are looked for: masked, and more than a word of a vocabulary."""
    if field.level is Level.CLEAR or field.codes or field.kind is Kind.BOOLEAN:
        return False
    return ("to", "city") not in field.params

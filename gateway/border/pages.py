"""The rules of a page that no option of the contract expresses: what each row and each empty cell must say of itself.

1 distinct names, and as many typed values in each column as the page has rows
2 a null mask that fits, nothing hidden under it, and a reason for each null where the column says any
3 an outcome for each row where the page says any, and a time exactly where a row can be asked later
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.wire.v1 import page_pb2


def list_page_faults(page: Any, most_columns: int) -> Iterator[tuple[str, str]]:
    """Yield path and expectation of all that is wrong with a page; columns beyond the most, and one, are not read."""
    rows = page.rows
    names: set[str] = set()
    for index, column in enumerate(page.columns[: most_columns + 1]):
        name, which = column.name, column.WhichOneof("values")
        if name in names:
            yield f"columns[{index}].name", "expected names that differ"
        names.add(name)
        values = getattr(column, which).values if which else ()
        if len(values) != rows or not which:
            yield f"columns[{index}]", f"expected {rows} typed values, found {len(values)}"
        elif column.nulls or column.reasons:
            for path, expected in _list_null_faults(column, values):
                yield f"columns[{index}].{path}", expected
    said = page.outcomes
    if said and (len(said) != rows or page_pb2.ROW_OUTCOME_UNSPECIFIED in said):
        yield "outcomes", f"expected an outcome for each of {rows} rows, found {len(said)}"
    if (page_pb2.ROW_OUTCOME_LATER in said) != bool(page.later_at_s):
        yield "later_at_s", "expected a time exactly where a row can be asked later"


def _list_null_faults(column: Any, values: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield what was expected of a column's null mask, the values under it and the reasons beside it, by field."""
    rows, nulls, reasons = len(values), column.nulls, column.reasons
    if len(nulls) > (rows + 7) // 8:
        yield "nulls", f"expected at most {(rows + 7) // 8} bytes for {rows} rows, found {len(nulls)}"
        return
    bits = int.from_bytes(nulls, "little")
    if bits >> rows:
        yield "nulls", f"expected no bit beyond {rows} rows"
    if any(value for row, value in enumerate(values) if bits >> row & 1):
        yield "nulls", "expected the zero value where a row is null"
    if not reasons:
        return
    if len(reasons) != rows:
        yield "reasons", f"expected {rows} reasons, found {len(reasons)}"
    elif any(bool(reason) != bool(bits >> row & 1) for row, reason in enumerate(reasons)):
        yield "reasons", "expected a reason for each null and for nothing else"

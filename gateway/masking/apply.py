"""Applies a plan to a page: builds the masked page from the grant's fields alone, in the grant's order.

Rule: any doubt refuses the whole page with MASKING_FAILED, naming item and field, never a value: a column too many or
too few, a wrong kind, a cell of another type, a wrong length, whatever an operator raises. The cells of minors, and of
all whose age is not known, are made by the stricter plan.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import compress

from gateway.ground.evidence import Column, Grant, MaskedPage, Page, RawPage, Value
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.ages import Minors
from gateway.masking.context import Context, Operator
from gateway.masking.faults import MaskingError
from gateway.masking.plan import Plan, Step


def mask(plan: Plan, grant: Grant, raw: RawPage, context: Context) -> MaskedPage:
    """Return the page that the grant needs; `context` says on which day and about whom.

    Dropped fields have no column. A batch and a single row give the same cells.

    Raises:
        Refusal: MASKING_FAILED.
    """
    if plan.item_digest != grant.item_digest or plan.recipient != grant.recipient:
        raise _failure(plan, "", "the plan is not that of the grant's item and recipient")
    made = masked_page(plan, grant.needed, raw.page, context)
    return MaskedPage(made, raw.number, raw.last, plan.profile)


def masked_page(plan: Plan, fields: tuple[str, ...], raw: Page, context: Context) -> Page:
    """Return a new page of the fields named, in their order, made from a raw page that has exactly these.

    Raises:
        Refusal: MASKING_FAILED.
    """
    given = {column.name: column for column in raw.columns}
    if not fields or len(fields) != len(raw.columns) or given.keys() != set(fields):
        raise _failure(plan, "", f"expected the {len(fields)} columns of the grant, found {len(raw.columns)} others")
    made: list[Column] = []
    minors = plan.minors(raw, context)
    for name in fields:
        step = plan.steps.get(name)
        if step is None:
            raise _failure(plan, "", "expected the item's fields, found an undeclared one")
        values = _require_cells(plan, step, given[name], raw.rows)
        if step.operator is None:
            continue
        if step.alike or not minors:
            masked = _mask_cells(plan, name, step.operator, values, context)
        else:
            masked = _mask_apart(plan, name, step, values, minors, context)
        made.append(Column(name, step.masked, masked))
    return Page(raw.rows, tuple(made))


def _require_cells(plan: Plan, step: Step, column: Column, rows: int) -> tuple[Value, ...]:
    """The cells of a raw column, held to its kind, type and length."""
    name, values = column.name, column.values
    if column.kind is not step.kind:
        raise _failure(plan, name, f"expected the kind {step.kind}, found {column.kind}")
    if type(values) is not tuple or len(values) != rows:
        raise _failure(plan, name, f"expected {rows} cells, found {len(values)}")
    if not step.types.issuperset(map(type, values)):
        raise _failure(plan, name, f"expected {step.kind} cells, found another type")
    return values


def _mask_apart(
    plan: Plan, name: str, step: Step, values: tuple[Value, ...], minors: Minors, context: Context
) -> tuple[Value, ...]:
    """The column of which some cells are minors': each made by its own operator, in its place."""
    grown = tuple([not minor for minor in minors])
    masked = iter(_mask_chosen(plan, name, step.operator, values, grown, context))
    stricter = iter(_mask_chosen(plan, name, step.minor, values, minors, context))
    return tuple([next(stricter) if minor else next(masked) for minor in minors])


def _mask_chosen(
    plan: Plan, name: str, operator: Operator | None, values: tuple[Value, ...], chosen: Minors, context: Context
) -> tuple[Value, ...]:
    """The masked cells of the chosen rows alone, with the places and subjects of these rows."""
    rows, subjects = tuple(compress(context.rows, chosen)), tuple(compress(context.subjects, chosen))
    there = replace(context, rows=rows, subjects=subjects)
    return _mask_cells(plan, name, operator, tuple(compress(values, chosen)), there)


def _mask_cells(
    plan: Plan, name: str, operator: Operator | None, values: tuple[Value, ...], context: Context
) -> tuple[Value, ...]:
    if operator is None:
        return (None,) * len(values)
    try:
        masked = operator(values, context)
    except MaskingError as error:
        found = str(error)
    except Exception as error:
        found = f"the operator raised {type(error).__name__}"
    else:
        if len(masked) == len(values):
            return masked
        found = f"expected {len(values)} masked cells, found {len(masked)}"
    raise _failure(plan, name, found)  # outside the handler, so that no exception that may hold a value rides along


def _failure(plan: Plan, field: str, found: str) -> Refusal:
    place = f"{plan.item_code}.{field}" if field else plan.item_code
    return Refusal(Reason.MASKING_FAILED, f"{place}: {found}")

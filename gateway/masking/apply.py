"""Applies a plan to a page: builds the masked page from the grant's fields alone, in the grant's order.

Rule: any doubt refuses the whole page with MASKING_FAILED, naming item and field, never a value: a column too many or
too few, a wrong kind, a cell of another type, a wrong length, whatever an operator raises. The cells of minors, and of
all whose age is not known, are made by the stricter plan. A row whose outcome is not `found` is masked by nothing: its
cells are null, and every null says why it is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

from gateway.ground.evidence import CellReason, Column, Grant, MaskedPage, Page, RawPage, Value
from gateway.ground.item import Outcome
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
    who = _judge_rows(plan, fields, raw, context)
    made: list[Column] = []
    for name in fields:
        step = plan.steps.get(name)
        if step is None:
            raise _failure(plan, "", "expected the item's fields, found an undeclared one")
        values = _require_cells(plan, step, given[name], raw.rows)
        if step.operator is not None:
            made.append(_mask_column(plan, name, step, values, who))
    later = raw.later_at_s if Outcome.LATER in who.outcomes else 0
    return Page(raw.rows, tuple(made), who.outcomes, later)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A page's rows: their outcomes, which are answered (all, where empty), and of these the minors and the context."""

    outcomes: tuple[Outcome, ...]
    answered: tuple[bool, ...]
    minors: Minors
    context: Context


def _judge_rows(plan: Plan, fields: tuple[str, ...], raw: Page, context: Context) -> _Rows:
    """Say what becomes of each row: what the platform said, but for the minors of whom the item says nothing.

    Where the question itself tells who is a minor, whether the platform knows the person makes no difference.
    """
    outcomes, minors = raw.outcomes, plan.minors(raw, context)
    if len(outcomes) not in (0, raw.rows):
        raise _failure(plan, "", f"expected {raw.rows} outcomes, found {len(outcomes)}")
    theirs = plan.of_minors
    if theirs is Outcome.FOUND and minors and outcomes and _withholds_all(plan, fields):
        theirs = Outcome.WITHHELD_MINOR
    if theirs is not Outcome.FOUND and minors and outcomes:
        outcomes = tuple(
            [
                theirs if minor and (plan.by_key or said is Outcome.FOUND) else said
                for minor, said in zip(minors, outcomes, strict=True)
            ]
        )
    if outcomes.count(Outcome.FOUND) == len(outcomes):
        return _Rows(outcomes, (), minors, context)
    answered = tuple([outcome is Outcome.FOUND for outcome in outcomes])
    minors = tuple(compress(minors, answered))
    return _Rows(outcomes, answered, minors if True in minors else (), _choose(context, answered))


def _withholds_all(plan: Plan, fields: tuple[str, ...]) -> bool:
    """Tell whether nothing that was asked for is shown of a minor."""
    leaving = [step for step in map(plan.steps.get, fields) if step is not None and step.operator is not None]
    return bool(leaving) and all(step.minor is None for step in leaving)


def _mask_column(plan: Plan, name: str, step: Step, values: tuple[Value, ...], who: _Rows) -> Column:
    """The masked column, with the reason of each null."""
    cells = tuple(compress(values, who.answered)) if who.answered else values
    if step.alike or not who.minors:
        masked = _mask_cells(plan, name, step.operator, cells, who.context)
    else:
        masked = _mask_apart(plan, name, step, cells, who.minors, who.context)
    if not who.answered and None not in masked:
        return Column(name, step.masked, masked)
    hidden = who.minors if step.minor is None else ()
    reasons = _reasons_of(masked, hidden)
    if who.answered:
        shown, told = iter(masked), iter(reasons)
        masked = tuple([next(shown) if answered else None for answered in who.answered])
        reasons = tuple([next(told) if answered else CellReason.NOT_ANSWERED for answered in who.answered])
    return Column(name, step.masked, masked, reasons)


def _reasons_of(masked: tuple[Value, ...], hidden: Minors) -> tuple[CellReason, ...]:
    """The reasons of the answered rows' cells; `hidden` are the minors of whom the field is not shown."""
    declared = [CellReason.AS_DECLARED if cell is None else CellReason.NONE for cell in masked]
    if not hidden:
        return tuple(declared)
    return tuple(
        [CellReason.WITHHELD_MINOR if minor else reason for minor, reason in zip(hidden, declared, strict=True)]
    )


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
    return _mask_cells(plan, name, operator, tuple(compress(values, chosen)), _choose(context, chosen))


def _choose(context: Context, chosen: tuple[bool, ...]) -> Context:
    rows, subjects = tuple(compress(context.rows, chosen)), tuple(compress(context.subjects, chosen))
    return replace(context, rows=rows, subjects=subjects)


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

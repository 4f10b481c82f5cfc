"""The checks, and `run`, which does them all.

describe      the platform serves every item, in its version, with its keys and fields and their kinds
answer        a known key row is answered: exact fields, types, codes out of the item's set, not all null
subset        one field asked for gives that field alone
order         known, unknown, known: three rows in that order; the unknown one is null
outcome       known, unknown, wrong name: found, no_match, no_match, and the last two alike; a directory says none
bounds        pages keep to the bound, and the rows do not depend on it
refusal       an undeclared field, another version and missing keys are errors of the contract
concurrency   sixteen questions at once get the same answer
cancellation  a cancelled question ends at once, and the next is answered
deadline      a question with a deadline of a millisecond ends soon, by an answer or an error of the contract
silence       no error of all these shows a value of the keys
health        answers within two seconds that it serves
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.conformance.asking import Outcome, ask, is_refused, question
from adapters.conformance.expectations import ExpectedField, ExpectedItem
from adapters.contract import FOUND, NO_MATCH, Cell, Platform, PlatformError

TOGETHER: Final = 16
TURNS: Final = 6
CANCEL_SECONDS: Final = 1.0
HEALTH_SECONDS: Final = 2.0
_TYPES: Final = {"string": str, "integer": int, "boolean": bool, "date": date, "decimal": str}


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which the platform departs from the contract; `item` is empty where none is concerned."""

    check: str
    item: str
    detail: str


Check = Callable[[Platform, ExpectedItem], Awaitable[list[str]]]


async def run(platform: Platform, expectations: Sequence[ExpectedItem]) -> list[Finding]:
    """Do all checks and return the findings; an empty list is a pass. The platform stays open.

    Raises:
        ValueError: nothing is expected: a suite without items would pass everything.
    """
    if not expectations:
        raise ValueError("expectations: expected at least one item, found none")
    findings = [Finding("health", "", detail) for detail in await _health(platform)]
    findings += await _describe(platform, expectations)
    for item in expectations:
        for name, check in CHECKS.items():
            findings += [Finding(name, item.code, detail) for detail in await check(platform, item)]
    return findings


async def _health(platform: Platform) -> list[str]:
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            health = await platform.health()
    except Exception as error:
        return [f"expected an answer within {HEALTH_SECONDS} seconds, found {type(error).__name__}"]
    return [] if health.serving else ["expected a serving platform, found one that does not"]


async def _describe(platform: Platform, expectations: Sequence[ExpectedItem]) -> list[Finding]:
    try:
        description = await platform.describe()
    except PlatformError as error:
        return [Finding("describe", "", f"expected a description, found {type(error).__name__}")]
    served = {item.code: item for item in description.items}
    findings = []
    for item in expectations:
        found = served.get(item.code)
        if found is None or found.version != item.version:
            findings.append(Finding("describe", item.code, f"expected version {item.version}, found another or none"))
            continue
        for what, expected, has in (
            ("keys", set(item.keys), {(one.name, one.kind) for one in found.keys}),
            ("fields", {(one.name, one.kind) for one in item.fields}, {(one.name, one.kind) for one in found.fields}),
        ):
            if expected != has:
                odd = ", ".join(sorted(name for name, _ in expected ^ has))
                findings.append(Finding("describe", item.code, f"{what} differ from the item's: {odd}"))
    return findings


async def _answer(platform: Platform, item: ExpectedItem) -> list[str]:
    outcome = await ask(platform, question(item, [item.known]))
    if outcome.error is not None:
        return [f"expected an answer, found {outcome.fault}"]
    expected = {one.name for one in item.fields}
    if any(set(page.columns) != expected for page in outcome.pages):
        return ["expected exactly the fields asked for, found others"]
    rows = outcome.rows()
    if item.subjects and len(rows) != 1:
        return [f"expected one row for one subject, found {len(rows)}"]
    if not rows or all(value is None for value in rows[0].values()):
        return ["expected the known row to be answered, found nulls or nothing"]
    return [fault for one in item.fields for fault in _check_types(one, [row[one.name] for row in rows])]


def _check_types(field: ExpectedField, values: Sequence[Cell]) -> list[str]:
    held = [value for value in values if value is not None]
    faults = []
    if any(type(value) is not _TYPES[field.kind] for value in held):
        faults.append(f"field {field.name}: expected {field.kind} values, found another type")
    elif field.codes and not field.codes.issuperset(map(str, held)):
        faults.append(f"field {field.name}: expected values out of the item's codes, found another")
    return faults


async def _subset(platform: Platform, item: ExpectedItem) -> list[str]:
    name = item.fields[-1].name
    outcome = await ask(platform, question(item, [item.known], fields=[name]))
    if outcome.error is not None or any(set(page.columns) != {name} for page in outcome.pages):
        return [f"expected the field {name} alone, found others or an error {outcome.fault}"]
    return []


async def _order(platform: Platform, item: ExpectedItem) -> list[str]:
    if not item.subjects:
        outcome = await ask(platform, question(item, [item.unknown]))
        return [] if outcome.error is None and not outcome.rows() else ["expected no rows for a region without any"]
    outcome = await ask(platform, question(item, [item.known, item.unknown, item.known]))
    rows = outcome.rows()
    if outcome.error is not None or len(rows) != 3:
        return [f"expected three rows for three subjects, found {len(rows)} {outcome.fault}"]
    if rows[0] != rows[2] or rows[0] == rows[1]:
        return ["expected the rows in the order of the keys, found another order"]
    filled = sorted(name for name, value in rows[1].items() if value is not None)
    return [f"expected nulls for an unknown subject, found values in {', '.join(filled)}"] if filled else []


async def _outcome(platform: Platform, item: ExpectedItem) -> list[str]:
    if not item.subjects:
        outcome = await ask(platform, question(item, [item.known]))
        return ["expected no outcomes in a directory, found some"] if outcome.outcomes() else []
    wrong = {**item.known, "name": "无名"}
    outcome = await ask(platform, question(item, [item.known, item.unknown, wrong]))
    said, expected = outcome.outcomes(), [FOUND, NO_MATCH, NO_MATCH]
    faults = [] if said == expected else [f"expected {', '.join(expected)}, found {', '.join(said) or 'none'}"]
    if filled := outcome.filled():
        faults.append(f"expected nulls in rows that are not found, found values in {', '.join(filled)}")
    return faults


async def _bounds(platform: Platform, item: ExpectedItem) -> list[str]:
    rows = [item.known, item.unknown, item.known] if item.subjects else [item.known]
    whole = await ask(platform, question(item, rows))
    for bound in (1, 2):
        outcome = await ask(platform, question(item, rows, page_rows=bound))
        if max(outcome.sizes(), default=0) > bound or outcome.error is not None:
            return [f"expected pages of at most {bound} rows, found larger ones or an error {outcome.fault}"]
        if (outcome.rows(), outcome.outcomes()) != (whole.rows(), whole.outcomes()):
            return ["expected the same rows whatever the size of a page, found others"]
    return []


async def _refusal(platform: Platform, item: ExpectedItem) -> list[str]:
    wrong = {
        "an undeclared field": question(item, [item.known], fields=["never_declared"]),
        "another version": question(item, [item.known], version=item.version + 1000),
        "missing keys": question(item, [{name: value for name, value in item.known.items() if name in item.optional}]),
    }
    faults = []
    for what, asked in wrong.items():
        outcome = await ask(platform, asked)
        if not is_refused(outcome):
            faults.append(f"{what}: expected an error of the contract, found {outcome.fault or 'an answer'}")
    return faults


async def _concurrency(platform: Platform, item: ExpectedItem) -> list[str]:
    asked = question(item, [item.known])
    outcomes: list[Outcome] = await asyncio.gather(*(ask(platform, asked) for _ in range(TOGETHER)))
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed or any(outcome.rows() != outcomes[0].rows() for outcome in outcomes):
        return [f"expected {TOGETHER} equal answers at once, found {failed} errors or unequal ones"]
    return []


async def _turns(platform: Platform, item: ExpectedItem) -> list[str]:
    """Ask about one and another in turns: an answer that is late or doubled on the way would be the wrong one's."""
    turns = [item.known, item.unknown] * (TURNS // 2)
    outcomes = [await ask(platform, question(item, [row])) for row in turns]
    first = [outcome.rows() for outcome in outcomes[:2]]
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed or first[0] == first[1] or any(one.rows() != first[at % 2] for at, one in enumerate(outcomes)):
        return [f"expected each of {TURNS} questions in turns to get its own answer, found another or {failed} errors"]
    return []


async def _cancellation(platform: Platform, item: ExpectedItem) -> list[str]:
    task = asyncio.ensure_future(ask(platform, question(item, [item.known] * (200 if item.subjects else 1))))
    await asyncio.sleep(0)
    task.cancel()
    _, pending = await asyncio.wait({task}, timeout=CANCEL_SECONDS)
    if pending:
        return [f"expected a cancelled question to end within {CANCEL_SECONDS} seconds, found it running"]
    outcome = await ask(platform, question(item, [item.known]))
    return [] if outcome.error is None else [f"expected an answer after a cancellation, found {outcome.fault}"]


async def _deadline(platform: Platform, item: ExpectedItem) -> list[str]:
    outcome = await ask(platform, question(item, [item.known], seconds=0.001))
    if outcome.error is None or is_refused(outcome):
        return []
    return [f"expected an answer or an error of the contract soon after the deadline, found {outcome.fault}"]


async def _silence(platform: Platform, item: ExpectedItem) -> list[str]:
    provoking = (
        question(item, [item.known], fields=["never_declared"]),
        question(item, [item.known], version=item.version + 1000),
        question(item, [item.known], page_rows=0),
        question(item, [item.known], fields=[]),
        question(item, [item.known], seconds=0.001),
        question(item, [{name: f"{value}\u0000'\"" for name, value in item.known.items()}]),
    )
    for asked in provoking:
        if (await ask(platform, asked)).telling:
            return ["expected errors without personal values, found one that shows a key"]
    return []


CHECKS: Final[dict[str, Check]] = {
    "answer": _answer,
    "subset": _subset,
    "order": _order,
    "outcome": _outcome,
    "bounds": _bounds,
    "refusal": _refusal,
    "concurrency": _concurrency,
    "turns": _turns,
    "cancellation": _cancellation,
    "deadline": _deadline,
    "silence": _silence,
}
"""The checks that are made for every item, by their names."""

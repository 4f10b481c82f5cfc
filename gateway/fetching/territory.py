"""Holds the records of a page to the regions that an agreement covers, before anything else sees them.

Rules: the platform is asked for the record's region whether or not the asker asked for it, and the column goes no
further where he did not. A person whose record lies in a county outside is one to whom the item does not apply: all
cells of the row are null from here on, and the row says what the item shows of that. A row that is not found has no
region and stays as it is. A record without a region, of an ambiguous one, of one that is wider than a county, or of a
directory outside refuses the whole question, since nothing true can be said of its row. The intent is written by then,
so that the persons count as looked at.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import compress

from gateway.ground.evidence import Grant, Page, Value
from gateway.ground.item import Outcome
from gateway.ground.outcomes import shown_as
from gateway.ground.refusals import Reason, Refusal


def hold_to_territory(page: Page, grant: Grant) -> Page:
    """Return the page with the columns that are needed, and with nothing of the records that lie outside.

    Raises:
        Refusal: AGREEMENT_NOT_COVERED where it is not certain of a record where it lies, or its row cannot say so.
    """
    territory = grant.territory
    if not territory.agreement:
        return page
    regions = page.column(territory.field).values
    found = [outcome is Outcome.FOUND for outcome in page.outcomes] or [True] * page.rows
    outside = [asked and region not in territory.codes for region, asked in zip(regions, found, strict=True)]
    needed = grant.needed
    kept = replace(page, columns=tuple(column for column in page.columns if column.name in needed))
    if True not in outside:
        return kept
    shown = shown_as(grant.item, Outcome.NOT_APPLICABLE)
    if shown is None or not page.outcomes or not territory.outside.issuperset(compress(regions, outside)):
        raise Refusal(
            Reason.AGREEMENT_NOT_COVERED,
            f"{grant.item.code}: expected records of the regions of {territory.agreement}, found another",
        )
    return replace(
        kept,
        columns=tuple(replace(column, values=_emptied(column.values, outside)) for column in kept.columns),
        outcomes=tuple([shown if out else said for said, out in zip(page.outcomes, outside, strict=True)]),
    )


def _emptied(values: tuple[Value, ...], outside: list[bool]) -> tuple[Value, ...]:
    return tuple([None if out else value for value, out in zip(values, outside, strict=True)])

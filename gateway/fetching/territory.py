"""Holds the records of a page to the regions that an agreement covers, before anything else sees them.

Rules: the platform is asked for the record's region whether or not the asker asked for it, and the column goes no
further where he did not. A record without a region, of an ambiguous one or of one outside refuses the whole question,
by which nobody learns more than that not all records lie in the agreement's regions; unknown persons have no region
either, and look alike. The intent is written by then, so that the persons count as looked at.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.ground.evidence import Grant, Page
from gateway.ground.refusals import Reason, Refusal


def hold_to_territory(page: Page, grant: Grant) -> Page:
    """Return the page with the columns that are needed.

    Raises:
        Refusal: AGREEMENT_NOT_COVERED where a record lies outside.
    """
    territory = grant.territory
    if not territory.agreement:
        return page
    if not territory.codes.issuperset(page.column(territory.field).values):
        raise Refusal(
            Reason.AGREEMENT_NOT_COVERED,
            f"{grant.item.code}: expected records of the regions of {territory.agreement}, found another",
        )
    if territory.field in grant.needed:
        return page
    return replace(page, columns=tuple(column for column in page.columns if column.name != territory.field))

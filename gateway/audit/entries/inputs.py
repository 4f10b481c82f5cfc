"""The inputs of a decision, as the body of an entry holds them: gathered once an exchange, when the body is written.

Pure. Free text loses whatever is as long as a personal number, and a number of the department's own is withheld where
it has the form of an identity number: not even behind a key does the log hold one.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.audit.entries.entry import Cell
from gateway.ground.evidence import Arrival, Caller, Grant

WITHHELD: Final = "withheld"
"""Stands in place of what looks like a number of a person."""
_NUMBER_IN_TEXT: Final = re.compile(r"[0-9](?:[-_. /]?[0-9Xx]){10,}")
_IDENTITY: Final = re.compile(r"[1-9][0-9]{5}(?:[0-9]{2})?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_SHORTEST: Final = 15
"""Digits of the shortest identity number; a text that is shorter has none."""
_BETWEEN: Final = re.compile(r"[-_. /]")

Authorisation = tuple[Caller, Grant]
"""The caller and the grant of an exchange that was allowed."""


def inputs_of(arrival: Arrival, authorisation: Authorisation | None) -> dict[str, Cell]:
    """Return the inputs of the decision; of a question refused before it was judged, those that it names itself."""
    ask = arrival.ask
    operator = ask.operator
    inputs: dict[str, Cell] = {
        "application": authorisation[0].application if authorisation is not None else arrival.application,
        "batch_no": _number(ask.batch_no),
        "business_no": _number(ask.business_no),
        "channel": ask.channel.value,
        "consent_ref": _number(ask.consent_ref),
        "end_user_org": _text(ask.end_user_org),
        "fields": list(ask.fields),
        "lawful_basis": ask.lawful_basis.value,
        "onward_consent_no": _number(ask.onward_consent_no),
        "operator": _number(operator.ref),
        "operator_unit": operator.unit,
        "purpose": _text(ask.purpose),
        "purpose_code": ask.purpose_code,
        "region_pair": f"{ask.consumer_region}-{ask.provider_province}",
        "terminal": arrival.sender.address,
    }
    if ask.emergency_reason:
        inputs["emergency_reason"] = _text(ask.emergency_reason)
    if authorisation is not None:
        grant = authorisation[1]
        inputs["fields"] = list(grant.fields)
        inputs["grant_id"] = grant.grant_id
        inputs["item_digest"] = grant.item_digest
        inputs["list_versions"] = list(grant.list_versions)
    return inputs


def _number(text: str) -> str:
    """A number of the department's own, unless it has the form of an identity number."""
    if len(text) < _SHORTEST:
        return text
    return WITHHELD if _IDENTITY.search(_BETWEEN.sub("", text)) else text


def _text(text: str) -> str:
    """Free text without anything as long as a personal number."""
    return _NUMBER_IN_TEXT.sub(WITHHELD, text)

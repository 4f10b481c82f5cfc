"""Questions that an invented province answers: one key row an item, and the numbers of the awkward people."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.people.awkward import AWKWARD, COMPLETE
from adapters.people.population import LEAST_PERSONS, population
from adapters.people.records import Person


@dataclass(frozen=True, slots=True)
class AwkwardPerson:
    """An awkward person: whom to ask for. `former_name` is set for the one who changed it."""

    case: str
    index: int
    social_security_no: str
    name: str
    former_name: str | None
    card_no: str
    region_code: str


def samples(province: str, seed: int, persons: int = LEAST_PERSONS) -> dict[str, dict[str, str]]:
    """Return, for each item code, a key row that the province answers with something in every coded field.

    The rows do not depend on `persons`, which is taken so that a caller can pass what it built the platform with.

    Raises:
        ValueError: as `population` does.
    """
    chosen = population(province, seed, min(persons, LEAST_PERSONS)).people[COMPLETE]
    return sample_rows(chosen)


def batch(province: str, seed: int, persons: int) -> list[dict[str, str]]:
    """Return key rows that ask about the first people of the province at once, for an item that compares batches.

    Raises:
        ValueError: as `population` does.
    """
    people = population(province, seed, persons).people
    return [{"social_security_no": one.social_security_no, "name": one.name, "insurance_type": "110"} for one in people]


def sample_rows(person: Person) -> dict[str, dict[str, str]]:
    """Return the key rows that ask about one person, and those of the directories around that person."""
    who = {"social_security_no": person.social_security_no, "name": person.name}
    card = person.cards[-1]
    rows = {
        "CY-ID-01": {**who, "card_no": card.card_no},
        "CY-ID-02": {**who, "card_no": card.card_no},
        "CY-SS-01": who,
        "CY-SS-03": {**who, "insurance_type": "110"},
        "CY-SS-05": {**who, "insurance_type": "110"},
        "CY-FD-01": {**who, "bank_account": card.bank_account},
        "CY-FD-04": who,
        "CY-TR-01": {**who, "policy_code": "senior_65"},
        "CY-TR-02": {**who, "card_no": card.card_no},
        "CY-TO-01": {**who, "scheme": "same_city_ticket"},
        "CY-CU-01": {**who, "card_no": card.card_no},
        "CY-HE-01": {**who, "visit_type": "inpatient"},
        "CY-HE-02": {**who, "card_no": card.card_no},
        "CY-FI-02": {**who, "card_no": card.card_no},
    }
    if person.transfer is not None:
        rows["CY-SS-02"] = {**who, "transfer_no": person.transfer.transfer_no}
    if person.disbursements:
        rows["CY-FD-03"] = {**who, "payment_no": person.disbursements[0].payment_no}
    region = f"{person.region_code[:4]}00"
    for directory in ("CY-TO-02", "CY-CU-02", "CY-FI-01"):
        rows[directory] = {"region_code": region}
    return rows


def awkward(province: str, seed: int) -> tuple[AwkwardPerson, ...]:
    """Return the awkward people of the province, in the order of their indexes."""
    people = population(province, seed, LEAST_PERSONS).people
    return tuple(
        AwkwardPerson(
            case=case,
            index=index,
            social_security_no=people[index].social_security_no,
            name=people[index].name,
            former_name=people[index].former_name,
            card_no=people[index].cards[-1].card_no,
            region_code=people[index].region_code,
        )
        for case, index in AWKWARD.items()
    )

"""Where an item stands: two-sided across the border, one-sided within, and only on lists in effect."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from gateway.catalogue.digest import digest
from gateway.catalogue.lists import ItemList, ListIndex, ListKind, entry_of, read_list, render_list
from gateway.catalogue.schema import Faults
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import CHONGQING, FUTURE, PAST, PROFILES, SICHUAN, TODAY, item_list, packaged, spoilt
from tests.samples import modes

ITEM = packaged("CY-ID-02")
KEY = (ITEM.code, ITEM.version)
BOTH = (SICHUAN, CHONGQING)
CATALOGUE, LIST = ListKind.CATALOGUE, ListKind.APPLICATION_LIST


def standing(lists: list[ItemList], provinces: tuple[str, ...] = BOTH, on: date = TODAY) -> tuple[str, ...] | Reason:
    """Return the lists on which the item stands, or why it does not."""
    try:
        return ListIndex(lists).require(KEY, digest(ITEM), PROFILES.digests(KEY), provinces, on)
    except Refusal as refusal:
        return refusal.reason


SC = item_list(SICHUAN)
CQ_CATALOGUE = item_list(CHONGQING, CATALOGUE)
CQ_LIST = item_list(CHONGQING, LIST)


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([], Reason.ITEM_NOT_LISTED),
        ([SC], Reason.ITEM_NOT_LISTED),
        ([CQ_LIST], Reason.ITEM_NOT_LISTED),
        ([CQ_CATALOGUE, CQ_LIST], Reason.ITEM_NOT_LISTED),
        ([SC, CQ_CATALOGUE], ("510000/application-list@1", "500000/catalogue@1")),
        ([SC, CQ_LIST], ("510000/application-list@1", "500000/application-list@1")),
        (
            [CQ_LIST, CQ_CATALOGUE, SC],
            ("510000/application-list@1", "500000/application-list@1", "500000/catalogue@1"),
        ),
        ([item_list(SICHUAN, active=False), CQ_LIST], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, active=False)], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, CATALOGUE, active=False), CQ_LIST], BOTH),
        ([SC, item_list(CHONGQING, items=[packaged("CY-ID-01")])], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, items=[replace(ITEM, version=2)])], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, items=[replace(ITEM, modes=modes(1))])], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, days=PAST)], Reason.LIST_EXPIRED),
        ([item_list(days=PAST), CQ_LIST], Reason.LIST_EXPIRED),
        ([SC, item_list(CHONGQING, days=PAST), CQ_CATALOGUE], BOTH),
        ([item_list(days=PAST), item_list(CHONGQING, days=PAST)], Reason.LIST_EXPIRED),
        ([item_list(days=PAST), item_list(CHONGQING, active=False)], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, days=PAST, active=False)], Reason.ITEM_NOT_LISTED),
        ([SC, item_list(CHONGQING, days=FUTURE)], Reason.ITEM_NOT_LISTED),
        ([SC, CQ_LIST, item_list(CHONGQING, version=2, active=False)], Reason.ITEM_NOT_LISTED),
        ([SC, CQ_LIST, item_list(CHONGQING, version=2, days=PAST)], Reason.LIST_EXPIRED),
        ([SC, CQ_LIST, item_list(CHONGQING, version=2, days=FUTURE, active=False)], BOTH),
        ([SC, item_list(CHONGQING, active=False), item_list(CHONGQING, version=2)], BOTH),
    ],
)
def test_an_item_stands_across_the_border_only_on_both_sides(
    lists: list[ItemList], expected: Reason | tuple[str, ...]
) -> None:
    """Either of Chongqing's two lists serves; the newest version in effect counts, even if it has expired."""
    found = standing(lists)
    if expected == BOTH:
        assert BOTH == tuple(dict.fromkeys(name.split("/")[0] for name in found))
    else:
        assert expected == found


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([SC], ("510000/application-list@1",)),
        ([CQ_LIST], Reason.ITEM_NOT_LISTED),
        ([item_list(days=PAST), CQ_LIST], Reason.LIST_EXPIRED),
        ([SC, item_list(CHONGQING, active=False)], ("510000/application-list@1",)),
    ],
)
def test_within_a_province_only_its_own_list_counts(lists: list[ItemList], expected: Reason | tuple[str, ...]) -> None:
    """省内通用 neither needs the neighbour's list nor is stopped by it."""
    assert expected == standing(lists, (SICHUAN,))


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 12, 31)])
def test_the_first_and_the_last_day_of_a_list_count(on: date) -> None:
    """Both ends are included."""
    assert isinstance(standing([SC, CQ_LIST], on=on), tuple)


@pytest.mark.parametrize(
    ("on", "expected"), [(date(2025, 12, 31), Reason.ITEM_NOT_LISTED), (date(2027, 1, 1), Reason.LIST_EXPIRED)]
)
def test_a_day_outside_a_list_does_not_count(on: date, expected: Reason) -> None:
    """Before it, nothing is listed; after it, the list has expired."""
    assert expected == standing([SC, CQ_LIST], on=on)


def test_an_entry_binds_code_version_and_both_digests() -> None:
    """It is made from the item as it reads now."""
    entry = entry_of(ITEM, "a" * 64, active=True)
    assert ("CY-ID-02", 1, digest(ITEM), "a" * 64, True) == (
        entry.code, entry.version, entry.digest, entry.profile, entry.active,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"digest": "0" * 64}, "CY-ID-02 v1: expected the core that 510000/application-list@1 lists, found another"),
        (
            {"profile": "0" * 64},
            "CY-ID-02 v1: expected the profile that 510000/application-list@1 lists, found another",
        ),
    ],
)
def test_a_list_of_another_core_or_profile_is_named(change: dict[str, str], expected: str) -> None:
    """Both digests bind, and the refusal says which of them differs on which list."""
    (entry,) = item_list(items=[ITEM]).entries
    index = ListIndex([replace(SC, entries=(replace(entry, **change),)), CQ_LIST])  # type: ignore[arg-type]
    with pytest.raises(Refusal) as caught:
        index.require(KEY, digest(ITEM), PROFILES.digests(KEY), BOTH, TODAY)
    assert (Reason.ITEM_NOT_LISTED, expected) == (caught.value.reason, caught.value.detail)


def test_a_province_without_a_profile_does_not_list_an_item() -> None:
    """Whatever its list says: across the border each side's profile is needed, within a province its own."""
    index, ours = ListIndex([SC, CQ_LIST]), {SICHUAN: PROFILES.digests(KEY)[SICHUAN]}
    with pytest.raises(Refusal) as caught:
        index.require(KEY, digest(ITEM), ours, BOTH, TODAY)
    assert caught.value.detail.endswith("expected the profile that 500000/application-list@1 lists, found none")
    assert ("510000/application-list@1",) == index.require(KEY, digest(ITEM), ours, (SICHUAN,), TODAY)


def parsed() -> dict[str, object]:
    """Return the parsed file of a list."""
    import tomllib

    return tomllib.loads(render_list(item_list(items=[ITEM, packaged("CY-ID-01")])).decode())


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["province"], "51", "province"),
        (["kind"], "wish-list", "kind"),
        (["version"], 0, "version"),
        (["issued_at"], date(2026, 1, 1), "issued_at"),
        (["effective_from"], ..., "effective_from"),
        (["effective_to"], "2026-12-31", "effective_to"),
        (["effective_to"], date(2025, 1, 1), "effective_to"),
        (["entries"], [], "entries"),
        (["entries", 0, "code"], "CY-ID-01", "entries"),
        (["entries", 0, "digest"], "ab", "entries[0].digest"),
        (["entries", 0, "active"], 1, "entries[0].active"),
        (["entries", 0, "note"], "x", "entries[0].note"),
        (["signature"], "x", "signature"),
    ],
)
def test_a_list_out_of_form_is_a_fault(path: list[str | int], value: object, fault: str) -> None:
    """Nothing is guessed and nothing is skipped."""
    faults = Faults()
    read_list("x.toml", spoilt(parsed(), path, value), faults)
    assert fault in [one.path for one in faults.found]


@pytest.mark.parametrize(
    ("path", "most"), [(["version"], 999_999), (["entries", 0, "version"], 9_999)], ids=["of the list", "of an item"]
)
def test_a_version_counts_from_one_to_its_bound(path: list[str | int], most: int) -> None:
    """The bounds themselves are versions, and what lies next to them is none."""
    document = tomllib.loads(render_list(item_list(items=[ITEM])).decode())
    for version, good in ((0, False), (1, True), (most, True), (most + 1, False)):
        faults = Faults()
        read_list("x.toml", spoilt(document, path, version), faults)
        assert good is (not faults.found)
